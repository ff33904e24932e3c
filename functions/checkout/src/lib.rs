//! The checkout in a browser: its pages, what they load, and how far the payment of a session is.

mod assets;
mod policy;

use domain::{ids::SessionId, refusal::Refusal, scope::Scope, session::Session};
use edge::{Dialect, Life, Reply, Request, Route, RouteTable};
use flows::{Hub, session::page};
use wire::{
    checkout::{Document, Integrity, Language, Report, Surface, missing},
    malga::responses::ProgressBody,
};

use crate::assets::{COMPONENT, FORM, FORM_NAME, STYLE, STYLE_HASH};

/// Where the component is.
const COMPONENT_PATH: &str = "/checkout/catraca-checkout.js";

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes_with_public_url(&[
    Route::get("/pay/{id}").open(|hub, request| Box::pin(show(hub, request, Surface::Page))),
    Route::get("/checkout/frame/{id}").open(|hub, request| Box::pin(show(hub, request, Surface::Frame))),
    Route::get(COMPONENT_PATH).open(|_, _| Box::pin(async { Ok(Reply::asset(&COMPONENT, Life::Short)) })),
    Route::get("/checkout/assets/{file}").open(|_, request| Box::pin(async { asset(request) })),
    Route::get("/checkout/integrity.json").open(|_, _| Box::pin(async { Ok(integrity()) })),
    Route::post(policy::REPORTS).open(|_, request| Box::pin(async { Ok(report(request)) })),
    Route::get("/v1/sessions/{id}/status")
        .own_session(Scope::Sessions, |_, session| Box::pin(async move { Ok(progress(&session)) })),
]);

/// The page of a session. It has no key: the browser has it, and shows it to the API alone.
async fn show(hub: &Hub, request: &Request, surface: Surface) -> Result<Reply, Refusal> {
    let language = Language::of(request.languages());
    let public_url = hub.public_url()?.as_str();
    let found = match request.id::<SessionId>() {
        Ok(id) => page::find(hub, id).await?,
        Err(_) => None, // no session has such an id
    };
    let origins = found.as_ref().map(|page| page.origins.as_slice()).unwrap_or_default();
    let ancestors = match surface {
        Surface::Page => policy::NO_PAGE.to_owned(),
        Surface::Frame => policy::ancestors(origins, page::is_local(hub)),
    };
    let policy = policy::of_page(&ancestors, public_url);
    let Some(page) = &found else { return Ok(Reply::document(404, missing(language, STYLE), policy)) };
    let document = Document {
        surface,
        language,
        session: page.session,
        client: page.client,
        is_named: surface == Surface::Frame && !origins.is_empty(),
        is_sandbox: page::is_sandbox(hub),
        style: STYLE,
        script: &form_path(),
        integrity: FORM.integrity,
    };
    Ok(Reply::document(200, document.html(), policy))
}

fn form_path() -> String {
    format!("/checkout/assets/{FORM_NAME}")
}

/// A file that never changes under its name. A page that was loaded before a deployment may ask for a former one.
fn asset(request: &Request) -> Result<Reply, Refusal> {
    if request.parameter("file")? == FORM_NAME {
        Ok(Reply::asset(&FORM, Life::Endless))
    } else {
        Err(Refusal::NoRoute(request.asked()))
    }
}

fn integrity() -> Reply {
    let scripts = [(COMPONENT_PATH.to_owned(), COMPONENT.integrity), (form_path(), FORM.integrity)];
    Reply::ok(&Integrity { scripts: scripts.into(), inline_style: STYLE_HASH })
}

/// Logs what broke the policy of a page, as its browser says. Everyone can send a report: its line has nothing of its own
/// words but an origin.
fn report(request: &Request) -> Reply {
    if let Some(Report { directive, blocked }) = request.json().ok().as_ref().and_then(Report::read) {
        tracing::warn!(directive, blocked, "a page broke its policy");
    }
    Reply::no_content()
}

fn progress(session: &Session) -> Reply {
    Reply::ok(&ProgressBody::from(session))
}
