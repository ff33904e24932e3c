//! The requests: their golden files, their schema, and what is not sent at all.

use std::sync::LazyLock;

use domain::{
    document::Document,
    merchant::{Credentials, Environment, ProviderAccount, order::SecretText},
    method::{Boleto, Method, Penalty, Rate},
    money::Money,
};
use jsonschema::Validator;
use providers::{Authorization, BuildError, Change, Create, HttpRequest, Operation, Query, Target, adapter};
use serde_json::{Value, json};

use crate::{
    golden_files::printed,
    samples::{
        API_KEY, CHANGE, CREDIT, IN_PARTS, PIX, PSP, REFERENCE, STORED_CARD, account, account_in, begun, by_boleto,
        by_card, by_pix, change, reais, secrets, shopper, slip, undo, verify,
    },
};

/// Every request in every variant.
fn variants() -> Vec<(&'static str, Operation<'static>)> {
    let reserved = || Change { is_reserved: true, ..change() };
    let part = || Change { money: reais(100), ..change() };
    vec![
        ("card", Operation::Create(by_card())),
        ("card-captured-later", Operation::Create(Create { capture: false, ..by_card() })),
        ("card-in-installments", Operation::Create(Create { method: &IN_PARTS, ..by_card() })),
        ("card-stored", Operation::Create(Create { card: Some(&STORED_CARD), ..by_card() })),
        ("card-bare", Operation::Create(Create { statement_descriptor: None, updates: None, ..by_card() })),
        ("card-in-dollars", Operation::Create(Create { money: dollars(), ..by_card() })),
        ("pix", Operation::Create(by_pix())),
        ("boleto", Operation::Create(by_boleto())),
        ("verify", verify()),
        ("capture", Operation::Capture(reserved())),
        ("capture-part", Operation::Capture(Change { money: reais(100), ..reserved() })),
        ("release", Operation::Void(reserved())),
        ("reversal", Operation::Void(change())),
        ("refund-part", Operation::Void(part())),
        ("refund-rest", Operation::Void(Change { left: reais(100), is_untouched: false, ..part() })),
        ("refund-pix", Operation::Void(Change { method: &PIX, ..change() })),
        ("undo", undo()),
        ("check", Operation::Check),
    ]
}

fn dollars() -> Money {
    Money { currency: "USD".parse().unwrap(), ..reais(300) }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

pub(crate) fn golden() -> Vec<(String, Value)> {
    let mut cases: Vec<_> = variants()
        .into_iter()
        .map(|(name, operation)| (format!("request-{name}"), printed(&begun(&account(), &operation).request)))
        .collect();
    let live = begun(&account_in(Environment::Production), &Operation::Capture(change()));
    cases.push(("request-capture-live".to_owned(), printed(&live.request)));
    cases
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("schema.json")).unwrap());

