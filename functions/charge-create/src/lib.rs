//! `POST /v1/charges`: a payment.

use domain::{charge::Charge, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{Hub, attempt::Attempt, payment::lock::Claim, payment::prepare::Ready};
use wire::malga::{requests::CreateCharge, responses::ChargeBody};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/charges"];

/// Creates a charge.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, &request).await?;
    let body = request.json()?;
    let attempt = hub.attempt(caller.client, "/v1/charges", request.idempotency_key()?, &body)?;
    let attempt = attempt.made_at(request.hub_url()); // where the provider tells what happens later
    let order = match CreateCharge::read(&body, hub.clock.now()) {
        Ok(order) => order,
        Err(problems) => return repeat(hub, &attempt, hub.made_before(&attempt, problems).await?).await,
    };
    let mut payment = match hub.prepare(&attempt, order, None).await? {
        Ready::Payment(payment) => payment, // nothing has left the house
        Ready::Repeat(made) => return repeat(hub, &attempt, *made).await,
    };
    match hub.open(&mut payment).await? {
        Claim::Repeat(made) => repeat(hub, &attempt, *made).await,
        Claim::Ours { complete } => {
            let charge = hub.pay(*payment, complete).await; // call and settle; Unknown or a lost write answers pending
            Ok(Reply::created(&ChargeBody::new(&charge)))
        }
    }
}

async fn repeat(hub: &Hub, attempt: &Attempt, made: Charge) -> Result<Reply, Refusal> {
    let charge = hub.repeat(attempt, made).await?;
    Ok(Reply::created(&ChargeBody::as_answered(&charge, charge.creation()).ok_or(Refusal::Processing)?).replayed())
}
