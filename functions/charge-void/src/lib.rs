//! `POST /v1/charges/{id}/void`: refunds a charge or releases a pre-authorization, in full or in part, as often as a
//! residual amount is left.

use domain::{charge::command::Command, ids::ChargeId, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{
    Hub,
    charge::change::{self, Action},
};
use wire::malga::{requests::VoidCharge, responses::ChargeBody};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/charges/{id}/void"];

/// Voids a charge. A provider's refusal is a 201 too: the newest request is `failed`, the charge as before.
///
/// # Errors
/// What refuses it: nothing was sent.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, &request).await?;
    let id: ChargeId = request.id()?;
    let body = request.json()?;
    let amount = VoidCharge::read(&body)?;
    let key = request.idempotency_key()?;
    let charge = change::find(hub, caller.client, id, Action::Void, key).await?; // the one read
    let attempt = Action::Void.attempt(hub, &charge, key, &body)?;
    let voided = change::apply(hub, &attempt, charge, Command::Void(amount)).await?; // intent, call, settle
    let body = ChargeBody::as_answered(&voided.charge, voided.number).ok_or(Refusal::Processing)?;
    let reply = Reply::created(&body);
    Ok(if voided.is_repeat { reply.replayed() } else { reply })
}