fn schema_of(request: &HttpRequest) -> Validator {
    let Target::Provider { path, .. } = &request.target else { panic!("no request to a provider") };
    let name = if path.ends_with("/v72/cancels") { "undo" } else { path.rsplit('/').next().unwrap() };
    let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": SCHEMA["$defs"]});
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn every_request_is_as_its_schema_says() {
    for (name, operation) in variants() {
        let request = begun(&account(), &operation).request;
        let problems: Vec<_> = schema_of(&request).iter_errors(&body(&request)).map(|e| e.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

#[test]
fn a_wrong_request_is_refused_by_its_schema() {
    for (name, operation) in variants() {
        let request = begun(&account(), &operation).request;
        let (schema, right) = (schema_of(&request), body(&request));
        let without = |field: &str| {
            let mut wrong = right.clone();
            wrong.as_object_mut().unwrap().remove(field);
            wrong
        };
        let with = |field: &str, value: Value| {
            let mut wrong = right.clone();
            wrong[field] = value;
            wrong
        };
        let mut wrong: Vec<Value> =
            right.as_object().unwrap().keys().filter(|key| is_needed(key)).map(|key| without(key)).collect();
        wrong.push(with("unknown", json!(1)));
        wrong.push(with("merchantAccount", json!(1)));
        if !right["amount"].is_null() {
            wrong.push(with("amount", json!({"currency": "BRL", "value": 3.5})));
            wrong.push(with("amount", json!({"currency": "BRL", "value": "300"})));
            wrong.push(with("amount", json!({"currency": "brl", "value": 300})));
        }
        if right["paymentMethod"]["type"] == "scheme" {
            wrong.push(with("additionalData", json!({"manualCapture": true})));
            wrong.push(with("captureDelayHours", json!("1")));
            wrong.push(with("installments", json!(3)));
            wrong.push(with("shopperStatement", json!("Pão")));
            wrong.push(with("reference", json!("c1db83fa-723c-4e1f-9722-bc19d1be6791")));
            let mut number = right["paymentMethod"].clone();
            number["expiryMonth"] = json!(3);
            wrong.push(with("paymentMethod", number));
        }
        for wrong in wrong {
            assert!(!schema.is_valid(&wrong), "{name}: {wrong}");
        }
    }
}

/// Whether no request of its kind may lack this field.
fn is_needed(field: &str) -> bool {
    !matches!(
        field,
        "captureDelayHours" | "additionalData" | "installments" | "recurringProcessingModel" | "shopperStatement"
    )
}

#[test]
fn the_key_of_a_request_is_its_reference_and_each_try_to_undo_has_its_own() {
    for (name, operation) in variants().into_iter().filter(|(name, _)| *name != "check") {
        let call = begun(&account(), &operation);
        let (_, key) = call.request.headers.iter().find(|(name, _)| *name == "idempotency-key").unwrap();
        assert!(call.retries_under_key && call.has_effect && key.len() <= 64, "{name}: {key}");
        let expected = match &operation {
            Operation::Create(create) => create.reference.to_owned(),
            Operation::Verify(verify) => verify.reference.to_owned(),
            Operation::Cancel(change) => format!("{REFERENCE}-{}", change.created_at.as_millis()),
            _ => CHANGE.to_owned(),
        };
        assert_eq!(*key, expected, "{name}");
    }
    let check = begun(&account(), &Operation::Check);
    assert!(!check.has_effect && !check.retries_under_key);
}

fn refusal(account: &ProviderAccount, operation: &Operation) -> BuildError {
    adapter(account).begin(account, operation).unwrap_err()
}

#[test]
fn what_adyen_does_not_serve_is_not_sent() {
    let not_served = |operation: &Operation| {
        assert!(matches!(refusal(&account(), operation), BuildError::NotServed));
    };
    let days = Penalty { days: 1, rate: Rate::Percentage("0.33".parse().unwrap()) };
    for slip in [
        Boleto { interest: Some(days), ..slip() },
        Boleto { fine: Some(days), ..slip() },
        Boleto { max_days_past_due: Some(1), ..slip() },
    ] {
        not_served(&Operation::Create(Create { method: &Method::Boleto(slip), ..by_boleto() }));
    }
    // A reservation is released whole, and no Pix and no boleto is canceled.
    not_served(&Operation::Void(Change { is_reserved: true, money: reais(100), ..change() }));
    not_served(&Operation::Void(Change { method: &crate::samples::BOLETO, ..change() }));
    not_served(&Operation::Cancel(Change { method: &PIX, ..change() }));
    not_served(&Operation::Cancel(Change { method: &PIX, reference: REFERENCE, ..change() }));
    // What has no id at Adyen, or one that would change the path.
    for transaction_id in [None, Some(""), Some("a/b"), Some("../x"), Some("é")] {
        let unnamed = Change { transaction_id, ..change() };
        for operation in [Operation::Capture(unnamed), Operation::Void(unnamed)] {
            assert!(matches!(refusal(&account(), &operation), BuildError::NoId), "{transaction_id:?}");
        }
    }
    // Adyen counts other minor units of these than the hub.
    for currency in ["CLP", "CVE", "IDR", "ISK"] {
        let money = Money { currency: currency.parse().unwrap(), ..reais(300) };
        not_served(&Operation::Create(Create { money, ..by_card() }));
        not_served(&Operation::Capture(Change { money, ..change() }));
    }
    not_served(&Operation::Query(Query {
        reference: REFERENCE,
        payment: REFERENCE,
        asked: domain::charge::request::RequestKind::Authorization,
        method: &CREDIT,
        money: reais(300),
        transaction_id: Some(PSP),
        request_id: None,
        refund_under_way: None,
        refunded: domain::money::Amount::ZERO,
        card: None,
        created_at: change().created_at,
    }));
}

#[test]
fn what_a_payment_lacks_is_said_before_anything_is_sent() {
    assert!(matches!(refusal(&account(), &Operation::Create(Create { card: None, ..by_card() })), BuildError::NoCard));
    for create in [by_pix(), by_boleto()] {
        let lacks = Operation::Create(Create { customer: None, ..create });
        assert!(matches!(refusal(&account(), &lacks), BuildError::NoShopper));
        let mut foreign = shopper();
        foreign.document = Document::new("dni", Some("30123456"), Some("AR")).unwrap();
        let lacks = Operation::Create(Create { customer: Some(&foreign), ..create });
        assert!(matches!(refusal(&account(), &lacks), BuildError::NoShopper));
    }
    let mut homeless = shopper();
    homeless.address = None;
    let lacks = Operation::Create(Create { customer: Some(&homeless), ..by_boleto() });
    assert!(matches!(refusal(&account(), &lacks), BuildError::NoShopper));
}

#[test]
fn a_shopper_with_one_name_has_it_twice() {
    let mut single = shopper();
    single.name = " Maria ".to_owned();
    let operation = Operation::Create(Create { customer: Some(&single), ..by_pix() });
    let body = body(&begun(&account(), &operation).request);
    assert_eq!(body["shopperName"], json!({"firstName": "Maria", "lastName": "Maria"}));
}

#[test]
fn a_live_account_needs_its_prefix_which_is_a_part_of_a_hosts_name() {
    for prefix in [None, Some("evil.example/"), Some("a.b"), Some("a@b"), Some("é")] {
        let mut account = account_in(Environment::Production);
        let Credentials::Account { fields, .. } = &mut account.credentials else { panic!() };
        fields.remove("liveUrlPrefix");
        fields.extend(prefix.map(|prefix| ("liveUrlPrefix".to_owned(), prefix.to_owned())));
        let refusal = refusal(&account, &Operation::Create(by_card()));
        assert!(matches!(refusal, BuildError::NoField("liveUrlPrefix")), "{prefix:?}");
    }
    let mut account = account();
    let Credentials::Account { fields, .. } = &mut account.credentials else { panic!() };
    fields.clear();
    assert!(matches!(refusal(&account, &Operation::Check), BuildError::NoField("merchantAccount")));
}

#[test]
fn an_account_has_a_whole_hmac_key_and_the_prefix_of_its_environment() {
    use Environment::{Production, Sandbox};
    let faults = |environment, hmac: &str, prefix: Option<&str>| {
        let given = [Some(("hmacKey", hmac)), prefix.map(|prefix| ("liveUrlPrefix", prefix))];
        let field = |(name, text): (&str, &str)| (name.to_owned(), SecretText::from(text));
        let fields = given.into_iter().flatten().map(field).collect();
        let faults = adapter(&account()).account_faults(environment, &fields);
        faults.iter().map(|fault| fault.name).collect::<Vec<_>>()
    };
    let whole = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    assert_eq!(faults(Sandbox, whole, None), [""; 0]);
    assert_eq!(faults(Production, whole, Some("1797a841fbb37ca7-Shop-BR")), [""; 0]);
    assert_eq!(faults(Sandbox, &whole[2..], None), ["hmacKey"]);
    assert_eq!(faults(Sandbox, &format!("{whole}00"), Some("1797a841fbb37ca7-Shop")), ["hmacKey", "liveUrlPrefix"]);
    let long = format!("1797a841fbb37ca7-{}", "a".repeat(33));
    for wrong in [
        None,
        Some("1797a841fbb37ca7"),
        Some("-Shop"),
        Some("1797a841fbb37ca7-"),
        Some("1797a841fbb37ca7-Shop-checkout-live"),
        Some("https://1797a841fbb37ca7-Shop-checkout-live.adyenpayments.com"),
        Some("evil.example/-a"),
        Some(long.as_str()),
    ] {
        assert_eq!(faults(Production, whole, wrong), ["liveUrlPrefix"], "{wrong:?}");
    }
}

#[test]
fn nothing_secret_is_in_the_debug_of_a_request_and_the_key_is_a_header() {
    for (name, operation) in variants() {
        let shown = format!("{:?}", begun(&account(), &operation));
        for secret in ["4111111111111111", "737", "MARIA", "Maria", "72912053013", API_KEY, "7Zx0a"] {
            assert!(!shown.contains(secret), "{name}: {shown}");
        }
        let sent = String::from_utf8(begun(&account(), &operation).request.body.to_vec()).unwrap();
        assert!(!sent.contains("7Zx0a") && !sent.contains("a key of the hub"), "{name}: {sent}");
    }
    let access = adapter(&account()).access(&account(), &secrets());
    let Authorization::Header { name, value } = access.authorization else { panic!("no header") };
    assert_eq!((name, value.as_str(), access.certificate.is_none()), ("x-api-key", API_KEY, true));
}
