//! Every request, every kind of answer and every notification, compared with the files in the adapter's folder.
//! `CATRACA_BLESS=1` writes them.

use domain::charge::{Outcome, request::RequestKind};
use providers::{CallbackRequest, HttpRequest, Operation, Proof, Reading, Secrets, Step, adapter};
use serde_json::{Value, json};

use crate::{
    golden_files,
    samples::{
        ACCOUNT, CHECKOUT, ORDER, PAYMENT, SHOPPER, WITH_ADDRESS, answered, begun, change, checkout, create, now,
        order, query, step,
    },
};

/// A request as these files print it: each header is one text.
pub(crate) fn written(request: &HttpRequest) -> Value {
    let mut printed = golden_files::printed(request);
    printed["headers"] = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    printed
}

/// Every request in every variant.
pub(crate) fn requests() -> Vec<(&'static str, Value)> {
    let void = Operation::Void(change(100));
    let next = |progress, body: &Value| match step(&void, progress, 200, body.to_string().as_bytes()) {
        Step::Call(call) => call,
        Step::Done(reading) => panic!("it is over: {reading:?}"),
    };
    let first = begun(&void);
    let second = next(&first.progress, &checkout("OK", Some(ORDER)));
    let third = next(&second.progress, &order("ACTIVE", "1.00", "0.00"));
    assert_eq!([first.has_effect, second.has_effect, third.has_effect], [false, false, true]);
    let bare = create(&SHOPPER, 100);
    let whole = begun(&Operation::Create(create(&WITH_ADDRESS, 123_456)));
    assert!(whole.has_effect);
    let unreached = begun(&Operation::Create(providers::Create { updates: None, ..bare }));
    vec![
        ("create", written(&begun(&Operation::Create(bare)).request)),
        ("create-with-address", written(&whole.request)),
        ("create-unreached", written(&unreached.request)),
        ("read-checkout", written(&first.request)),
        ("read-order", written(&second.request)),
        ("cancel-order", written(&third.request)),
        ("check", written(&begun(&Operation::Check).request)),
    ]
}

/// An operation, and its answers one after the other.
type Row = (&'static str, Operation<'static>, Vec<(u16, Value)>);

/// Every kind of answer.
pub(crate) fn answers() -> Vec<Row> {
    let create = Operation::Create(create(&SHOPPER, 100));
    let payment = Operation::Query(query(RequestKind::Pending, 0));
    let refund = Operation::Query(query(RequestKind::Void, 0));
    let void = Operation::Void(change(100));
    let agreed = || (200, checkout("OK", Some(ORDER)));
    let error = |status: u16| (status, json!({"message": "x"}));
    vec![
        ("created", create, vec![(201, checkout("MORE_INFO", None))]),
        ("create-refused", create, vec![(201, checkout("KO", None))]),
        ("create-invalid", create, vec![error(400)]),
        ("create-key-refused", create, vec![error(401)]),
        ("create-failed", create, vec![error(500)]),
        ("payment-open", payment, vec![(200, checkout("MORE_INFO", None))]),
        ("payment-refused", payment, vec![(200, checkout("KO", None))]),
        ("payment-made", payment, vec![agreed(), (200, order("ACTIVE", "1.00", "0.00"))]),
        ("payment-of-another-amount", payment, vec![agreed(), (200, order("ACTIVE", "0.90", "0.00"))]),
        ("payment-in-full", payment, vec![agreed(), (200, order("CLOSED", "1.00", "0.40"))]),
        ("payment-canceled-there", payment, vec![agreed(), (200, order("CLOSED", "1.00", "1.00"))]),
        ("payment-not-found", payment, vec![error(404)]),
        ("payment-without-order", payment, vec![(200, checkout("OK", None))]),
        ("payment-key-refused", payment, vec![error(403)]),
        ("refund-made", refund, vec![agreed(), (200, order("CLOSED", "1.00", "1.00"))]),
        ("refund-not-found", refund, vec![agreed(), (200, order("ACTIVE", "1.00", "0.00"))]),
        ("refund-of-another-sum", refund, vec![agreed(), (200, order("ACTIVE", "1.00", "0.30"))]),
        ("refund-of-no-order", refund, vec![error(404)]),
        ("canceled", void, vec![agreed(), (200, order("ACTIVE", "1.00", "0.00")), (204, Value::Null)]),
        ("cancel-refused", void, vec![agreed(), (200, order("CLOSED", "1.00", "0.00")), error(400)]),
        ("cancel-key-refused", void, vec![agreed(), (200, order("ACTIVE", "1.00", "0.00")), error(401)]),
        ("cancel-failed", void, vec![agreed(), (200, order("ACTIVE", "1.00", "0.00")), error(503)]),
        ("cancel-of-a-part", void, vec![agreed(), (200, order("ACTIVE", "2.00", "0.00"))]),
        ("cancel-unpaid", void, vec![(200, checkout("MORE_INFO", None))]),
        ("cancel-unread", void, vec![error(500)]),
        ("cancel-order-unread", void, vec![agreed(), error(500)]),
        ("check-accepted", Operation::Check, vec![error(404)]),
        ("check-refused", Operation::Check, vec![error(401)]),
        ("check-failed", Operation::Check, vec![error(500)]),
        ("check-unclear", Operation::Check, vec![(200, json!({"status": "ok"}))]),
    ]
}

