//! Reads, lists, activates, deactivates and cancels sessions.

use domain::{ids::SessionId, refusal::Refusal, session::Command};
use edge::{Reply, Request, caller, caller_of, window};
use flows::{Hub, account::settings, session};
use store::lists::SessionFilter;
use wire::malga::{
    requests::{PatchSession, SessionsQuery},
    responses::{ActiveBody, CanceledBody, HistoryEntry, LinkedSessionBody, Page, SessionBody, SettingsBody},
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &[
    "GET /v1/sessions",
    "GET /v1/sessions/{id}",
    "GET /v1/sessions/{id}/link",
    "GET /v1/sessions/{id}/history",
    "PATCH /v1/sessions/{id}",
    "POST /v1/sessions/{id}/cancel",
];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "GET /v1/sessions" => list(hub, &request).await,
        "GET /v1/sessions/{id}" => show(hub, &request).await,
        "GET /v1/sessions/{id}/link" => link(hub, &request).await,
        "GET /v1/sessions/{id}/history" => history(hub, &request).await,
        "PATCH /v1/sessions/{id}" => switch(hub, &request).await,
        "POST /v1/sessions/{id}/cancel" => cancel(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}

async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let (_, session) = caller_of(hub, request, request.id()?).await?;
    let shown = session::show(hub, session).await?;
    Ok(Reply::ok(&SessionBody::new(&shown.session, &shown.public_key)))
}

/// The session with the merchant's checkout settings.
async fn link(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let (caller, session) = caller_of(hub, request, request.id()?).await?;
    let (client, merchant) = (caller.client, session.merchant);
    let settings = settings::for_shoppers(hub, client, merchant).await?;
    let shown = session::show(hub, session).await?;
    Ok(Reply::ok(&LinkedSessionBody {
        session: SessionBody::new(&shown.session, &shown.public_key),
        settings: SettingsBody::new(client, merchant, settings, &request.hub_url()),
    }))
}

/// Every attempt to pay the session, and every change of it.
async fn history(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let session = session::find(hub, caller.client, request.id()?).await?;
    let attempts = session::attempts(hub, &session).await?;
    Ok(Reply::ok(&HistoryEntry::of(&session, &attempts)))
}

async fn switch(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let id: SessionId = request.id()?;
    let command = if PatchSession::read(&request.json()?)? { Command::Enable } else { Command::Disable };
    let session = session::change(hub, caller.client, id, command).await?;
    Ok(Reply::ok(&ActiveBody::from(&session)))
}

async fn cancel(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let session = session::change(hub, caller.client, request.id()?, Command::Cancel).await?;
    Ok(Reply::created(&CanceledBody::new(session.id)))
}

async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let query = SessionsQuery::read(&request.query())?;
    let window = window(hub, caller.client, query.paging, query.created).await?;
    let filter = SessionFilter { statuses: query.statuses, active: query.is_active };
    let listed = session::list(hub, caller.client, &window, &filter).await?;
    let mut items = Vec::with_capacity(listed.items.len());
    for session in listed.items {
        let shown = session::show(hub, session).await?;
        items.push(SessionBody::new(&shown.session, &shown.public_key));
    }
    Ok(Reply::ok(&Page::new(items, listed.total, query.paging)))
}
