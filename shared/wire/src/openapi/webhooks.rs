//! Webhook endpoints and their deliveries.

use utoipa::openapi::{
    Content, Paths, Required, ResponseBuilder, Schema,
    path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
    schema::OneOfBuilder,
};

use super::{Described, JSON, Schemas, uuid};
use crate::malga::{
    errors::{DuplicateBody, ErrorBody},
    requests::{CreateWebhook, EventsQuery, ListQuery, PatchWebhook},
    responses::{DeliveryBody, DeliveryWithAttemptsBody, WebhookBody, WebhookSecretBody},
};

pub(super) fn paths(paths: &mut Paths, schemas: &mut Schemas) {
    endpoints(paths, schemas);
    deliveries(paths, schemas);
}

fn endpoints(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Described::new("createWebhook", "Create a webhook").takes::<CreateWebhook>(schemas).keyed();
    let list = Described::new("listWebhooks", "List webhooks").filtered(ListQuery::parameters());
    let read = Described::new("readWebhook", "Read a webhook").of_id();
    let change = Described::new("changeWebhook", "Change a webhook").of_id().takes::<PatchWebhook>(schemas);
    let delete = Described::new("deleteWebhook", "Delete a webhook").of_id();
    let secret = Described::new("readWebhookSecret", "Read the shared secret of a webhook").of_id();
    let rotate = Described::new("rotateWebhookKey", "Rotate the signing key of a webhook").of_id().keyed();

    let webhook = "The webhook.";
    let create = create.answers("201", webhook, schemas.content::<WebhookBody>());
    let change = change.answers("200", webhook, schemas.content::<WebhookBody>());
    let [create, change] = [create, change].map(|operation| one_of_each(operation, schemas));
    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/webhooks", HttpMethod::Post, create);
    add("/v1/webhooks", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<WebhookBody>()));
    add("/v1/webhooks/{id}", HttpMethod::Get, read.answers("200", webhook, schemas.content::<WebhookBody>()));
    add("/v1/webhooks/{id}", HttpMethod::Patch, change);
    let deleted = "The deleted webhook; it receives no more events.";
    add("/v1/webhooks/{id}", HttpMethod::Delete, delete.answers("200", deleted, schemas.content::<WebhookBody>()));
    let shared = "What verifies `v1` signatures. A rotation replaces it, too.";
    let secret = secret.answers("200", shared, schemas.content::<WebhookSecretBody>());
    add("/v1/webhooks/{id}/secret", HttpMethod::Get, secret);
    let rotated = "The webhook with its new key; the former key signs too for 24 hours.";
    add("/v1/webhooks/{id}/rotate", HttpMethod::Post, rotate.answers("201", rotated, schemas.content::<WebhookBody>()));
}

/// Deliveries: their list, and the resending of one.
fn deliveries(paths: &mut Paths, schemas: &mut Schemas) {
    let about = "List the webhook deliveries of the last 45 days";
    let list = Described::new("listDeliveries", about).filtered(EventsQuery::parameters()).of_id();
    let event = ParameterBuilder::new()
        .name("event")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(uuid()));
    let resend = Described::new("resendDelivery", "Resend an event to a webhook").of_id();
    let resend = resend.parameter(event.build()).fails(&["409"]);
    let ping = Described::new("testWebhook", "Test a webhook with a `ping`").of_id().keyed();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let listed = list.answers("200", "One page.", schemas.page::<DeliveryWithAttemptsBody>());
    add("/v1/webhooks/{id}/deliveries", HttpMethod::Get, listed);
    let soon = "The delivery; it is sent within a minute.";
    let again = resend.answers("201", soon, schemas.content::<DeliveryBody>());
    add("/v1/webhooks/{id}/deliveries/{event}/resend", HttpMethod::Post, again);
    add("/v1/webhooks/{id}/test", HttpMethod::Post, ping.answers("201", soon, schemas.content::<DeliveryBody>()));
}

/// An operation whose 409 may also say, in a shape of its own, that another webhook has the same event and endpoint.
fn one_of_each(mut operation: Operation, schemas: &mut Schemas) -> Operation {
    let mut conflict = OneOfBuilder::new();
    for Content { schema, .. } in [schemas.content::<DuplicateBody>(), schemas.content::<ErrorBody>()] {
        conflict = schema.into_iter().fold(conflict, OneOfBuilder::item);
    }
    let description = "The account has a webhook for this event at this endpoint, or another request changes it.";
    let content = Content::new(Some(Schema::OneOf(conflict.build())));
    let response = ResponseBuilder::new().description(description).content(JSON, content).build();
    operation.responses.responses.insert("409".to_owned(), response.into());
    operation
}
