//! Requests that the hub refuses: each must leave no trace.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Answer, TestHub,
    refused::assert_error,
    samples::{APPROVED, by_card, by_pix, card, card_charge, pix_charge, reservation, session, with},
    session::Session,
};

/// A hub with an open session and a reserved charge, and every request with a body that it takes.
pub struct Fixture {
    /// The hub.
    pub hub: TestHub,
    /// The session.
    pub order: Session,
    /// The id of a charge whose money is reserved, and which was analysed for fraud.
    pub reserved: String,
}

/// One request that the hub accepts.
pub struct Good {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its body.
    pub body: Value,
}

impl Fixture {
    /// A new hub.
    pub async fn open() -> Self {
        let hub = TestHub::build().await;
        Self { order: open_order(&hub).await, reserved: reserve(&hub).await, hub }
    }

    /// Replaces the session and the reserved charge with new ones.
    pub async fn renew(&mut self) {
        self.order = open_order(&self.hub).await;
        self.reserved = reserve(&self.hub).await;
    }

    /// A card charge.
    #[must_use]
    pub fn charge(&self) -> Value {
        card_charge(&self.hub.merchant.id, APPROVED)
    }

    /// A Pix charge.
    #[must_use]
    pub fn pix(&self) -> Value {
        pix_charge(&self.hub.merchant.id)
    }

    /// A session to be created.
    #[must_use]
    pub fn session(&self) -> Value {
        session(&self.hub.merchant.id)
    }

    /// Every route that reads a body, with one that it accepts. Canceling reads none.
    #[must_use]
    pub fn all(&self) -> Vec<Good> {
        let good = |method, path: &str, body| Good { method, path: path.to_owned(), body };
        vec![
            good(Method::POST, "/v1/charges", self.charge()),
            good(Method::POST, "/v1/charges", self.pix()),
            good(Method::POST, "/v1/sessions", self.session()),
            good(Method::POST, &self.order.path("/charge"), by_card(APPROVED)),
            good(Method::POST, &self.order.path("/charge"), by_pix()),
            good(Method::PATCH, &self.order.path(""), json!({"isActive": false})),
            good(Method::POST, "/v1/tokens", card(APPROVED)),
            good(Method::POST, &self.of_reserved("/capture"), json!({"amount": 100})),
            good(Method::POST, &self.of_reserved("/void"), json!({"amount": 100})),
            good(Method::POST, &self.of_reserved(""), json!({"status": "voided"})),
            good(Method::PATCH, &self.of_reserved("/antifraud"), json!({"status": "approved"})),
        ]
    }

    /// `/v1/charges/{id}` of the reserved charge, and `more`.
    #[must_use]
    pub fn of_reserved(&self, more: &str) -> String {
        format!("/v1/charges/{}{more}", self.reserved)
    }

    /// Sends `body`, which the hub must refuse with this status, in the published format, before it writes anything or
    /// calls the bank.
    pub async fn refuse(&self, method: &Method, path: &str, body: Option<Vec<u8>>, status: u16) -> Answer {
        let request = async { self.hub.merchant.send(method.clone(), path, body, None).await.unwrap() };
        let answer = self.hub.refuses(request, status).await;
        assert_eq!(answer.body["error"]["code"], status, "{}", answer.body);
        assert!(!answer.text("/error/type").is_empty() && !answer.text("/error/message").is_empty());
        answer
    }

    /// The problems that a 400 lists for `body`.
    pub async fn problems(&self, method: &Method, path: &str, body: &Value) -> Vec<String> {
        let answer = self.refuse(method, path, Some(body.to_string().into_bytes()), 400).await;
        assert_error(&answer, "bad_request", "Bad Request Exception");
        details(&answer)
    }

    /// Each change makes `body` invalid with exactly this one problem.
    pub async fn each(&self, path: &str, body: &Value, changes: &[(&str, Value, &str)]) {
        for (pointer, value, problem) in changes {
            let problems = self.problems(&Method::POST, path, &with(body.clone(), pointer, value.clone())).await;
            assert_eq!(problems, [*problem], "{pointer} = {value}");
        }
    }
}

async fn open_order(hub: &TestHub) -> Session {
    hub.merchant.creates_session(&session(&hub.merchant.id)).await
}

async fn reserve(hub: &TestHub) -> String {
    let body = with(reservation(&hub.merchant.id), "/fraudAnalysis", json!({"customer": {"identity": "72912053011"}}));
    hub.merchant.charges(&body).await
}

/// The problems that a refusal lists.
#[must_use]
pub fn details(answer: &Answer) -> Vec<String> {
    serde_json::from_value(answer.body["error"]["details"].clone()).unwrap()
}
