//! The hub dies at every write and during every call of the bank, of every transition of an existing charge. Afterwards
//! nothing is open, no money moves twice, and a repeated request gets the outcome.

use std::{collections::HashMap, time::Duration};

use domain::charge::request::RequestKind;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, ProviderUpdate, Treatment, reference},
    engine::{Call, Fault},
    hub::LONG_AFTER,
    samples::{APPROVED, by_card, by_pix, card_charge, pix_charge, session, with},
};

/// A transition of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transition {
    /// Reserved money is captured.
    Capture,
    /// A third of a card payment is refunded.
    VoidPart,
    /// Reserved money is released.
    Release,
    /// A session's whole payment is refunded.
    VoidSession,
    /// A Pix is refunded.
    VoidPix,
    /// The bank notifies that a Pix was paid.
    Paid,
    /// The bank notifies that the Pix of a session was paid.
    SessionPaid,
    /// The bank notifies that a refund is done.
    Refunded,
    /// The bank notifies that a card payment was charged back.
    ChargedBack,
    /// The bank notifies a late payment of an unpaid session.
    LatePaid,
    /// The bank notifies a late payment of a session that a card has paid.
    LateDuplicate,
    /// A session with an unpaid Pix is paid by card.
    Supersede,
    /// A session with an unpaid Pix is canceled.
    Cancel,
    /// A session with an unpaid Pix is disabled.
    Disable,
}

impl Transition {
    const ALL: [Self; 14] = [
        Self::Capture,
        Self::VoidPart,
        Self::Release,
        Self::VoidSession,
        Self::VoidPix,
        Self::Paid,
        Self::SessionPaid,
        Self::Refunded,
        Self::ChargedBack,
        Self::LatePaid,
        Self::LateDuplicate,
        Self::Supersede,
        Self::Cancel,
        Self::Disable,
    ];

    /// How often the bank is called.
    const fn calls(self) -> usize {
        match self {
            Self::Capture
            | Self::VoidPart
            | Self::Release
            | Self::VoidSession
            | Self::VoidPix
            | Self::Cancel
            | Self::Disable => 1,
            Self::Supersede => 2,
            Self::Paid
            | Self::SessionPaid
            | Self::Refunded
            | Self::ChargedBack
            | Self::LatePaid
            | Self::LateDuplicate => 0,
        }
    }

    /// Status and amount of the charge once the transition and every refund are done.
    const fn end(self) -> (&'static str, u64) {
        match self {
            Self::Capture | Self::Paid => ("authorized", 150),
            Self::SessionPaid | Self::LatePaid | Self::VoidPart => ("authorized", 100),
            Self::Release => ("canceled", 0),
            Self::VoidSession | Self::VoidPix | Self::Refunded | Self::LateDuplicate => ("voided", 0),
            Self::ChargedBack => ("charged_back", 150),
            Self::Supersede | Self::Cancel | Self::Disable => ("canceled", 100),
        }
    }

    /// The status of the session then, where there is one.
    const fn session_end(self) -> &'static str {
        match self {
            Self::VoidSession => "voided",
            Self::Cancel => "canceled",
            Self::Disable => "created",
            _ => "paid",
        }
    }
}

/// A transition that is ready to be made, and can be repeated.
struct Prepared {
    transition: Transition,
    charge: String,
    session: Option<String>,
    act: Act,
}

enum Act {
    Send { method: Method, path: String, body: Value, key: String },
    Notify(ProviderUpdate),
}

