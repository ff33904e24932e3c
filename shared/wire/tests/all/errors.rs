//! Refusals as the public API answers them.

mod declines;
mod deliveries;
mod refusals;

use domain::{
    endpoint::AddressProblem,
    ids::ProviderAccountId,
    merchant::{
        Environment, ProviderType,
        field::{FieldFault, Form},
        order::{AccountFault, AccountProblem},
    },
    method::PaymentType,
    money::Currency,
    refusal::{Refusal, Unreadable},
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::malga::errors::{answer, page};

fn printed(refusal: &Refusal) -> (u16, Value) {
    let (code, body) = answer(refusal);
    (code, serde_json::to_value(body).unwrap())
}

#[test]
fn a_page_says_what_the_message_says_as_text() {
    let (code, html) = page(&Refusal::NoRoute("GET /<script>alert(\"1\")</script>&".to_owned()));
    assert_eq!(code, 404);
    assert!(
        html.contains("404: no route answers GET /&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"),
        "{html}"
    );
    assert!(!html.contains("<script"), "{html}");
}

#[test]
fn problems_of_fields_are_details() {
    let refusal = Refusal::Invalid(vec!["merchantId must be a UUID".to_owned()]);
    let body = json!({"error": {
        "type": "bad_request",
        "code": 400,
        "message": "Bad Request Exception",
        "details": ["merchantId must be a UUID"]
    }});
    assert_eq!(printed(&refusal), (400, body));
}

/// The problems of fields that a refusal is printed as.
fn details(refusal: &Refusal) -> Value {
    let (code, body) = printed(refusal);
    assert_eq!(
        (code, &body["error"]["type"], &body["error"]["message"]),
        (400, &json!("bad_request"), &json!("Bad Request Exception"))
    );
    body["error"]["details"].clone()
}

#[test]
fn what_is_found_after_reading_is_answered_as_a_problem_of_a_field() {
    for (what, problem) in [
        (Unreadable::Uuid("id".to_owned()), "id must be a UUID"),
        (Unreadable::Form, "the request body is not valid multipart/form-data"),
        (Unreadable::Text("phone".to_owned()), "phone must be a string"),
        (Unreadable::Twice, "the request body names a field twice"),
        (Unreadable::IdempotencyKeyWithCardNumber, "X-Idempotency-Key must not contain a card number"),
        (Unreadable::IdempotencyKey, "X-Idempotency-Key must be 1 to 255 ASCII characters"),
        (
            Unreadable::IdempotencyKeyWithComma,
            "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one",
        ),
        (Unreadable::IdempotencyKeysDiffer, "X-Idempotency-Key and Idempotency-Key must not contradict each other"),
    ] {
        assert_eq!(details(&Refusal::Unreadable(what)), json!([problem]));
    }
    assert_eq!(details(&Refusal::TooLargeToStore { most: 9 }), json!(["the whole must not be larger than 9 bytes"]));
}

#[test]
fn what_is_wrong_with_a_provider_account_is_answered_as_a_problem_of_its_field() {
    use PaymentType::{Boleto, Credit, Drip, Pix};
    use ProviderType::{Adyen, Bb, Getnet, Stripe};
    let (brl, usd): (_, Currency) = (Some(Currency::BRL), "USD".parse().unwrap());
    let accounts = [
        (Bb, AccountFault::Method { method: Credit, served: vec![Pix] }),
        (Stripe, AccountFault::Method { method: Drip, served: vec![Credit, Boleto] }),
        (Adyen, AccountFault::MethodInCurrencies { method: Pix, only_in: brl }),
        (Adyen, AccountFault::MethodInCurrencies { method: Credit, only_in: None }),
        (Getnet, AccountFault::Currency { currency: usd, served: vec![(Credit, brl), (Pix, brl), (Boleto, brl)] }),
        (Stripe, AccountFault::Currency { currency: usd, served: vec![(Credit, None), (Boleto, brl)] }),
        (Adyen, AccountFault::NoCredentials),
        (Adyen, AccountFault::NoId),
        (Adyen, AccountFault::UnknownId),
        (Adyen, AccountFault::Twice { id: ProviderAccountId::new(Uuid::nil()) }),
        (Getnet, AccountFault::NoAdapter),
        (Adyen, AccountFault::Environment { usable: Environment::Production }),
        (Adyen, AccountFault::Sandbox),
        (Adyen, AccountFault::Elsewhere { fields: vec!["merchantAccount", "liveUrlPrefix"] }),
        (Adyen, AccountFault::FieldMissing { name: "apiKey", help: "The key of the API" }),
        (Adyen, AccountFault::UnknownField { known: vec!["apiKey", "merchantAccount"] }),
        (Bb, AccountFault::Field { name: "certificate", form: Form::Certificate }),
        (Bb, AccountFault::FieldAddress { name: "baseUrl", problem: AddressProblem::NotPublic }),
        (Adyen, AccountFault::FieldUnusable(FieldFault { name: "apiKey", problem: "must be of this environment" })),
        (Bb, AccountFault::CertificateExpired { name: "certificate", expired: Timestamp::from_millis(0) }),
        (Bb, AccountFault::CertificateNotYetValid { name: "certificate", begins: Timestamp::from_millis(0) }),
    ];
    let problem = |(index, (provider, fault))| AccountProblem { index, provider, fault };
    let problems = accounts.into_iter().enumerate().map(problem).collect();
    assert_eq!(
        details(&Refusal::ProviderAccounts(problems)),
        json!([
            "providers.0.methods cannot hold credit: BB serves pix",
            "providers.1.methods cannot hold drip: STRIPE serves credit, boleto",
            "providers.2.currencies must hold one for pix: ADYEN serves it in BRL",
            "providers.3.currencies must hold one for credit: ADYEN serves it in every other currency",
            "providers.4.currencies cannot hold USD: GETNET serves credit in BRL and pix in BRL and boleto in BRL",
            "providers.5.currencies cannot hold USD: STRIPE serves credit in every other currency and boleto in BRL",
            "providers.6.credentials should not be empty",
            "providers.7.id should not be empty: the merchant has several accounts at ADYEN",
            "providers.8.id must be an account of this merchant at ADYEN",
            "providers.9.name must not be ADYEN twice, but with the ids or credentials of two accounts: both are \
             00000000-0000-0000-0000-000000000000",
            "providers.10.credentials.type can only be sandbox: this hub has no adapter for accounts at GETNET yet",
            "providers.11.credentials.environment can only be production: this hub uses no other accounts",
            "providers.12.credentials.type can only be account: this hub moves real money",
            "providers.13.credentials must have the type, environment, fields.merchantAccount and fields.liveUrlPrefix of \
             the account of this id, because its charges were made there. Leave the id out to add another account",
            "providers.14.credentials.fields.apiKey should not be empty: The key of the API",
            "providers.15.credentials.fields can only hold apiKey, merchantAccount for ADYEN",
            "providers.16.credentials.fields.certificate must be a certificate of version 3, or a chain of them, in PEM",
            "providers.17.credentials.fields.baseUrl must be at a public address",
            "providers.18.credentials.fields.apiKey must be of this environment",
            "providers.19.credentials.fields.certificate must be one that has not expired: it expired on \
             1970-01-01T00:00:00.000Z. Get a new one",
            "providers.20.credentials.fields.certificate must be one that is valid now: it is valid from \
             1970-01-01T00:00:00.000Z on",
        ])
    );
}

#[test]
fn a_bad_key_gets_no_other_answer() {
    assert_eq!(printed(&Refusal::Forbidden), (403, json!({"message": "Forbidden"})));
}

#[test]
fn a_webhook_that_exists_is_answered_without_an_envelope() {
    let message = "this account already has a webhook for this event at this endpoint; nothing was changed";
    assert_eq!(printed(&Refusal::WebhookExists), (409, json!({"statusCode": 409, "message": message})));
}
