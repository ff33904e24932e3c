//! Card tokens and stored cards. A session key opens the routes under `/v1/sessions`.

use domain::refusal::Refusal;
use edge::{Caller, Reply, Request, caller, window};
use flows::{
    Hub, attempt,
    customer::{card, token},
};
use wire::malga::{
    requests::{CardsQuery, CreateCard, CreateSessionCard, CreateToken, Created},
    responses::{CardBody, Page, TokenBody},
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &[
    "POST /v1/tokens",
    "POST /v1/cards",
    "GET /v1/cards",
    "GET /v1/cards/{id}",
    "POST /v1/sessions/tokens",
    "POST /v1/sessions/cards",
];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "POST /v1/tokens" | "POST /v1/sessions/tokens" => tokenize(hub, &request).await,
        "POST /v1/cards" | "POST /v1/sessions/cards" => create(hub, &request).await,
        "GET /v1/cards" => list(hub, &request).await,
        "GET /v1/cards/{id}" => show(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}

async fn tokenize(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let body = request.json()?;
    let order = CreateToken::read(&body, hub.now())?;
    let attempt = attempt::new(hub, caller.client, &path(caller, "tokens"), request.idempotency_key()?, &body)?;
    let made = token::create(hub, &attempt, &order).await?;
    let reply = Reply::created(&TokenBody::from(made.id));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let body = request.json()?;
    let order = if request.route() == "POST /v1/sessions/cards" {
        CreateSessionCard::read(&body)?
    } else {
        CreateCard::read(&body)?
    };
    let attempt = attempt::new(hub, caller.client, &path(caller, "cards"), request.idempotency_key()?, &body)?;
    let attempt = attempt.with_key_of(caller.session);
    let made = card::create(hub, &attempt, &order).await?;
    let reply = Reply::created(&CardBody::new(&made.card));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

/// The scope of an idempotency key: shoppers choose keys independently, so each session is a scope of its own.
fn path(caller: Caller, what: &str) -> String {
    match caller.session {
        Some(session) => format!("/v1/sessions/{session}/{what}"),
        None => format!("/v1/{what}"),
    }
}

async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let card = card::find(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&CardBody::new(&card)))
}

async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let query = CardsQuery::read(&request.query())?;
    let window = window(hub, caller.client, query.paging, Created::default()).await?;
    let listed = card::list(hub, caller.client, &window, query.customer).await?;
    Ok(Reply::ok(&Page::new(listed.items.iter().map(CardBody::new).collect(), listed.total, query.paging)))
}
