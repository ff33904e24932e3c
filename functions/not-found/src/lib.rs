//! Answers requests that match no route: a 404 in the public error format.

use domain::refusal::Refusal;
use edge::{Reply, Request};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["$default"];

/// Refuses a request that matches no route.
///
/// # Errors
/// [`Refusal::NoRoute`], always.
pub fn handle(request: &Request) -> Result<Reply, Refusal> {
    Err(Refusal::NoRoute(request.asked()))
}
