//! Create a charge: a payment.

use domain::{card::Pan, charge::Charge, refusal::Refusal, scope::Scope};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::{
    Answered, Hub,
    charge::image,
    identity::Identity,
    payment::{
        lock::{self, Locked},
        pay,
        prepare::{self, Ready},
        replay,
    },
};
use wire::malga::{requests::CreateCharge, responses::ChargeBody};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[Route::post("/v1/charges").public_key(Scope::Charges, |call| Box::pin(create(call)))]);

/// Creates a charge. An unknown outcome, or a write that was lost, answers pending.
async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let hub = call.hub;
    let body = call.request.json()?;
    let identity = call.payment_identity(&body).await?;
    let now = hub.now();
    let order = match CreateCharge::read(&body, now) {
        Ok(order) => order,
        Err(problems) => return replayed(hub, &identity, replay::made_before(hub, &identity, problems).await?).await,
    };
    let texts = |card: &Pan| CreateCharge::has_no_number_of(card, &body, now);
    let mut payment = match prepare::payment(hub, &identity, order, None, &texts).await? {
        Ready::Payment(payment) => payment, // nothing is sent yet
        Ready::Replay(made) => return replayed(hub, &identity, *made).await,
    };
    match lock::charge(hub, &mut payment).await? {
        Locked::Replay(made) => replayed(hub, &identity, *made).await,
        Locked::Ours { complete } => created(hub, &Answered::New(pay::run(hub, *payment, complete).await)), // call and settle
    }
}

async fn replayed(hub: &Hub, identity: &Identity, made: Charge) -> Result<Reply, Refusal> {
    created(hub, &replay::answer(hub, identity, made).await?)
}

/// The charge as it was first answered: a replay gets the same.
fn created(hub: &Hub, charge: &Answered<Charge>) -> Result<Reply, Refusal> {
    let image_url = image::urls(hub)?;
    Reply::answered(charge, |charge| {
        ChargeBody::as_answered(charge, charge.creation(), &image_url).ok_or(Refusal::Processing)
    })
}
