//! Client sessions: what a shopper's page opens the client API with.

use domain::refusal::Refusal;
use edge::{Call, Reply, worldline::merchant};
use flows::{Answered, worldline::client_session};
use wire::worldline::session::{SessionRequest, SessionResponse};

/// Makes a client session. The same idempotency key gets the same session, whatever else the request says.
pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let identity = call.unlogged_identity(&body)?; // the session has another id
    let merchant = merchant(call.request)?;
    let made = client_session::create(call.hub, &identity, merchant, SessionRequest::read(&body)).await?;
    let reply = Reply::ok(&SessionResponse::new(&made.made().id, &made.made().session, call.public_url()?));
    Ok(match made {
        Answered::New(_) => reply,
        Answered::Replayed(made) => reply.replayed_since(made.session.created_at),
    })
}
