//! Reads and lists charges.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller, window};
use flows::{Hub, charge};
use store::lists::{ChargeFilter, Listed};
use wire::malga::{
    requests::ChargesQuery,
    responses::{ChargeBody, Page},
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["GET /v1/charges", "GET /v1/charges/{id}"];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "GET /v1/charges" => list(hub, &request).await,
        "GET /v1/charges/{id}" => show(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}

/// A charge by its own id, or the charge that paid the session of that id.
async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let charge = charge::find(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&ChargeBody::new(&charge)))
}

async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let query = ChargesQuery::read(&request.query())?;
    let window = window(hub, caller.client, query.paging, query.created).await?;
    let filter = ChargeFilter {
        id: query.id,
        merchant: query.merchant,
        original_amount: query.original_amount,
        statuses: query.statuses,
        payment_types: query.methods,
        provider_types: query.providers,
        order_id: query.order_id,
        session: query.session,
    };
    let Listed { items, total } = charge::list(hub, caller.client, &window, &filter).await?;
    Ok(Reply::ok(&Page::new(items.iter().map(ChargeBody::new).collect(), total, query.paging)))
}
