//! Answers requests that match no route: a 404 in the error format of the API whose key
//! the request carries.

use domain::refusal::Refusal;
use edge::{Reply, Request};

/// Says that nothing is there.
///
/// # Errors
/// [`Refusal::NoRoute`], always.
pub fn handle(request: &Request) -> Result<Reply, Refusal> {
    Err(Refusal::NoRoute(request.asked()))
}
