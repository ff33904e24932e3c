//! Pagar.me: the whole life of cards, Pix and boletos, with answers that are lost and notifications that lie.

use std::{sync::Arc, time::Duration};

use domain::{charge::update::Reference, merchant::ProviderType};
use flows::{
    Clock,
    charge::operator::{self, NotRecorded},
    provider::{
        notification,
        stand_in::{Roots, StandIns},
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    TestHub,
    fakes::{
        Fault, Reply, Server,
        pagarme::{Booked, DECLINED, Decision, Notification, Pagarme, REVIEWED, WITH_ERROR, error},
    },
    hub::LONG_AFTER,
    log::{alarms, listen},
    samples::{boleto_charge, by_card, card_charge, open_session, part, pix_charge, session, summary, whole, with},
};

const KEY: &str = "sk_test_catraca";
const CARD: &str = "4000000000000010";
const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

/// A hub whose merchant has an account at Pagar.me, and nowhere else.
struct Shop {
    hub: TestHub,
    fake: Arc<Pagarme>,
    server: Server,
    /// Where Pagar.me calls the hub.
    path: String,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(KEY).await
    }

    async fn open_with(key: &str) -> Self {
        let clock = Clock::system();
        let fake = Pagarme::new(clock.clone(), KEY);
        let server = Server::open(fake.clone()).await;
        let stand_in = format!("PAGARME={}", server.url()).parse().unwrap();
        let stand_ins = StandIns::new(vec![stand_in], Roots::default()).unwrap();
        let hub = TestHub::build_beside(clock, stand_ins).await;
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": {"secretKey": key}});
        let change = json!({"providers": [{"name": "PAGARME", "credentials": credentials}]});
        hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.assert_status(200);
        let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
        let stored = hub.store().stored_merchant(client, merchant, hub.clock().now()).await.unwrap().unwrap();
        let account = stored.accounts_at(ProviderType::Pagarme).next().unwrap();
        let address = notification::address(hub.flows(), client, merchant, account).await.unwrap();
        let path = address[address.find("/v1/callbacks/").unwrap()..].to_owned();
        Self { hub, fake, server, path }
    }

    async fn by_card(&self, number: &str) -> String {
        self.hub.merchant.charges(&card_charge(&self.hub.merchant.id, number)).await
    }

    async fn reserves(&self) -> String {
        let body = with(card_charge(&self.hub.merchant.id, CARD), "/capture", json!(false));
        self.hub.merchant.charges(&body).await
    }

    async fn by_pix(&self) -> String {
        self.hub.merchant.charges(&of_a_customer(pix_charge(&self.hub.merchant.id))).await
    }

    async fn paid_pix(&self) -> String {
        let charge = self.by_pix().await;
        self.delivers(&self.fake.pays(&reference(&charge), 150)).await;
        charge
    }

    /// Delivers this notification twice.
    async fn delivers(&self, notification: &Notification) {
        let headers: Vec<_> =
            notification.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for _ in 0..2 {
            let body = Some(notification.body.clone().into_bytes());
            let answer = self.hub.merchant.send_with(Method::POST, &self.path, &headers, body).await.unwrap();
            assert_eq!(answer.expect(200).body, json!({}));
        }
    }

    async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    /// What the provider has of this charge, which is what the hub shows.
    async fn agrees(&self, charge: &str) -> Booked {
        let booked = self.fake.of(&reference(charge));
        let shown = self.hub.merchant.reads_charge(charge).await;
        let kept = match shown.text("/status") {
            "authorized" | "pre_authorized" | "charged_back" => shown.body["amount"].as_u64().unwrap(),
            _ => 0,
        };
        assert_eq!(booked.reserved + booked.net() + booked.charged_back, kept, "{}", shown.body);
        booked
    }
}

/// The hub's reference of the first request of a charge.
fn reference(charge: &str) -> String {
    Reference { charge: charge.parse().unwrap(), number: 1 }.to_string()
}

