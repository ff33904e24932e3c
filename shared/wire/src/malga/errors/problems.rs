//! Problems that are found after a request was read, as the reader words those that it finds itself.

use domain::{
    limits::MAX_IDEMPOTENCY_KEY,
    merchant::order::{AccountFault, AccountProblem},
    method::PaymentType,
    money::Currency,
    refusal::{Refusal, Unreadable},
};

/// Every problem of `refusal`; none where its text says all.
pub(super) fn problems(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(problems) => problems.clone(),
        Refusal::Unreadable(what) => vec![unreadable(what)],
        Refusal::TooLargeToStore { most } => vec![format!("the whole must not be larger than {most} bytes")],
        Refusal::ProviderAccounts(problems) => problems.iter().map(account).collect(),
        _ => Vec::new(),
    }
}

fn unreadable(what: &Unreadable) -> String {
    match what {
        Unreadable::Uuid(name) => format!("{name} must be a UUID"),
        Unreadable::Form => "the request body is not valid multipart/form-data".to_owned(),
        Unreadable::Text(name) => format!("{name} must be a string"),
        Unreadable::IdempotencyKey => format!("X-Idempotency-Key must be 1 to {MAX_IDEMPOTENCY_KEY} ASCII characters"),
        Unreadable::IdempotencyKeyWithComma => {
            "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one".to_owned()
        }
        Unreadable::IdempotencyKeysDiffer => {
            "X-Idempotency-Key and Idempotency-Key must not contradict each other".to_owned()
        }
    }
}

fn account(AccountProblem { index, provider, fault }: &AccountProblem) -> String {
    let problem = match fault {
        AccountFault::Method { method, served } => {
            format!("methods cannot hold {method}: {provider} serves {}", super::table::methods(served))
        }
        AccountFault::MethodInCurrencies { method, only_in } => {
            format!("currencies must hold one for {method}: {provider} serves it in {}", currencies(*only_in))
        }
        AccountFault::Currency { currency, served } => {
            format!("currencies cannot hold {}: {provider} serves {}", currency.code(), each_in(served))
        }
        AccountFault::NoCredentials => "credentials should not be empty".to_owned(),
    };
    format!("providers.{index}.{problem}")
}

fn each_in(served: &[(PaymentType, Option<Currency>)]) -> String {
    let each: Vec<_> = served.iter().map(|(method, only_in)| format!("{method} in {}", currencies(*only_in))).collect();
    each.join(" and ")
}

fn currencies(only_in: Option<Currency>) -> &'static str {
    only_in.map_or("every currency", Currency::code)
}
