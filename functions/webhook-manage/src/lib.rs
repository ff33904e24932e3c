//! Manages webhook endpoints, their signing keys, deliveries and events.

mod deliveries;
mod endpoints;
mod events;

use domain::scope::Scope;
use edge::{Dialect, Route, RouteTable};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[
        // An endpoint receives every event of the account, so a public key, which is in a browser, registers and reads none: it
        // only has an event resent, or a test event sent, to an endpoint that is registered.
        Route::post("/v1/webhooks").secret_key(|call| Box::pin(endpoints::create(call))),
        Route::get("/v1/webhooks").secret_key(|call| Box::pin(endpoints::list(call))),
        Route::get("/v1/webhooks/{id}").secret_key(|call| Box::pin(endpoints::show(call))),
        Route::patch("/v1/webhooks/{id}").secret_key(|call| Box::pin(endpoints::change(call))),
        Route::delete("/v1/webhooks/{id}").secret_key(|call| Box::pin(endpoints::delete(call))),
        Route::get("/v1/webhooks/{id}/secret").secret_key(|call| Box::pin(endpoints::secret(call))),
        Route::post("/v1/webhooks/{id}/rotate").secret_key(|call| Box::pin(endpoints::rotate(call))),
        Route::get("/v1/webhooks/{id}/deliveries").secret_key(|call| Box::pin(deliveries::list(call))),
        Route::post("/v1/webhooks/{id}/deliveries/{event}/resend")
            .public_key(Scope::Webhooks, |call| Box::pin(deliveries::resend(call))),
        Route::post("/v1/webhooks/{id}/test").public_key(Scope::Webhooks, |call| Box::pin(deliveries::test(call))),
        Route::get("/v1/events").secret_key(|call| Box::pin(events::list(call))),
        Route::get("/v1/events/{id}").secret_key(|call| Box::pin(events::show(call))),
    ])
    .audited();
