//! The checkout in a browser: its pages, what they load, and how far the payment of a session is.

mod assets;
mod policy;

use domain::{refusal::Refusal, scope::Scope, session::Session};
use edge::{Answering, Asset, Dialect, Life, Reply, Request, Route, RouteTable};
use flows::{
    Hub,
    session::page::{self, Page},
};
use wire::{
    checkout::{Document, Integrity, Language, Report, Surface, missing},
    malga::responses::ProgressBody,
};

use crate::assets::{COMPONENT, FORM, FORM_NAME, STYLE, STYLE_HASH};

const PAGE_PATH: &str = "/pay/{id}";
const FRAME_PATH: &str = "/checkout/frame/{id}";
/// Where the component is.
const COMPONENT_PATH: &str = "/checkout/catraca-checkout.js";
const ASSET_PATH: &str = "/checkout/assets/{file}";

/// The routes of this function. What checks links, or fetches them before they are opened, asks by HEAD.
pub const ROUTES: RouteTable = Dialect::Malga.routes_with_public_url(&[
    Route::get(PAGE_PATH).open(page),
    Route::head(PAGE_PATH).open(page),
    Route::get(FRAME_PATH).open(frame),
    Route::head(FRAME_PATH).open(frame),
    Route::get(COMPONENT_PATH).open(component),
    Route::head(COMPONENT_PATH).open(component),
    Route::get(ASSET_PATH).open(asset),
    Route::head(ASSET_PATH).open(asset),
    Route::get("/checkout/integrity.json").open(|_, _| Box::pin(async { Ok(integrity()) })),
    Route::post(policy::REPORTS).open(|_, request| Box::pin(async { Ok(report(request)) })),
    Route::get("/v1/sessions/{id}/status")
        .own_session(Scope::Sessions, |_, session| Box::pin(async move { Ok(progress(&session)) })),
]);

fn page<'a>(hub: &'a Hub, request: &'a Request) -> Answering<'a> {
    Box::pin(show(hub, request, Surface::Page))
}

fn frame<'a>(hub: &'a Hub, request: &'a Request) -> Answering<'a> {
    Box::pin(show(hub, request, Surface::Frame))
}

fn component<'a>(hub: &'a Hub, _: &'a Request) -> Answering<'a> {
    Box::pin(async move { file(hub, &COMPONENT, Life::Short) })
}

/// A file that never changes under its name. A page that was loaded before a deployment may ask for a former one.
fn asset<'a>(hub: &'a Hub, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        if request.parameter("file")? == FORM_NAME {
            file(hub, &FORM, Life::Immutable)
        } else {
            Err(Refusal::NoRoute(request.asked()))
        }
    })
}

fn file(hub: &Hub, file: &'static Asset, life: Life) -> Result<Reply, Refusal> {
    Ok(Reply::asset(file, life).tls_only(page::is_tls(hub)?))
}

/// The page of a session; its own one only where the merchant made a link to it. It has no key: the browser has it, and
/// shows it to the API alone.
async fn show(hub: &Hub, request: &Request, surface: Surface) -> Result<Reply, Refusal> {
    let language = Language::of(request.languages());
    let page = match request.id() {
        Ok(id) => page::find(hub, id).await?.filter(|page| surface == Surface::Frame || page.has_link),
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
    let reply = Reply::document(status, html, policy::of_page(&ancestors), policy::REPORTS);
    Ok(reply.tls_only(page::is_tls(hub)?))
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

fn integrity() -> Reply {
    let scripts = [(COMPONENT_PATH.to_owned(), COMPONENT.integrity), (form_path(), FORM.integrity)];
    Reply::ok(&Integrity { scripts: scripts.into(), inline_style: STYLE_HASH })
}

/// Logs what broke the policy of a page, as its browser says, one line a report. Everyone can send reports: a line has
/// nothing of their own words but an origin.
fn report(request: &Request) -> Reply {
    for Report { directive, blocked } in request.body().map(Report::read).unwrap_or_default() {
        tracing::warn!(directive, blocked, "a page broke its policy");
    }
    Reply::no_content()
}

fn progress(session: &Session) -> Reply {
    Reply::ok(&ProgressBody::from(session))
}
