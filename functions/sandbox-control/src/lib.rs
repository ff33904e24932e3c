//! Changes the outcome of sandbox charges: a Pix is paid, a refund succeeds, a card is charged back. The template has
//! this function only where Stage is sandbox.

use domain::refusal::Refusal;
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::{
    charge::{self, image},
    sandbox,
};
use wire::malga::{
    requests::{ChangeAntifraud, ChangeStatus},
    responses::ChargeBody,
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes_with_public_url(&[
    Route::post("/v1/charges/{id}").secret_key(|call| Box::pin(change_status(call))),
    Route::patch("/v1/charges/{id}/antifraud").secret_key(|call| Box::pin(change_antifraud(call))),
]);

async fn change_status(call: Call<'_>) -> Result<Reply, Refusal> {
    let status = ChangeStatus::read(&call.request.json()?)?;
    let charge = charge::find(call.hub, &call.caller, call.request.id()?).await?;
    let charge = sandbox::simulate(call.hub, charge, status).await?; // the bank's own notification settles it
    Ok(Reply::ok(&ChargeBody::new(&charge, &image::urls(call.hub)?)))
}

async fn change_antifraud(call: Call<'_>) -> Result<Reply, Refusal> {
    let verdict = ChangeAntifraud::read(&call.request.json()?)?;
    let charge = charge::find(call.hub, &call.caller, call.request.id()?).await?;
    let charge = sandbox::change_verdict(call.hub, charge, verdict).await?;
    Ok(Reply::ok(&ChargeBody::new(&charge, &image::urls(call.hub)?)))
}
