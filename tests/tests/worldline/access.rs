//! Who may what: every route of Worldline's dialect by every kind of key of two accounts, and Worldline's keys on the
//! routes of Malga's dialect. None opens what is not its own.

use std::time::Duration;

use catraca::local::FUNCTIONS;
use edge::{Access, Route};
use reqwest::Method;
use serde_json::json;
use tests::{
    Answer, Merchant, TestHub,
    samples::session,
    worldline::{Server, error},
};

type Headers = Vec<(String, String)>;

/// An account with all kinds of key.
struct Account {
    merchant: Merchant,
    public_key: String,
    session_key: String,
    client_session: String,
    shopper: String,
}

impl Account {
    async fn of(merchant: Merchant) -> Self {
        let public = merchant.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
        let order = merchant.creates_session(&session(&merchant.id)).await;
        let made = Server::of(&merchant).makes_session(&json!({})).await.expect(200);
        Self {
            public_key: public.text("/publicKey").to_owned(),
            session_key: order.key,
            client_session: made.text("/clientSessionId").to_owned(),
            shopper: made.text("/customerId").to_owned(),
            merchant,
        }
    }

    /// Headers of every kind of key that is none of Worldline's, or that names a client session. Each with a name.
    fn unsigned(&self) -> Vec<(&'static str, Headers)> {
        let malgas = |key: &str| {
            vec![("x-client-id".to_owned(), self.merchant.client_id.clone()), ("x-api-key".to_owned(), key.to_owned())]
        };
        let authorization = |value: String| vec![("authorization".to_owned(), value)];
        let (id, secret) = &self.merchant.server_key;
        vec![
            ("no key", Vec::new()),
            ("the secret key", malgas(&self.merchant.api_key)),
            ("a public key", malgas(&self.public_key)),
            ("a session key", malgas(&self.session_key)),
            ("the server's secret as a secret key", malgas(secret)),
            ("the server's key as a secret key", malgas(id)),
            ("the client session as a secret key", malgas(&self.client_session)),
            ("the secret key as a client session", authorization(format!("GCS v1Client:{}", self.merchant.api_key))),
            ("a session key as a client session", authorization(format!("GCS v1Client:{}", self.session_key))),
            ("the server's secret as a client session", authorization(format!("GCS v1Client:{secret}"))),
            ("the server's secret as its signature", authorization(format!("GCS v1HMAC:{id}:{secret}"))),
            ("the secret key as a bearer", authorization(format!("Bearer {}", self.merchant.api_key))),
        ]
    }

    fn client(&self) -> Headers {
        vec![("authorization".to_owned(), format!("GCS v1Client:{}", self.client_session))]
    }

    /// The path of the route about what is this account's.
    fn path(&self, route: &Route) -> String {
        let path = route.key.path.replace("{merchantId}", &self.merchant.id).replace("{customerId}", &self.shopper);
        let filled =
            path.split('/').map(|part| if part.starts_with('{') { self.merchant.client_id.as_str() } else { part });
        filled.collect::<Vec<_>>().join("/")
    }
}

async fn ask(server: &Server, route: &Route, path: &str, headers: &[(String, String)]) -> Answer {
    let method: Method = route.key.method.parse().unwrap();
    let body = (method == Method::POST).then(|| "{}".to_owned());
    let headers = [headers, &[("content-type".to_owned(), "application/json".to_owned())]].concat();
    server.send_as_is(method, path, &headers, body).await
}

fn routes(access: Access) -> impl Iterator<Item = &'static Route> {
    let (_, table) = FUNCTIONS.iter().find(|(name, _)| *name == "worldline").unwrap();
    table.routes.iter().filter(move |route| route.access == access)
}

