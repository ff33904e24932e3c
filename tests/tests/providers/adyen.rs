//! Adyen: the whole life of cards, Pix and boletos, and notifications that are late, repeated, reordered, forged or lost.

mod cards;
mod disputes;
mod duplicates;
mod late_captures;
mod notifications;
mod pix_and_boleto;
mod refunds_there;
mod unknown;

use std::{sync::Arc, time::Duration};

use domain::{charge::update::Reference, merchant::ProviderType, money::Amount};
use flows::{
    Clock,
    charge::operator::{self, Verdict},
    provider::{
        notification,
        stand_in::{Roots, StandIns},
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    fakes::{
        Asked, Fake, Fault, Server,
        adyen::{API_KEY, AUTHORISED_CARD, Adyen, HMAC_KEY, MERCHANT_ACCOUNT, Notification, configuration_error},
    },
    samples::{boleto_charge, card_charge, summary, with},
};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A hub whose merchant has an account at Adyen, and nowhere else.
struct Shop {
    hub: TestHub,
    adyen: Adyen,
    server: Server,
    /// Where Adyen calls the hub.
    path: String,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(API_KEY).await
    }

    async fn open_with(api_key: &str) -> Self {
        let clock = Clock::system();
        let adyen = Adyen::new(clock.clone());
        let server = Server::open(Arc::new(adyen.clone())).await;
        let stand_in = format!("ADYEN={}", server.url()).parse().unwrap();
        let stand_ins = StandIns::new(vec![stand_in], Roots::default()).unwrap();
        let hub = TestHub::build_beside(clock, stand_ins).await;
        let account = json!({"name": "ADYEN", "credentials": {"type": "account", "environment": "sandbox", "fields": {
            "merchantAccount": MERCHANT_ACCOUNT, "apiKey": api_key, "hmacKey": HMAC_KEY,
        }}});
        let change = json!({"providers": [account]});
        hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.assert_status(200);
        let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
        let stored = hub.store().stored_merchant(client, merchant, hub.clock().now()).await.unwrap().unwrap();
        let account = stored.accounts_at(ProviderType::Adyen).next().unwrap();
        let address = notification::address(hub.flows(), client, merchant, account).await.unwrap();
        let path = address[address.find("/v1/callbacks/").unwrap()..].to_owned();
        Self { hub, adyen, server, path }
    }

    /// A charge of 150 minor units, and its id.
    async fn charges(&self, body: &Value) -> (Answer, String) {
        let made = self.hub.merchant.creates_charge(body).await;
        let id = made.text("/id").to_owned();
        (made, id)
    }

    async fn by_card(&self, number: &str) -> String {
        self.charges(&card_charge(&self.hub.merchant.id, number)).await.1
    }

    async fn reserves(&self) -> String {
        let body = with(card_charge(&self.hub.merchant.id, AUTHORISED_CARD), "/capture", json!(false));
        self.charges(&body).await.1
    }

    /// Delivers this.
    async fn sends(&self, body: &Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        self.hub.merchant.send_with(Method::POST, &self.path, &[], body).await.unwrap()
    }

    /// Delivers these, which the hub must accept.
    async fn delivers(&self, notifications: &[Notification]) {
        for one in notifications {
            assert_eq!(self.sends(&one.body()).await.expect(200).body, json!({}), "{one:?}");
        }
    }

    /// Delivers what waits, twice.
    async fn delivers_all(&self) {
        let notifications = self.adyen.take_notifications();
        self.delivers(&notifications).await;
        self.delivers(&notifications).await;
    }

    /// Settles what Adyen has received, and delivers what that came to.
    async fn settles(&self) {
        self.adyen.settle_all();
        self.delivers_all().await;
    }

    /// A refund of this payment in Adyen's Customer Area, under this reference: what Adyen calls it. It is not settled.
    fn refunds_there(&self, payment: &str, amount: u64, reference: &str) -> String {
        let amount = json!({"currency": "BRL", "value": amount});
        let asked = json!({"merchantAccount": MERCHANT_ACCOUNT, "amount": amount, "reference": reference});
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let asked = Asked {
            method: "POST".to_owned(),
            path: format!("/v72/payments/{payment}/refunds"),
            query: Vec::new(),
            headers: vec![header("x-api-key", API_KEY), header("content-type", "application/json")],
            body: asked.to_string().into_bytes(),
            certificate: None,
        };
        assert_eq!(self.adyen.answer(&asked).status, 201);
        self.adyen.modifications().pop().unwrap().psp_reference
    }

    /// What Adyen says of this modification once it is done.
    fn says_done(&self, modification: &str) -> Vec<Notification> {
        self.adyen.settle(modification);
        self.adyen.take_notifications()
    }

    async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    /// A card of 150 minor units that Adyen has captured: the charge, and what Adyen calls the payment.
    async fn sells(&self) -> (String, String) {
        let charge = self.by_card(AUTHORISED_CARD).await;
        self.hub.pass(HOUR).await;
        self.delivers_all().await;
        (charge, self.adyen.payments().pop().unwrap().psp_reference)
    }

    /// An operator records a refund of the charge's payment.
    async fn records_refund(&self, charge: &str, amount: u64) {
        let found = Verdict::Refunded(Amount::new(amount).ok());
        operator::settle(self.hub.flows(), charge.parse().unwrap(), 1, found).await.unwrap();
        // No two records have one id.
        self.hub.clock().advance(Duration::from_secs(1));
    }

    /// What Adyen has of this charge, and the hub too: what is reserved, and what the merchant has.
    async fn agrees(&self, charge: &str) -> (i64, i64) {
        let holding = self.adyen.holding(&reference(charge));
        let shown = self.hub.merchant.reads_charge(charge).await;
        let amount = shown.body["amount"].as_i64().unwrap();
        let kept = match shown.text("/status") {
            "authorized" | "pre_authorized" | "charged_back" => amount,
            _ => 0,
        };
        assert_eq!(holding.reserved() + holding.net() + holding.charged_back, kept, "{}", shown.body);
        (holding.reserved(), holding.net())
    }
}

