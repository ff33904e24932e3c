//! Void a charge: a refund after the capture, a release before it, in full or in part, as often as an amount is left.

use domain::{charge::command::Command, ids::ChargeId, refusal::Refusal};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::charge::{
    change::{self, Action},
    image,
};
use wire::malga::{requests::VoidCharge, responses::ChargeBody};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[Route::post("/v1/charges/{id}/void").secret_key(|call| Box::pin(void(call)))]);

/// Voids a charge. A provider that refuses is a 201 too: the newest request is `failed`, the charge as before.
async fn void(call: Call<'_>) -> Result<Reply, Refusal> {
    let id: ChargeId = call.request.id()?;
    let body = call.request.json()?;
    let amount = VoidCharge::read(&body)?;
    let key = call.request.idempotency_key()?;
    let charge = change::find(call.hub, call.caller.client, id, Action::Void, key).await?; // the one read
    let identity = Action::Void.identity(call.hub, &charge, key, call.request.normal_form(&body))?;
    let voided = change::apply(call.hub, &identity, charge, Command::Void(amount), None).await?; // intent, call, settle
    let image_url = image::urls(call.hub)?;
    Reply::answered(&voided, |changed| {
        ChargeBody::as_answered(&changed.charge, changed.number, &image_url).ok_or(Refusal::Processing)
    })
}
