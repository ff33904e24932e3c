//! `POST /v1/charges/{id}/capture`: captures a pre-authorization once, in full or in part.

use domain::{charge::command::Command, ids::ChargeId, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{
    Hub,
    charge::change::{self, Action},
};
use wire::malga::{requests::CaptureCharge, responses::ChargeBody};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/charges/{id}/capture"];

/// Captures a charge. A provider's refusal is a 201 too: the newest request is `failed`, the charge as before.
///
/// # Errors
/// What refuses it: nothing was sent.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, &request).await?;
    let id: ChargeId = request.id()?;
    let body = request.json()?;
    let amount = CaptureCharge::read(&body)?;
    let key = request.idempotency_key()?;
    let charge = change::find(hub, caller.client, id, Action::Capture, key).await?; // the one read
    let attempt = Action::Capture.attempt(hub, &charge, key, &body)?;
    let captured = change::apply(hub, &attempt, charge, Command::Capture(amount)).await?; // intent, call, settle
    let body = ChargeBody::as_answered(&captured.charge, captured.number).ok_or(Refusal::Processing)?;
    let reply = Reply::created(&body);
    Ok(if captured.is_repeat { reply.replayed() } else { reply })
}
