//! What an operator can do about a charge, by the command line, where the hub cannot find out by itself.

use std::{process::Output, time::Duration};

use domain::{
    charge::{
        Cause,
        notice::{News, Notice},
        request::Receipt,
    },
    ids::ChargeId,
    money::Amount,
};
use flows::{
    Executor, Hub, Parts, Stage,
    charge::{
        conclude::{self, End},
        operator::{self, NotRecorded, Verdict, What},
    },
};
use serde_json::{Value, json};
use store::inbox::{Record, RecordKey, State};
use tests::{
    Answer, House,
    bank::{Bank, Mood, Treatment, reference},
    command::CommandedHub,
    engine::Fault,
    order::Order,
    samples::{APPROVED, by_card, by_pix, card_charge, pix_charge, told},
};

use super::{
    DAY, HOUR, MINUTE, Pix, alarm_lines, answers_no_query, bookings, charge_of, create, expired, house, read, shown,
    status,
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

#[track_caller]
fn assert_says(output: &Output, text: &str) {
    assert!(said(output).contains(text), "{}", said(output));
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
    let left = desk.hub.operate(&["charge", "apply", &id]);
    assert_nothing_recorded(&left);
    assert_says(&left, "0 applied, 1 left\n");
    assert_says(&left, " reports charged_back and waits until the hub knows what it is about\n");
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
    desk.bank.expect([Mood::Decline("generic")]);
    let id = desk.create(&card_charge(&desk.hub.client.merchant_id, APPROVED)).await;
    let charged_back = desk.bank.say(&reference(&id, 1), &json!({"news": "charged_back", "amount": 150}));
    desk.hub.client.tell(&charged_back).await.assert_status(200);
    assert_eq!(desk.read(&id).await.text("/status"), "failed");
    // It corrects itself before the notification is looked at again: asked, it says that it approved the card.
    let approved = json!({"result": "approved", "transactionId": "7d1f0a3b5c9e2468"});
    desk.bank.treat(move |asked| (asked["operation"] == "query").then(|| Treatment::Say(approved.clone())));
    let applied = desk.hub.operate(&["charge", "apply", &id]);
    assert_recorded(&applied);
    assert!(said(&applied).starts_with("1 applied, 0 left\n"), "{}", said(&applied));
    let expected = "charged_back 150: charge_back success 150, authorization success 150, authorization failed 150";
    assert_eq!(told(&desk.read(&id).await), expected);
    assert_says(&desk.hub.operate(&["charge", "apply", &id]), "no notification of this charge is waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_has_to_wait_is_recorded_and_applied_when_the_session_is_free() {
    let mut desk = Desk::open().await;
    let order = Order::open(&desk.hub.client).await;
    let late = desk.not_found(&by_pix(), Some(&order)).await;
    // Nobody knows whether the card that holds the session was charged.
    desk.bank.treat(answers_no_query);
    desk.bank.expect([Mood::LoseRequest]);
    let card = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let waiting = desk.settle(&late, 1, &["approved"]);
    assert_recorded(&waiting);
    let expected = format!(
        "what came of request 1 is recorded, and is applied when charge {card}, which holds the session, ends; "
    );
    assert_says(&waiting, &expected);
    assert_eq!(order.at(&desk.hub.client).stand(&late).await, "failed, created");

    desk.bank.treat_all_alike();
    desk.pass(DAY).await;
    assert_eq!(order.at(&desk.hub.client).stand(&late).await, "authorized, paid");
    assert_eq!(desk.read(&card).await.text("/status"), "failed");
}

/// A hub that calls no provider, over the table of one that does: that of an operator's command on a table.
fn operators_hub(house: &House) -> Hub {
    Hub::from(Parts { executor: Executor::without_providers(Stage::Production).into(), ..house.parts() })
}

fn id_of(charge: &str) -> ChargeId {
    charge.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_calls_no_provider_leaves_the_cancel_of_the_active_charge_to_the_one_that_does() {
    let house = house().await;
    let (order, late) = expired(&house, Pix).await;
    let active = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    let recorded = operator::settle(&operators_hub(&house), id_of(&late), 1, Verdict::Approved).await.unwrap();
    assert_eq!(recorded.what, What::Waiting(Cause::ActiveCharge(id_of(&active))));
    assert_eq!(shown(&house, &active).await, "pending 100: pending success 100");
    assert_eq!((house.waiting_notices().await.len(), bookings(&house, &active, "cancel").len()), (1, 0));
    let left = operator::apply(&operators_hub(&house), id_of(&late)).await.unwrap();
    assert_eq!((left.applied, left.left.len()), (0, 1));

    house.pass(2 * MINUTE).await;
    assert_eq!(order.stand(&late).await, "authorized, paid");
    assert_eq!(status(&house, &active).await, "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_found_declined_is_no_failure_of_the_hub() {
    let house = house().await;
    house.bank.treat(answers_no_query);
    house.bank.expect([Mood::LoseAnswer]);
    let id = create(&house, &card_charge(&house.client.merchant_id, APPROVED)).await;
    house.pass(HOUR).await;
    operator::settle(house.hub(), id_of(&id), 1, Verdict::Declined).await.unwrap();
    let declined = read(&house, &id).await;
    let error = &declined.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!("generic"), &json!(false)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_wait_and_cannot_be_stored_alarms_and_is_not_said_to_be_recorded() {
    let house = house().await;
    let (order, late) = expired(&house, Pix).await;
    house.bank.treat(answers_no_query);
    house.bank.expect([Mood::LoseAnswer]);
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    let is_record = |operation: &str, body: &Value| operation != "GetItem" && body.to_string().contains("CALLBACK#");
    house.engine.fail(move |operation, body| if is_record(operation, body) { Fault::Throttle } else { Fault::None });
    let settled = operator::settle(house.hub(), id_of(&late), 1, Verdict::Approved).await;
    house.engine.heal();
    assert_eq!(settled.unwrap_err(), NotRecorded::NotStored);
    let alarms = alarm_lines("unsettled", &late);
    assert!(alarms.len() == 1 && alarms[0].contains("has to wait and could not be stored"), "{alarms:?}");
}

/// Two calls of the provider bring the same notification at once: one of them stores it.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_another_call_has_applied_changes_nothing() {
    let house = house().await;
    let id = charge_of(&house, Pix, 150).await;
    let charge = house.store().any_charge(id_of(&id)).await.unwrap().unwrap();
    let via = charge.request(1).unwrap().via;
    let record = Record {
        key: RecordKey { provider: via.kind, hash: "a hash of it".to_owned() },
        client: charge.client,
        account: via.id,
        notice: Notice {
            reference: charge.reference(1),
            id: "E2E-1".to_owned(),
            news: News::Paid { amount: Amount::new(150).unwrap(), receipt: Receipt::default() },
        },
        received_at: house.hub().now(),
        state: State::Applied,
        due_at: None,
    };
    house.engine.gather("TransactWriteItems CHARGE CALLBACK", 2);
    let (one, other) =
        tokio::join!(conclude::update(house.hub(), record.clone()), conclude::update(house.hub(), record));
    let ends = [one.unwrap(), other.unwrap()];
    assert!(ends.contains(&End::Stored) && ends.contains(&End::Nothing), "{ends:?}");
    assert_eq!(status(&house, &id).await, "authorized");
}
