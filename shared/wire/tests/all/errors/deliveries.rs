//! Why a webhook's endpoint is not called, and what a delivery attempt says of it.

use domain::{
    endpoint::{AddressProblem, CallProblem},
    refusal::Refusal,
    webhook::DeliveryAttempt,
};
use serde_json::json;
use wire::malga::{requests::CreateWebhook, responses::DeliveryAttemptBody};

use crate::fixtures::now;

#[test]
fn an_address_that_is_not_called_is_a_problem_of_its_field_and_of_a_delivery_attempt() {
    for (problem, words) in [
        (AddressProblem::Characters, "must not contain spaces or control characters"),
        (AddressProblem::NotAUrl, "must be a URL address"),
        (AddressProblem::NotHttps, "must be an https URL address"),
        (AddressProblem::Credentials, "must not contain a user name or a password"),
        (AddressProblem::Fragment, "must not contain a fragment"),
        (AddressProblem::NotPublic, "must be at a public address"),
    ] {
        let refused = CreateWebhook::read(&json!({"event": "*", "endpoint": "x"}), |_| Err(problem));
        assert_eq!(refused, Err(Refusal::Invalid(vec![format!("endpoint {words}")])));
        let attempted = attempted(CallProblem::Address(problem));
        assert_eq!(attempted, format!("nothing was sent: the endpoint {words}"));
    }
}

#[test]
fn a_delivery_attempt_says_why_it_has_no_answer() {
    for (problem, words) in [
        (CallProblem::NameNotPublic, "no connection was made: the host's name leads to an address that is not public"),
        (CallProblem::NoConnection("refused".to_owned()), "no connection was made: refused"),
        (CallProblem::NoAnswer("closed".to_owned()), "no answer came: closed"),
        (CallProblem::Timeout, "no answer came in time"),
    ] {
        assert_eq!(attempted(problem), words);
    }
}

#[test]
fn a_delivery_attempt_says_why_an_answer_is_a_failure() {
    for (status, problem) in [
        (200, None),
        (201, None),
        (204, Some("the endpoint answered 204: only 200 and 201 take an event")),
        (302, Some("the endpoint answered 302: only 200 and 201 take an event")),
        (500, Some("the endpoint answered 500: only 200 and 201 take an event")),
    ] {
        let answer = String::new();
        let attempt = DeliveryAttempt { number: 1, at: now(), took_ms: 0, status: Some(status), answer, problem: None };
        assert_eq!(DeliveryAttemptBody::from(&attempt).problem.as_deref(), problem);
    }
}

/// The words of a delivery attempt with this problem.
fn attempted(problem: CallProblem) -> String {
    let (answer, problem) = (String::new(), Some(problem));
    let attempt = DeliveryAttempt { number: 1, at: now(), took_ms: 0, status: None, answer, problem };
    DeliveryAttemptBody::from(&attempt).problem.unwrap()
}
