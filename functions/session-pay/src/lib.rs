//! `POST /v1/sessions/{id}/charge`: pays a session once.

use domain::{charge::Charge, ids::SessionId, refusal::Refusal, session::Session};
use edge::{Caller, Reply, Request, caller_of};
use flows::{
    Hub,
    attempt::{self, Attempt},
    payment::{
        lock::{self, Locked},
        pay,
        prepare::{self, Ready},
        replay,
    },
    session::supersede::{self, Availability},
};
use serde_json::Value;
use wire::malga::{
    requests::{PaySession, payment_type},
    responses::PaidSessionBody,
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/sessions/{id}/charge"];

/// Pays a session. An unknown outcome, or a write that was lost, answers pending.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let id: SessionId = request.id()?;
    let (caller, session) = caller_of(hub, &request, id).await?; // the one read
    let body = request.json()?;
    let attempt = attempt(hub, &request, &caller, id, &body)?;
    if let Some(replay) = earlier_answer(hub, &session, &attempt).await? {
        return Ok(replay.replayed()); // seen before any refusal
    }
    let kind = payment_type(&body)?;
    let active = match supersede::availability(hub, &session, kind).await? {
        Availability::SameMethod(active) => return answer_active(hub, &session, &attempt, &active).await, // unpaid
        Availability::CancelFirst(active) => Some(*active),
        Availability::AtOnce => None,
    };
    let order = PaySession::read(&body, &session, hub.now())?; // all problems at once; session values win
    let mut payment = match prepare::payment(hub, &attempt, order, Some(id)).await? {
        Ready::Payment(payment) => payment, // nothing is sent yet
        Ready::Replay(made) => return replayed(hub, &session, &attempt, *made).await,
    };
    let session = supersede::run(hub, session, active, kind).await?; // canceled first, or no other charge pays
    match lock::session(hub, &session, &mut payment).await? {
        Locked::Replay(made) => replayed(hub, &session, &attempt, *made).await,
        Locked::Ours { complete } => paid(&session, &pay::run(hub, *payment, complete).await), // call and settle
    }
}

/// The earlier answer to this request: its own charge, or the charge that was active then.
async fn earlier_answer(hub: &Hub, session: &Session, attempt: &Attempt) -> Result<Option<Reply>, Refusal> {
    if session.attempts.contains(&attempt.charge()) {
        let made = replay::made(hub, attempt).await?;
        return replayed(hub, session, attempt, made).await.map(Some);
    }
    let remembered = supersede::remembered(hub, session, attempt).await?;
    Ok(remembered.map(|(charge, alias)| Reply::created(&PaidSessionBody::at(session, &charge, alias.step))))
}

async fn answer_active(hub: &Hub, session: &Session, attempt: &Attempt, active: &Charge) -> Result<Reply, Refusal> {
    let alias = supersede::remember(hub, session, attempt, active).await?;
    Ok(Reply::created(&PaidSessionBody::at(session, active, alias.step)))
}

async fn replayed(hub: &Hub, session: &Session, attempt: &Attempt, made: Charge) -> Result<Reply, Refusal> {
    Ok(paid(session, &replay::answer(hub, attempt, made).await?)?.replayed())
}

/// The payment as it was first answered: a replay gets the same.
fn paid(session: &Session, charge: &Charge) -> Result<Reply, Refusal> {
    let body = PaidSessionBody::as_answered(session, charge).ok_or(Refusal::Processing)?;
    Ok(Reply::created(&body))
}

fn attempt(hub: &Hub, request: &Request, caller: &Caller, id: SessionId, body: &Value) -> Result<Attempt, Refusal> {
    let path = format!("/v1/sessions/{id}/charge");
    let attempt = attempt::new(hub, caller.client, &path, request.idempotency_key()?, body)?;
    Ok(attempt.with_key_of(caller.session).made_at(request.hub_url()))
}
