//! Worldline Connect's API, as far as the hub offers it: its own server and browser libraries work unchanged.
//!
//! One module a resource, each with its handlers; [`ROUTES`] states the routes of all. `server_key` opens a route to
//! requests that a merchant's server has signed, `client_session` to a shopper's page.

mod client;
mod payments;
mod refunds;
mod sessions;

use std::future::ready;

use edge::{Dialect, Route, RouteTable};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Worldline.routes_with_public_url(&[
    // Sessions.
    Route::post("/v1/{merchantId}/sessions").server_key(|call| Box::pin(sessions::create(call))),
    // The client API.
    Route::get("/client/v1/{customerId}/products").client_session(|call| Box::pin(client::products(call))),
    Route::get("/client/v1/{customerId}/products/{productId}").client_session(|call| Box::pin(client::product(call))),
    Route::get("/client/v1/{customerId}/productgroups").client_session(|call| Box::pin(client::groups(call))),
    Route::get("/client/v1/{customerId}/productgroups/{groupId}").client_session(|call| Box::pin(client::group(call))),
    Route::post("/client/v1/{customerId}/services/getIINdetails")
        .client_session(|call| Box::pin(client::iin_details(call))),
    Route::get("/client/v1/{customerId}/crypto/publickey").client_session(|call| Box::pin(client::public_key(call))),
    Route::get("/client/assets/{file}").open(|_, request| Box::pin(ready(client::asset(request)))),
    // Payments.
    Route::post("/v1/{merchantId}/payments").server_key(|call| Box::pin(payments::create(call))),
    Route::get("/v1/{merchantId}/payments/{paymentId}").server_key(|call| Box::pin(payments::show(call))),
    Route::post("/v1/{merchantId}/payments/{paymentId}/approve").server_key(|call| Box::pin(payments::approve(call))),
    Route::post("/v1/{merchantId}/payments/{paymentId}/cancel").server_key(|call| Box::pin(payments::cancel(call))),
    Route::post("/v1/{merchantId}/payments/{paymentId}/refund").server_key(|call| Box::pin(refunds::create(call))),
    Route::get("/v1/{merchantId}/payments/{paymentId}/refunds").server_key(|call| Box::pin(refunds::list(call))),
    Route::get("/v1/{merchantId}/refunds/{refundId}").server_key(|call| Box::pin(refunds::show(call))),
]);
