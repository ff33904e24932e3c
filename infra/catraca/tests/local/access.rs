//! The routes of all functions: who may call each, as a matrix for review; what openapi.json describes, which is Malga's
//! API; and on which path an idempotency key counts.

use std::collections::{BTreeSet, HashMap};

use catraca::{
    local::FUNCTIONS,
    time::{CLOCK_ACCESS, MOVE_CLOCK, RESET_CLOCK, SHOW_CLOCK},
};
use domain::scope::{Scope, Scopes};
use edge::{Access, Dialect, Request, Route, RouteKey, access::Key};
use lambda_http::{Body, RequestExt};

fn routes() -> impl Iterator<Item = &'static Route> {
    FUNCTIONS.iter().flat_map(|(_, table)| table.routes.iter())
}

#[test]
fn each_route_has_one_handler() {
    let once: BTreeSet<RouteKey> = routes().map(|route| route.key).collect();
    assert_eq!(once.len(), routes().count());
}

#[test]
fn every_route_by_every_kind_of_key() {
    let heads = ["no key", "secret", "session key", "worldline", "public key"];
    let mut lines =
        vec![format!("{:<52}{:<8}{:<8}{:<14}{:<11}{}", "route", heads[0], heads[1], heads[2], heads[3], heads[4])];
    lines.extend(routes().map(|route| line(route.key, route.access)));
    lines.extend([SHOW_CLOCK, MOVE_CLOCK, RESET_CLOCK].map(|route| line(route, CLOCK_ACCESS)));
    insta::assert_snapshot!(lines.join("\n"));
}

fn line(route: RouteKey, access: Access) -> String {
    let may = |key| if access.admits(key) { "yes" } else { "-" };
    let session = match (access.admits(Key::OwnSession), access.admits(Key::Session)) {
        (true, true) => "any",
        (true, false) => "own",
        (false, _) => "-",
    };
    let scopes: Vec<&str> = Scope::ALL
        .iter()
        .filter(|scope| access.admits(Key::Public(&Scopes::One(**scope))))
        .map(|scope| scope.name())
        .collect();
    let public = if scopes.is_empty() { "-".to_owned() } else { scopes.join(" ") };
    let worldline = match (access.admits(Key::Server), access.admits(Key::Client)) {
        (true, _) => "server",
        (false, true) => "client",
        (false, false) => "-",
    };
    let route = route.to_string();
    format!("{route:<52}{:<8}{:<8}{session:<14}{worldline:<11}{public}", may(Key::None), may(Key::Secret))
}

#[test]
fn openapi_json_describes_every_route_of_malgas_api_and_no_other() {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../../../../shared/wire/openapi.json")).unwrap();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let malgas = FUNCTIONS.iter().filter(|(_, table)| table.dialect == Dialect::Malga);
    let malgas = malgas.flat_map(|(_, table)| table.routes.iter());
    assert_eq!(described, malgas.map(|route| route.key.to_string()).collect());
}

/// The path on which each idempotency key counts. A stored identity is made of it, so a change here answers a retry of an
/// earlier request with a duplicate payment.
#[test]
fn an_idempotency_key_counts_on_the_path_on_which_it_always_did() {
    let mut lines = Vec::new();
    for route in routes().filter(|route| route.key.method == "POST" && route.access != Access::Open) {
        lines.push(format!("{}: {}", route.key, route.idempotency_path(&request()).unwrap()));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_idempotency_key_counts_on_no_path_that_names_no_id() {
    let route = routes().find(|route| route.key == Route::post("/v1/webhooks/{id}/rotate")).unwrap();
    let named = |id: &str| HashMap::from([("id".to_owned(), vec![id.to_owned()])]);
    let request = lambda_http::Request::new(Body::Empty).with_path_parameters(named("7"));
    assert!(route.idempotency_path(&Request::new(Dialect::Malga, request)).is_err());
}

/// A request whose path names ids, in capital letters.
fn request() -> Request {
    let id = "C1DB83FA-723C-4E1F-9722-BC19D1BE6791";
    let named =
        ["id", "event", "merchantId", "customerId", "paymentId"].map(|name| (name.to_owned(), vec![id.to_owned()]));
    let inner = lambda_http::Request::new(Body::Empty).with_path_parameters(HashMap::from(named));
    Request::new(Dialect::Malga, inner)
}
