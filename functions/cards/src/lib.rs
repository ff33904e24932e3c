//! Card tokens and stored cards. A session key opens the routes under `/v1/sessions`.

use domain::{card::CardOrder, refusal::Refusal, scope::Scope};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::customer::{card, token};
use serde_json::Value;
use wire::malga::{
    requests::{CardsQuery, CreateCard, CreateSessionCard, CreateToken, Created},
    responses::{CardBody, Page, TokenBody},
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes(&[
    Route::post("/v1/tokens").public_key(Scope::Tokens, |call| Box::pin(tokenize(call))),
    Route::post("/v1/cards").public_key(Scope::Cards, |call| Box::pin(create(call, CreateCard::read))),
    Route::get("/v1/cards").secret_key(|call| Box::pin(list(call))),
    Route::get("/v1/cards/{id}").secret_key(|call| Box::pin(show(call))),
    Route::post("/v1/sessions/tokens").session_key(|call| Box::pin(tokenize(call))),
    Route::post("/v1/sessions/cards").session_key(|call| Box::pin(create(call, CreateSessionCard::read))),
]);

async fn tokenize(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let order = CreateToken::read(&body, call.hub.now())?;
    let identity = call.unlogged_identity(&body)?;
    let made = token::create(call.hub, &identity, &order).await?;
    Reply::answered(&made, |id| Ok(TokenBody::from(*id)))
}

async fn create(call: Call<'_>, read: fn(&Value) -> Result<CardOrder, Refusal>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let order = read(&body)?;
    let identity = call.identity(&body)?;
    let made = card::create(call.hub, &identity, &order).await?;
    let is_browser = call.caller.is_browser();
    Reply::answered(&made, |card| {
        let shown = CardBody::new(card);
        Ok(if is_browser { shown.without_fingerprint() } else { shown })
    })
}

async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let card = card::find(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&CardBody::new(&card)))
}

async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = CardsQuery::read(&call.request.query())?;
    let window = call.window(query.paging, Created::default()).await?;
    let listed = card::list(call.hub, call.caller.client, &window, query.customer).await?;
    Ok(Reply::ok(&Page::new(listed.items.iter().map(CardBody::new).collect(), listed.total, query.paging)))
}
