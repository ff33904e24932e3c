//! Reads, lists, activates, deactivates and cancels sessions.

use domain::{
    ids::SessionId,
    refusal::Refusal,
    scope::Scope,
    session::{Command, Session},
};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::{
    account::{merchant, settings},
    session,
};
use store::lists::SessionFilter;
use wire::malga::{
    requests::{PatchSession, SessionsQuery},
    responses::{
        ActiveBody, ActiveChargeBody, CanceledBody, HistoryEntry, LinkedSessionBody, Page, SessionBody, SettingsBody,
        needs_by_method,
    },
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes_with_public_url(&[
    Route::get("/v1/sessions").public_key(Scope::Sessions, |call| Box::pin(list(call))),
    Route::get("/v1/sessions/{id}").own_session(Scope::Sessions, |call, session| Box::pin(show(call, session))),
    Route::get("/v1/sessions/{id}/link").own_session(Scope::Sessions, |call, session| Box::pin(link(call, session))),
    Route::get("/v1/sessions/{id}/history").public_key(Scope::Sessions, |call| Box::pin(history(call))),
    Route::patch("/v1/sessions/{id}").public_key(Scope::Sessions, |call| Box::pin(switch(call))),
    Route::post("/v1/sessions/{id}/cancel").public_key(Scope::Sessions, |call| Box::pin(cancel(call))),
]);

async fn show(call: Call<'_>, session: Session) -> Result<Reply, Refusal> {
    let shown = session::show(call.hub, session).await?;
    Ok(Reply::ok(&SessionBody::new(&shown.session, &shown.public_key, call.public_url()?)))
}

/// The session with what a checkout page needs to know of its merchant.
async fn link(call: Call<'_>, session: Session) -> Result<Reply, Refusal> {
    let (client, id) = (call.caller.client, session.merchant);
    let settings = settings::for_shoppers(call.hub, client, id).await?;
    let needs = merchant::shopper_needs(call.hub, &session).await?;
    let held_until = session::held_until(call.hub, &session).await?;
    let shown = session::show(call.hub, session).await?;
    let public_url = call.public_url()?;
    Ok(Reply::ok(&LinkedSessionBody {
        session: SessionBody::new(&shown.session, &shown.public_key, public_url),
        settings: SettingsBody::new(client, id, settings, public_url),
        payable_until: shown.session.due_date.end(),
        active_charge: ActiveChargeBody::of(&shown.session),
        has_charge: shown.session.shown_charge().is_some(),
        attempts_left: shown.session.attempts_left(),
        held_until,
        shopper_needs: needs_by_method(&needs),
    }))
}

/// Every status that it came to.
async fn history(call: Call<'_>) -> Result<Reply, Refusal> {
    let session = session::find(call.hub, &call.caller, call.request.id()?).await?;
    let paid_at = session::paid_at(call.hub, &session).await?;
    Ok(Reply::ok(&HistoryEntry::of(&session, paid_at)))
}

async fn switch(call: Call<'_>) -> Result<Reply, Refusal> {
    let id: SessionId = call.request.id()?;
    let command = if PatchSession::read(&call.request.json()?)? { Command::Enable } else { Command::Disable };
    let session = session::change(call.hub, &call.caller, id, command).await?;
    Ok(Reply::ok(&ActiveBody::from(&session)))
}

async fn cancel(call: Call<'_>) -> Result<Reply, Refusal> {
    let session = session::change(call.hub, &call.caller, call.request.id()?, Command::Cancel).await?;
    Ok(Reply::created(&CanceledBody::new(session.id)))
}

async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = SessionsQuery::read(&call.request.query())?;
    let window = call.window(query.paging, query.created).await?;
    let filter = SessionFilter { statuses: query.statuses, active: query.is_active, made_with: None };
    let listed = session::list(call.hub, &call.caller, &window, filter).await?;
    let mut items = Vec::with_capacity(listed.items.len());
    for session in listed.items {
        let shown = session::show(call.hub, session).await?;
        items.push(SessionBody::new(&shown.session, &shown.public_key, call.public_url()?));
    }
    Ok(Reply::ok(&Page::new(items, listed.total, query.paging)))
}
