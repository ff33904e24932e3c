//! The answers to idempotent replays, and the history of a session.

use std::time::Duration;

use domain::{
    charge::{Charge, Outcome, command::Command, request::Receipt, update::UpdateKind},
    session::{Session, SessionStatus},
};
use serde_json::{Value, json};
use wire::malga::responses::{ChargeBody, HistoryEntry};

use crate::fixtures::{
    approval, asked, at, card_request, intent, json_of, minor, notified, pix_request, registration, session, settled,
    with,
};

/// The charge in the answer to an idempotent replay of the request at `number`.
fn replayed(charge: &Charge, number: usize) -> Value {
    json_of(ChargeBody::as_answered(charge, number).unwrap())
}

/// Type and status of every transaction request, in the order of the answer.
fn requests(printed: &Value) -> Vec<String> {
    let requests = printed["transactionRequests"].as_array().unwrap();
    let word = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
    requests.iter().map(|one| word(one, "requestType") + "/" + &word(one, "requestStatus")).collect()
}

#[test]
fn a_replay_gets_the_first_answer() {
    let (answered, later) = (at("2022-10-25T22:49:08.000Z"), at("2022-10-25T22:59:08.000Z"));
    let running = intent(&card_request());
    assert_eq!(ChargeBody::as_answered(&running, 1), None);
    assert_eq!(ChargeBody::as_answered(&running, 2), None);
    let unknown = settled(&running, Outcome::Unknown, answered, None);
    let answer = replayed(&unknown, 1);
    assert_eq!(answer, json_of(ChargeBody::new(&unknown)));
    assert_eq!((&answer["status"], &answer["updatedAt"]), (&json!("pending"), &json!("2022-10-25T22:49:08.000Z")));
    assert_eq!(requests(&answer), ["pre_authorization/processing"]);

    let ended = settled(&unknown, Outcome::Approved(approval()), later, None);
    assert_eq!(replayed(&ended, ended.creation()), answer);
    assert_eq!(json_of(ChargeBody::new(&ended))["status"], "pre_authorized");

    let captured = asked(
        &ended,
        Command::Capture(None),
        Outcome::Approved(Receipt::default()),
        later.plus(Duration::from_mins(1)),
    );
    assert_eq!(replayed(&captured, captured.creation()), answer);
}

#[test]
fn a_replay_of_a_void_shows_the_charge_as_that_void_left_it() {
    let [paid, first, second] =
        ["2022-10-25T22:50:00.000Z", "2022-10-25T22:51:00.000Z", "2022-10-25T22:52:00.000Z"].map(at);
    let body = with(card_request(), "/capture", json!(true));
    let charge = settled(&intent(&body), Outcome::Approved(approval()), paid, None);
    let void = |amount| Command::Void(Some(minor(amount)));
    let done = || Outcome::Approved(Receipt::default());
    let once = asked(&charge, void(50), done(), first);
    let twice = asked(&once, void(30), done(), second);

    let now = json_of(ChargeBody::new(&twice));
    assert_eq!((&now["amount"], requests(&now).len()), (&json!(70), 3));
    assert_eq!(replayed(&twice, 2), json_of(ChargeBody::new(&once)));
    assert_eq!(replayed(&twice, 1), json_of(ChargeBody::new(&charge)));
    assert_eq!(replayed(&twice, 3), now);
}

#[test]
fn a_replay_shows_the_requests_answered_by_then_its_own_first() {
    let [paid, first, second, end] = [
        "2022-10-25T22:50:00.000Z",
        "2022-10-25T22:51:00.000Z",
        "2022-10-25T22:51:30.000Z",
        "2022-10-25T22:53:00.000Z",
    ]
    .map(at);
    let body = with(card_request(), "/capture", json!(true));
    let charge = settled(&intent(&body), Outcome::Approved(approval()), paid, None);
    // The outcome of the first void is unknown when the second one is answered, and is known after that.
    let open = asked(&charge, Command::Void(Some(minor(50))), Outcome::Unknown, first);
    let both = asked(&open, Command::Void(Some(minor(30))), Outcome::Approved(Receipt::default()), second);
    let ended = notified(&both, 2, UpdateKind::Refunded { amount: minor(50), transaction: None }, end);

    assert_eq!(requests(&json_of(ChargeBody::new(&ended))), ["void/success", "void/success", "authorization/success"]);
    let answer = replayed(&ended, 2);
    assert_eq!(requests(&answer), ["void/processing", "authorization/success"]);
    assert_eq!((&answer["amount"], &answer["updatedAt"]), (&json!(150), &json!("2022-10-25T22:51:01.000Z")));
    let answer = replayed(&ended, 3);
    assert_eq!(requests(&answer), ["void/success", "void/processing", "authorization/success"]);
    assert_eq!((&answer["amount"], &answer["status"]), (&json!(120), &json!("authorized")));

    // A replay of the second void shows the first one as ended where it had ended by then.
    let ended = refunded(&open, second);
    let both = asked(&ended, Command::Void(Some(minor(30))), Outcome::Approved(Receipt::default()), end);
    assert_eq!(requests(&replayed(&both, 3)), ["void/success", "void/success", "authorization/success"]);
    assert_eq!(requests(&replayed(&both, 2)), ["void/processing", "authorization/success"]);
}

fn refunded(open: &Charge, at: domain::time::Timestamp) -> Charge {
    notified(open, 2, UpdateKind::Refunded { amount: minor(50), transaction: None }, at)
}

#[test]
fn a_replay_of_a_pix_shows_its_code_although_the_pix_was_paid_since() {
    let registered =
        settled(&intent(&pix_request()), Outcome::Pending(registration()), at("2022-10-25T22:49:08.000Z"), Some(1356));
    let before = json_of(ChargeBody::new(&registered));
    let kind = UpdateKind::Paid { amount: minor(150), receipt: Receipt::default() };
    let paid = notified(&registered, 1, kind, at("2022-10-25T22:50:00.000Z"));
    assert_eq!(replayed(&paid, paid.creation()), before);
    assert_ne!(json_of(ChargeBody::new(&paid)), before);
}

#[test]
fn a_history_shows_the_creation_the_payment_and_the_end_of_a_session() {
    let history = |session: &Session, paid_at| json_of(HistoryEntry::of(session, paid_at));
    let entry = |status: &str, at: &str| {
        let id = session().id;
        json!({"id": id, "status": status, "createdAt": "2022-10-25T22:49:06.588Z", "updatedAt": at})
    };
    let created = entry("created", "2022-10-25T22:49:06.588Z");
    let (paid, ended) = ("2022-10-25T22:50:00.000Z", "2022-10-25T23:00:00.000Z");
    let of = |status, paid_at| history(&Session { status, updated_at: at(ended), ..session() }, paid_at);
    assert_eq!(of(SessionStatus::Created, None), json!([created]));
    assert_eq!(of(SessionStatus::Paid, Some(at(paid))), json!([created, entry("paid", paid)]));
    assert_eq!(of(SessionStatus::Canceled, None), json!([created, entry("canceled", ended)]));
    let voided = json!([created, entry("paid", paid), entry("voided", ended)]);
    assert_eq!(of(SessionStatus::Voided, Some(at(paid))), voided);
}
