//! Lists deliveries, resends events and sends test events.

use domain::{
    ids::{EventId, WebhookId},
    refusal::Refusal,
};
use edge::{Reply, Request, caller, window};
use flows::{Hub, attempt, webhook::delivery};
use wire::malga::{
    requests::EventsQuery,
    responses::{DeliveryBody, DeliveryWithAttemptsBody, Page},
};

pub(crate) async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let (id, query) = (request.id()?, EventsQuery::read(&request.query())?);
    let window = window(hub, caller.client, query.paging, query.created).await?;
    let listed = delivery::list(hub, caller.client, id, &window).await?;
    let page =
        listed.items.iter().map(|(delivery, attempts)| DeliveryWithAttemptsBody::new(delivery, attempts)).collect();
    Ok(Reply::ok(&Page::new(page, listed.total, query.paging)))
}

pub(crate) async fn resend(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let event: Result<EventId, _> = request.parameter("event")?.parse();
    let event = event.map_err(|_| Refusal::Invalid(vec!["event must be a UUID".to_owned()]))?;
    let delivery = delivery::resend(hub, caller.client, request.id()?, event).await?;
    Ok(Reply::created(&DeliveryBody::from(&delivery)))
}

pub(crate) async fn test(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let (id, body) = (request.id::<WebhookId>()?, request.json()?);
    let path = format!("/v1/webhooks/{id}/test");
    let attempt = attempt::new(hub, caller.client, &path, request.idempotency_key()?, &body)?;
    let pinged = delivery::ping(hub, &attempt, id).await?;
    let reply = Reply::created(&DeliveryBody::from(&pinged.delivery));
    Ok(if pinged.is_repeat { reply.replayed() } else { reply })
}
