//! The cost of a request: calls counted at the engine's proxy, and capacity as the engine reports it.

use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, reference},
    engine::Call,
    fakes::{adyen::Adyen, pagarme::Pagarme},
    payment::{Payment, PaymentKind},
    samples::{APPROVED, DECLINED, by_card, by_pix, card, card_charge, pix_charge, session, summary, with},
    shop::{Played, Shop},
    worldline::Server,
};

/// A hub that has answered one payment of every kind, so that its caches are full.
async fn warm() -> TestHub {
    let hub = TestHub::build().await;
    for kind in PaymentKind::ALL {
        Payment::new(&hub.merchant, kind, &format!("warm {kind:?}")).await.send(&hub.merchant).await.assert_status(201);
    }
    hub
}

/// The calls of one payment of this kind, and of its idempotent replay.
async fn calls_of(hub: &TestHub, kind: PaymentKind) -> (Bill, Bill) {
    let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?}")).await;
    let _ = hub.engine.take_calls();
    payment.assert_done(&payment.send(&hub.merchant).await);
    let first = Bill(hub.engine.take_calls());
    assert!(payment.send(&hub.merchant).await.is_replay());
    (first, Bill(hub.engine.take_calls()))
}

/// The calls of one request.
struct Bill(Vec<Call>);

impl Bill {
    fn reads(&self) -> usize {
        self.0.iter().filter(|call| !call.is_write()).count()
    }

    /// The writes of the charge itself, with its session and its token.
    fn of_charge(&self) -> impl Iterator<Item = &Call> {
        self.0.iter().filter(|call| call.is_write() && call.what().contains(" CHARGE"))
    }

    /// How often counters of declines are read, are written by the transaction of a charge, and by a write of their own.
    fn of_counters(&self) -> (usize, usize, usize) {
        let count = |is_it: &dyn Fn(&str) -> bool| self.0.iter().filter(|call| is_it(&call.what())).count();
        let is_with_charge = |what: &str| what.contains(" CHARGE") && what.contains(" LIMIT");
        let is_alone = |what: &str| what.contains(" LIMIT") && !what.contains(" CHARGE");
        (count(&|what| what.starts_with("BatchGetItem")), count(&is_with_charge), count(&is_alone))
    }

    /// The other writes: a card or a customer inside the request.
    fn snapshots(&self) -> usize {
        self.0.iter().filter(|call| call.is_write()).count() - self.of_charge().count()
    }
}

