//! Every visible change of a charge, by every payment method, is one event with its name and the charge as it was then.

use std::time::Duration;

use domain::{
    charge::{
        Circumstances, Decision, Outcome, Report, SessionView,
        request::{Receipt, TransactionRequest},
    },
    webhook::EventRecord,
};
use flows::webhook::relay;
use providers::capabilities::abilities;
use serde_json::{Value, json};
use tests::{
    Answer,
    bank::{BankReply, ProviderUpdate, Treatment, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, DECLINED, by_card, by_pix, card_charge, pix_charge, session, with},
};

use crate::relay_hub::{RelayHub, about, data, names};

/// A charge from its creation on, with the events that `assert_events` has seen.
struct Life {
    relay_hub: RelayHub,
    charge: String,
    seen: Vec<EventRecord>,
}

impl Life {
    async fn of(body: impl Fn(&str) -> Value, events: &[&str]) -> Self {
        Self::with_reply(BankReply::Honest, body, events).await
    }

    async fn with_reply(reply: BankReply, body: impl Fn(&str) -> Value, events: &[&str]) -> Self {
        let relay_hub = RelayHub::open(1).await;
        relay_hub.hub.bank.expect([reply]);
        let body = body(&relay_hub.hub.merchant.id);
        let made = relay_hub.hub.merchant.creates_charge(&body).await;
        let mut life = Self { relay_hub, charge: made.text("/id").to_owned(), seen: Vec::new() };
        life.assert_events(events).await;
        life
    }

    fn reference(&self, number: usize) -> String {
        reference(&self.charge, number)
    }

    async fn request(&mut self, what: &str, body: Value, events: &[&str]) {
        let path = format!("/v1/charges/{}/{what}", self.charge);
        self.relay_hub.hub.merchant.post(&path, &body).await.assert_status(201);
        self.assert_events(events).await;
    }

    async fn notify(&mut self, update: ProviderUpdate, events: &[&str]) {
        let status = self.relay_hub.hub.provider.sends(&update).await.status;
        assert!((200..300).contains(&status), "{status}");
        self.assert_events(events).await;
    }

    async fn wait(&mut self, time: Duration, events: &[&str]) {
        self.relay_hub.hub.pass(time).await;
        self.assert_events(events).await;
    }

    /// The new events since the last call are exactly these.
    async fn assert_events(&mut self, expected: &[&str]) {
        let records = self.relay_hub.relay_all().await;
        let events = self.relay_hub.events().await;
        let new = &events[self.seen.len()..];
        assert_eq!(names(new), expected, "{records:?}");
        assert_eq!(events[..self.seen.len()], self.seen[..], "an event never changes");
        let images = visible(&records);
        let is_last_write = records.last().map(|record| &record["dynamodb"]["NewImage"]) == images.last();
        assert_eq!(images.len(), new.len());
        for (event, image) in new.iter().zip(&images) {
            let snapshot = data(event);
            let then = (snapshot["status"].as_str(), snapshot["amount"].to_string(), about(event).1);
            let amount = image["amount"]["N"].as_str().unwrap().to_owned();
            assert_eq!(then, (image["status"]["S"].as_str(), amount, event_no(image)));
        }
        // A later write without an event is not in the snapshot.
        if let Some(last) = new.last().filter(|_| is_last_write) {
            let now = self.relay_hub.hub.merchant.reads_charge(&self.charge).await;
            assert_shows(&data(last), &now);
            assert_eq!(last.created_at.to_string(), now.text("/updatedAt"));
        }
        self.seen = events;
    }
}

/// The charge after each write that was an event.
fn visible(records: &[Value]) -> Vec<Value> {
    let changes = records.iter().map(|record| (&record["dynamodb"]["OldImage"], &record["dynamodb"]["NewImage"]));
    changes.filter(|(old, new)| event_no(new) > event_no(old)).map(|(_, new)| new.clone()).collect()
}

fn event_no(image: &Value) -> u32 {
    image["eventNo"]["N"].as_str().map_or(0, |no| no.parse().unwrap())
}

