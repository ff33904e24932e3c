//! Whatever no route answers: a 404 of ours, in the public error shape.

use domain::refusal::Refusal;
use edge::{Reply, Request};

/// Says that nothing is there.
///
/// # Errors
/// [`Refusal::NoRoute`], always.
pub fn handle(request: &Request) -> Result<Reply, Refusal> {
    Err(Refusal::NoRoute(request.asked()))
}
