//! The events of an account's charges.

use domain::refusal::Refusal;
use edge::{Call, Reply};
use flows::webhook::event;
use wire::malga::{requests::EventsQuery, responses::Page, webhooks::EventBody};

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = EventsQuery::read(&call.request.query())?;
    let window = call.window(query.paging, query.created).await?;
    let listed = event::list(call.hub, call.caller.client, &window).await?;
    let page = listed.items.iter().map(EventBody::from).collect();
    Ok(Reply::ok(&Page::new(page, listed.total, query.paging)))
}

pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let event = event::find(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&EventBody::from(&event)))
}