impl Prepared {
    /// Prepares a charge for the transition.
    #[expect(clippy::too_many_lines, reason = "one arm a transition")]
    async fn new(hub: &TestHub, transition: Transition, key: &str) -> Self {
        let key = &key.replace(',', ";"); // a comma would be a header that came twice
        let (client, merchant) = (&hub.merchant, hub.merchant.id.clone());
        let post = |path: String, body: Value| Act::Send { method: Method::POST, path, body, key: key.to_owned() };
        let made = |body: Value| async move { client.charges(&body).await };
        let of_session = |body: Value| async move {
            let session = client.post("/v1/sessions", &session(&client.id)).await.expect(201);
            let session = session.text("/id").to_owned();
            let paid = client.post(&format!("/v1/sessions/{session}/charge"), &body).await.expect(201);
            (session, paid.text("/chargeId").to_owned())
        };
        let card = card_charge(&merchant, APPROVED);
        let (charge, session, act) = match transition {
            Transition::Capture | Transition::Release => {
                let id = made(with(card, "/capture", json!(false))).await;
                let what = if transition == Transition::Capture { "capture" } else { "void" };
                (id.clone(), None, post(format!("/v1/charges/{id}/{what}"), json!({})))
            }
            Transition::VoidPart => {
                let id = made(card).await;
                (id.clone(), None, post(format!("/v1/charges/{id}/void"), json!({"amount": 50})))
            }
            Transition::ChargedBack => {
                let id = made(card).await;
                (id.clone(), None, Act::Notify(hub.bank.charge_back(&reference(&id, 1), 150)))
            }
            Transition::VoidSession => {
                let (session, id) = of_session(by_card(APPROVED)).await;
                (id.clone(), Some(session), post(format!("/v1/charges/{id}/void"), json!({})))
            }
            Transition::Paid | Transition::VoidPix | Transition::Refunded => {
                let id = made(pix_charge(&merchant)).await;
                let paid = hub.bank.pay(&reference(&id, 1), 150);
                let act = if transition == Transition::Paid {
                    Act::Notify(paid)
                } else {
                    hub.provider.notifies(&paid).await;
                    let path = format!("/v1/charges/{id}/void");
                    if transition == Transition::Refunded {
                        client.post(&path, &json!({})).await.assert_status(201);
                        Act::Notify(hub.bank.finish_refund(&reference(&id, 3)))
                    } else {
                        post(path, json!({}))
                    }
                };
                (id, None, act)
            }
            Transition::SessionPaid => {
                let (session, id) = of_session(by_pix()).await;
                (id.clone(), Some(session), Act::Notify(hub.bank.pay(&reference(&id, 1), 100)))
            }
            Transition::LatePaid | Transition::LateDuplicate => {
                let (session, id) = of_session(by_pix()).await;
                let (path, off) = (format!("/v1/sessions/{session}"), json!({"isActive": false}));
                client.patch(&path, &off).await.assert_status(200); // cancels the Pix
                if transition == Transition::LateDuplicate {
                    client.patch(&path, &json!({"isActive": true})).await.assert_status(200);
                    client.post(&format!("{path}/charge"), &by_card(APPROVED)).await.assert_status(201);
                }
                (id.clone(), Some(session), Act::Notify(hub.bank.pay(&reference(&id, 1), 100)))
            }
            Transition::Supersede => {
                let (session, id) = of_session(by_pix()).await;
                (id, Some(session.clone()), post(format!("/v1/sessions/{session}/charge"), by_card(APPROVED)))
            }
            Transition::Cancel => {
                let (session, id) = of_session(by_pix()).await;
                (id, Some(session.clone()), post(format!("/v1/sessions/{session}/cancel"), json!({})))
            }
            Transition::Disable => {
                let (session, id) = of_session(by_pix()).await;
                let path = format!("/v1/sessions/{session}");
                let (method, body) = (Method::PATCH, json!({"isActive": false}));
                (id, Some(session), Act::Send { method, path, body, key: key.to_owned() })
            }
        };
        Self { transition, charge, session, act }
    }

    /// Makes the transition; no answer where the hub dies.
    async fn act(&self, hub: &TestHub) -> Option<Answer> {
        match &self.act {
            Act::Send { method, path, body, key } => {
                let body = Some(body.to_string().into_bytes());
                hub.merchant.send(method.clone(), path, body, Some(key)).await.ok()
            }
            Act::Notify(update) => {
                let update = update.clone().signed_at(hub.clock().now());
                let headers: Vec<(&str, &str)> =
                    update.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let body = Some(update.body.clone().into_bytes());
                hub.merchant.send_with(Method::POST, update.path(), &headers, body).await.ok()
            }
        }
    }

