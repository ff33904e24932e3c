//! Capture a charge: reserved money is taken, in full or in part, once.

use domain::{charge::command::Command, ids::ChargeId, refusal::Refusal};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::charge::{
    change::{self, Action},
    image,
};
use wire::malga::{requests::CaptureCharge, responses::ChargeBody};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[Route::post("/v1/charges/{id}/capture").secret_key(|call| Box::pin(capture(call)))]);

/// Captures a charge. A provider that refuses is a 201 too: the newest request is `failed`, the charge as before.
async fn capture(call: Call<'_>) -> Result<Reply, Refusal> {
    let id: ChargeId = call.request.id()?;
    let body = call.request.json()?;
    let amount = CaptureCharge::read(&body)?;
    let key = call.request.idempotency_key()?;
    let charge = change::find(call.hub, call.caller.client, id, Action::Capture, key).await?; // the one read
    let identity = Action::Capture.identity(call.hub, &charge, key, call.request.normal_form(&body))?;
    let captured = change::apply(call.hub, &identity, charge, Command::Capture(amount), None).await?; // intent, call, settle
    let image_url = image::urls(call.hub)?;
    Reply::answered(&captured, |changed| {
        ChargeBody::as_answered(&changed.charge, changed.number, &image_url).ok_or(Refusal::Processing)
    })
}
