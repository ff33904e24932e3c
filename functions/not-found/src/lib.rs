//! Whatever no route answers: a 404 of ours, in the public error shape.

use domain::refusal::Refusal;
use edge::{Reply, Request};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["$default"];

/// Says that nothing is there.
///
/// # Errors
/// [`Refusal::NoRoute`], always.
pub fn handle(request: &Request) -> Result<Reply, Refusal> {
    Err(Refusal::NoRoute(request.asked()))
}
