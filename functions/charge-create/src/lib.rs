//! `POST /v1/charges`: creates a charge without a session.

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
    let attempt = attempt.made_at(request.hub_url()); // where the provider sends its notifications
    let order = match CreateCharge::read(&body, hub.now()) {
        Ok(order) => order,
        Err(problems) => return replayed(hub, &attempt, replay::made_before(hub, &attempt, problems).await?).await,
    };
    let mut payment = match prepare::payment(hub, &attempt, order, None).await? {
        Ready::Payment(payment) => payment, // nothing is sent yet
        Ready::Replay(made) => return replayed(hub, &attempt, *made).await,
    };
    match lock::charge(hub, &mut payment).await? {
        Locked::Replay(made) => replayed(hub, &attempt, *made).await,
        Locked::Ours { complete } => created(&pay::run(hub, *payment, complete).await), // call and settle
    }
}

async fn replayed(hub: &Hub, attempt: &Attempt, made: Charge) -> Result<Reply, Refusal> {
    Ok(created(&replay::answer(hub, attempt, made).await?)?.replayed())
}

/// The charge as it was first answered: a replay gets the same.
fn created(charge: &Charge) -> Result<Reply, Refusal> {
    let body = ChargeBody::as_answered(charge, charge.creation()).ok_or(Refusal::Processing)?;
    Ok(Reply::created(&body))
}
