//! Customers and their stored cards. A session key opens the routes under `/v1/sessions`.

use domain::{ids::CustomerId, refusal::Refusal, scope::Scope};
use edge::{Call, Dialect, Reply, Route, RouteTable};
use flows::customer;
use store::lists::CustomerFilter;
use wire::malga::{
    requests::{CreateCustomer, CreateCustomerQuery, Created, CustomersQuery, LinkCard, PatchCustomer},
    responses::{CardBody, CustomerBody, ErasedBody, Page},
};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga.routes(&[
    // A public key is in a browser: it creates customers and shows none.
    Route::post("/v1/customers").public_key(Scope::Customers, |call| Box::pin(create(call))),
    Route::get("/v1/customers").secret_key(|call| Box::pin(list(call))),
    Route::get("/v1/customers/{id}").secret_key(|call| Box::pin(show(call))),
    Route::patch("/v1/customers/{id}").secret_key(|call| Box::pin(change(call))),
    Route::delete("/v1/customers/{id}").secret_key(|call| Box::pin(erase(call))),
    Route::post("/v1/customers/{id}/cards").public_key(Scope::Customers, |call| Box::pin(link(call))),
    Route::get("/v1/customers/{id}/cards").secret_key(|call| Box::pin(cards(call))),
    Route::post("/v1/sessions/customers").session_key(|call| Box::pin(create(call))),
    Route::get("/v1/sessions/customers/{id}").session_key(|call| Box::pin(show(call))),
    Route::post("/v1/sessions/customers/{id}/cards").session_key(|call| Box::pin(link(call))),
    Route::get("/v1/sessions/customers/{id}/cards").session_key(|call| Box::pin(cards(call))),
]);

async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let data = CreateCustomer::read(&body)?;
    let force = CreateCustomerQuery::read(&call.request.query())?.force;
    let identity = call.identity(&body)?;
    let made = customer::create(call.hub, &identity, data, force).await?;
    Reply::answered(&made, |customer| Ok(CustomerBody::new(customer)))
}

async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let customer = customer::find(call.hub, &call.caller, call.request.id()?).await?;
    Ok(Reply::ok(&CustomerBody::new(&customer)))
}

async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = CustomersQuery::read(&call.request.query())?;
    let window = call.window(query.paging, Created::default()).await?;
    let filter =
        CustomerFilter { id: query.id, document_type: query.document_type, document_number: query.document_number };
    let listed = customer::list(call.hub, call.caller.client, &window, filter).await?;
    Ok(Reply::ok(&Page::new(listed.items.iter().map(CustomerBody::new).collect(), listed.total, query.paging)))
}

async fn change(call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, change) = (call.request.id()?, PatchCustomer::read(&call.request.json()?)?);
    let customer = customer::change(call.hub, &call.caller, id, &change).await?;
    Ok(Reply::ok(&CustomerBody::new(&customer)))
}

async fn erase(call: Call<'_>) -> Result<Reply, Refusal> {
    let id: CustomerId = call.request.id()?;
    customer::erase(call.hub, &call.caller, id).await?;
    Ok(Reply::ok(&ErasedBody::from(id)))
}

async fn link(call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, card) = (call.request.id()?, LinkCard::read(&call.request.json()?)?);
    customer::link(call.hub, &call.caller, id, card).await?;
    Ok(Reply::no_content())
}

async fn cards(call: Call<'_>) -> Result<Reply, Refusal> {
    let customer = customer::find(call.hub, &call.caller, call.request.id()?).await?;
    let cards = customer::cards(call.hub, &customer).await?;
    let shown = cards.iter().map(CardBody::new);
    let is_browser = call.caller.is_browser();
    let shown = shown.map(|card| if is_browser { card.without_fingerprint() } else { card });
    Ok(Reply::ok(&shown.collect::<Vec<_>>()))
}