    /// The same with another key, for a caller whose first request failed.
    fn anew(self, key: &str) -> Self {
        let act = match self.act {
            Act::Send { method, path, body, .. } => Act::Send { method, path, body, key: key.to_owned() },
            notify @ Act::Notify(_) => notify,
        };
        Self { act, ..self }
    }
}

/// A step at which the hub dies.
#[derive(Clone, Debug)]
enum Death {
    Write { what: String, nth: usize, fault: Fault },
    Bank { call: usize, reply: BankReply },
}

/// The writes of a transition without faults, each by its kind and its number among the writes of that kind.
async fn writes_of(hub: &TestHub, transition: Transition) -> Vec<(String, usize)> {
    let prepared = Prepared::new(hub, transition, &format!("{transition:?} dry run")).await;
    let _ = hub.engine.take_calls();
    let answer = prepared.act(hub).await.unwrap();
    assert!((200..300).contains(&answer.status), "{transition:?}: {}", answer.body);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let writes = hub.engine.take_calls().into_iter().filter(Call::is_write).map(|call| {
        let nth = seen.entry(call.what()).or_default();
        *nth += 1;
        (call.what(), *nth)
    });
    let writes: Vec<_> = writes.collect();
    assert!(!writes.is_empty(), "{transition:?} writes nothing");
    writes
}

/// The bank finishes every accepted refund, and notifies the hub.
async fn finish_refunds(hub: &TestHub) {
    for charge in hub.charges().await {
        let open: Vec<usize> = charge.under_way(RequestKind::Void).map(|(number, _)| number).collect();
        for number in open {
            hub.provider.notifies(&hub.bank.finish_refund(&charge.reference(number))).await;
        }
    }
}

/// Time passes until nothing is open except unpaid charges.
async fn recover(hub: &TestHub) {
    for _ in 0..3 {
        hub.pass(LONG_AFTER).await;
        finish_refunds(hub).await;
    }
    hub.assert_books_agree().await;
}

/// Repeats the transition, and fails unless it is done once in all.
async fn assert_done(hub: &TestHub, prepared: Prepared) {
    let (transition, id, session) = (prepared.transition, prepared.charge.clone(), prepared.session.clone());
    let answer = prepared.act(hub).await.unwrap();
    // A transition that was not begun, or that failed, is made now.
    if answer.status >= 300 || answer.text("/transactionRequests/0/requestStatus") == "failed" {
        let again = prepared.anew(&format!("{transition:?} {id} again"));
        let answer = again.act(hub).await.unwrap();
        // A payment that was to be canceled may have expired meanwhile.
        assert!(answer.status < 300 || transition.calls() > 0, "{transition:?}: {}", answer.body);
    }
    hub.pass(Duration::from_mins(2)).await;
    finish_refunds(hub).await;
    hub.assert_books_agree().await;
    let charge = hub.charge(&id).await;
    let reached = (charge.status().name(), charge.amount().minor());
    let has_expired = transition.calls() > 0
        && transition.end().0 == "canceled"
        && transition != Transition::Release
        && reached.0 == "failed";
    assert!(reached == transition.end() || has_expired, "{transition:?}: {reached:?}");
    if let Some(session) = session {
        let status = hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200).text("/status").to_owned();
        assert_eq!(status, transition.session_end(), "{transition:?}");
    }
    assert!(hub.bank.bookings().iter().all(|booking| booking.times == 1), "{:?}", hub.bank.bookings());
}

