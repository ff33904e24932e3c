//! Pay a session, once.

use domain::{
    card::Pan,
    charge::Charge,
    refusal::Refusal,
    scope::Scope,
    session::{Alias, Session},
};
use edge::{Call, Dialect, Reply, Request, Route, RouteTable};
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
    session::supersede::{self, Availability},
};
use serde_json::Value;
use wire::malga::{
    requests::{PaySession, Sender, payment_type},
    responses::PaidSessionBody,
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[Route::post("/v1/sessions/{id}/charge")
        .own_session(Scope::Sessions, |call, session| Box::pin(pay(call, session)))]);

/// Pays a session, read once with its caller. An unknown outcome, or a write that was lost, answers pending.
async fn pay(call: Call<'_>, session: Session) -> Result<Reply, Refusal> {
    let hub = call.hub;
    let body = call.request.json()?;
    let identity = call.payment_identity(&body).await?;
    if let Some(replay) = earlier_answer(hub, &session, &identity).await? {
        return Ok(replay); // seen before any refusal
    }
    let kind = payment_type(&body)?;
    let active = match supersede::availability(hub, &session, kind).await? {
        Availability::SameMethod(active) => return answer_active(hub, &session, &identity, &active).await, // unpaid
        Availability::CancelFirst(active) => Some(*active),
        Availability::AtOnce => None,
    };
    let mut payment = match prepare(&call, &body, &session, &identity).await? {
        Ready::Payment(payment) => payment, // nothing is sent yet
        Ready::Replay(made) => return replayed(hub, &session, &identity, *made).await,
    };
    let refused = if active.is_some() { Refusal::superseding } else { std::convert::identity };
    let (session, locked) = lock::session(hub, session, active, &mut payment).await?; // the active charge is canceled first
    match locked {
        Locked::Replay(made) => replayed(hub, &session, &identity, *made).await.map_err(refused),
        Locked::Ours { complete } => paid(hub, &session, &Answered::New(pay::run(hub, *payment, complete).await)), // call and settle
    }
}

/// The payment that the body orders. The card that the hub opens for it is in no text of the body.
async fn prepare(call: &Call<'_>, body: &Value, session: &Session, identity: &Identity) -> Result<Ready, Refusal> {
    let (sender, now) = (sender(call.request), call.hub.now());
    let order = PaySession::read(body, session, sender, now)?; // all problems; session values win
    let texts = |card: &Pan| PaySession::has_no_number_of(card, body, session, sender, now);
    prepare::payment(call.hub, identity, order, Some(session), &texts).await
}

/// The shopper's browser, as far as the request itself shows it.
fn sender(request: &Request) -> Sender<'_> {
    Sender { address: request.source_ip(), agent: request.user_agent() }
}

/// The earlier answer to this request: its own charge, or the charge that was active then.
async fn earlier_answer(hub: &Hub, session: &Session, identity: &Identity) -> Result<Option<Reply>, Refusal> {
    if session.attempts.contains(&identity.charge()) {
        let made = replay::made(hub, identity).await?;
        return replayed(hub, session, identity, made).await.map(Some);
    }
    let Some(remembered) = supersede::remembered(hub, session, identity).await? else { return Ok(None) };
    let image_url = image::urls(hub)?;
    let body = |(charge, alias): &(Charge, Alias)| Ok(PaidSessionBody::at(session, charge, alias.step, &image_url));
    Reply::answered(&Answered::Replayed(remembered), body).map(Some)
}

async fn answer_active(hub: &Hub, session: &Session, identity: &Identity, active: &Charge) -> Result<Reply, Refusal> {
    let alias = supersede::remember(hub, session, identity, active).await?;
    Ok(Reply::created(&PaidSessionBody::at(session, active, alias.step, &image::urls(hub)?)))
}

async fn replayed(hub: &Hub, session: &Session, identity: &Identity, made: Charge) -> Result<Reply, Refusal> {
    paid(hub, session, &replay::answer(hub, identity, made).await?)
}

/// The payment as it was first answered: a replay gets the same.
fn paid(hub: &Hub, session: &Session, charge: &Answered<Charge>) -> Result<Reply, Refusal> {
    let image_url = image::urls(hub)?;
    Reply::answered(charge, |charge| {
        PaidSessionBody::as_answered(session, charge, &image_url).ok_or(Refusal::Processing)
    })
}
