//! What an operator settles for a charge by the command line, where the hub cannot reconcile the charge itself.

use std::{process::Output, time::Duration};

use domain::{
    charge::{
        WaitReason,
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
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
    Answer, TestHub,
    bank::{Bank, BankReply, Treatment, reference},
    command::CommandedHub,
    engine::Fault,
    samples::{APPROVED, by_card, by_pix, card_charge, pix_charge, summary},
    session::Session,
};

use super::{DAY, HOUR, MINUTE, Pix, alarm_lines, answers_no_query, bookings, expired, hub, shown};

/// A hub as a process, and its bank.
struct Fixture {
    hub: CommandedHub,
    bank: Bank,
}

impl Fixture {
    async fn open() -> Self {
        let bank = Bank::open().await;
        Self { hub: CommandedHub::start(bank.url()), bank }
    }

    async fn create(&self, body: &Value) -> String {
        self.hub.merchant.charges(body).await
    }

    async fn read(&self, id: &str) -> Answer {
        self.hub.merchant.reads_charge(id).await
    }

    /// Time passes for the hub and for its bank, and the hub sweeps.
    async fn pass(&self, time: Duration) {
        self.bank.clock().advance(time);
        self.hub.merchant.advance(time.as_secs()).await.assert_status(200);
    }

    /// Creates a charge that fails because the bank never receives its request, and returns its id.
    async fn not_found(&self, body: &Value, order: Option<&Session>) -> String {
        self.bank.expect([BankReply::LoseRequest]);
        let id = match order {
            None => self.create(body).await,
            Some(order) => self.hub.shopper.pays(order, body).await.expect(201).text("/chargeId").to_owned(),
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
async fn a_failed_charge_that_was_paid_after_all_is_settled_as_a_late_payment() {
    let mut fixture = Fixture::open().await;
    let id = fixture.not_found(&pix_charge(&fixture.hub.merchant.id), None).await;
    assert_recorded(&fixture.hub.operator().settles(&id, 1, &["approved"]));
    assert_eq!(fixture.read(&id).await.text("/status"), "authorized");
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 1, &["approved"]));
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 1, &["declined"]));

    let order = fixture.hub.merchant.opens_session().await;
    let id = fixture.not_found(&by_pix(), Some(&order)).await;
    assert_recorded(&fixture.hub.operator().settles(&id, 1, &["approved"]));
    assert_eq!(fixture.hub.merchant.sees(&order, &id).await, "authorized, paid");
}