/// Whose telephone and address have the form that is asked for.
fn of_a_customer(body: Value) -> Value {
    let address = json!({
        "street": "Rua A", "streetNumber": "10", "district": "Centro", "zipCode": "20000-000", "city": "Rio de Janeiro",
        "state": "RJ", "country": "BR",
    });
    let body = with(body, "/paymentSource/customer/phoneNumber", json!("21 99999-9999"));
    with(body, "/paymentSource/customer/address", address)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pix_and_a_boleto_need_of_the_shopper_is_listed() {
    let shop = Shop::open().await;
    let methods = json!([{"paymentType": "credit"}, {"paymentType": "pix"}, {"paymentType": "boleto"}]);
    let body = with(session(&shop.hub.merchant.id), "/paymentMethods", methods);
    let order = shop.hub.merchant.creates_session(&body).await;
    let link = shop.hub.merchant.get(&order.path("/link")).await.expect(200);
    let needs = json!({"pix": ["name", "document", "phoneNumber"], "boleto": ["name", "document", "address"]});
    assert_eq!(link.body["shopperNeeds"], needs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_captured_at_once_and_refunded_in_parts() {
    let shop = Shop::open().await;
    let charge = shop.by_card(CARD).await;
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150");
    shop.delivers(&shop.fake.notifies("charge.paid", &reference(&charge))).await;
    assert_eq!(shop.agrees(&charge).await.net(), 150);
    for (amount, left) in [(50, 100), (50, 50), (50, 0)] {
        shop.hub.merchant.voids(&charge, &part(amount)).await.assert_status(201);
        shop.delivers(&shop.fake.notifies("charge.partial_canceled", &reference(&charge))).await;
        assert_eq!(shop.agrees(&charge).await.net(), left);
    }
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided");
    assert_eq!(shop.hub.merchant.reads_charge(&charge).await.body["transactionRequests"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_captured_in_part_or_released_whole() {
    let shop = Shop::open().await;
    let (captured, released) = (shop.reserves().await, shop.reserves().await);
    assert_eq!(shop.agrees(&captured).await.reserved, 150);
    shop.hub.merchant.captures(&captured, &part(100)).await.assert_status(201);
    shop.delivers(&shop.fake.notifies("charge.paid", &reference(&captured))).await;
    assert_eq!(shop.agrees(&captured).await.net(), 100);
    shop.hub.merchant.voids(&captured, &whole()).await.assert_status(201);
    assert_eq!(shop.agrees(&captured).await.given_back, 100);

    // A part is not released.
    shop.hub.merchant.voids(&released, &part(50)).await.assert_status(400);
    assert_eq!(shop.agrees(&released).await.reserved, 150);
    shop.hub.merchant.voids(&released, &whole()).await.assert_status(201);
    assert_eq!(shop.agrees(&released).await.reserved, 0);
    assert_eq!(shop.hub.merchant.charge_status(&released).await, "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_and_a_wrong_key_take_nothing() {
    let shop = Shop::open().await;
    let charge = shop.by_card(DECLINED).await;
    let read = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!(read.text("/transactionRequests/0/providerError/declinedCode"), "insufficient_funds", "{}", read.body);
    assert_eq!(shop.agrees(&charge).await.taken, 0);

    let shop = Shop::open_with("sk_test_other").await;
    let charge = shop.by_card(CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed", "{}", shop.sees(&charge).await);
    assert_eq!(shop.fake.booked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_other_environment_is_refused_and_one_that_is_stored_is_not_sent() {
    let shop = Shop::open().await;
    let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
    let credentials = json!({"type": "account", "environment": "sandbox", "fields": {"secretKey": "sk_live"}});
    let change = json!({"providers": [{"name": "PAGARME", "credentials": credentials}]});
    let refused = shop.hub.merchant.patch(&path, &change).await.expect(400);
    let problem = "providers.0.credentials.fields.secretKey must begin with sk_test_ in sandbox: give the secret key of \
                   the test account (Pagar.me's dashboard, Configurações, Chaves)";
    assert_eq!(refused.body["error"]["details"], json!([problem]));

    let account = shop.hub.merchant.get(&path).await.expect(200).text("/providers/0/id").to_owned();
    shop.hub.stores_unchecked(&account, &json!({"secretKey": "sk_live"})).await;
    let sold = shop.by_card(CARD).await;
    let read = shop.hub.merchant.reads_charge(&sold).await;
    assert_eq!(read.text("/status"), "failed", "{}", read.body);
    assert_eq!(read.text("/transactionRequests/0/providerError/declinedCode"), "invalid_merchant", "{}", read.body);
    assert_eq!(shop.fake.booked(), []);
    assert!(shop.server.asked().is_empty(), "nothing is sent without a key");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_never_moves_between_its_provider_and_the_sandbox() {
    let shop = Shop::open().await;
    let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
    let account = shop.hub.merchant.get(&path).await.expect(200).text("/providers/0/id").to_owned();
    let charge = shop.by_card(CARD).await;
    let moved = json!({"providers": [{"id": account, "name": "PAGARME", "credentials": {"type": "sandbox"}}]});
    let refused = shop.hub.merchant.patch(&path, &moved).await.expect(400);
    let problem = "providers.0.credentials must have the type and environment of the account of this id, because its \
                   charges were made there. Leave the id out to add another account";
    assert_eq!(refused.body["error"]["details"], json!([problem]));

    // Another account takes its place, and the charge is still refunded where it was paid.
    let other = json!({"providers": [{"name": "PAGARME", "credentials": {"type": "sandbox"}}]});
    let replaced = shop.hub.merchant.patch(&path, &other).await.expect(200);
    assert_ne!(replaced.text("/providers/0/id"), account);
    let asked = shop.server.asked().len();
    shop.hub.merchant.post(&format!("/v1/charges/{charge}/void"), &json!({})).await;
    assert!(shop.server.asked().len() > asked, "the provider was not called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_is_lost_ends_by_a_read() {
    let html = Reply { status: 200, headers: Vec::new(), body: b"<html></html>".to_vec() };
    for fault in [
        Fault::LoseAnswer,
        Fault::HalfAnswer,
        Fault::Instead(error(500, "Internal error.")),
        Fault::Instead(html),
        Fault::Instead(Reply::empty(200)),
    ] {
        let shop = Shop::open().await;
        shop.server.treat_next("POST", "/orders", fault.clone());
        let charge = shop.by_card(CARD).await;
        assert_eq!(shop.fake.of(&reference(&charge)).taken, 150);
        shop.hub.pass(LONG_AFTER).await;
        assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150", "{fault:?}");
        assert_eq!(shop.agrees(&charge).await.net(), 150);
        assert_eq!(shop.server.count("POST", "/orders"), 1);
        // Its id was learned by the read.
        shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        assert_eq!(shop.agrees(&charge).await.net(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_throttled_is_not_made_again_before_the_pause_that_the_provider_asks_for() {
    let shop = Shop::open().await;
    shop.server.treat_next("POST", "/orders", Fault::LoseAnswer);
    let charge = shop.by_card(CARD).await;
    let reply = Reply { headers: vec![("retry-after", "1800".to_owned())], ..error(429, "Too many requests.") };
    shop.server.treat(move |asked| (asked.method == "GET").then(|| Fault::Refuse(reply.clone())));
    shop.hub.pass(5 * MINUTE).await;
    assert_eq!((shop.server.count("GET", "/orders"), shop.agrees_not_yet(&charge).await), (1, 150));
    shop.server.treat_all_alike();
    shop.hub.pass(20 * MINUTE).await;
    assert_eq!((shop.server.count("GET", "/orders"), shop.agrees_not_yet(&charge).await), (1, 150));
    shop.hub.pass(15 * MINUTE).await;
    assert_eq!(shop.server.count("GET", "/orders"), 2);
    assert_eq!(shop.agrees(&charge).await.net(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_never_arrived_fails_and_takes_nothing() {
    for fault in [Fault::LoseRequest, Fault::Refuse(error(429, "Too many requests."))] {
        let shop = Shop::open().await;
        shop.server.treat_next("POST", "/orders", fault);
        let charge = shop.by_card(CARD).await;
        for _ in 0..4 {
            shop.hub.pass(LONG_AFTER).await;
        }
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed", "{}", shop.sees(&charge).await);
        assert_eq!(shop.fake.booked(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_under_review_is_decided_later() {
    for (decision, status, taken) in [(Decision::Approve, "authorized", 150), (Decision::Decline("51"), "failed", 0)] {
        let shop = Shop::open().await;
        let charge = shop.by_card(REVIEWED).await;
        assert_eq!(shop.agrees_not_yet(&charge).await, 0);
        shop.hub.clock().advance(LONG_AFTER);
        shop.delivers(&shop.fake.decides(&reference(&charge), decision)).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, status, "{}", shop.sees(&charge).await);
        assert_eq!(shop.agrees(&charge).await.taken, taken);
    }
    let shop = Shop::open().await;
    let charge = shop.by_card(WITH_ERROR).await;
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.agrees(&charge).await;
}

impl Shop {
    /// What was taken of a charge whose outcome the hub does not know.
    async fn agrees_not_yet(&self, charge: &str) -> u64 {
        assert_eq!(self.hub.merchant.charge_status(charge).await, "pending");
        self.fake.of(&reference(charge)).taken
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_is_lost_ends_by_the_sums() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer, Fault::Instead(error(500, "Internal error."))] {
        let shop = Shop::open().await;
        let charge = shop.reserves().await;
        shop.server.treat_next("POST", "/capture", fault.clone());
        shop.hub.merchant.captures(&charge, &part(100)).await.assert_status(201);
        shop.hub.pass(LONG_AFTER).await;
        assert_eq!(shop.agrees(&charge).await.net(), 100);
        let id = shop.fake.of(&reference(&charge)).charge;
        shop.hub.merchant.voids(&charge, &part(30)).await.assert_status(201);
        let last: &'static str = Box::leak(id.into_boxed_str());
        shop.server.treat_next("DELETE", last, fault.clone());
        shop.hub.merchant.voids(&charge, &part(30)).await.assert_status(201);
        // The sums could not distinguish two refunds.
        shop.hub.merchant.voids(&charge, &part(10)).await.assert_status(409);
        shop.hub.pass(LONG_AFTER).await;
        let booked = shop.agrees(&charge).await;
        assert_eq!((booked.net(), booked.given_back), (40, 60), "{fault:?}");
        // Nothing was asked twice.
        assert_eq!((shop.server.count("POST", "/capture"), shop.server.count("DELETE", last)), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_never_arrived_fails_and_can_be_asked_for_again() {
    let shop = Shop::open().await;
    let charge = shop.by_card(CARD).await;
    let last: &'static str = Box::leak(shop.fake.of(&reference(&charge)).charge.into_boxed_str());
    shop.server.treat_next("DELETE", last, Fault::LoseRequest);
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    for _ in 0..4 {
        shop.hub.pass(LONG_AFTER).await;
    }
    assert_eq!(shop.agrees(&charge).await.net(), 150);
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    assert_eq!(shop.agrees(&charge).await.net(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_paid_refunded_later_and_its_refund_may_fail() {
    let shop = Shop::open().await;
    let charge = shop.paid_pix().await;
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150, pending success 150");
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(409);
    shop.delivers(&shop.fake.refund_settles(&reference(&charge))).await;
    assert_eq!(shop.agrees(&charge).await.given_back, 50);

    shop.hub.merchant.voids(&charge, &part(60)).await.assert_status(201);
    shop.fake.refund_fails(&reference(&charge));
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.agrees(&charge).await.net(), 100, "{}", shop.sees(&charge).await);

    // The refund that was done comes back, and the payment can be refunded again.
    shop.fake.refund_fails(&reference(&charge));
    shop.delivers(&shop.fake.notifies("charge.updated", &reference(&charge))).await;
    assert_eq!(shop.agrees(&charge).await.net(), 150, "{}", shop.sees(&charge).await);
    shop.hub.merchant.voids(&charge, &part(70)).await.assert_status(201);
    let _unsent = shop.fake.refund_settles(&reference(&charge));
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.agrees(&charge).await.net(), 80, "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_lies_changes_nothing() {
    let shop = Shop::open().await;
    let (pix, card) = (shop.by_pix().await, shop.by_card(CARD).await);
    let paid = json!({"status": "paid", "paid_amount": 150});
    shop.delivers(&shop.fake.lies("charge.paid", &reference(&pix), &paid)).await;
    let gone = json!({"status": "canceled", "canceled_amount": 150});
    shop.delivers(&shop.fake.lies("charge.refunded", &reference(&card), &gone)).await;
    let foreign = json!({"code": "PEDIDO-42"});
    shop.delivers(&shop.fake.lies("charge.paid", &reference(&pix), &foreign)).await;
    assert_eq!(shop.hub.merchant.charge_status(&pix).await, "pending");
    assert_eq!(shop.agrees(&card).await.net(), 150);
    // What comes again of an open payment is one more read, a minute later.
    shop.hub.pass(Duration::from_mins(2)).await;
    assert_eq!(shop.hub.merchant.charge_status(&pix).await, "pending");
    assert!(shop.hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_expires_and_is_paid_late_all_the_same() {
    let shop = Shop::open().await;
    let charge = shop.by_pix().await;
    shop.hub.pass(Duration::from_hours(2)).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.agrees(&charge).await;
    let paid = shop.fake.pays(&reference(&charge), 150);
    shop.delivers(&paid).await;
    assert_eq!(shop.agrees(&charge).await.taken, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_paid_with_another_amount() {
    for (amount, kind) in [(150, "paid"), (100, "underpaid"), (200, "overpaid")] {
        let shop = Shop::open().await;
        let charge = shop.hub.merchant.charges(&of_a_customer(boleto_charge(&shop.hub.merchant.id))).await;
        shop.delivers(&shop.fake.pays(&reference(&charge), amount)).await;
        assert_eq!(shop.agrees(&charge).await.net(), amount, "{kind}");
        shop.hub.merchant.voids(&charge, &whole()).await.assert_status(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_is_read_once() {
    let shop = Shop::open().await;
    let charge = shop.by_card(CARD).await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.hub.clock().advance(DAY);
    let chargeback = shop.fake.charges_back(&reference(&charge));
    shop.delivers(&chargeback).await;
    shop.delivers(&shop.fake.notifies("charge.chargedback", &reference(&charge))).await;
    let booked = shop.agrees(&charge).await;
    assert_eq!((booked.given_back, booked.charged_back), (50, 100));
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "charged_back");
    assert_eq!(shop.sees(&charge).await.matches("charge_back").count(), 1);
}

/// The Pix is canceled before the card is charged, so that its shopper pays once.
#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_superseded_by_a_card() {
    let shop = Shop::open().await;
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let by_pix = of_a_customer(json!({
        "paymentMethod": {"paymentType": "pix", "expiresIn": 3600},
        "paymentSource": pix_charge(&shop.hub.merchant.id)["paymentSource"],
    }));
    for body in [by_pix, by_card(CARD)] {
        shop.hub.shopper.pays(&session, &body).await.assert_status(201);
    }
    let booked = shop.fake.booked();
    let [pix, card] = booked.as_slice() else { panic!("{booked:?}") };
    assert_eq!((pix.method, pix.status, pix.net()), ("pix", "canceled", 0));
    assert_eq!((card.method, card.status, card.net()), ("credit_card", "paid", 100));
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_refunds_count_each_also_where_all_are_one_transaction() {
    for is_one in [false, true] {
        let shop = Shop::open().await;
        if is_one {
            shop.fake.keeps_one_transaction();
        }
        let charge = shop.by_card(CARD).await;
        for left in [120, 90] {
            shop.delivers(&shop.fake.refunds(&reference(&charge), 30)).await;
            assert_eq!(shop.agrees(&charge).await.net(), left, "{}", shop.sees(&charge).await);
        }
        for left in [60, 30] {
            shop.hub.merchant.voids(&charge, &part(30)).await.assert_status(201);
            assert_eq!(shop.agrees(&charge).await.net(), left, "{}", shop.sees(&charge).await);
        }
        shop.delivers(&shop.fake.refunds(&reference(&charge), 30)).await;
        assert_eq!(shop.agrees(&charge).await.net(), 0, "{}", shop.sees(&charge).await);
        assert_eq!(shop.sees(&charge).await.matches("void success 30").count(), 5);
    }
}

/// A second refund is refused while the first is under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_on_its_way_that_is_done_counts_once() {
    for is_one in [false, true] {
        let shop = Shop::open().await;
        if is_one {
            shop.fake.keeps_one_transaction();
        }
        let charge = shop.paid_pix().await;
        for left in [100, 50, 0] {
            shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
            shop.delivers(&shop.fake.refund_settles(&reference(&charge))).await;
            shop.hub.pass(LONG_AFTER).await;
            assert_eq!(shop.agrees(&charge).await.net(), left, "{}", shop.sees(&charge).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_paid_charge_does_not_show_yet_is_read_once_more() {
    let shop = Shop::open().await;
    let (charge, quiet) = (shop.by_card(CARD).await, shop.by_card(CARD).await);
    let quiet_charge = shop.fake.of(&reference(&quiet)).charge;
    for charge in [&charge, &quiet] {
        shop.delivers(&shop.fake.notifies("charge.chargedback", &reference(charge))).await;
    }
    assert_eq!(shop.server.count("GET", &quiet_charge), 1);
    let _unsent = shop.fake.charges_back(&reference(&charge));
    shop.hub.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "charged_back");
    for time in [MINUTE, DAY] {
        shop.hub.pass(time).await;
        assert_eq!(shop.server.count("GET", &quiet_charge), 2);
    }
    assert_eq!(shop.hub.waiting_updates().await, [""; 0]);
}

/// The dashboard still has the address of an account that was replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_at_the_address_of_another_account_of_the_merchant_is_a_reason_to_read() {
    let shop = Shop::open_with("sk_test_former").await;
    let credentials = json!({"type": "account", "environment": "sandbox", "fields": {"secretKey": KEY}});
    let accounts = json!({"providers": [{"name": "PAGARME", "credentials": credentials}]});
    let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
    let former = shop.hub.merchant.get(&path).await.text("/providers/0/id").to_owned();
    let made = shop.hub.merchant.patch(&path, &accounts).await.expect(200);
    assert_ne!(made.text("/providers/0/id"), former);
    let charge = shop.paid_pix().await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.delivers(&shop.fake.charges_back(&reference(&charge))).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "charged_back");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_pagarme_takes_back_alarms_once_and_changes_nothing() {
    listen("error");
    let shop = Shop::open().await;
    let charge = shop.by_card(CARD).await;
    let last = json!({"id": "tran_1", "status": "not_authorized", "success": false});
    let taken_back = Reply::json(
        200,
        &json!({
            "id": shop.fake.of(&reference(&charge)).charge, "code": reference(&charge), "status": "failed",
            "amount": 150, "currency": "BRL", "payment_method": "credit_card", "last_transaction": last,
        }),
    );
    shop.server.treat(move |asked| (asked.method == "GET").then(|| Fault::Refuse(taken_back.clone())));
    shop.delivers(&shop.fake.notifies("charge.payment_failed", &reference(&charge))).await;
    assert_eq!(alarms("approval_taken_back", &charge), 0, "what is read may be older than the notification");
    for time in [2 * MINUTE, 2 * DAY] {
        shop.hub.pass(time).await;
        assert_eq!(alarms("approval_taken_back", &charge), 1);
    }
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150");
    let waits = async || operator::apply(shop.hub.flows(), charge.parse().unwrap()).await;
    assert_eq!(waits().await.unwrap().left.len(), 1);
    shop.server.treat_all_alike();
    assert_eq!(waits().await.unwrap().applied, 1);
    assert_eq!(waits().await, Err(NotRecorded::NothingWaits));
}
