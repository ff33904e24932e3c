//! The events of an account's charges.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller, window};
use flows::{
    Hub,
    webhook::event::{self, printed},
};
use wire::malga::{requests::EventsQuery, responses::Page, webhooks::EventBody};

pub(crate) async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let query = EventsQuery::read(&request.query())?;
    let window = window(hub, caller.client, query.paging, query.created).await?;
    let listed = event::list(hub, caller.client, &window).await?;
    let page = listed.items.iter().map(|event| EventBody::from(&printed(event))).collect();
    Ok(Reply::ok(&Page::new(page, listed.total, query.paging)))
}

pub(crate) async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let event = event::find(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&EventBody::from(&printed(&event))))
}
