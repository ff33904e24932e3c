//! The checkout in a browser: its pages, what they load, and how far the payment of a session is.

mod assets;
mod policy;

use domain::{refusal::Refusal, scope::Scope, session::Session};
use edge::{Dialect, Life, Reply, Request, Route, RouteTable};
use flows::{
    Hub,
    session::page::{self, Page},
};
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
    let page = match request.id() {
        Ok(id) => page::find(hub, id).await?,
        Err(_) => None, // no session has such an id
    };
    let ancestors = match surface {
        Surface::Page => policy::NO_PAGE.to_owned(),
        Surface::Frame => policy::ancestors(page.as_ref().map_or(&[], |page| &page.origins), page::is_local(hub)),
    };
    let (status, html) = match &page {
        Some(page) => (200, document(hub, page, surface, language)),
        None => (404, missing(language, STYLE)),
    };
    let policy = policy::of_page(&ancestors, page::public_url(hub)?);
    Ok(Reply::document(status, html, policy, policy::REPORTS))
}

fn document(hub: &Hub, page: &Page, surface: Surface, language: Language) -> String {
    let document = Document {
        surface,
        language,
        session: page.session,
        client: page.client,
        is_named: surface == Surface::Frame && !page.origins.is_empty(),
        is_sandbox: page::is_sandbox(hub),
        style: STYLE,
        script: &form_path(),
        integrity: FORM.integrity,
    };
    document.html()
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
    if let Some(Report { directive, blocked }) = request.body().ok().and_then(Report::read) {
        tracing::warn!(directive, blocked, "a page broke its policy");
    }
    Reply::no_content()
}

fn progress(session: &Session) -> Reply {
    Reply::ok(&ProgressBody::from(session))
}
