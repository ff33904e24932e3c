//! Public keys, merchants and the settings of their checkout.

mod keys;
mod merchants;
mod settings;

use domain::scope::Scope;
use edge::{Dialect, Route, RouteTable};

/// The routes of this function.
pub const ROUTES: RouteTable = Dialect::Malga
    .routes_with_public_url(&[
        Route::post("/v1/auth").public_key(Scope::Auth, |call| Box::pin(keys::create(call))),
        Route::get("/v1/auth").secret_key(|call| Box::pin(keys::list(call))),
        Route::delete("/v1/auth").secret_key(|call| Box::pin(keys::revoke_all(call))),
        Route::delete("/v1/auth/{id}").public_key(Scope::Auth, |call| Box::pin(keys::revoke(call))),
        Route::post("/v1/merchants").secret_key(|call| Box::pin(merchants::create(call))),
        Route::get("/v1/merchants").secret_key(|call| Box::pin(merchants::list(call))),
        Route::get("/v1/merchants/{id}").secret_key(|call| Box::pin(merchants::show(call))),
        Route::patch("/v1/merchants/{id}").secret_key(|call| Box::pin(merchants::change(call))),
        Route::delete("/v1/merchants/{id}").secret_key(|call| Box::pin(merchants::delete(call))),
        Route::get("/v1/settings").secret_key(|call| Box::pin(settings::show(call))),
        Route::post("/v1/settings").secret_key(|call| Box::pin(settings::post(call))),
        Route::patch("/v1/settings").secret_key(|call| Box::pin(settings::patch(call))),
        Route::get("/v1/settings/logo/{id}").open(|hub, request| Box::pin(settings::logo(hub, request))),
    ])
    .audited();
