//! Answers requests that match no route: a 404 in the public error format.

use domain::refusal::Refusal;
use edge::{Reply, Request};

/// Says that nothing is there.
///
/// # Errors
/// [`Refusal::NoRoute`], always.
pub fn handle(request: &Request) -> Result<Reply, Refusal> {
    Err(Refusal::NoRoute(request.asked()))
}
