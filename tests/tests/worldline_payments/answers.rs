//! A hub and its shop, and what their answers say.

use serde_json::Value;
use tests::{Answer, TestHub, worldline_shop::Shop};
use wire::worldline::PaymentId;

pub(crate) const MASTERCARD: &str = "5261424250184574";

pub(crate) async fn open() -> (TestHub, Shop) {
    let hub = TestHub::build().await;
    let server = Shop::of(&hub.merchant);
    (hub, server)
}

/// Status, number of the status, and the three flags: authorized, cancellable, refundable.
pub(crate) fn standing(payment: &Value) -> String {
    let output = &payment["statusOutput"];
    let flag = |name: &str| output[name].as_bool().map_or('-', |flag| if flag { 't' } else { 'f' });
    let flags = ["isAuthorized", "isCancellable", "isRefundable"].map(flag).map(String::from).join("/");
    format!("{} {} {flags}", payment["status"].as_str().unwrap(), output["statusCode"])
}

/// Code and field of the first error of an answer with this status.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16) -> (&str, &str) {
    answer.assert_status(status);
    assert!(!answer.text("/errorId").is_empty() && answer.body["errors"][0]["httpStatusCode"] == status);
    (answer.text("/errors/0/code"), answer.text("/errors/0/propertyName"))
}

pub(crate) fn charge_of(payment: &str) -> String {
    payment.parse::<PaymentId>().unwrap().charge().to_string()
}

/// The same body without the ids of its request, which are the log's.
pub(crate) fn without_request(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let is_stable = |name: &str| !["requestId", "errorId"].contains(&name);
            let stable = fields.iter().filter(|(name, _)| is_stable(name));
            stable.map(|(name, value)| (name.clone(), without_request(value))).collect()
        }
        Value::Array(elements) => elements.iter().map(without_request).collect(),
        other => other.clone(),
    }
}
