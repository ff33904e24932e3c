//! Problems that are found after a request was read, as the reader words those that it finds itself.

use domain::{
    limits::MAX_IDEMPOTENCY_KEY,
    merchant::{
        field::{FieldFault, Form},
        order::{AccountFault, AccountProblem},
    },
    method::PaymentType,
    money::Currency,
    refusal::{Refusal, Unreadable},
};

use crate::problems::Worded;

/// Every problem of `refusal`; none where its text says all.
pub(super) fn problems(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(problems) => problems.clone(),
        Refusal::Unreadable(what) => vec![unreadable(what)],
        Refusal::TooLargeToStore { most } => vec![format!("the whole must not be larger than {most} bytes")],
        Refusal::ProviderAccounts(problems) => problems.iter().map(account).collect(),
        Refusal::Superseding(cause) => problems(cause),
        _ => Vec::new(),
    }
}

fn unreadable(what: &Unreadable) -> String {
    match what {
        Unreadable::Uuid(name) => format!("{name} must be a UUID"),
        Unreadable::Form => "the request body is not valid multipart/form-data".to_owned(),
        Unreadable::Text(name) => format!("{name} must be a string"),
        Unreadable::IdempotencyKey => format!("X-Idempotency-Key must be 1 to {MAX_IDEMPOTENCY_KEY} ASCII characters"),
        Unreadable::Twice => "the request body names a field twice".to_owned(),
        Unreadable::IdempotencyKeyWithCardNumber => "X-Idempotency-Key must not contain a card number".to_owned(),
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
        AccountFault::NoId => format!("id should not be empty: the merchant has several accounts at {provider}"),
        AccountFault::UnknownId => format!("id must be an account of this merchant at {provider}"),
        AccountFault::Twice { id } => {
            format!("name must not be {provider} twice, but with the ids or credentials of two accounts: both are {id}")
        }
        AccountFault::NoAdapter => {
            format!("credentials.type can only be sandbox: this hub has no adapter for accounts at {provider} yet")
        }
        AccountFault::Environment { usable } => {
            format!("credentials.environment can only be {}: this hub uses no other accounts", usable.name())
        }
        AccountFault::Sandbox => "credentials.type can only be account: this hub moves real money".to_owned(),
        AccountFault::Elsewhere { fields } => {
            let fields = fields.iter().map(|name| format!("fields.{name}"));
            let mut kept: Vec<_> = ["type", "environment"].map(str::to_owned).into_iter().chain(fields).collect();
            let last = kept.pop().unwrap_or_default();
            format!(
                "credentials must have the {} and {last} of the account of this id, because its charges were made \
                 there. Leave the id out to add another account",
                kept.join(", ")
            )
        }
        AccountFault::FieldMissing { name, help } => {
            format!("credentials.fields.{name} should not be empty: {help}")
        }
        AccountFault::UnknownField { known } => {
            format!("credentials.fields can only hold {} for {provider}", known.join(", "))
        }
        AccountFault::Field { name, form } => format!("credentials.fields.{name} must be {}", form_text(*form)),
        AccountFault::FieldUnusable(FieldFault { name, problem }) => format!("credentials.fields.{name} {problem}"),
        AccountFault::CertificateExpired { name, expired } => {
            format!(
                "credentials.fields.{name} must be one that has not expired: it expired on {expired}. Get a new one"
            )
        }
        AccountFault::CertificateNotYetValid { name, begins } => {
            format!("credentials.fields.{name} must be one that is valid now: it is valid from {begins} on")
        }
        AccountFault::FieldAddress { name, problem } => format!("credentials.fields.{name} {}", problem.worded()),
    };
    format!("providers.{index}.{problem}")
}

/// What a field must look like.
const fn form_text(form: Form) -> &'static str {
    match form {
        Form::Word => "1 to 255 letters, digits and signs of ASCII, without spaces",
        Form::Text => "1 to 255 characters",
        Form::Url => "an https URL address of at most 255 characters",
        Form::Hex => "hexadecimal digits",
        Form::Certificate => "a certificate of version 3, or a chain of them, in PEM",
        Form::PrivateKey => "a private key in PEM",
    }
}

fn each_in(served: &[(PaymentType, Option<Currency>)]) -> String {
    let each: Vec<_> = served.iter().map(|(method, only_in)| format!("{method} in {}", currencies(*only_in))).collect();
    each.join(" and ")
}

fn currencies(only_in: Option<Currency>) -> &'static str {
    only_in.map_or("every other currency", Currency::code)
}