async fn die(hub: &mut TestHub, prepared: &Prepared, death: &Death) {
    let operations = hub.bank.operations();
    match death {
        Death::Write { what, nth, fault } => hub.engine.fail_write_of(what, *nth, *fault),
        Death::Bank { call, reply } => {
            hub.bank.expect(std::iter::repeat_n(BankReply::Honest, *call).chain([*reply]));
        }
    }
    let struck = async {
        match death {
            Death::Write { .. } => hub.engine.has_killed().await,
            Death::Bank { call, .. } => hub.bank.has_seen(operations + call + 1).await,
        }
    };
    let died = tokio::select! { () = struck => true, _ = prepared.act(hub) => false };
    assert!(died, "{:?} was answered although the hub was to die at {death:?}", prepared.transition);
    hub.kill_and_restart().await;
}

async fn dies_everywhere(transition: Transition) {
    let mut hub = TestHub::build().await;
    let writes = writes_of(&hub, transition).await;
    let at_writes = writes.into_iter().flat_map(|(what, nth)| {
        [Fault::DieBefore, Fault::DieAfter].map(|fault| Death::Write { what: what.clone(), nth, fault })
    });
    let at_bank = (0..transition.calls()).flat_map(|call| {
        [BankReply::HoldBeforeBooking, BankReply::HoldAfterBooking].map(|reply| Death::Bank { call, reply })
    });
    recover(&hub).await;
    for death in at_writes.chain(at_bank) {
        let prepared = Prepared::new(&hub, transition, &format!("{transition:?} {death:?}")).await;
        die(&mut hub, &prepared, &death).await;
        if matches!(prepared.act, Act::Notify(_)) {
            // A bank without an answer sends the notification again.
            prepared.act(&hub).await.unwrap().assert_status(200);
        }
        recover(&hub).await;
        assert_done(&hub, prepared).await;
    }
}

macro_rules! dies {
    ($($name:ident: $transition:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            dies_everywhere(Transition::$transition).await;
        }
    )*};
}

dies! {
    a_capture_survives_a_death_at_every_step: Capture;
    a_partial_void_survives_a_death_at_every_step: VoidPart;
    a_release_survives_a_death_at_every_step: Release;
    a_void_of_a_sessions_payment_survives_a_death_at_every_step: VoidSession;
    a_void_of_a_pix_survives_a_death_at_every_step: VoidPix;
    the_update_of_a_payment_survives_a_death_at_every_step: Paid;
    the_update_of_a_sessions_payment_survives_a_death_at_every_step: SessionPaid;
    the_update_of_a_refund_survives_a_death_at_every_step: Refunded;
    the_update_of_a_chargeback_survives_a_death_at_every_step: ChargedBack;
    a_late_payment_that_pays_its_session_survives_a_death_at_every_step: LatePaid;
    a_late_duplicate_payment_survives_a_death_at_every_step: LateDuplicate;
    paying_by_another_method_survives_a_death_at_every_step: Supersede;
    canceling_a_session_survives_a_death_at_every_step: Cancel;
    disabling_a_session_survives_a_death_at_every_step: Disable;
}

/// A write whose answer was lost is not made twice, and the caller gets the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_made_once() {
    let hub = TestHub::build().await;
    for transition in Transition::ALL {
        for (what, nth) in writes_of(&hub, transition).await {
            let prepared = Prepared::new(&hub, transition, &format!("{transition:?} {what} {nth}")).await;
            let faults = hub.engine.faults();
            hub.engine.fail_write_of(&what, nth, Fault::LoseAnswer);
            let answer = prepared.act(&hub).await.unwrap();
            hub.engine.heal();
            assert_eq!(hub.engine.faults(), faults + 1, "{transition:?} {what} {nth}");
            assert!((200..300).contains(&answer.status), "{transition:?} {what} {nth}: {}", answer.body);
            finish_refunds(&hub).await;
            hub.pass(Duration::from_mins(2)).await;
            finish_refunds(&hub).await;
            let charge = hub.charge(&prepared.charge).await;
            assert_eq!(
                (charge.status().name(), charge.amount().minor()),
                transition.end(),
                "{transition:?} {what} {nth}"
            );
        }
    }
    assert!(hub.bank.bookings().iter().all(|booking| booking.times == 1));
    hub.assert_books_agree().await;
}

