//! Worldline Connect's API, as far as the hub offers it: its own server and browser libraries work unchanged.
//!
//! One module a resource, each with its handlers; [`ROUTES`] states the routes of all. `server_key` opens a route to
//! requests that a merchant's server has signed, `client_session` to a shopper's page.

mod sessions;

use edge::{Dialect, Route, RouteTable};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Worldline.routes_with_public_url(&[
    // Sessions.
    Route::post("/v1/{merchantId}/sessions").server_key(|call| Box::pin(sessions::create(call))),
    // The client API.
    // Payments.
]);