/// The command calls the same bank as the hub.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_is_settled_cancels_the_active_charge_of_its_session() {
    let mut fixture = Fixture::open().await;
    let order = fixture.hub.merchant.opens_session().await;
    let late = fixture.not_found(&by_pix(), Some(&order)).await;
    let active = fixture.hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    assert_recorded(&fixture.hub.operator().settles(&late, 1, &["approved"]));
    assert_eq!(fixture.hub.merchant.sees(&order, &late).await, "authorized, paid");
    assert_eq!(fixture.read(&active).await.text("/status"), "canceled");
    let asked = fixture.bank.asked().into_iter().filter(|request| request["operation"] == "cancel").count();
    assert_eq!(asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_outside_the_hub_is_recorded() {
    let mut fixture = Fixture::open().await;
    let id = fixture.create(&card_charge(&fixture.hub.merchant.id, APPROVED)).await;
    assert_recorded(&fixture.hub.operator().settles(&id, 1, &["refunded", "--amount", "40"]));
    let shown = summary(&fixture.read(&id).await);
    assert_eq!(shown, "authorized 110: void success 40, authorization success 150");
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 1, &["refunded", "--amount", "111"]));
    assert_eq!(summary(&fixture.read(&id).await), shown);
    assert_recorded(&fixture.hub.operator().settles(&id, 1, &["refunded", "--amount", "110"]));
    assert_eq!(fixture.read(&id).await.text("/status"), "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_records_nothing_says_so() {
    let mut fixture = Fixture::open().await;
    let id = fixture.create(&card_charge(&fixture.hub.merchant.id, APPROVED)).await;
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 1, &["approved"]));
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 1, &["declined"]));
    assert_nothing_recorded(&fixture.hub.operator().settles(&id, 7, &["approved"]));
    assert_nothing_recorded(&fixture.hub.operator().settles("c1db83fa-723c-4e1f-9722-bc19d1be6791", 1, &["approved"]));
    assert_nothing_recorded(&fixture.hub.operator().applies("c1db83fa-723c-4e1f-9722-bc19d1be6791"));
    assert_eq!(summary(&fixture.read(&id).await), "authorized 150: authorization success 150");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresolved_notification_is_applied_when_its_cause_is_recorded() {
    let mut fixture = Fixture::open().await;
    let id = fixture.create(&card_charge(&fixture.hub.merchant.id, APPROVED)).await;
    // The reversal of a refund that the hub does not know.
    let reverted = fixture.bank.update(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 40}));
    fixture.hub.provider.notifies(&reverted).await;
    for _ in 0..9 {
        fixture.pass(Duration::from_hours(24)).await;
    }
    assert_eq!(summary(&fixture.read(&id).await), "authorized 150: authorization success 150");
    assert_nothing_recorded(&fixture.hub.operator().applies(&id));
    // The operator records the refund, for which the notification waited.
    assert_recorded(&fixture.hub.operator().settles(&id, 1, &["refunded", "--amount", "40"]));
    let expected = "authorized 150: revert_void success 40, void success 40, authorization success 150";
    assert_eq!(summary(&fixture.read(&id).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresolved_notification_is_applied_by_the_operators_command() {
    let mut fixture = Fixture::open().await;
    fixture.bank.expect([BankReply::Decline("generic")]);
    let id = fixture.create(&card_charge(&fixture.hub.merchant.id, APPROVED)).await;
    let charged_back = fixture.bank.update(&reference(&id, 1), &json!({"news": "charged_back", "amount": 150}));
    fixture.hub.provider.notifies(&charged_back).await;
    for _ in 0..9 {
        fixture.pass(Duration::from_hours(24)).await;
    }
    assert_eq!(fixture.read(&id).await.text("/status"), "failed");
    // The bank still answers as before.
    let left = fixture.hub.operator().applies(&id);
    assert_nothing_recorded(&left);
    assert_says(&left, "0 applied, 1 left\n");
    assert_says(&left, " reports charged_back and waits until the hub knows what it is about\n");
    // The bank corrects its answer: the next query finds the card approved.
    let approved = json!({"result": "approved", "transactionId": "7d1f0a3b5c9e2468"});
    fixture.bank.treat(move |asked| (asked["operation"] == "query").then(|| Treatment::Answer(approved.clone())));
    assert_recorded(&fixture.hub.operator().applies(&id));
    let expected = "charged_back 150: charge_back success 150, authorization success 150, authorization failed 150";
    assert_eq!(summary(&fixture.read(&id).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_notification_is_applied_by_the_operators_command() {
    let mut fixture = Fixture::open().await;
    fixture.bank.expect([BankReply::Decline("generic")]);
    let id = fixture.create(&card_charge(&fixture.hub.merchant.id, APPROVED)).await;
    let charged_back = fixture.bank.update(&reference(&id, 1), &json!({"news": "charged_back", "amount": 150}));
    fixture.hub.provider.notifies(&charged_back).await;
    assert_eq!(fixture.read(&id).await.text("/status"), "failed");
    // The bank corrects its answer before the hub retries the notification: a query finds the card approved.
    let approved = json!({"result": "approved", "transactionId": "7d1f0a3b5c9e2468"});
    fixture.bank.treat(move |asked| (asked["operation"] == "query").then(|| Treatment::Answer(approved.clone())));
    let applied = fixture.hub.operator().applies(&id);
    assert_recorded(&applied);
    assert!(said(&applied).starts_with("1 applied, 0 left\n"), "{}", said(&applied));
    let expected = "charged_back 150: charge_back success 150, authorization success 150, authorization failed 150";
    assert_eq!(summary(&fixture.read(&id).await), expected);
    assert_says(&fixture.hub.operator().applies(&id), "no notification of this charge is waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_has_to_wait_is_recorded_and_applied_when_the_session_is_free() {
    let mut fixture = Fixture::open().await;
    let order = fixture.hub.merchant.opens_session().await;
    let late = fixture.not_found(&by_pix(), Some(&order)).await;
    // The outcome of the card that locks the session is unknown.
    fixture.bank.treat(answers_no_query);
    fixture.bank.expect([BankReply::LoseRequest]);
    let card = fixture.hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let waiting = fixture.hub.operator().settles(&late, 1, &["approved"]);
    assert_recorded(&waiting);
    let expected = format!(
        "what came of request 1 is recorded, and is applied when charge {card}, which holds the session, ends; "
    );
    assert_says(&waiting, &expected);
    assert_eq!(fixture.hub.merchant.sees(&order, &late).await, "failed, created");

    fixture.bank.treat_all_alike();
    fixture.pass(DAY).await;
    assert_eq!(fixture.hub.merchant.sees(&order, &late).await, "authorized, paid");
    assert_eq!(fixture.read(&card).await.text("/status"), "failed");
}

/// A hub that calls no provider, on the table of one that does, as an operator's command uses it.
fn operators_hub(hub: &TestHub) -> Hub {
    Hub::from(Parts { executor: Executor::without_providers(Stage::Production).into(), ..hub.parts() })
}

fn id_of(charge: &str) -> ChargeId {
    charge.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_providers_leaves_the_cancel_of_the_active_charge_to_the_hub_that_has_them() {
    let hub = hub().await;
    let (order, late) = expired(&hub, Pix).await;
    let active = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    let recorded =
        operator::settle(&operators_hub(&hub), id_of(&late), 1, Verdict::Approved { id: None }).await.unwrap();
    assert_eq!(recorded.what, What::Waiting(WaitReason::ActiveCharge(id_of(&active))));
    assert_eq!(shown(&hub, &active).await, "pending 100: pending success 100");
    assert_eq!((hub.waiting_updates().await.len(), bookings(&hub, &active, "cancel").len()), (1, 0));
    let left = operator::apply(&operators_hub(&hub), id_of(&late)).await.unwrap();
    assert_eq!((left.applied, left.left.len()), (0, 1));

    hub.pass(2 * MINUTE).await;
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    assert_eq!(hub.merchant.charge_status(&active).await, "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_that_an_operator_records_is_no_failure_of_the_hub() {
    let hub = hub().await;
    hub.bank.treat(answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    let id = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    hub.pass(HOUR).await;
    operator::settle(hub.flows(), id_of(&id), 1, Verdict::Declined).await.unwrap();
    let declined = hub.merchant.reads_charge(&id).await;
    let error = &declined.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!("generic"), &json!(false)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_that_has_to_wait_and_cannot_be_stored_alarms_and_is_not_reported_as_recorded() {
    let hub = hub().await;
    let (order, late) = expired(&hub, Pix).await;
    hub.bank.treat(answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    let is_record = |operation: &str, body: &Value| operation != "GetItem" && body.to_string().contains("CALLBACK#");
    hub.engine.fail(move |operation, body| if is_record(operation, body) { Fault::Throttle } else { Fault::None });
    let settled = operator::settle(hub.flows(), id_of(&late), 1, Verdict::Approved { id: None }).await;
    hub.engine.heal();
    assert_eq!(settled.unwrap_err(), NotRecorded::NotStored);
    let alarms = alarm_lines("outcome_not_stored", &late);
    assert!(alarms.len() == 1 && alarms[0].contains("has to wait and could not be stored"), "{alarms:?}");
}

/// Two calls of the provider carry the same notification at once, and one of them stores it.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_another_call_has_applied_changes_nothing() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Pix, 150).await;
    let charge = hub.store().any_charge(id_of(&id)).await.unwrap().unwrap();
    let via = charge.request(1).unwrap().via;
    let record = Record {
        key: RecordKey { provider: via.kind, hash: "a hash of it".to_owned() },
        client: charge.client,
        account: via.id,
        update: ProviderUpdate {
            reference: charge.reference(1),
            id: "E2E-1".to_owned(),
            payment: None,
            currency: None,
            kind: UpdateKind::Paid { amount: Amount::new(150).unwrap(), receipt: Receipt::default() },
        },
        received_at: hub.flows().now(),
        state: State::Applied,
        due_at: None,
    };
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 2);
    let (one, other) =
        tokio::join!(conclude::update(hub.flows(), record.clone()), conclude::update(hub.flows(), record));
    let ends = [one.unwrap(), other.unwrap()];
    assert!(ends.contains(&End::Stored) && ends.contains(&End::Nothing), "{ends:?}");
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
}
