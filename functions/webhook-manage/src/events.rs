//! The events of an account's charges.

use domain::refusal::Refusal;
use edge::{Call, Reply};
use flows::{charge::image, webhook::event};
use wire::malga::{requests::EventsQuery, responses::Page, webhooks::EventBody};

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let query = EventsQuery::read(&call.request.query())?;
    let window = call.window(query.paging, query.created).await?;
    let listed = event::list(call.hub, call.caller.client, &window).await?;
    let image_url = image::urls(call.hub)?;
    let page = listed.items.iter().map(|event| EventBody::new(event, &image_url)).collect();
    Ok(Reply::ok(&Page::new(page, listed.total, query.paging)))
}

pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let event = event::find(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&EventBody::new(&event, &image::urls(call.hub)?)))
}
