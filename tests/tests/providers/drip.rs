//! Drip: checkouts, cancellations and calls, with answers that are lost and calls that lie.

use std::{sync::Arc, time::Duration};

use domain::{charge::update::Reference, limits::RETURN_PAUSE};
use flows::{
    Clock,
    account::provider::{self, Checked},
    provider::stand_in::{Roots, StandIns},
};
use reqwest::{Method, redirect::Policy};
use serde_json::json;
use tests::{
    TestHub,
    fakes::{
        Fault, Reply, Server,
        drip::{Booked, Drip, error},
    },
    hub::{LONG_AFTER, PUBLIC_URL},
    samples::{drip_charge, part, session, summary, whole, with},
};

const KEY: &str = "key-1";
const DAY: Duration = Duration::from_hours(24);

/// A hub whose merchant has an account at Drip, and nowhere else.
struct Shop {
    hub: TestHub,
    fake: Arc<Drip>,
    server: Server,
    account: String,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(KEY).await
    }

    async fn open_with(key: &str) -> Self {
        let clock = Clock::system();
        let fake = Drip::new(clock.clone(), KEY);
        let server = Server::open(fake.clone()).await;
        let stand_in = format!("DRIP={}", server.url()).parse().unwrap();
        let hub = TestHub::build_beside(clock, StandIns::new(vec![stand_in], Roots::default()).unwrap()).await;
        let fields = json!({"baseUrl": "https://api.drip.example/api/v1/", "apiKey": key});
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
        let change = json!({"providers": [{"name": "DRIP", "credentials": credentials}]});
        let made = hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.expect(200);
        let account = made.text("/providers/0/id").to_owned();
        Self { hub, fake, server, account }
    }

    /// A new charge of 150 minor units.
    async fn creates(&self) -> String {
        self.hub.merchant.charges(&drip_charge(&self.hub.merchant.id)).await
    }

    async fn paid(&self) -> String {
        let charge = self.creates().await;
        self.calls(&self.fake.pays(&self.checkout(&charge))).await;
        assert_eq!(self.sees(&charge).await, "authorized 150: authorization success 150, pending success 150");
        charge
    }

    fn checkout(&self, charge: &str) -> String {
        self.fake.of(&reference(charge))[0].checkout.clone()
    }

    /// Drip's server calls this address, as often as it likes.
    async fn calls(&self, address: &str) {
        let path = address.strip_prefix(PUBLIC_URL).unwrap();
        for _ in 0..2 {
            let answer = self.hub.merchant.send_with(Method::POST, path, &[], Some(Vec::new())).await.unwrap();
            assert_eq!(answer.expect(200).body, json!({}));
        }
    }

    /// Where a browser is sent that comes back to this address.
    async fn comes_back(&self, address: &str) -> String {
        let path = address.strip_prefix(PUBLIC_URL).unwrap();
        let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let answer = browser.get(format!("{}{path}", self.hub.merchant.url())).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 302);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    /// What the provider has of this charge, which is what the hub shows.
    async fn agrees(&self, charge: &str) -> Booked {
        let shown = self.hub.merchant.reads_charge(charge).await;
        let kept = if shown.text("/status") == "authorized" { shown.body["amount"].as_u64().unwrap() } else { 0 };
        let booked = self.fake.of(&reference(charge)).remove(0);
        assert_eq!(booked.net(), kept, "{}", shown.body);
        booked
    }
}