/// The snapshot shows the charge as the API answers it.
fn assert_shows(snapshot: &Value, charge: &Answer) {
    let same = [
        "id",
        "status",
        "amount",
        "originalAmount",
        "currency",
        "orderId",
        "description",
        "statementDescriptor",
        "merchantId",
        "clientId",
        "sessionId",
        "capture",
        "isDispute",
        "createdAt",
        "updatedAt",
    ];
    for field in same {
        assert_eq!(snapshot[field], charge.body[field], "{field}");
    }
    let [sent, read] = [snapshot, &charge.body].map(|body| body["transactionRequests"].as_array().unwrap().clone());
    assert_eq!(sent.len(), read.len());
    for (sent, read) in sent.iter().rev().zip(&read) {
        let same = [
            "id",
            "createdAt",
            "updatedAt",
            "idempotencyKey",
            "providerId",
            "providerType",
            "transactionId",
            "amount",
            "authorizationCode",
            "authorizationNsu",
            "requestStatus",
            "requestType",
            "responseTs",
        ];
        for field in same {
            assert_eq!(sent[field], read[field], "{field}: {sent}");
        }
        assert_eq!(sent["networkTransactionId"], read["transactionId"]);
        for block in ["providerError", "providerAuthorization", "fraudAnalysis"] {
            assert_eq!(sent[block], read.get(block).cloned().unwrap_or_default(), "{block}");
        }
    }
}

fn card(merchant: &str) -> Value {
    card_charge(merchant, APPROVED)
}

fn reserved(merchant: &str) -> Value {
    with(card(merchant), "/capture", json!(false))
}

fn boleto(merchant: &str) -> Value {
    with(pix_charge(merchant), "/paymentMethod", json!({"paymentType": "boleto"}))
}