/// The hub's reference of the first request of a charge.
fn reference(charge: &str) -> String {
    Reference { charge: charge.parse().unwrap(), number: 1 }.to_string()
}

/// The answer to every payment is lost.
fn lose_answers(shop: &Shop) {
    shop.server.treat(|asked| asked.path.ends_with("/payments").then_some(Fault::LoseAnswer));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_adyen_has_no_place_for_is_refused_before_anything_is_stored() {
    let shop = Shop::open().await;
    let slip = with(boleto_charge(&shop.hub.merchant.id), "/paymentMethod/interest", json!({"days": 1, "amount": 10}));
    let slip = with(slip, "/paymentMethod/fine", json!({"days": 1, "amount": 10}));
    let late = with(boleto_charge(&shop.hub.merchant.id), "/paymentMethod/maxDaysPastDue", json!(3));
    let in_pesos = with(card_charge(&shop.hub.merchant.id, AUTHORISED_CARD), "/currency", json!("CLP"));
    for (body, named) in [
        (slip, "a boleto at ADYEN has no interest, fine"),
        (late, "a boleto at ADYEN has no maxDaysPastDue"),
        (in_pesos, "no provider for credit in CLP"),
    ] {
        let refused = shop.hub.merchant.post("/v1/charges", &body).await.expect(400);
        assert!(refused.text("/error/message").contains(named), "{}", refused.body);
    }
    assert!(shop.hub.charges().await.is_empty() && shop.server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_wrong_key_takes_nothing_and_is_not_charged() {
    let shop = Shop::open_with("AQEwrong").await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    let read = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((read.text("/status"), shop.server.count("POST", "/payments")), ("failed", 1), "{}", read.body);
    assert!(shop.adyen.payments().is_empty());
    assert!(!read.body.to_string().contains("AQEwrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_set_up_declines() {
    let shop = Shop::open().await;
    shop.server.treat(|asked| asked.path.ends_with("/payments").then(|| Fault::Refuse(configuration_error())));
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(
        (shop.hub.merchant.charge_status(&charge).await.as_str(), shop.server.count("POST", "/payments")),
        ("failed", 1)
    );
}
