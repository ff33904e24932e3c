//! A shopper's page with a client session.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Merchant, TestHub, samples::card, worldline::Server};

/// What the library says of a payment of R$ 10.00 in Brazil.
pub(crate) const IN_BRAZIL: &str =
    "countryCode=BR&isRecurring=false&amount=1000&currencyCode=BRL&locale=pt_BR&cacheBust=1";

/// A page, by its session.
pub(crate) struct Page {
    merchant: Merchant,
    session: String,
    /// The shopper, as paths name it.
    pub(crate) customer: String,
}

impl Page {
    /// A page whose session shows everything.
    pub(crate) async fn open(hub: &TestHub) -> Self {
        Self::with(hub, &json!({})).await
    }

    /// A page whose session has these filters.
    pub(crate) async fn filtered(hub: &TestHub, restrict_to: Value, exclude: Value) -> Self {
        Self::with(hub, &json!({"paymentProductFilters": {"restrictTo": restrict_to, "exclude": exclude}})).await
    }

    /// A page whose session its server made so.
    pub(crate) async fn with(hub: &TestHub, request: &Value) -> Self {
        let made = Server::of(&hub.merchant).makes_session(request).await.expect(200);
        Self {
            merchant: hub.merchant.clone(),
            session: made.text("/clientSessionId").to_owned(),
            customer: made.text("/customerId").to_owned(),
        }
    }

    /// Asks for something under the shopper's address.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// The list of products for this query.
    pub(crate) async fn products(&self, query: &str) -> Value {
        let mut listed = self.get(&format!("/products?{query}")).await.expect(200).body;
        listed["paymentProducts"].take()
    }

    /// The numbers of the products for this query.
    pub(crate) async fn ids(&self, query: &str) -> Vec<u64> {
        let products = self.products(query).await;
        products.as_array().unwrap().iter().map(|product| product["id"].as_u64().unwrap()).collect()
    }

    /// Asks what the first digits of a card say of it.
    pub(crate) async fn asks_iin(&self, body: &Value) -> Answer {
        self.send(Method::POST, "/services/getIINdetails", Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/client/v1/{}{path}", self.customer);
        let proof = format!("GCS v1Client:{}", self.session);
        let about = "eyJzY3JlZW5TaXplIjoiMTI4MHg3MjAifQ==";
        let headers = [("authorization", proof.as_str()), ("x-gcs-clientmetainfo", about)];
        let body = body.map(|body| body.to_string().into_bytes());
        self.merchant.send_with(method, &path, &headers, body).await.unwrap()
    }
}

/// The id of a stored card with this number.
pub(crate) async fn stored(hub: &TestHub, number: &str) -> String {
    let token = hub.merchant.post("/v1/tokens", &card(number)).await.expect(201);
    let token = json!({"tokenId": token.text("/tokenId")});
    hub.merchant.post("/v1/cards", &token).await.expect(201).text("/id").to_owned()
}