impl std::fmt::Debug for Bill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for call in &self.0 {
            write!(f, "\n  {}: {} of the table, {} in all", call.what(), call.table_units, call.units)?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_two_writes() {
    let hub = warm().await;
    for (kind, reads, most_snapshots) in
        [(PaymentKind::CardCharge, 0, 1), (PaymentKind::PixCharge, 0, 1), (PaymentKind::TokenCharge, 1, 0)]
    {
        let (first, again) = calls_of(&hub, kind).await;
        assert_eq!((first.reads(), first.of_charge().count()), (reads, 2), "{kind:?}{first:?}");
        assert!(first.snapshots() <= most_snapshots, "{kind:?}{first:?}");
        // A replay by token reads the used token, and then its charge; any other finds its charge when it writes.
        assert_eq!(again.0.len() - again.snapshots(), 1 + reads, "{kind:?} again{again:?}");
        assert!(again.snapshots() <= most_snapshots, "{kind:?} again{again:?}");
    }
}

/// Asserts what a card charge costs at this provider.
async fn assert_a_card_charge_is_two_writes<F: Played>() {
    let shop = Shop::<F>::open().await;
    let merchant = &shop.hub.merchant;
    let body = card_charge(&merchant.id, APPROVED);
    merchant.post("/v1/charges", &body).await.assert_status(201);
    let _ = shop.hub.engine.take_calls();
    let made = merchant.post("/v1/charges", &body).await.expect(201);
    let bill = Bill(shop.hub.engine.take_calls());
    assert_eq!(made.text("/status"), "authorized", "{}", made.body);
    assert_eq!((bill.reads(), bill.of_charge().count()), (0, 2), "{}{bill:?}", F::KIND);
    assert!(bill.snapshots() <= 1, "{}{bill:?}", F::KIND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_charge_at_a_real_provider_is_two_writes_too() {
    assert_a_card_charge_is_two_writes::<Pagarme>().await;
    assert_a_card_charge_is_two_writes::<Adyen>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_a_session_is_one_read_and_two_transactions() {
    let hub = warm().await;
    for (kind, reads, most_snapshots) in
        [(PaymentKind::CardSession, 1, 1), (PaymentKind::PixSession, 1, 1), (PaymentKind::TokenSession, 2, 0)]
    {
        let (first, again) = calls_of(&hub, kind).await;
        assert_eq!((first.reads(), first.of_charge().count()), (reads, 2), "{kind:?}{first:?}");
        assert!(first.snapshots() <= most_snapshots, "{kind:?}{first:?}");
        assert_eq!((again.reads(), again.0.len()), (2, 2), "{kind:?} again{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_hub_also_reads_its_key_its_account_and_its_merchant() {
    let mut hub = warm().await;
    for (kind, reads) in [
        (PaymentKind::CardCharge, 0),
        (PaymentKind::PixCharge, 0),
        (PaymentKind::TokenCharge, 1),
        (PaymentKind::CardSession, 1),
        (PaymentKind::PixSession, 1),
        (PaymentKind::TokenSession, 2),
    ] {
        let payment = Payment::new(&hub.merchant, kind, &format!("cold {kind:?}")).await;
        hub.kill_and_restart().await;
        let _ = hub.engine.take_calls();
        payment.assert_done(&payment.send(&hub.merchant).await);
        let bill = Bill(hub.engine.take_calls());
        assert!((reads..=reads + 3).contains(&bill.reads()), "{kind:?}{bill:?}");
        assert_eq!(bill.of_charge().count(), 2, "{kind:?}{bill:?}");
    }
}

/// What a browser asks while it waits, and what it loads first.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_session_is_one_read_and_so_is_its_page() {
    let hub = warm().await;
    let (order, _) = hub.merchant.opens_locked_session(&by_pix()).await;
    let browser = hub.merchant.with_key(&order.key);
    let linked = with(session(&hub.merchant.id), "/createLink", json!(true));
    let page = format!("/pay/{}", hub.merchant.creates_session(&linked).await.id);
    let frame = format!("/checkout/frame/{}", order.id);
    for (path, reads) in [
        (order.path("/status").as_str(), &["GetItem SESSION"][..]),
        (&order.path("/charge"), &["GetItem SESSION", "GetItem CHARGE"]),
        (&order.path("/link"), &["GetItem SESSION", "GetItem CHARGE"]),
        (&page, &["GetItem SESSION"]),
        (&frame, &["GetItem SESSION"]),
        ("/checkout/catraca-checkout.js", &[]),
    ] {
        browser.get(path).await.assert_status(200);
        let _ = hub.engine.take_calls();
        browser.get(path).await.assert_status(200);
        let calls: Vec<String> = hub.engine.take_calls().iter().map(Call::what).collect();
        assert_eq!(calls, reads, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_session_is_one_write_and_one_read_of_all_its_tokens() {
    let hub = warm().await;
    let server = Server::of(&hub.merchant);
    server.makes_session(&json!({})).await.assert_status(200);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let charge = hub.merchant.creates_charge(&card_charge(&hub.merchant.id, APPROVED)).await;
        tokens.push(charge.text("/paymentSource/cardId").to_owned());
    }
    for (tokens, calls) in
        [(vec![], &["PutItem WLSESSION"][..]), (tokens, &["BatchGetItem ?", "PutItem WLSESSION"][..])]
    {
        let body = json!({"tokens": tokens});
        let _ = hub.engine.take_calls();
        server.makes_session(&body).await.assert_status(200);
        let bill = Bill(hub.engine.take_calls());
        assert_eq!(bill.0.iter().map(Call::what).collect::<Vec<_>>(), calls);
        // Under an idempotency key: what that key made on the day before is one read more.
        for key in ["first", "first", "other"].map(|key| format!("{key} {}", tokens.len())) {
            server.post_with_key(&server.path("/sessions"), &body, &key).await.assert_status(200);
            let bill = Bill(hub.engine.take_calls());
            let with_key: Vec<&str> = ["GetItem WLSESSION"].into_iter().chain(calls.iter().copied()).collect();
            assert_eq!(bill.0.iter().map(Call::what).collect::<Vec<_>>(), with_key, "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_read_in_one_call() {
    let hub = warm().await;
    let payment = Payment::new(&hub.merchant, PaymentKind::CardCharge, "read").await;
    let charge = payment.send(&hub.merchant).await.expect(201);
    let _ = hub.engine.take_calls();
    hub.merchant.get(&format!("/v1/charges/{}", charge.text("/id"))).await.assert_status(200);
    let bill = Bill(hub.engine.take_calls());
    assert_eq!(bill.0.iter().map(Call::what).collect::<Vec<_>>(), ["GetItem CHARGE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_charge_of_a_session_is_read_in_three_calls() {
    let hub = warm().await;
    let payment = Payment::new(&hub.merchant, PaymentKind::CardSession, "read").await;
    let paid = payment.send(&hub.merchant).await.expect(201);
    let _ = hub.engine.take_calls();
    let shown = hub.merchant.reads_charge(paid.text("/id")).await;
    assert_eq!(shown.text("/id"), paid.text("/chargeId"));
    let bill = Bill(hub.engine.take_calls());
    // A session's id costs a miss first, so that a charge's own id costs one read and not two.
    assert_eq!(
        bill.0.iter().map(Call::what).collect::<Vec<_>>(),
        ["GetItem CHARGE", "GetItem SESSION", "GetItem CHARGE"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_by_a_shopper_without_document_takes_four_units() {
    let hub = warm().await;
    let body = pix_charge(&hub.merchant.id);
    let body = with(body, "/paymentSource/customer/document", json!({"type": "noDocument"}));
    let (bill, _) = bill_of(&hub, "/v1/charges", &body).await;
    assert_eq!(bill.write_units(), (4.0, 9.0), "{bill:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_by_a_new_shopper_takes_a_transaction_more() {
    let hub = warm().await;
    let bill = calls_of(&hub, PaymentKind::PixCharge).await.0;
    // The customer and its unique key are one transaction of two items, which counts double. An unpaid Pix stays in the
    // index of due work, where its entry moves from the end of the call to the end of the Pix.
    assert_eq!(bill.write_units(), (7.0, 12.0), "{bill:?}");
}

/// A charge names only a customer that exists.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_is_stored_before_the_intent() {
    let hub = warm().await;
    let (first, _) = calls_of(&hub, PaymentKind::PixCharge).await;
    assert_eq!(first.what(), ["TransactWriteItems CLIENT CUSTOMER", "PutItem CHARGE", "PutItem CHARGE"], "{first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_payment_method_under_another_key_is_two_reads_and_a_write() {
    let hub = warm().await;
    let payment = Payment::new(&hub.merchant, PaymentKind::PixSession, "active").await;
    payment.send(&hub.merchant).await.assert_status(201);
    let path = format!("/v1/sessions/{}/charge", payment.session.as_deref().unwrap_or_default());
    let _ = hub.engine.take_calls();
    hub.merchant.post_with_key(&path, &by_pix(), "another").await.assert_status(201);
    let first = Bill(hub.engine.take_calls());
    assert_eq!(first.what(), ["GetItem SESSION", "GetItem CHARGE", "PutItem SESSION"], "{first:?}");
    assert!(hub.merchant.post_with_key(&path, &by_pix(), "another").await.expect(201).is_replay());
    let again = Bill(hub.engine.take_calls());
    assert_eq!(again.what(), ["GetItem SESSION", "GetItem CHARGE"], "{again:?}");
}

impl Bill {
    fn what(&self) -> Vec<String> {
        self.0.iter().map(Call::what).collect()
    }

    fn units(&self) -> f64 {
        self.0.iter().map(|call| call.units).sum()
    }
}

/// The calls of one POST and of its idempotent replay, both answered with 201.
async fn calls_of_post(hub: &TestHub, path: &str, body: &Value) -> (Bill, Bill) {
    let _ = hub.engine.take_calls();
    hub.merchant.post_with_key(path, body, path).await.assert_status(201);
    let first = Bill(hub.engine.take_calls());
    assert!(hub.merchant.post_with_key(path, body, path).await.expect(201).is_replay());
    (first, Bill(hub.engine.take_calls()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_or_a_capture_is_one_read_and_two_writes() {
    let hub = warm().await;
    let card = card_charge(&hub.merchant.id, APPROVED);
    let taken = hub.merchant.charges(&card).await;
    let reserved = hub.merchant.charges(&with(card, "/capture", json!(false))).await;
    for path in [format!("/v1/charges/{taken}/void"), format!("/v1/charges/{reserved}/capture")] {
        let (first, again) = calls_of_post(&hub, &path, &json!({"amount": 50})).await;
        assert_eq!(first.what(), ["GetItem CHARGE", "PutItem CHARGE", "PutItem CHARGE"], "{path}{first:?}");
        assert_eq!(again.what(), ["GetItem CHARGE"], "{path} again{again:?}");
        // The charge, and its entries in the indexes of charges and of due work.
        assert!(first.units() > 0.0 && first.units() <= 14.0, "{path}{first:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_void_of_a_sessions_payment_ends_the_session_in_its_second_write() {
    let hub = warm().await;
    let payment = Payment::new(&hub.merchant, PaymentKind::CardSession, "void").await;
    let paid = payment.send(&hub.merchant).await.expect(201);
    let path = format!("/v1/charges/{}/void", paid.text("/chargeId"));
    let (first, again) = calls_of_post(&hub, &path, &json!({})).await;
    assert_eq!(first.what(), ["GetItem CHARGE", "PutItem CHARGE", "TransactWriteItems CHARGE SESSION"], "{first:?}");
    assert_eq!(again.what(), ["GetItem CHARGE"], "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_one_read_and_one_transaction() {
    let hub = warm().await;
    let alone = hub.merchant.charges(&pix_charge(&hub.merchant.id)).await;
    let payment = Payment::new(&hub.merchant, PaymentKind::PixSession, "paid").await;
    let of_session = payment.send(&hub.merchant).await.expect(201).text("/chargeId").to_owned();
    for (id, amount, what) in [
        (alone, 150, "TransactWriteItems CHARGE CALLBACK"),
        (of_session, 100, "TransactWriteItems CHARGE SESSION CALLBACK"),
    ] {
        let update = hub.bank.pay(&reference(&id, 1), amount);
        let _ = hub.engine.take_calls();
        hub.provider.notifies(&update).await;
        let first = Bill(hub.engine.take_calls());
        assert_eq!(first.what(), ["GetItem CHARGE", what], "{first:?}");
        hub.provider.notifies(&update).await;
        let again = Bill(hub.engine.take_calls());
        assert_eq!(again.what(), ["GetItem CHARGE", "TransactWriteItems CHARGE CALLBACK"], "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_by_another_method_costs_the_cancel_of_the_first_payment() {
    let hub = warm().await;
    let payment = Payment::new(&hub.merchant, PaymentKind::PixSession, "superseded").await;
    payment.send(&hub.merchant).await.assert_status(201);
    let _ = hub.engine.take_calls();
    let path = format!("/v1/sessions/{}/charge", payment.session.as_deref().unwrap_or_default());
    hub.merchant.post(&path, &by_card(APPROVED)).await.assert_status(201);
    let bill = Bill(hub.engine.take_calls());
    assert_eq!(
        bill.what().iter().filter(|what| !what.ends_with(" CARD")).collect::<Vec<_>>(),
        [
            "GetItem SESSION",
            "GetItem CHARGE",                    // the active charge
            "PutItem CHARGE",                    // the intent to cancel
            "TransactWriteItems CHARGE SESSION", // canceled, and the session free
            "GetItem SESSION",
            "TransactWriteItems CHARGE SESSION", // the lock
            "TransactWriteItems CHARGE SESSION", // the settle
        ],
        "{bill:?}"
    );
}

/// A counter refuses public keys alone: their payments are counted by the transaction of the intent, and given back where
/// they are approved. A declined payment in a session of the secret key counts for its card, in two windows, and for the
/// account.
#[tokio::test(flavor = "multi_thread")]
async fn counters_of_declines_cost_a_public_key_no_read_and_one_write_after_the_answer() {
    let hub = warm().await;
    let made = hub.merchant.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
    let page = hub.merchant.with_key(made.text("/publicKey"));
    let (order, pages) = (session(&hub.merchant.id), page.creates_session(&session(&hub.merchant.id)).await);
    let accounts = hub.merchant.creates_session(&order).await;
    let (of_account, of_page) = (hub.merchant.with_key(&accounts.key), page.with_key(&pages.key));
    let (alone, in_account, in_page) = ("/v1/charges".to_owned(), accounts.path("/charge"), pages.path("/charge"));
    for (caller, path, reserved, counts) in [
        (&hub.merchant, &alone, 0, 0),
        (&hub.merchant, &in_account, 0, 0),
        (&of_account, &in_account, 0, 3),
        (&page, &alone, 1, 1),
        (&page, &in_page, 1, 1),
        (&of_page, &in_page, 1, 1),
    ] {
        let body = |number| if *path == alone { card_charge(&caller.id, number) } else { by_card(number) };
        caller.post(path, &body(DECLINED)).await.assert_status(201);
        let _ = hub.engine.take_calls();
        caller.post(path, &body(DECLINED)).await.assert_status(201);
        let bill = Bill(hub.engine.take_calls());
        assert_eq!(bill.of_counters(), (0, reserved, counts), "{path}{bill:?}");
        assert_eq!(bill.of_charge().count(), 2, "{path}{bill:?}");
        assert_eq!(bill.reads(), usize::from(*path != alone), "{path}{bill:?}");
    }
    let _ = hub.engine.take_calls();
    page.post(&alone, &card_charge(&page.id, APPROVED)).await.assert_status(201);
    let bill = Bill(hub.engine.take_calls());
    assert_eq!(bill.of_counters(), (0, 1, 1), "{bill:?}");
    hub.merchant.post(&in_account, &by_pix()).await.assert_status(201);
    of_page.post(&in_page, &by_pix()).await.assert_status(201);
    assert_eq!(Bill(hub.engine.take_calls()).of_counters(), (0, 0, 0), "a Pix has no counter");
}

/// A payment that supersedes an unpaid one is counted by a write of its own, before the cancel; and given back, or counted
/// for the account, by another one.
#[tokio::test(flavor = "multi_thread")]
async fn counting_a_payment_that_supersedes_costs_a_public_key_one_write_more() {
    let hub = warm().await;
    let made = hub.merchant.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
    let page = hub.merchant.with_key(made.text("/publicKey"));
    for (maker, number, counts) in [(&hub.merchant, APPROVED, 0), (&page, APPROVED, 2), (&page, DECLINED, 2)] {
        let order = maker.creates_session(&session(&hub.merchant.id)).await;
        let shopper = maker.with_key(&order.key);
        shopper.post(&order.path("/charge"), &by_pix()).await.assert_status(201);
        let _ = hub.engine.take_calls();
        shopper.post(&order.path("/charge"), &by_card(number)).await.assert_status(201);
        let bill = Bill(hub.engine.take_calls());
        assert_eq!((bill.of_counters(), bill.reads()), ((0, 0, counts), 3), "{bill:?}");
        assert_eq!(bill.of_charge().count(), 4, "{bill:?}");
    }
}

/// The next attempt of a declined payment is stored by one write. For a public key it is also counted there.
#[tokio::test(flavor = "multi_thread")]
async fn counting_the_next_attempt_costs_no_call() {
    let hub = warm().await;
    let provider = |name, priority| json!({"name": name, "priority": priority, "credentials": {"type": "sandbox"}});
    let two =
        json!({"mcc": "5912", "retryOnDecline": true, "providers": [provider("STRIPE", 1), provider("ADYEN", 2)]});
    let two = hub.merchant.post("/v1/merchants", &two).await.expect(201);
    let made = hub.merchant.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
    let page = hub.merchant.with_key(made.text("/publicKey"));
    let body = card_charge(two.text("/id"), APPROVED);
    for (caller, expected) in [(&hub.merchant, (0, 0, 0)), (&page, (0, 2, 2))] {
        for is_warm in [false, true] {
            hub.bank.expect([BankReply::Decline("try_again")]);
            let _ = hub.engine.take_calls();
            let paid = caller.post("/v1/charges", &body).await.expect(201);
            assert_eq!(summary(&paid), "authorized 150: authorization success 150, authorization failed 150");
            let bill = Bill(hub.engine.take_calls());
            assert_eq!((bill.of_counters(), bill.of_charge().count()), (expected, 3), "{bill:?}");
            assert!(!is_warm || bill.reads() == 0, "{bill:?}");
        }
    }
}

/// A verification is counted by the write that stores its card; one that fails counts for the account as well.
#[tokio::test(flavor = "multi_thread")]
async fn counting_a_verification_costs_no_call() {
    let hub = warm().await;
    let made = hub.merchant.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
    let page = hub.merchant.with_key(made.text("/publicKey"));
    for (caller, number, more) in
        [(&hub.merchant, APPROVED, 0), (&hub.merchant, DECLINED, 0), (&page, APPROVED, 0), (&page, DECLINED, 1)]
    {
        let mut bills = Vec::new();
        for _ in 0..2 {
            let token = caller.post("/v1/tokens", &card(number)).await.expect(201);
            let zero_dollar = json!({"merchantId": caller.id, "cvvCheck": true});
            let _ = hub.engine.take_calls();
            let body = json!({"tokenId": token.text("/tokenId"), "zeroDollar": zero_dollar});
            caller.post("/v1/cards", &body).await.assert_status(201);
            bills.push(Bill(hub.engine.take_calls()));
        }
        let bill = bills.last().unwrap();
        assert_eq!((bill.reads(), bill.0.len()), (1, 3 + more), "{bill:?}");
    }
}

/// What an ordinary shop says of an order, as its charge or its session keeps it.
fn ordinary(order: Value, more: usize) -> Value {
    let description = format!("Pedido 000123, 2 camisetas e 1 caneca{}", "+".repeat(more));
    let texts = [
        ("amount", json!(12_990)),
        ("orderId", json!("PEDIDO-2026-000123")),
        ("description", json!(description)),
        ("statementDescriptor", json!("LOJA EXEMPLO")),
    ];
    texts.into_iter().fold(order, |order, (field, value)| with(order, &format!("/{field}"), value))
}

/// A session of that order for its two items, to be paid by card or by Pix; `more` bytes are in the name of an item.
fn ordinary_session(merchant: &str, more_described: usize, more: usize) -> Value {
    let items = json!([
        {"name": format!("Camiseta azul M{}", "+".repeat(more)), "unitPrice": 4990, "quantity": 2},
        {"name": "Caneca", "unitPrice": 3010, "quantity": 1},
    ]);
    with(with(ordinary(session(merchant), more_described), "/items", items), "/name", json!("Pedido 000123"))
}

/// A new idempotency key: a UUID, as client libraries make them.
fn new_key() -> String {
    seal::random_uuid().unwrap().to_string()
}

/// The calls of a POST that is answered with 201, and the id of what it makes.
async fn bill_of(hub: &TestHub, path: &str, body: &Value) -> (Bill, String) {
    let _ = hub.engine.take_calls();
    let made = hub.merchant.post_with_key(path, body, &new_key()).await.expect(201);
    (Bill(hub.engine.take_calls()), made.text("/id").to_owned())
}

impl Bill {
    /// The write units without indexes, and with them.
    fn write_units(&self) -> (f64, f64) {
        let writes = || self.0.iter().filter(|call| call.is_write());
        (writes().map(|call| call.table_units).sum(), writes().map(|call| call.units).sum())
    }

    /// The bytes of the items of this kind that it puts, in order.
    fn bytes(&self, kind: &str) -> Vec<usize> {
        self.0.iter().flat_map(|call| call.put_bytes(kind)).collect()
    }
}

/// Every started kilobyte of an item takes a unit more.
const UNIT: usize = 1024;
/// How many bytes more than [`ordinary`] a merchant may say of a charge before it takes a unit more.
const ROOM_OF_A_CHARGE: usize = 80;
/// The same of a charge that pays a session, which names its session besides.
const ROOM_OF_A_PAID_SESSION: usize = 36;
/// The same of a session's own fields, such as its items, which its charge does not repeat.
const ROOM_OF_A_SESSION: usize = 110;
/// What a lock adds to a session: its name, and the charge's id there and in the list of attempts.
const LOCK: usize = 4 + 36 + 37;
/// By how much the rooms are understated: providers' times and ids have not always the same length.
const SLACK: usize = 16;

/// An ordinary payment: [`ordinary`], by a card with the holder's name, at one provider, under an idempotency key.
#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_charge_stays_below_a_kilobyte() {
    let hub = warm().await;
    for (more, units) in [(0, (3.0, 8.0)), (ROOM_OF_A_CHARGE, (3.0, 8.0)), (ROOM_OF_A_CHARGE + SLACK + 1, (4.0, 9.0))] {
        let body = ordinary(card_charge(&hub.merchant.id, APPROVED), more);
        let (bill, _) = bill_of(&hub, "/v1/charges", &body).await;
        assert_eq!(bill.write_units(), units, "{more}{bill:?}");
        let [intent, settled] = bill.bytes("CHARGE")[..] else { panic!("{bill:?}") };
        assert!(intent < settled, "{intent} {settled}");
        let room = (UNIT + more).checked_sub(settled).unwrap();
        assert!((ROOM_OF_A_CHARGE..=ROOM_OF_A_CHARGE + SLACK).contains(&room), "{room}");
    }
}

/// An ordinary session, and its payment as above.
#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_session_and_its_payment_stay_below_a_kilobyte() {
    let hub = warm().await;
    let (described, own) = (ROOM_OF_A_PAID_SESSION, ROOM_OF_A_SESSION - ROOM_OF_A_PAID_SESSION);
    for (more_described, more, paid) in [
        (0, 0, (9.0, 15.0)),
        (described, own, (9.0, 15.0)),
        (described + SLACK + 1, 0, (11.0, 17.0)), // the charge, as it is settled
        (0, ROOM_OF_A_SESSION + SLACK + 1, (13.0, 19.0)), // the session, as it is locked and as it is paid
    ] {
        let body = ordinary_session(&hub.merchant.id, more_described, more);
        let (bill, id) = bill_of(&hub, "/v1/sessions", &body).await;
        assert_eq!(bill.write_units(), (4.0, 5.0), "{bill:?}");
        let [session] = bill.bytes("SESSION")[..] else { panic!("{bill:?}") };
        let room = (UNIT + more_described + more).checked_sub(session + LOCK).unwrap();
        assert!((ROOM_OF_A_SESSION..=ROOM_OF_A_SESSION + SLACK).contains(&room), "{room}");
        let (bill, _) = bill_of(&hub, &format!("/v1/sessions/{id}/charge"), &by_card(APPROVED)).await;
        assert_eq!(bill.write_units(), paid, "{more_described} {more}{bill:?}");
        let [_, settled] = bill.bytes("CHARGE")[..] else { panic!("{bill:?}") };
        let room = (UNIT + more_described).checked_sub(settled).unwrap();
        assert!((ROOM_OF_A_PAID_SESSION..=ROOM_OF_A_PAID_SESSION + SLACK).contains(&room), "{room}");
    }
}
