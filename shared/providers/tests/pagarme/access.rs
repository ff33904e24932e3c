//! How the hub identifies itself, and what an account and a shopper need.

use domain::{
    charge::fraud::FraudOrder,
    merchant::{Environment, order::SecretText},
    method::PaymentType,
};
use providers::{
    Authorization, BuildError, CallbackRequest, Create, Need, Operation, Provider, Secrets, Verify, adapter,
};

use crate::{
    cases,
    samples::{CARD, CVV, PAN, account, begun, by_card, by_pix},
};

fn provider() -> &'static dyn Provider {
    adapter(&account(Environment::Sandbox))
}

fn header(environment: Environment, key: &str) -> Option<String> {
    let secrets: Secrets = [("secretKey".to_owned(), key.to_owned())].into_iter().collect();
    let access = provider().access(&account(environment), &secrets);
    assert!(access.certificate.is_none());
    match access.authorization {
        Authorization::Header { name, value } => {
            assert_eq!(name, "authorization");
            Some(value.as_str().to_owned())
        }
        Authorization::Lacking => None,
        Authorization::None => panic!("sent without a key"),
        Authorization::ClientCredentials(_) => panic!("a token"),
    }
}

#[test]
fn the_secret_key_is_the_user_and_the_password_is_empty() {
    // base64("sk_test_abc:") and base64("sk_abc:").
    assert_eq!(header(Environment::Sandbox, "sk_test_abc").as_deref(), Some("Basic c2tfdGVzdF9hYmM6"));
    assert_eq!(header(Environment::Production, "sk_abc").as_deref(), Some("Basic c2tfYWJjOg=="));
}

#[test]
fn a_key_of_the_other_environment_is_not_sent() {
    assert_eq!(header(Environment::Production, "sk_test_abc"), None);
    assert_eq!(header(Environment::Sandbox, "sk_abc"), None);
}

#[test]
fn an_account_has_a_key_of_its_environment() {
    let faults = |environment, key: &str| {
        let fields = [("secretKey".to_owned(), SecretText::from(key))].into_iter().collect();
        provider().account_faults(environment, &fields)
    };
    for (environment, right, wrong) in [
        (Environment::Sandbox, "sk_test_abc", ["sk_abc", "pk_test_abc", "abc"]),
        (Environment::Production, "sk_abc", ["sk_test_abc", "pk_abc", "abc"]),
    ] {
        assert_eq!(faults(environment, right), []);
        for key in wrong {
            let [fault] = faults(environment, key).try_into().unwrap();
            assert_eq!(fault.name, "secretKey");
            assert!(fault.problem.contains(environment.name()) && fault.problem.contains("Chaves"), "{fault:?}");
            assert_eq!(header(environment, key), None, "an account that was stored without that check asks nothing");
        }
    }
}

#[test]
fn an_account_needs_its_secret_key_alone() {
    let [field] = provider().credentials() else { panic!("one field") };
    assert!(field.is_secret && field.is_required);
    assert_eq!(field.name, "secretKey");
}

#[test]
fn a_pix_needs_a_telephone_and_a_boleto_an_address() {
    assert_eq!(provider().needs(PaymentType::Pix), [Need::Name, Need::Document, Need::Phone]);
    assert_eq!(provider().needs(PaymentType::Boleto), [Need::Name, Need::Document, Need::Address]);
    assert_eq!(provider().needs(PaymentType::Credit), []);
}

#[test]
fn what_is_not_served_is_not_sent() {
    let account = account(Environment::Sandbox);
    let error = |operation: &Operation| provider().begin(&account, operation).unwrap_err();
    let verify =
        Verify { reference: "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f001", card: &CARD, created_at: by_pix().created_at };
    assert!(matches!(error(&Operation::Verify(verify)), BuildError::NotServed));
    assert!(matches!(error(&Operation::Create(Create { card: None, ..by_card(true) })), BuildError::NoCard));
    assert!(matches!(error(&Operation::Create(Create { customer: None, ..by_pix() })), BuildError::NoShopper));
    assert!(provider().fraud_analysis(&FraudOrder { document: None }).is_none());
    let back = CallbackRequest { headers: Vec::new(), query: Vec::new(), body: b"" };
    assert!(provider().returned(&back).is_none());
    assert!(provider().answers_queries());
}

#[test]
fn nothing_secret_is_printed() {
    for (name, operation) in cases::requests() {
        let (request, _) = begun(&operation);
        let printed = format!("{request:?}");
        for secret in [PAN, CVV, "maria@example.com", "72912053013", "MARIA"] {
            assert!(!printed.contains(secret), "{name}");
        }
    }
}
