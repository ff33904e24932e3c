//! Webhooks: endpoints that are told of events, and what they were told.

use utoipa::openapi::{
    Content, Paths, Required, ResponseBuilder, Schema,
    path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
    schema::OneOfBuilder,
};

use super::{JSON, Route, Schemas, created, paged, paged_from, uuid};
use crate::malga::{
    errors::{DuplicateBody, ErrorBody},
    requests::{CreateWebhook, PatchWebhook},
    responses::{DeliveryBody, DeliveryWithAttemptsBody, WebhookBody, WebhookSecretBody},
};

pub(super) fn paths(paths: &mut Paths, schemas: &mut Schemas) {
    endpoints(paths, schemas);
    deliveries(paths, schemas);
}

fn endpoints(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Route::new("createWebhook", "Register an endpoint").takes::<CreateWebhook>(schemas).keyed();
    let list = paged(Route::new("listWebhooks", "List the webhooks"));
    let read = Route::new("readWebhook", "Read a webhook").of_id();
    let change = Route::new("changeWebhook", "Change a webhook").of_id().takes::<PatchWebhook>(schemas);
    let delete = Route::new("deleteWebhook", "Remove a webhook").of_id();
    let secret = Route::new("readWebhookSecret", "Read the shared secret of a webhook").of_id();
    let rotate = Route::new("rotateWebhookKey", "Give a webhook a new signing key").of_id().keyed();

    let webhook = "The webhook.";
    let create = create.answers("201", webhook, schemas.content::<WebhookBody>());
    let change = change.answers("200", webhook, schemas.content::<WebhookBody>());
    let [create, change] = [create, change].map(|operation| one_of_each(operation, schemas));
    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/webhooks", HttpMethod::Post, create);
    add("/v1/webhooks", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<WebhookBody>()));
    add("/v1/webhooks/{id}", HttpMethod::Get, read.answers("200", webhook, schemas.content::<WebhookBody>()));
    add("/v1/webhooks/{id}", HttpMethod::Patch, change);
    let deleted = "The webhook as it was; it is told nothing more.";
    add("/v1/webhooks/{id}", HttpMethod::Delete, delete.answers("200", deleted, schemas.content::<WebhookBody>()));
    let shared = "What verifies `v1` signatures. A rotation replaces it, too.";
    let secret = secret.answers("200", shared, schemas.content::<WebhookSecretBody>());
    add("/v1/webhooks/{id}/secret", HttpMethod::Get, secret);
    let rotated = "The webhook with its new key; the one before goes on signing for 24 hours.";
    add("/v1/webhooks/{id}/rotate", HttpMethod::Post, rotate.answers("201", rotated, schemas.content::<WebhookBody>()));
}

/// What endpoints are told: shown, and asked for again.
fn deliveries(paths: &mut Paths, schemas: &mut Schemas) {
    let about = "List what a webhook was told in the last 45 days, and what it answered";
    let list = created(paged_from(Route::new("listDeliveries", about), "DESC")).of_id();
    let event = ParameterBuilder::new()
        .name("event")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(uuid()));
    let resend = Route::new("resendDelivery", "Have a webhook told of an event, again or for the first time").of_id();
    let resend = resend.parameter(event.build()).fails(&["409"]);
    let ping = Route::new("testWebhook", "Have a webhook told that it is tried: a `ping`").of_id().keyed();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let listed = list.answers("200", "One page.", schemas.page::<DeliveryWithAttemptsBody>());
    add("/v1/webhooks/{id}/deliveries", HttpMethod::Get, listed);
    let soon = "The delivery; it is sent within a minute.";
    let again = resend.answers("201", soon, schemas.content::<DeliveryBody>());
    add("/v1/webhooks/{id}/deliveries/{event}/resend", HttpMethod::Post, again);
    add("/v1/webhooks/{id}/test", HttpMethod::Post, ping.answers("201", soon, schemas.content::<DeliveryBody>()));
}

/// An operation whose 409 may also say, in a shape of its own, that another webhook is told the same at the same place.
fn one_of_each(mut operation: Operation, schemas: &mut Schemas) -> Operation {
    let mut conflict = OneOfBuilder::new();
    for Content { schema, .. } in [schemas.content::<DuplicateBody>(), schemas.content::<ErrorBody>()] {
        conflict = schema.into_iter().fold(conflict, OneOfBuilder::item);
    }
    let description = "The account has a webhook for this event at this endpoint, or others change the same.";
    let content = Content::new(Some(Schema::OneOf(conflict.build())));
    let response = ResponseBuilder::new().description(description).content(JSON, content).build();
    operation.responses.responses.insert("409".to_owned(), response.into());
    operation
}
