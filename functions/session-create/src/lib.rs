//! `POST /v1/sessions`: creates a session, an order that is paid once.

use domain::{
    ids::{ClientId, SessionId},
    refusal::Refusal,
    session::{Session, SessionKey, SessionStatus},
    time::Timestamp,
};
use edge::{Reply, Request};
use flows::{Hub, attempt, session};
use wire::malga::{
    requests::{CreateSession, NewSession},
    responses::SessionBody,
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/sessions"];

/// Creates a session.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = edge::caller(hub, &request).await?;
    let body = request.json()?;
    let new = CreateSession::read(&body)?;
    let attempt = attempt::new(hub, caller.client, "/v1/sessions", request.idempotency_key()?, &body)?;
    let made = session::create(hub, &attempt, opened(new, caller.client, hub.now())).await?;
    let reply = Reply::created(&SessionBody::new(&made.session, &made.public_key));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

/// The new session, once it has an id, a key and the hash of the request's body.
fn opened(new: NewSession, client: ClientId, now: Timestamp) -> impl FnOnce(SessionId, SessionKey, String) -> Session {
    move |id, key, body| Session {
        id,
        client,
        merchant: new.merchant,
        name: new.name,
        amount: new.amount,
        currency: new.currency,
        capture: new.capture,
        is_active: new.is_active,
        was_active: new.is_active,
        due_date: new.due_date,
        status: SessionStatus::Created,
        order_id: new.order_id,
        description: new.description,
        statement_descriptor: new.statement_descriptor,
        items: new.items,
        methods: new.methods,
        key,
        body,
        lock: None,
        aliases: Vec::new(),
        attempts: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}
