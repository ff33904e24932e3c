//! Reads and lists charges.

use domain::{refusal::Refusal, scope::Scope, session::Session};
use edge::{Call, Dialect, Reply, Request, Route, RouteTable};
use flows::{
    Hub,
    charge::{self, image},
    session,
};
use store::lists::{ChargeFilter, Listed};
use wire::{
    malga::{
        requests::ChargesQuery,
        responses::{self, ChargeBody, IMAGE_TYPE, Page, PaidSessionBody},
    },
    worldline::PaymentId,
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes_with_public_url(&[
    Route::get("/v1/charges").secret_key(|call| Box::pin(list(call))),
    Route::get("/v1/charges/{id}").public_key(Scope::Charges, |call| Box::pin(show(call))),
    Route::get("/v1/sessions/{id}/charge")
        .own_session(Scope::Charges, |call, session| Box::pin(show_payment(call, session))),
    // A shopper's browser has no key: the address itself is signed.
    Route::get("/v1/charges/{id}/image/{signature}").open(|hub, request| Box::pin(show_image(hub, request))),
]);

/// A charge by its own id or that of its payment in Worldline's API, or the charge that paid the session of that id.
async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let id = match call.request.parameter("id")?.parse::<PaymentId>() {
        Ok(payment) => payment.charge(),
        Err(_) => call.request.id()?,
    };
    let charge = charge::find(call.hub, &call.caller, id).await?;
    Ok(Reply::ok(&ChargeBody::new(&charge, &image::urls(call.hub)?)))
}

/// The payment of a session: the one that paid it, or the active one, or else the last attempt.
async fn show_payment(call: Call<'_>, session: Session) -> Result<Reply, Refusal> {
    let charge = session::shown_charge(call.hub, &session).await?;
    Ok(Reply::ok(&PaidSessionBody::now(&session, &charge, &image::urls(call.hub)?)))
}

/// What a shopper scans: the QR code of a Pix, the barcode of a boleto.
async fn show_image(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let charge = image::charge(hub, request.id()?, request.parameter("signature")?).await?;
    Ok(Reply::image(IMAGE_TYPE, responses::image(&charge).ok_or(Refusal::NoImage)?))
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
    let image_url = image::urls(call.hub)?;
    let page = items.iter().map(|charge| ChargeBody::new(charge, &image_url)).collect();
    Ok(Reply::ok(&Page::new(page, total, query.paging)))
}
