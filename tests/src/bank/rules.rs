//! The answers of the sandbox's own bank, which keeps no books.

use domain::time::Timestamp;
use providers::{HttpRequest, Target, Verb, sandbox::bank};
use serde_json::{Value, json};

/// The status and the answer to one request.
pub(super) fn decide(body: Vec<u8>, now: Timestamp) -> (u16, Value) {
    let request = HttpRequest {
        target: Target::Sandbox { path: "/operations" },
        verb: Verb::Post,
        headers: Vec::new(),
        body: body.into(),
    };
    let answer = bank::answer(&request, now);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The answer to a create whose answer is lost: what a later query of it returns.
pub(super) fn lost_answer(create: &Value, now: Timestamp) -> Value {
    let field = |pointer| create.pointer(pointer).cloned().unwrap_or_default();
    let method = field("/payment/method");
    let number = create.pointer("/payment/card/number").and_then(Value::as_str);
    let last_digit = number.and_then(|number| number.chars().last()).and_then(|digit| digit.to_digit(10));
    let asked = match (method == json!("credit"), field("/payment/capture")) {
        (true, Value::Bool(false)) => "pre_authorization",
        (true, _) => "authorization",
        (false, _) => "pending",
    };
    let question = json!({
        "operation": "query", "reference": field("/reference"), "paymentReference": field("/reference"),
        "asked": asked, "amount": field("/amount"), "currency": field("/currency"), "createdAt": field("/createdAt"),
        "payment": {"method": method, "cardLastDigit": last_digit, "expiresDate": field("/payment/expiresDate")},
    });
    decide(question.to_string().into_bytes(), now).1
}
