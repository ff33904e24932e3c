//! Reads and lists charges.

use domain::{refusal::Refusal, scope::Scope};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::charge;
use store::lists::{ChargeFilter, Listed};
use wire::malga::{
    requests::ChargesQuery,
    responses::{ChargeBody, Page},
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes(&[
    Route::get("/v1/charges").secret_key(|call| Box::pin(list(call))),
    Route::get("/v1/charges/{id}").public_key(Scope::Charges, |call| Box::pin(show(call))),
]);

/// A charge by its own id, or the charge that paid the session of that id.
async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let charge = charge::find(call.hub, &call.caller, call.request.id()?).await?;
    Ok(Reply::ok(&ChargeBody::new(&charge)))
}

async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = ChargesQuery::read(&call.request.query())?;
    let window = call.window(query.paging, query.created).await?;
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
    let Listed { items, total } = charge::list(call.hub, call.caller.client, &window, &filter).await?;
    Ok(Reply::ok(&Page::new(items.iter().map(ChargeBody::new).collect(), total, query.paging)))
}
