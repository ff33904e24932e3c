//! Customers and their stored cards. A session key opens the routes under `/v1/sessions`.

use domain::{ids::CustomerId, refusal::Refusal};
use edge::{Reply, Request, caller, window};
use flows::{Hub, attempt, customer};
use store::lists::CustomerFilter;
use wire::malga::{
    requests::{CreateCustomer, Created, CustomersQuery, LinkCard, PatchCustomer, force},
    responses::{CardBody, CustomerBody, ErasedBody, Page},
};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &[
    "POST /v1/customers",
    "GET /v1/customers",
    "GET /v1/customers/{id}",
    "PATCH /v1/customers/{id}",
    "DELETE /v1/customers/{id}",
    "POST /v1/customers/{id}/cards",
    "GET /v1/customers/{id}/cards",
    "POST /v1/sessions/customers",
    "GET /v1/sessions/customers/{id}",
    "POST /v1/sessions/customers/{id}/cards",
    "GET /v1/sessions/customers/{id}/cards",
];

/// Answers one of the routes.
///
/// # Errors
/// What refuses the request.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    match request.route() {
        "POST /v1/customers" | "POST /v1/sessions/customers" => create(hub, &request).await,
        "GET /v1/customers" => list(hub, &request).await,
        "GET /v1/customers/{id}" | "GET /v1/sessions/customers/{id}" => show(hub, &request).await,
        "PATCH /v1/customers/{id}" => change(hub, &request).await,
        "DELETE /v1/customers/{id}" => erase(hub, &request).await,
        "POST /v1/customers/{id}/cards" | "POST /v1/sessions/customers/{id}/cards" => link(hub, &request).await,
        "GET /v1/customers/{id}/cards" | "GET /v1/sessions/customers/{id}/cards" => cards(hub, &request).await,
        _ => Err(Refusal::NoRoute(request.asked())),
    }
}

async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let body = request.json()?;
    let (data, force) = (CreateCustomer::read(&body)?, force(&request.query())?);
    // Shoppers choose keys independently, so each session is a scope of its own.
    let path = match caller.session {
        Some(session) => format!("/v1/sessions/{session}/customers"),
        None => "/v1/customers".to_owned(),
    };
    let attempt = attempt::new(hub, caller.client, &path, request.idempotency_key()?, &body)?;
    let made = customer::create(hub, &attempt, data, caller.session, force).await?;
    let reply = Reply::created(&CustomerBody::new(&made.customer));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let customer = customer::find(hub, caller.client, caller.session, request.id()?).await?;
    Ok(Reply::ok(&CustomerBody::new(&customer)))
}

async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let query = CustomersQuery::read(&request.query())?;
    let window = window(hub, caller.client, query.paging, Created::default()).await?;
    let filter =
        CustomerFilter { id: query.id, document_type: query.document_type, document_number: query.document_number };
    let listed = customer::list(hub, caller.client, &window, filter).await?;
    Ok(Reply::ok(&Page::new(listed.items.iter().map(CustomerBody::new).collect(), listed.total, query.paging)))
}

async fn change(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let (id, change) = (request.id()?, PatchCustomer::read(&request.json()?)?);
    let customer = customer::change(hub, caller.client, id, &change).await?;
    Ok(Reply::ok(&CustomerBody::new(&customer)))
}

async fn erase(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let id: CustomerId = request.id()?;
    customer::erase(hub, caller.client, id).await?;
    Ok(Reply::ok(&ErasedBody::from(id)))
}

async fn link(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let (id, card) = (request.id()?, LinkCard::read(&request.json()?)?);
    customer::link(hub, caller.client, caller.session, id, card).await?;
    Ok(Reply::no_content())
}

async fn cards(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let customer = customer::find(hub, caller.client, caller.session, request.id()?).await?;
    let cards = customer::cards(hub, &customer).await?;
    Ok(Reply::ok(&cards.iter().map(CardBody::new).collect::<Vec<_>>()))
}
