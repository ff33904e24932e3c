//! Create a session: an order that is paid once.

use domain::{
    ids::SessionId,
    refusal::Refusal,
    scope::Scope,
    session::{Session, SessionKey, SessionStatus},
    time::Timestamp,
};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::{caller::Caller, session};
use wire::malga::{requests::CreateSession, responses::SessionBody};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[Route::post("/v1/sessions").public_key(Scope::Sessions, |call| Box::pin(create(call)))]);

async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let new = CreateSession::read(&body)?;
    let identity = call.identity(&body)?;
    let made = session::create(call.hub, &identity, opened(new, &call.caller, call.hub.now())).await?;
    let public_url = call.public_url()?;
    Reply::answered(&made, |made| Ok(SessionBody::new(&made.session, &made.public_key, public_url)))
}

/// The new session, once it has an id, a key and the hash of the request's body.
fn opened(
    new: CreateSession,
    caller: &Caller,
    now: Timestamp,
) -> impl FnOnce(SessionId, SessionKey, String) -> Session {
    let (client, made_by) = (caller.client, caller.maker().clone());
    move |id, key, body| Session {
        id,
        client,
        made_by,
        merchant: new.merchant,
        customer: new.customer,
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
        has_link: new.has_link,
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
