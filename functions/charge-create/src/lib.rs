//! `POST /v1/charges`: a payment.

use domain::{charge::Charge, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{
    Hub,
    attempt::{self, Attempt},
    payment::{
        lock::{self, Locked},
        pay,
        prepare::{self, Ready},
        replay,
    },
};
use wire::malga::{requests::CreateCharge, responses::ChargeBody};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/charges"];

/// Creates a charge. An unknown outcome, or a write that was lost, answers pending.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, &request).await?;
    let body = request.json()?;
    let attempt = attempt::new(hub, caller.client, "/v1/charges", request.idempotency_key()?, &body)?;
    let attempt = attempt.made_at(request.hub_url()); // where the provider tells what happens later
    let order = match CreateCharge::read(&body, hub.now()) {
        Ok(order) => order,
        Err(problems) => return repeat(hub, &attempt, replay::made_before(hub, &attempt, problems).await?).await,
    };
    let mut payment = match prepare::payment(hub, &attempt, order, None).await? {
        Ready::Payment(payment) => payment, // nothing has left the house
        Ready::Replay(made) => return repeat(hub, &attempt, *made).await,
    };
    match lock::charge(hub, &mut payment).await? {
        Locked::Replay(made) => repeat(hub, &attempt, *made).await,
        Locked::Ours { complete } => created(&pay::run(hub, *payment, complete).await), // call and settle
    }
}

async fn repeat(hub: &Hub, attempt: &Attempt, made: Charge) -> Result<Reply, Refusal> {
    Ok(created(&replay::answer(hub, attempt, made).await?)?.replayed())
}

/// The charge as its creation was answered: the same every time.
fn created(charge: &Charge) -> Result<Reply, Refusal> {
    let body = ChargeBody::as_answered(charge, charge.creation()).ok_or(Refusal::Processing)?;
    Ok(Reply::created(&body))
}