fn drip(merchant: &str) -> Value {
    let method = json!({
        "paymentType": "drip",
        "items": [{"id": "123", "quantity": 1, "title": "item title", "unitPrice": 150}],
        "browser": {"ipAddress": "127.0.0.1", "browserFingerprint": "074c1ee676ed4998ab66491013c565e2"},
        "successRedirectUrl": "https://shop.example/success",
        "cancelRedirectUrl": "https://shop.example/cancel",
    });
    let address = json!({
        "street": "Rua do Comprador", "streetNumber": "1", "zipCode": "00000-140", "country": "BR", "state": "RJ",
        "district": "Bairro", "city": "Cidade",
    });
    let body = with(pix_charge(merchant), "/paymentMethod", method);
    with(body, "/paymentSource/customer/address", address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_refunded_disputed_and_charged_back() {
    let mut life = Life::of(card, &["pending", "authorized"]).await;
    life.request("void", json!({"amount": 50}), &["voided"]).await;
    life.notify(life.relay_hub.hub.bank.dispute(&life.reference(1)), &["dispute"]).await;
    life.notify(life.relay_hub.hub.bank.close_dispute(&life.reference(1)), &["dispute_closed"]).await;
    life.notify(life.relay_hub.hub.bank.charge_back(&life.reference(1), 100), &["charged_back"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_pre_authorized_captured_and_refunded() {
    let mut life = Life::of(reserved, &["pending", "pre_authorized"]).await;
    life.request("void", json!({"amount": 30}), &["voided"]).await;
    life.request("capture", json!({"amount": 100}), &["authorized"]).await;
    life.request("void", json!({}), &["voided"]).await;
    life.notify(life.relay_hub.hub.bank.revert_refund(&life.reference(4), 100), &["revert_void"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_pre_authorized_and_voided() {
    let mut life = Life::of(reserved, &["pending", "pre_authorized"]).await;
    life.request("void", json!({}), &["canceled"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_declined() {
    Life::of(|merchant| card_charge(merchant, DECLINED), &["pending", "failed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_outcome_is_reconciled_later() {
    let mut life = Life::with_reply(BankReply::LoseAnswer, card, &["pending"]).await;
    life.wait(LONG_AFTER, &["authorized"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_is_paid_and_refunded() {
    let mut life = Life::of(pix_charge, &["pending"]).await;
    life.notify(life.relay_hub.hub.bank.pay(&life.reference(1), 150), &["authorized"]).await;
    life.request("void", json!({"amount": 50}), &["refund_pending"]).await;
    life.notify(life.relay_hub.hub.bank.finish_refund(&life.reference(3)), &["voided"]).await;
    life.request("void", json!({}), &["refund_pending"]).await;
    life.notify(life.relay_hub.hub.bank.fail_refund(&life.reference(4)), &["authorized"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_is_paid_before_its_registration_is_answered() {
    let mut life = Life::with_reply(BankReply::LoseAnswer, pix_charge, &[]).await;
    life.notify(life.relay_hub.hub.bank.pay(&life.reference(1), 150), &["authorized"]).await;
}

/// A Pix whose provider answers with its code and its payment at once: one write with two events.
#[tokio::test(flavor = "multi_thread")]
async fn two_events_of_one_write_each_show_their_own_status() {
    let life = Life::with_reply(BankReply::LoseAnswer, pix_charge, &[]).await;
    let relay_hub = &life.relay_hub;
    let charge = relay_hub.hub.charges().await.remove(0);
    let receipt = Receipt { pix_code: Some("00020126".to_owned()), ..Receipt::default() };
    let circumstances = Circumstances {
        at: relay_hub.flows.now(),
        took_ms: None,
        ask_after: None,
        not_sent: None,
        id: charge.requests[0].id,
    };
    let report = Report::Answer { number: 1, outcome: &Outcome::Paid(charge.original_amount, receipt) };
    let decision = charge.decide(&report, SessionView::Unread, abilities, circumstances);
    let Decision::Store(paid) = decision else { unreachable!("{decision:?}") };
    relay::charge(&relay_hub.flows, Some(charge.event_no), &paid.charge).await.unwrap();
    let events = relay_hub.events().await;
    assert_eq!(names(&events), ["pending", "authorized"]);
    let shown: Vec<Value> = events.iter().map(data).map(|snapshot| snapshot["status"].clone()).collect();
    assert_eq!(shown, ["pending", "authorized"]);
    assert_eq!(data(&events[0])["transactionRequests"][0]["pix"]["qrCodeData"], "00020126");
}

/// A waiting notification is noted in its charge. The note is no event, and the relay still reads the events after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pix_whose_refund_is_notified_before_its_payment() {
    let mut life = Life::of(pix_charge, &["pending"]).await;
    life.relay_hub.hub.pass(Duration::from_mins(1)).await;
    life.relay_hub
        .hub
        .bank
        .treat(|asked| (asked["operation"] == "query").then_some(Treatment::Reply(BankReply::Stumble)));
    let paid = life.relay_hub.hub.bank.pay(&life.reference(1), 150);
    let refunded = life.relay_hub.hub.bank.refund(&life.reference(1), 50);
    life.notify(refunded, &[]).await;
    life.notify(paid, &["authorized", "voided"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_expires_unpaid() {
    let mut life = Life::of(pix_charge, &["pending"]).await;
    life.wait(Duration::from_hours(2), &["failed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_is_paid_and_charged_back() {
    let mut life = Life::of(boleto, &["pending"]).await;
    life.notify(life.relay_hub.hub.bank.pay(&life.reference(1), 150), &["authorized"]).await;
    life.notify(life.relay_hub.hub.bank.charge_back(&life.reference(1), 150), &["charged_back"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drip_that_is_paid_and_refunded() {
    let mut life = Life::of(drip, &["pending"]).await;
    life.notify(life.relay_hub.hub.bank.pay(&life.reference(1), 150), &["authorized"]).await;
    life.request("void", json!({}), &["voided"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_a_card_supersedes() {
    let mut relay_hub = RelayHub::open(1).await;
    let order = relay_hub.hub.merchant.creates_session(&session(&relay_hub.hub.merchant.id)).await;
    relay_hub.hub.shopper.pays(&order, &by_pix()).await.assert_status(201);
    relay_hub.relay_all().await;
    assert_eq!(names(&relay_hub.events().await), ["pending"]);
    relay_hub.hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    relay_hub.relay_all().await;
    let events = relay_hub.events().await;
    let [pix, rest @ ..] = &events[..] else { unreachable!() };
    let (of_pix, of_card): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(|event| about(event).0 == about(pix).0);
    assert_eq!((names(&of_pix), names(&of_card)), (vec!["canceled"], vec!["pending", "authorized"]));
    for event in &events {
        assert_eq!(data(event)["sessionId"].as_str(), Some(order.id.as_str()));
    }
}

/// A capture or a refund without an answer is no event, and neither is a lease of the sweeper.
#[tokio::test(flavor = "multi_thread")]
async fn an_intent_without_an_answer_is_no_event() {
    let mut life = Life::of(card, &["pending", "authorized"]).await;
    life.relay_hub.hub.bank.expect([BankReply::LoseAnswer]);
    life.request("void", json!({"amount": 50}), &[]).await;
    let is_open = |request: &TransactionRequest| !request.is_final();
    assert!(life.relay_hub.hub.charges().await[0].requests.iter().any(is_open));
    life.wait(LONG_AFTER, &["voided"]).await;
}
