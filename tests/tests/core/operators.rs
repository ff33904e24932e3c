//! What an operator can do about a charge, by the command line, where the hub cannot find out by itself.

use std::{process::Output, time::Duration};

use serde_json::{Value, json};
use tests::{
    Answer,
    bank::{Bank, Mood, Treatment, reference},
    command::CommandedHub,
    order::Order,
    samples::{APPROVED, by_pix, card_charge, pix_charge, told},
};

/// A hub as a process, and its bank.
struct Desk {
    hub: CommandedHub,
    bank: Bank,
}

impl Desk {
    async fn open() -> Self {
        let bank = Bank::open().await;
        Self { hub: CommandedHub::start(bank.url()), bank }
    }

    async fn create(&self, body: &Value) -> String {
        self.hub.client.post("/v1/charges", body).await.expect(201).text("/id").to_owned()
    }

    async fn read(&self, id: &str) -> Answer {
        self.hub.client.get(&format!("/v1/charges/{id}")).await.expect(200)
    }

    /// Time passes for the hub and for its bank, and what is due is done.
    async fn pass(&self, time: Duration) {
        self.bank.clock().advance(time);
        self.hub.client.advance(time.as_secs()).await.assert_status(200);
    }

    /// The operator says what came of a request; the hub runs again after that.
    fn settle(&mut self, id: &str, request: usize, verdict: &[&str]) -> Output {
        let request = request.to_string();
        self.hub.operate(&[&["charge", "settle", id, "--request", &request], verdict].concat())
    }

    /// A payment that failed because its request never arrived, though it was made: its session, if any, and its id.
    async fn not_found(&self, body: &Value, order: Option<&Order>) -> String {
        self.bank.expect([Mood::LoseRequest]);
        let id = match order {
            None => self.create(body).await,
            Some(order) => order.pay(body).await.expect(201).text("/chargeId").to_owned(),
        };
        for _ in 0..3 {
            self.pass(Duration::from_mins(15)).await;
        }
        assert_eq!(self.read(&id).await.text("/status"), "failed");
        id
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn assert_recorded(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

#[track_caller]
fn assert_nothing_recorded(output: &Output) {
    assert!(!output.status.success(), "{}", said(output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_payment_that_was_made_after_all_is_settled_as_a_late_payment() {
    let mut desk = Desk::open().await;
    let id = desk.not_found(&pix_charge(&desk.hub.client.merchant_id), None).await;
    assert_recorded(&desk.settle(&id, 1, &["approved"]));
    assert_eq!(desk.read(&id).await.text("/status"), "authorized");
    assert_nothing_recorded(&desk.settle(&id, 1, &["approved"]));
    assert_nothing_recorded(&desk.settle(&id, 1, &["declined"]));

    let order = Order::open(&desk.hub.client).await;
    let id = desk.not_found(&by_pix(), Some(&order)).await;
    assert_recorded(&desk.settle(&id, 1, &["approved"]));
    assert_eq!(order.at(&desk.hub.client).stand(&id).await, "authorized, paid");
}

/// The command asks the same bank as the hub.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_is_settled_cancels_the_one_that_holds_its_session() {
    let mut desk = Desk::open().await;
    let order = Order::open(&desk.hub.client).await;
    let late = desk.not_found(&by_pix(), Some(&order)).await;
    let active = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    assert_recorded(&desk.settle(&late, 1, &["approved"]));
    assert_eq!(order.at(&desk.hub.client).stand(&late).await, "authorized, paid");
    assert_eq!(desk.read(&active).await.text("/status"), "canceled");
    let asked = desk.bank.asked().into_iter().filter(|request| request["operation"] == "cancel").count();
    assert_eq!(asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_made_elsewhere_is_recorded() {
    let mut desk = Desk::open().await;
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    assert_recorded(&desk.settle(&id, 1, &["refunded", "--amount", "40"]));
    let shown = told(&desk.read(&id).await);
    assert_eq!(shown, "authorized 110: void success 40, authorization success 150");
    assert_nothing_recorded(&desk.settle(&id, 1, &["refunded", "--amount", "111"]));
    assert_eq!(told(&desk.read(&id).await), shown);
    assert_recorded(&desk.settle(&id, 1, &["refunded", "--amount", "110"]));
    assert_eq!(desk.read(&id).await.text("/status"), "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_records_nothing_says_so() {
    let mut desk = Desk::open().await;
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    assert_nothing_recorded(&desk.settle(&id, 1, &["approved"]));
    assert_nothing_recorded(&desk.settle(&id, 1, &["declined"]));
    assert_nothing_recorded(&desk.settle(&id, 7, &["approved"]));
    assert_nothing_recorded(&desk.settle("c1db83fa-723c-4e1f-9722-bc19d1be6791", 1, &["approved"]));
    assert_nothing_recorded(&desk.hub.operate(&["charge", "apply", "c1db83fa-723c-4e1f-9722-bc19d1be6791"]));
    assert_eq!(told(&desk.read(&id).await), "authorized 150: authorization success 150");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresolved_notification_is_applied_when_its_cause_is_recorded() {
    let mut desk = Desk::open().await;
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    // A refund comes back of which the hub knows nothing.
    let reverted = desk.bank.say(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 40}));
    desk.hub.client.tell(&reverted).await.assert_status(200);
    for _ in 0..9 {
        desk.pass(Duration::from_hours(24)).await;
    }
    assert_eq!(told(&desk.read(&id).await), "authorized 150: authorization success 150");
    assert_nothing_recorded(&desk.hub.operate(&["charge", "apply", &id]));
    // The operator finds that it was made elsewhere: what was unresolved waited for that.
    assert_recorded(&desk.settle(&id, 1, &["refunded", "--amount", "40"]));
    let expected = "authorized 150: revert_void success 40, void success 40, authorization success 150";
    assert_eq!(told(&desk.read(&id).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresolved_notification_is_applied_again_at_the_operators_word() {
    let mut desk = Desk::open().await;
    desk.bank.expect([Mood::Decline("generic")]);
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    let charged_back = desk.bank.say(&reference(&id, 1), &json!({"news": "charged_back", "amount": 150}));
    desk.hub.client.tell(&charged_back).await.assert_status(200);
    for _ in 0..9 {
        desk.pass(Duration::from_hours(24)).await;
    }
    assert_eq!(desk.read(&id).await.text("/status"), "failed");
    // Nothing has changed at the bank.
    assert_nothing_recorded(&desk.hub.operate(&["charge", "apply", &id]));
    // It corrects itself: asked once more, it says that it approved the card.
    let approved = json!({"result": "approved", "transactionId": "7d1f0a3b5c9e2468"});
    desk.bank.treat(move |asked| (asked["operation"] == "query").then(|| Treatment::Say(approved.clone())));
    assert_recorded(&desk.hub.operate(&["charge", "apply", &id]));
    let expected = "charged_back 150: charge_back success 150, authorization success 150, authorization failed 150";
    assert_eq!(told(&desk.read(&id).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_notification_is_applied_at_the_operators_word() {
    let mut desk = Desk::open().await;
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    let reverted = desk.bank.say(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 40}));
    desk.hub.client.tell(&reverted).await.assert_status(200);
    assert_recorded(&desk.settle(&id, 1, &["refunded", "--amount", "40"]));
    // Whether or not the refund has already applied it, the charge ends so.
    drop(desk.hub.operate(&["charge", "apply", &id]));
    let expected = "authorized 150: revert_void success 40, void success 40, authorization success 150";
    assert_eq!(told(&desk.read(&id).await), expected);
}