/// The hub's reference of the first request of a charge.
fn reference(charge: &str) -> String {
    Reference { charge: charge.parse().unwrap(), number: 1 }.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_paid_and_canceled_whole() {
    let shop = Shop::open().await;
    let charge = shop.creates().await;
    let shown = shop.hub.merchant.reads_charge(&charge).await;
    assert!(shown.text("/paymentMethod/paymentUrl").ends_with(&shop.checkout(&charge)));
    let address = shop.fake.call(&shop.checkout(&charge));
    assert_eq!(shop.comes_back(&address).await, "https://loja.example/cancel", "it is not paid");
    shop.calls(&address).await;
    assert_eq!(shop.sees(&charge).await, "pending 150: pending success 150", "a call proves nothing");
    shop.hub.clock().advance(RETURN_PAUSE);
    let address = shop.fake.pays(&shop.checkout(&charge));
    assert_eq!(shop.comes_back(&address).await, "https://loja.example/success");
    shop.calls(&address).await;
    assert_eq!(shop.agrees(&charge).await.net(), 150);

    let asked = shop.server.asked().len();
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(400);
    assert_eq!(shop.server.asked().len(), asked, "a part is refused before anything is sent");
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    assert!(shop.sees(&charge).await.starts_with("voided 0: void success 150"));
    assert_eq!((shop.agrees(&charge).await.net(), shop.server.count("PUT", "/cancel")), (0, 1));
    shop.hub.clock().advance(RETURN_PAUSE);
    shop.calls(&address).await;
    assert!(shop.sees(&charge).await.starts_with("voided 0: void success 150"), "the refund is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_not_paid_in_time_fails_and_a_late_payment_is_known() {
    let shop = Shop::open().await;
    let (refused, expired) = (shop.creates().await, shop.creates().await);
    shop.calls(&shop.fake.refuses(&shop.checkout(&refused))).await;
    assert!(shop.sees(&refused).await.starts_with("failed "));
    shop.hub.pass(DAY + LONG_AFTER).await;
    assert!(shop.sees(&expired).await.starts_with("failed "));
    assert_eq!(shop.fake.net(), 0);
    shop.calls(&shop.fake.pays(&shop.checkout(&expired))).await;
    shop.hub.pass(LONG_AFTER).await;
    shop.agrees(&expired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_without_an_answer_fails_after_its_day() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer, Fault::Instead(Reply::json(500, &json!({})))] {
        let shop = Shop::open().await;
        shop.server.treat_next("POST", "/checkouts", fault);
        let charge = shop.creates().await;
        shop.hub.pass(LONG_AFTER).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
        shop.hub.pass(DAY).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
        assert_eq!((shop.fake.booked().len(), shop.fake.net()), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_without_an_answer_is_read_and_never_repeated() {
    for (fault, end) in [
        (Fault::LoseAnswer, "voided 0"),
        (Fault::LoseRequest, "authorized 150"),
        // The page of a server in between.
        (Fault::Instead(error(403, "x")), "voided 0"),
        (Fault::Instead(Reply::empty(401)), "voided 0"),
        (Fault::Refuse(error(401, "x")), "authorized 150"),
    ] {
        let shop = Shop::open().await;
        let charge = shop.paid().await;
        shop.server.treat_next("PUT", "/cancel", fault);
        shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        assert!(shop.sees(&charge).await.starts_with("authorized 150: void processing 150"));
        shop.hub.pass(LONG_AFTER).await;
        assert!(shop.sees(&charge).await.starts_with(end), "{}", shop.sees(&charge).await);
        shop.agrees(&charge).await;
        assert_eq!(shop.server.count("PUT", "/cancel"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_an_order_that_was_canceled_at_drip_is_that_cancellation() {
    let shop = Shop::open().await;
    let charge = shop.paid().await;
    let _ = shop.fake.cancels(&shop.checkout(&charge));
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    assert!(shop.sees(&charge).await.starts_with("voided 0: void success 150"), "{}", shop.sees(&charge).await);
    assert_eq!((shop.agrees(&charge).await.net(), shop.server.count("PUT", "/cancel")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_to_its_end_is_not_canceled() {
    let shop = Shop::open().await;
    let charge = shop.paid().await;
    shop.calls(&shop.fake.pays_all_installments(&shop.checkout(&charge))).await;
    shop.agrees(&charge).await;
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.sees(&charge).await.starts_with("authorized 150: void failed 150"), "{}", shop.sees(&charge).await);
    shop.agrees(&charge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_that_lies_or_is_none_changes_a_payment() {
    let shop = Shop::open().await;
    let (charge, other) = (shop.creates().await, shop.creates().await);
    let address = shop.fake.pays(&shop.checkout(&charge));
    let of_another =
        json!({"id": shop.checkout(&other), "status": "OK", "orderId": "x", "merchantCode": reference(&other)});
    for reply in [
        Reply::json(200, &of_another),
        Reply::json(200, &json!({})),
        Reply::empty(200),
        error(500, "x"),
        error(429, "x"),
        error(401, "x"),
    ] {
        shop.server.treat(move |_| Some(Fault::Instead(reply.clone())));
        shop.hub.clock().advance(RETURN_PAUSE);
        shop.calls(&address).await;
        assert_eq!(shop.sees(&charge).await, "pending 150: pending success 150");
    }
    shop.server.treat_all_alike();
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.sees(&charge).await.starts_with("authorized 150"));
    assert_eq!((shop.agrees(&charge).await.net(), shop.agrees(&other).await.net()), (150, 0));
}

/// The address is in the browser of every shopper.
#[tokio::test(flavor = "multi_thread")]
async fn calls_of_ten_seconds_are_read_once_and_once_more_later_and_dropped_where_they_are_about_no_payment() {
    let shop = Shop::open().await;
    let charge = shop.creates().await;
    let address = shop.fake.call(&shop.checkout(&charge));
    let reads = || shop.server.asked().iter().filter(|asked| asked.method == "GET").count();
    let in_window = u64::try_from(shop.hub.clock().now().as_millis()).unwrap() % 10_000;
    shop.hub.clock().advance(Duration::from_millis(10_000 - in_window));
    for windows in 1..=2 {
        for call in 0..3 {
            // Whatever it says of the checkout.
            shop.calls(&address.replace(&shop.checkout(&charge), &format!("checkout-{call}"))).await;
            shop.hub.clock().advance(Duration::from_secs(1));
        }
        assert_eq!((reads(), shop.hub.waiting_updates().await.len()), (windows, windows));
        shop.hub.clock().advance(Duration::from_secs(7));
    }
    let number = |number| Reference { charge: charge.parse().unwrap(), number }.to_string();
    for invented in [reference("c1db83fa-723c-4e1f-9722-bc19d1be6791"), number(2), number(999)] {
        shop.calls(&address.replace(&reference(&charge), &invented)).await;
        assert_eq!((reads(), shop.hub.waiting_updates().await.len()), (2, 2), "{invented}");
    }
    // What happened after the first call of its ten seconds is learned with the last.
    shop.hub.clock().advance(RETURN_PAUSE);
    shop.calls(&address).await;
    shop.calls(&shop.fake.pays(&shop.checkout(&charge))).await;
    assert!(shop.sees(&charge).await.starts_with("pending"));
    shop.hub.pass(Duration::from_mins(2)).await;
    assert!(shop.sees(&charge).await.starts_with("authorized"));
    assert_eq!(shop.hub.waiting_updates().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_proved_without_a_payment_and_wrong_ones_take_nothing() {
    for (key, checked) in [(KEY, Checked::Accepted), ("key-2", Checked::Refused)] {
        let shop = Shop::open_with(key).await;
        let client = shop.hub.merchant.client_id.parse().unwrap();
        let account = shop.account.parse().unwrap();
        assert_eq!(provider::check(shop.hub.flows(), client, account).await, Ok(checked));
        let charge = shop.creates().await;
        let is_made = shop.hub.merchant.charge_status(&charge).await == "pending";
        assert_eq!((is_made, shop.fake.booked().len()), (checked == Checked::Accepted, usize::from(is_made)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_drip_must_know_is_listed_and_refused_where_it_lacks() {
    let shop = Shop::open().await;
    let company = json!({"type": "cnpj", "number": "11222333000181", "country": "BR"});
    let body = with(drip_charge(&shop.hub.merchant.id), "/paymentSource/customer/document", company);
    let refused = shop.hub.merchant.post("/v1/charges", &body).await.expect(400);
    assert!(refused.text("/error/message").contains("document.cpf"), "{}", refused.body);
    assert_eq!(shop.server.asked().len(), 0);
    let methods = json!([{"paymentType": "drip"}, {"paymentType": "credit"}]);
    let order =
        shop.hub.merchant.creates_session(&with(session(&shop.hub.merchant.id), "/paymentMethods", methods)).await;
    let link = shop.hub.merchant.get(&order.path("/link")).await.expect(200);
    assert_eq!(link.body["shopperNeeds"], json!({"drip": ["name", "document.cpf", "email"]}));
}