/// The sweeper's own work: the next sweep finishes an interrupted one.
#[derive(Clone, Copy, Debug)]
enum Chore {
    /// A Pix that can no longer be paid fails.
    Expire,
    /// A duplicate payment is refunded.
    Refund,
    /// An update that waited is applied.
    Waiting,
}

impl Chore {
    /// Prepares a charge. Returns its id, and the time after which the work is due.
    async fn prepare(self, hub: &TestHub, key: &str) -> (String, Duration) {
        match self {
            Self::Expire => {
                let made = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
                (made.text("/id").to_owned(), Duration::from_secs(3601))
            }
            Self::Refund => {
                let late = Prepared::new(hub, Transition::LateDuplicate, key).await;
                late.act(hub).await.unwrap().assert_status(200);
                (late.charge, Duration::from_mins(1))
            }
            Self::Waiting => {
                // The notification of the payment is lost, and the bank does not answer the hub's query.
                let made = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
                let id = made.text("/id").to_owned();
                let _ = hub.bank.pay(&reference(&id, 1), 150);
                let refunded = hub.bank.refund(&reference(&id, 1), 50);
                hub.pass(Duration::from_mins(1)).await;
                hub.bank.treat(|asked| (asked["operation"] == "query").then_some(Treatment::Reply(BankReply::Stumble)));
                hub.provider.notifies(&refunded).await;
                hub.bank.treat_all_alike();
                (id, Duration::from_mins(6))
            }
        }
    }

    const fn end(self) -> (&'static str, u64) {
        match self {
            Self::Expire => ("failed", 150),
            Self::Refund => ("voided", 0),
            Self::Waiting => ("authorized", 100),
        }
    }
}

/// The id of the charge at whose `nth` write of this kind the sweeper died. A sweep works in parallel, and may finish
/// without that write; then another charge is prepared.
async fn dies_at(hub: &TestHub, chore: Chore, what: &str, nth: usize, fault: Fault) -> String {
    let mut again = 0;
    loop {
        let (id, pause) = chore.prepare(hub, &format!("{what} {nth} {fault:?} {again}")).await;
        hub.engine.fail_write_of(what, nth, fault);
        let has_died = tokio::select! {
            () = hub.engine.has_killed() => true,
            () = hub.pass(pause) => false,
        };
        if has_died {
            return id;
        }
        hub.engine.heal();
        recover(hub).await;
        assert_ended(hub, chore, &id).await;
        again += 1;
        assert!(again < 10, "no sweep died at {what} {nth}");
    }
}

async fn assert_ended(hub: &TestHub, chore: Chore, id: &str) {
    let charge = hub.charge(id).await;
    assert_eq!((charge.status().name(), charge.amount().minor()), chore.end(), "{chore:?}");
}

async fn sweeper_dies_everywhere(chore: Chore) {
    let mut hub = TestHub::build().await;
    let (_, pause) = chore.prepare(&hub, "dry run").await;
    let _ = hub.engine.take_calls();
    hub.pass(pause).await;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let calls = hub.engine.take_calls();
    let writes: Vec<(String, usize)> = calls
        .iter()
        .filter(|call| call.is_write())
        .map(|call| {
            let nth = seen.entry(call.what()).or_default();
            *nth += 1;
            (call.what(), *nth)
        })
        .collect();
    assert!(writes.len() >= 2, "a lease and an outcome at least: {writes:?}");
    recover(&hub).await;
    for (what, nth) in writes {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let id = dies_at(&hub, chore, &what, nth, fault).await;
            hub.kill_and_restart().await;
            recover(&hub).await;
            assert_ended(&hub, chore, &id).await;
        }
    }
    assert!(hub.bank.bookings().iter().all(|booking| booking.times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_survives_a_death_at_every_write() {
    sweeper_dies_everywhere(Chore::Expire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refund_of_a_duplicate_payment_survives_a_death_at_every_write() {
    sweeper_dies_everywhere(Chore::Refund).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_waited_survives_a_death_at_every_write() {
    sweeper_dies_everywhere(Chore::Waiting).await;
}
