//! Public keys, merchants and the settings of their checkout.

mod keys;
mod merchants;
mod settings;

use domain::refusal::Refusal;
use edge::{Reply, Request};
use flows::Hub;

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &[
    "POST /v1/auth",
    "DELETE /v1/auth/{id}",
    "POST /v1/merchants",
    "GET /v1/merchants",
    "GET /v1/merchants/{id}",
    "PATCH /v1/merchants/{id}",
    "DELETE /v1/merchants/{id}",
    "GET /v1/settings",
    "POST /v1/settings",
    "GET /v1/settings/logo/{id}",
];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "POST /v1/auth" => keys::create(hub, &request).await,
        "DELETE /v1/auth/{id}" => keys::remove(hub, &request).await,
        "POST /v1/merchants" => merchants::create(hub, &request).await,
        "GET /v1/merchants" => merchants::list(hub, &request).await,
        "GET /v1/merchants/{id}" => merchants::show(hub, &request).await,
        "PATCH /v1/merchants/{id}" => merchants::change(hub, &request).await,
        "DELETE /v1/merchants/{id}" => merchants::delete(hub, &request).await,
        "GET /v1/settings" => settings::show(hub, &request).await,
        "POST /v1/settings" => settings::change(hub, &request).await,
        "GET /v1/settings/logo/{id}" => settings::logo(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}
