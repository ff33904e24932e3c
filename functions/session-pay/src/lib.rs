//! `POST /v1/sessions/{id}/charge`: a session is paid, once.

use domain::{
    charge::Charge,
    ids::SessionId,
    refusal::Refusal,
    session::{Command, Decision, Session},
};
use edge::{Caller, Reply, Request, caller_of};
use flows::{Hub, attempt::Attempt, payment::lock::Claim, payment::prepare::Ready, session::supersede::Way};
use serde_json::Value;
use wire::malga::{
    requests::{PaySession, payment_type},
    responses::PaidSessionBody,
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/sessions/{id}/charge"];

/// Pays a session.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let id: SessionId = request.id()?;
    let (caller, session) = caller_of(hub, &request, id).await?; // the one read
    let body = request.json()?;
    let attempt = attempt(hub, &request, &caller, id, &body)?;
    if session.attempts.contains(&attempt.charge()) {
        return repeat_made_before(hub, &session, &attempt).await; // seen before any refusal
    }
    let (kind, now) = (payment_type(&body)?, hub.clock.now());
    let in_the_way = match session.decide(Command::Pay(kind), now)? {
        Decision::Held(holder) => match hub.way_past(&session, holder, kind).await? {
            Way::Same(live) => return Ok(Reply::created(&PaidSessionBody::new(&session, &live))), // still to be paid
            Way::Past(live) => Some(*live),
        },
        Decision::Claim | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => None,
    };
    let order = PaySession::read(&body, &session, now)?; // all problems at once; session values win
    let mut payment = match hub.prepare(&attempt, order, Some(id)).await? {
        Ready::Payment(payment) => payment, // nothing has left the house
        Ready::Repeat(made) => return repeat(hub, &session, &attempt, *made).await,
    };
    let session = match in_the_way {
        Some(live) => hub.supersede(&session, live, kind).await?, // given up first, or nobody else pays
        None => session,
    };
    match hub.claim(&session, &mut payment).await? {
        Claim::Repeat(made) => repeat(hub, &session, &attempt, *made).await,
        Claim::Ours { complete } => {
            let charge = hub.pay(*payment, complete).await; // call and settle; Unknown or a lost write answers pending
            Ok(Reply::created(&PaidSessionBody::new(&session, &charge)))
        }
    }
}

fn attempt(hub: &Hub, request: &Request, caller: &Caller, id: SessionId, body: &Value) -> Result<Attempt, Refusal> {
    let path = format!("/v1/sessions/{id}/charge");
    let attempt = hub.attempt(caller.client, &path, request.idempotency_key()?, body)?;
    Ok(attempt.with_key_of(caller.session).made_at(request.hub_url()))
}

async fn repeat_made_before(hub: &Hub, session: &Session, attempt: &Attempt) -> Result<Reply, Refusal> {
    let made = hub.store.charge(attempt.client, attempt.charge()).await?.ok_or(Refusal::Contention)?;
    repeat(hub, session, attempt, made).await
}

async fn repeat(hub: &Hub, session: &Session, attempt: &Attempt, made: Charge) -> Result<Reply, Refusal> {
    let charge = hub.repeat(attempt, made).await?;
    let body = PaidSessionBody::as_answered(session, &charge).ok_or(Refusal::Processing)?;
    Ok(Reply::created(&body).replayed())
}
