//! Manages webhook endpoints, their signing keys, deliveries and events.

mod deliveries;
mod endpoints;
mod events;

use domain::refusal::Refusal;
use edge::{Reply, Request};
use flows::Hub;

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &[
    "POST /v1/webhooks",
    "GET /v1/webhooks",
    "GET /v1/webhooks/{id}",
    "PATCH /v1/webhooks/{id}",
    "DELETE /v1/webhooks/{id}",
    "GET /v1/webhooks/{id}/secret",
    "POST /v1/webhooks/{id}/rotate",
    "GET /v1/webhooks/{id}/deliveries",
    "POST /v1/webhooks/{id}/deliveries/{event}/resend",
    "POST /v1/webhooks/{id}/test",
    "GET /v1/events",
    "GET /v1/events/{id}",
];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "POST /v1/webhooks" => endpoints::create(hub, &request).await,
        "GET /v1/webhooks" => endpoints::list(hub, &request).await,
        "GET /v1/webhooks/{id}" => endpoints::show(hub, &request).await,
        "PATCH /v1/webhooks/{id}" => endpoints::change(hub, &request).await,
        "DELETE /v1/webhooks/{id}" => endpoints::delete(hub, &request).await,
        "GET /v1/webhooks/{id}/secret" => endpoints::secret(hub, &request).await,
        "POST /v1/webhooks/{id}/rotate" => endpoints::rotate(hub, &request).await,
        "GET /v1/webhooks/{id}/deliveries" => deliveries::list(hub, &request).await,
        "POST /v1/webhooks/{id}/deliveries/{event}/resend" => deliveries::resend(hub, &request).await,
        "POST /v1/webhooks/{id}/test" => deliveries::test(hub, &request).await,
        "GET /v1/events" => events::list(hub, &request).await,
        "GET /v1/events/{id}" => events::show(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}
