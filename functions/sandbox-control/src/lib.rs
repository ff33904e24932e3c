//! Changes the outcome of sandbox charges: a Pix is paid, a refund succeeds, a card is charged back. The template has
//! this function only where Stage is sandbox.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller};
use flows::{Hub, charge, sandbox};
use wire::malga::{
    requests::{ChangeAntifraud, ChangeStatus},
    responses::ChargeBody,
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/charges/{id}", "PATCH /v1/charges/{id}/antifraud"];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "POST /v1/charges/{id}" => change_status(hub, &request).await,
        "PATCH /v1/charges/{id}/antifraud" => change_antifraud(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}

async fn change_status(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let status = ChangeStatus::read(&request.json()?)?;
    let charge = charge::find(hub, caller.client, request.id()?).await?;
    let charge = sandbox::simulate(hub, charge, status).await?; // the bank's own notification settles it
    Ok(Reply::ok(&ChargeBody::new(&charge)))
}

async fn change_antifraud(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let verdict = ChangeAntifraud::read(&request.json()?)?;
    let charge = charge::find(hub, caller.client, request.id()?).await?;
    let charge = sandbox::change_verdict(hub, charge, verdict).await?;
    Ok(Reply::ok(&ChargeBody::new(&charge)))
}
