//! `POST /v1/sessions`: an order that is paid once.

use domain::{
    refusal::Refusal,
    session::{Session, SessionKey, SessionStatus},
};
use edge::{Reply, Request};
use flows::Hub;
use wire::malga::{requests::CreateSession, responses::SessionBody};

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
    let attempt = hub.attempt(caller.client, "/v1/sessions", request.idempotency_key()?, &body)?;
    let now = hub.clock.now();
    let made = hub.create_session(&attempt, |id, key: SessionKey, body| Session {
        id,
        client: caller.client,
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
        claim: None,
        attempts: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    });
    let made = made.await?;
    let reply = Reply::created(&SessionBody::new(&made.session, &made.public_key));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}
