//! Lists deliveries, resends events and sends test events.

use domain::{
    ids::{EventId, WebhookId},
    refusal::Refusal,
};
use edge::{Call, Reply};
use flows::webhook::delivery;
use wire::malga::{
    requests::EventsQuery,
    responses::{DeliveryBody, DeliveryWithAttemptsBody, Page},
};

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, query) = (call.request.id()?, EventsQuery::read(&call.request.query())?);
    let window = call.window(query.paging, query.created).await?;
    let listed = delivery::list(call.hub, call.caller.client, id, &window).await?;
    let page =
        listed.items.iter().map(|(delivery, attempts)| DeliveryWithAttemptsBody::new(delivery, attempts)).collect();
    Ok(Reply::ok(&Page::new(page, listed.total, query.paging)))
}

pub(crate) async fn resend(call: Call<'_>) -> Result<Reply, Refusal> {
    let event: EventId = call.request.uuid("event")?;
    let delivery = delivery::resend(call.hub, call.caller.client, call.request.id()?, event).await?;
    Ok(Reply::created(&DeliveryBody::from(&delivery)))
}

pub(crate) async fn test(call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, body) = (call.request.id::<WebhookId>()?, call.request.json()?);
    let identity = call.identity(&body)?;
    let pinged = delivery::ping(call.hub, &identity, id).await?;
    Reply::answered(&pinged, |delivery| Ok(DeliveryBody::from(delivery)))
}
