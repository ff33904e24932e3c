//! What a repeat is told, and what a session's history tells.

use std::time::Duration;

use domain::{
    charge::{Charge, Outcome, command::Command, request::Receipt, update::UpdateKind},
    session::{Session, SessionStatus},
};
use serde_json::{Value, json};
use wire::malga::responses::{ChargeBody, HistoryEntry};

use crate::fixtures::{
    approval, asked, at, intent, json_of, minor, registration, seed_001, seed_002, session, settled, told, with,
};

/// The charge as a repeat of the request at `number` is told it.
fn repeated(charge: &Charge, number: usize) -> Value {
    json_of(ChargeBody::as_answered(charge, number).unwrap())
}

/// Type and status of every transaction request, in the order of the answer.
fn requests(printed: &Value) -> Vec<String> {
    let requests = printed["transactionRequests"].as_array().unwrap();
    let word = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
    requests.iter().map(|one| word(one, "requestType") + "/" + &word(one, "requestStatus")).collect()
}

#[test]
fn a_repeat_is_told_what_the_first_request_was_told() {
    let (answered, later) = (at("2022-10-25T22:49:08.000Z"), at("2022-10-25T22:59:08.000Z"));
    let running = intent(&seed_002());
    assert_eq!(ChargeBody::as_answered(&running, 1), None);
    assert_eq!(ChargeBody::as_answered(&running, 2), None);
    let unknown = settled(&running, Outcome::Unknown, answered, None);
    let told = repeated(&unknown, 1);
    assert_eq!(told, json_of(ChargeBody::new(&unknown)));
    assert_eq!((&told["status"], &told["updatedAt"]), (&json!("pending"), &json!("2022-10-25T22:49:08.000Z")));
    assert_eq!(requests(&told), ["pre_authorization/processing"]);

    let ended = settled(&unknown, Outcome::Approved(approval()), later, None);
    assert_eq!(repeated(&ended, ended.creation()), told);
    assert_eq!(json_of(ChargeBody::new(&ended))["status"], "pre_authorized");

    let captured = asked(
        &ended,
        Command::Capture(None),
        Outcome::Approved(Receipt::default()),
        later.plus(Duration::from_mins(1)),
    );
    assert_eq!(repeated(&captured, captured.creation()), told);
}

#[test]
fn a_repeat_of_a_void_is_told_the_charge_as_that_void_left_it() {
    let [paid, first, second] =
        ["2022-10-25T22:50:00.000Z", "2022-10-25T22:51:00.000Z", "2022-10-25T22:52:00.000Z"].map(at);
    let body = with(seed_002(), "/capture", json!(true));
    let charge = settled(&intent(&body), Outcome::Approved(approval()), paid, None);
    let void = |amount| Command::Void(Some(minor(amount)));
    let done = || Outcome::Approved(Receipt::default());
    let once = asked(&charge, void(50), done(), first);
    let twice = asked(&once, void(30), done(), second);

    let now = json_of(ChargeBody::new(&twice));
    assert_eq!((&now["amount"], requests(&now).len()), (&json!(70), 3));
    assert_eq!(repeated(&twice, 2), json_of(ChargeBody::new(&once)));
    assert_eq!(repeated(&twice, 1), json_of(ChargeBody::new(&charge)));
    assert_eq!(repeated(&twice, 3), now);
}

#[test]
fn a_repeat_shows_what_was_answered_by_then_its_own_request_first() {
    let [paid, first, second, end] = [
        "2022-10-25T22:50:00.000Z",
        "2022-10-25T22:51:00.000Z",
        "2022-10-25T22:51:30.000Z",
        "2022-10-25T22:53:00.000Z",
    ]
    .map(at);
    let body = with(seed_002(), "/capture", json!(true));
    let charge = settled(&intent(&body), Outcome::Approved(approval()), paid, None);
    // The first void is not known yet when the second one is answered, and is done after that.
    let open = asked(&charge, Command::Void(Some(minor(50))), Outcome::Unknown, first);
    let both = asked(&open, Command::Void(Some(minor(30))), Outcome::Approved(Receipt::default()), second);
    let ended = told(&both, 2, UpdateKind::Refunded { amount: minor(50), transaction: None }, end);

    assert_eq!(requests(&json_of(ChargeBody::new(&ended))), ["void/success", "void/success", "authorization/success"]);
    let told = repeated(&ended, 2);
    assert_eq!(requests(&told), ["void/processing", "authorization/success"]);
    assert_eq!((&told["amount"], &told["updatedAt"]), (&json!(150), &json!("2022-10-25T22:51:01.000Z")));
    let told = repeated(&ended, 3);
    assert_eq!(requests(&told), ["void/success", "void/processing", "authorization/success"]);
    assert_eq!((&told["amount"], &told["status"]), (&json!(120), &json!("authorized")));

    // Had the first one ended by then, the second one's repeat would show it so, after its own request.
    let ended = told_before(&open, second);
    let both = asked(&ended, Command::Void(Some(minor(30))), Outcome::Approved(Receipt::default()), end);
    assert_eq!(requests(&repeated(&both, 3)), ["void/success", "void/success", "authorization/success"]);
    assert_eq!(requests(&repeated(&both, 2)), ["void/processing", "authorization/success"]);
}

fn told_before(open: &Charge, at: domain::time::Timestamp) -> Charge {
    told(open, 2, UpdateKind::Refunded { amount: minor(50), transaction: None }, at)
}

#[test]
fn a_repeat_of_a_pix_shows_its_code_although_it_was_paid_since() {
    let registered =
        settled(&intent(&seed_001()), Outcome::Pending(registration()), at("2022-10-25T22:49:08.000Z"), Some(1356));
    let before = json_of(ChargeBody::new(&registered));
    let kind = UpdateKind::Paid { amount: minor(150), receipt: Receipt::default() };
    let paid = told(&registered, 1, kind, at("2022-10-25T22:50:00.000Z"));
    assert_eq!(repeated(&paid, paid.creation()), before);
    assert_ne!(json_of(ChargeBody::new(&paid)), before);
}

#[test]
fn a_history_tells_how_a_session_was_made_tried_and_ended() {
    let reserved = settled(&intent(&seed_002()), Outcome::Approved(approval()), at("2022-10-25T22:49:08.000Z"), None);
    let mut failed = settled(&intent(&seed_002()), Outcome::NotSent, at("2022-10-25T22:49:09.000Z"), None);
    failed.created_at = at("2022-10-25T22:49:06.600Z");
    let open = session();
    let history = |session: &Session, charges: &[Charge]| json_of(HistoryEntry::of(session, charges));
    let made = json!({
        "id": open.id,
        "status": "created",
        "createdAt": "2022-10-25T22:49:06.588Z",
        "updatedAt": "2022-10-25T22:49:06.588Z"
    });
    assert_eq!(history(&open, &[]), json!([made]));

    let ended = Session { status: SessionStatus::Voided, updated_at: at("2022-10-25T23:00:00.000Z"), ..open };
    let attempt = |charge: &Charge, status: &str| {
        json!({
            "id": charge.id,
            "status": status,
            "createdAt": charge.created_at,
            "updatedAt": charge.updated_at
        })
    };
    let end = json!({
        "id": ended.id,
        "status": "voided",
        "createdAt": "2022-10-25T22:49:06.588Z",
        "updatedAt": "2022-10-25T23:00:00.000Z"
    });
    assert_eq!(
        history(&ended, &[failed.clone(), reserved.clone()]),
        json!([made, attempt(&reserved, "pre_authorized"), attempt(&failed, "failed"), end])
    );
}
