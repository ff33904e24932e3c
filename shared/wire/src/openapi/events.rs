//! The events of an account.

use utoipa::openapi::{Paths, path::HttpMethod};

use super::{Described, Schemas};
use crate::malga::{
    requests::EventsQuery,
    webhooks::{EventBody, SnapshotBody},
};

pub(super) fn paths(paths: &mut Paths, schemas: &mut Schemas) {
    // The schema of an event names it.
    let _ = schemas.content::<SnapshotBody>();
    let list = Described::new("listEvents", "List the events of the last 45 days").filtered(EventsQuery::parameters());
    let read = Described::new("readEvent", "Read an event").of_id();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/events", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<EventBody>()));
    let event = "The event, as endpoints of version 1.1 are sent it.";
    add("/v1/events/{id}", HttpMethod::Get, read.answers("200", event, schemas.content::<EventBody>()));
}