/// What was read, as the golden files say it.
pub(crate) fn read(reading: &Reading) -> Value {
    let outcome = match &reading.outcome {
        Outcome::Approved(receipt) | Outcome::Pending(receipt) => json!({"receipt": receipt}),
        Outcome::Paid(amount, receipt) => json!({"amount": amount, "receipt": receipt}),
        Outcome::Declined(decline) => json!({"code": decline.code.name()}),
        Outcome::Canceled | Outcome::Unknown | Outcome::NotFound | Outcome::NotSent => json!({}),
    };
    json!({"outcome": reading.outcome.name(), "of": outcome, "updates": reading.updates})
}

fn notifications() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    vec![
        ("call", vec![("reference", PAYMENT), ("checkoutId", CHECKOUT)]),
        ("call-without-checkout", vec![("reference", PAYMENT)]),
        ("call-about-nothing", vec![("checkoutId", CHECKOUT)]),
        ("call-about-no-reference", vec![("reference", "x"), ("checkoutId", CHECKOUT)]),
    ]
}

fn notified(query: &[(&str, &str)]) -> Value {
    let pairs = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = CallbackRequest { headers: Vec::new(), query: pairs, body: b"" };
    let proof = Proof { account: &ACCOUNT, secrets: &Secrets::default(), key: "" };
    let updates = adapter(&ACCOUNT).notification(&proof, &request, now()).unwrap();
    json!(updates.into_iter().flatten().collect::<Vec<_>>())
}

#[test]
fn the_golden_files_say_what_the_adapter_does() {
    let requests = requests().into_iter().map(|(name, request)| (format!("request-{name}"), request));
    let answers = answers().into_iter().map(|(name, operation, answers)| {
        let texts: Vec<_> = answers.iter().map(|(status, body)| (*status, text(body))).collect();
        let shown: Vec<_> = answers.iter().map(|(status, body)| json!({"status": status, "body": body})).collect();
        (format!("answer-{name}"), json!({"answers": shown, "read": read(&answered(&operation, &texts))}))
    });
    let notifications = notifications().into_iter().map(|(name, query)| {
        let shown: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (format!("notification-{name}"), json!({"query": shown.join("&"), "updates": notified(&query)}))
    });
    let files = requests.chain(answers).chain(notifications);
    golden_files::compare("drip", &files.map(|(name, content)| (format!("{name}.json"), content)).collect());
}

pub(crate) fn text(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}