/// Whether the key was recognised, and the route found: what was refused then has another reason.
fn is_open(answer: &Answer) -> bool {
    answer.status < 500 && answer.status != 403 && answer.body["errors"][0]["code"] != "404"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_servers_opens_to_the_keys_of_its_merchants_account_alone() {
    let hub = TestHub::build().await;
    let (own, other) = (Account::of(hub.merchant.clone()).await, Account::of(hub.another_merchant().await).await);
    let (server, theirs) = (Server::of(&own.merchant), Server::of(&other.merchant));
    assert!(routes(Access::ServerKey).count() > 0);
    for route in routes(Access::ServerKey) {
        let path = own.path(route);
        for (name, headers) in
            own.unsigned().into_iter().chain(other.unsigned()).chain([("a client session", own.client())])
        {
            assert_eq!(error(&ask(&server, route, &path, &headers).await), (403, "9002"), "{}: {name}", route.key);
        }
        let signed = |by: &Server| {
            let mut headers = by.signed(route.key.method, &path, &[]);
            headers.retain(|(name, _)| name != "Content-Type");
            headers
        };
        let foreign = ask(&theirs, route, &path, &signed(&theirs)).await;
        assert_eq!(error(&foreign), (403, "9007"), "{}: the key of another account", route.key);
        let mixed = Server { key: theirs.key.clone(), ..server.clone() };
        assert_eq!(error(&ask(&mixed, route, &path, &signed(&mixed)).await), (403, "9002"), "{}: mixed", route.key);
        assert!(is_open(&ask(&server, route, &path, &signed(&server)).await), "{}", route.key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_shoppers_pages_opens_to_the_client_session_of_its_shopper_alone_and_for_two_hours() {
    let hub = TestHub::build().await;
    let (own, other) = (Account::of(hub.merchant.clone()).await, Account::of(hub.another_merchant().await).await);
    let sibling = Account::of(hub.merchant.clone()).await;
    let server = Server::of(&own.merchant);
    for route in routes(Access::ClientSession) {
        let path = own.path(route);
        let strangers = [("another shopper's", sibling.client()), ("another account's", other.client())];
        for (name, headers) in own.unsigned().into_iter().chain(other.unsigned()).chain(strangers) {
            assert_eq!(error(&ask(&server, route, &path, &headers).await), (403, "9002"), "{}: {name}", route.key);
        }
        let signed = server.signed(route.key.method, &path, &[]);
        let signed: Headers = signed.into_iter().filter(|(name, _)| name != "Content-Type").collect();
        assert_eq!(error(&ask(&server, route, &path, &signed).await), (403, "9002"), "{}: signed", route.key);
        let twice = [own.client(), own.client()].concat();
        assert_eq!(error(&ask(&server, route, &path, &twice).await), (403, "9002"), "{}: twice", route.key);
        // With a blank, as one of Worldline's pages prints it.
        let blank = own.client().into_iter().map(|(name, proof)| (name, proof.replace(':', ": "))).collect::<Headers>();
        for headers in [own.client(), blank] {
            assert!(is_open(&ask(&server, route, &path, &headers).await), "{}: {headers:?}", route.key);
        }
    }
    hub.clock().advance(Duration::from_hours(2));
    for route in routes(Access::ClientSession) {
        let answer = ask(&server, route, &own.path(route), &own.client()).await;
        assert_eq!(error(&answer), (403, "9002"), "{}: after two hours", route.key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_of_worldlines_opens_a_route_of_malgas() {
    let hub = TestHub::build().await;
    let own = Account::of(hub.merchant.clone()).await;
    let (server, forbidden) = (Server::of(&own.merchant), json!({"message": "Forbidden"}));
    let is_worldlines = |name: &str| name.starts_with("the server's") || name.starts_with("the client session");
    let others = FUNCTIONS.iter().filter(|(name, _)| *name != "worldline").flat_map(|(_, table)| table.routes.iter());
    let mut walked = 0;
    for route in others.filter(|route| route.access != Access::Open) {
        let path = own.path(route);
        let signed = server.signed(route.key.method, &path, &[]);
        let signed: Headers = signed.into_iter().filter(|(name, _)| name != "Content-Type").collect();
        let callers = own.unsigned().into_iter().filter(|(name, _)| is_worldlines(name));
        for (name, headers) in callers.chain([("signed", signed), ("a client session", own.client())]) {
            let answer = ask(&server, route, &path, &headers).await;
            assert_eq!((answer.status, &answer.body), (403, &forbidden), "{}: {name}", route.key);
        }
        walked += 1;
    }
    assert!(walked > 40, "{walked} routes");
}
