//! One payment under one idempotency key, of each kind that the hub takes. Tests of faults and deaths send it, send it
//! again, and compare it with the bank's books.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Answer, Merchant,
    samples::{APPROVED, by_card, by_pix, card, card_charge, from_token, pix_charge, session, with},
};

/// A route and a payment source or method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentKind {
    /// `POST /v1/charges` with a card.
    CardCharge,
    /// `POST /v1/charges` with a card token.
    TokenCharge,
    /// `POST /v1/charges` by Pix.
    PixCharge,
    /// `POST /v1/sessions/{id}/charge` with a card.
    CardSession,
    /// `POST /v1/sessions/{id}/charge` with a card token.
    TokenSession,
    /// `POST /v1/sessions/{id}/charge` by Pix.
    PixSession,
}

impl PaymentKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::CardCharge, Self::TokenCharge, Self::PixCharge, Self::CardSession, Self::TokenSession, Self::PixSession];

    /// Whether the shopper pays it later: then it is `pending` at first.
    #[must_use]
    pub const fn is_pix(self) -> bool {
        matches!(self, Self::PixCharge | Self::PixSession)
    }

    const fn is_session(self) -> bool {
        matches!(self, Self::CardSession | Self::TokenSession | Self::PixSession)
    }
}

/// A payment that can be sent, and sent again.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its kind.
    pub kind: PaymentKind,
    /// Its idempotency key.
    pub key: String,
    /// The session that it pays.
    pub session: Option<String>,
    path: String,
    body: Value,
}

impl Payment {
    /// A payment that has not been sent yet; its session is open and its token unused. Another `key` makes another
    /// shopper.
    pub async fn new(merchant: &Merchant, kind: PaymentKind, key: &str) -> Self {
        let session = if kind.is_session() {
            let session = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
            Some(session.text("/id").to_owned())
        } else {
            None
        };
        let path = session.as_ref().map_or_else(|| "/v1/charges".to_owned(), |id| payment_of(id));
        let body = match kind {
            PaymentKind::CardCharge | PaymentKind::TokenCharge => card_charge(&merchant.id, APPROVED),
            PaymentKind::PixCharge => pix_charge(&merchant.id),
            PaymentKind::CardSession | PaymentKind::TokenSession => by_card(APPROVED),
            PaymentKind::PixSession => by_pix(),
        };
        let body = match kind {
            PaymentKind::TokenCharge | PaymentKind::TokenSession => {
                let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
                from_token(body, token.text("/tokenId"))
            }
            PaymentKind::PixCharge | PaymentKind::PixSession => {
                let number: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
                with(body, "/paymentSource/customer/document", json!({"type": "passport", "number": number}))
            }
            PaymentKind::CardCharge | PaymentKind::CardSession => body,
        };
        Self { kind, key: key.replace(',', ";"), session, path, body } // a comma would be a header that came twice
    }

    /// Sends it.
    pub async fn send(&self, merchant: &Merchant) -> Answer {
        merchant.post_with_key(&self.path, &self.body, &self.key).await
    }

    /// Sends it to a hub that may die meanwhile; then there is no answer.
    pub async fn send_to_mortal(&self, merchant: &Merchant) -> Option<Answer> {
        let body = self.body.to_string().into_bytes();
        merchant.send(Method::POST, &self.path, Some(body), Some(&self.key)).await.ok()
    }

    /// Another shopper pays its session with an approved card.
    pub async fn send_rival(&self, merchant: &Merchant) -> Option<Answer> {
        Some(merchant.post(&payment_of(self.session.as_deref()?), &by_card(APPROVED)).await)
    }

    /// Fails unless `answer` is that of an honest bank.
    #[track_caller]
    pub fn assert_done(&self, answer: &Answer) {
        answer.assert_status(201);
        let done = match self.kind {
            PaymentKind::CardCharge | PaymentKind::TokenCharge => "authorized",
            PaymentKind::CardSession | PaymentKind::TokenSession => "paid",
            PaymentKind::PixCharge | PaymentKind::PixSession => "pending",
        };
        assert_eq!((answer.text("/status"), request_status(answer)), (done, "success"), "{}", answer.body);
        assert_ne!(answer.text("/paymentMethod/qrCodeData").is_empty(), self.kind.is_pix(), "{}", answer.body);
    }

    /// Fails unless its session, if it has one, follows the payment's `answer`. After a failed payment, or with an
    /// unpaid Pix, another shopper can pay the session; otherwise the hub refuses.
    pub async fn assert_session_follows(&self, merchant: &Merchant, answer: &Answer) {
        let Some(session) = &self.session else { return };
        let path = format!("/v1/sessions/{session}");
        let paid = answer.text("/status") == "paid";
        let before = merchant.get(&path).await.expect(200);
        assert_eq!(before.text("/status"), if paid { "paid" } else { "created" }, "{self:?}: {}", answer.body);
        let rival = self.send_rival(merchant).await.unwrap();
        if let ("failed", _) | ("pending", "success") = (answer.text("/status"), request_status(answer)) {
            assert_eq!(rival.expect(201).text("/status"), "paid", "{self:?}");
            assert_eq!(merchant.get(&path).await.expect(200).text("/status"), "paid");
        } else {
            assert_eq!(rival.expect(409).text("/error/type"), "conflict", "{self:?}");
        }
    }
}

/// The status of the newest transaction request of the charge in `answer`.
#[must_use]
pub fn request_status(answer: &Answer) -> &str {
    answer.text("/transactionRequests/0/requestStatus")
}

fn payment_of(session: &str) -> String {
    format!("/v1/sessions/{session}/charge")
}
