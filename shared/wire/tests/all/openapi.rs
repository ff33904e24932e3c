use std::{env, fs, path::Path};

use domain::{
    charge::{Charge, Outcome, command::Command, decline::DeclineCode, request::Receipt, update::UpdateKind},
    limits::{MAX_DESCRIPTION, MAX_INSTRUCTIONS, MAX_ITEMS, MAX_METHODS, MAX_TEXT},
    merchant::Settings,
    refusal::Refusal,
};
use serde::Serialize;
use serde_json::{Value, json};
use wire::malga::{
    errors::answer,
    requests::{
        CaptureCharge, ChangeAntifraud, ChangeSettings, ChangeStatus, CreateCard, CreateCharge, CreateMerchant,
        CreatePublicKey, CreateSession, CreateSessionCard, CreateToken, CreateWebhook, LinkCard, Paging, PatchCustomer,
        PatchMerchant, PatchSession, PatchWebhook, Sort, VoidCharge,
    },
    responses::{ActiveBody, CanceledBody, ChargeBody, HistoryEntry, Page, PaidSessionBody, SessionBody},
};

use crate::fixtures::{
    PUBLIC_URL, approval, asked, at, boleto, card_request, drip_request, image_url, intent, minor, notified, now, page,
    pay_session, pix_request, registration, session, session_payment_request, session_request, settled, slip, with,
};

fn document() -> Value {
    serde_json::to_value(wire::openapi::document()).unwrap()
}

/// The schema that the document has at `pointer`, with everything that it may refer to.
fn schema(pointer: &str) -> jsonschema::Validator {
    let document = document();
    let mut schema = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).clone();
    schema["components"] = document["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}

fn of_answer(method: &str, path: &str, code: &str) -> jsonschema::Validator {
    let path = path.replace('/', "~1");
    schema(&format!("/paths/{path}/{method}/responses/{code}/content/application~1json/schema"))
}

fn holds(schema: &jsonschema::Validator, body: impl Serialize) {
    let body = serde_json::to_value(body).unwrap();
    let errors: Vec<_> = schema.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:?}\n{body}");
}

#[test]
fn the_committed_openapi_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let generated = wire::openapi::document().to_pretty_json().unwrap() + "\n";
    if env::var_os("CATRACA_BLESS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == generated,
        "shared/wire/openapi.json is not what the code says; write it anew with:\n\
         CATRACA_BLESS=1 cargo test -p wire openapi"
    );
}

/// Reads an example; an error has its problems.
type Reader = fn(&Value) -> Result<(), Refusal>;

/// How the body is read whose schema has this name.
const READERS: [(&str, Reader); 20] = [
    ("CaptureCharge", |body| CaptureCharge::read(body).map(drop)),
    ("Card", |body| CreateToken::read(body, now()).map(drop)),
    ("ChangeAntifraud", |body| ChangeAntifraud::read(body).map(drop)),
    ("ChangeSettings", |body| {
        ChangeSettings::read(body, Settings::default(), |origin| Ok(origin.to_owned())).map(drop)
    }),
    ("ChangeStatus", |body| ChangeStatus::read(body).map(drop)),
    ("CreateCard", |body| CreateCard::read(body).map(drop)),
    ("CreateCharge", |body| CreateCharge::read(body, now()).map(drop)),
    ("CreateMerchant", |body| CreateMerchant::read(body).map(drop)),
    ("CreatePublicKey", |body| CreatePublicKey::read(body).map(drop)),
    ("CreateSession", |body| CreateSession::read(body).map(drop)),
    ("CreateSessionCard", |body| CreateSessionCard::read(body).map(drop)),
    ("CreateWebhook", |body| CreateWebhook::read(body, |_| Ok(())).map(drop)),
    ("CvvUpdate", |body| CreateToken::read(body, now()).map(drop)),
    ("LinkCard", |body| LinkCard::read(body).map(drop)),
    ("PatchCustomer", |body| PatchCustomer::read(body).map(drop)),
    ("PatchMerchant", |body| PatchMerchant::read(body).map(drop)),
    ("PatchSession", |body| PatchSession::read(body).map(drop)),
    ("PatchWebhook", |body| PatchWebhook::read(body, |_| Ok(())).map(drop)),
    ("PaySession", |body| pay_session(body, &session(), now()).map(drop)),
    ("VoidCharge", |body| VoidCharge::read(body).map(drop)),
];

#[test]
fn every_example_of_a_request_is_read() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = schemas.iter().filter(|(_, schema)| schema.get("example").is_some()).map(|(n, _)| n).collect();
    assert_eq!(names, READERS.map(|(name, _)| name));
    for (name, read) in READERS {
        if let Err(refused) = read(&schemas[name]["example"]) {
            panic!("{name}: {refused:?}");
        }
    }
}

#[test]
fn requests_that_are_read_hold_their_schemas_and_others_do_not() {
    let component = |name: &str| schema(&format!("/components/schemas/{name}"));
    let charge = component("CreateCharge");
    holds(&charge, pix_request());
    holds(&charge, card_request());
    holds(&component("CreateSession"), session_request());
    holds(&component("PaySession"), session_payment_request());
    holds(&component("CreateToken"), &card_request()["paymentSource"]["card"]);
    holds(&component("PatchSession"), json!({"isActive": true}));
    assert!(!charge.is_valid(&json!({})));
    holds(&component("CreateToken"), json!({"cvvUpdate": "123"}));
    assert!(!component("CreateToken").is_valid(&json!({"cardCvv": "123"})));
}

#[test]
fn boletos_and_pages_at_drip_that_are_read_hold_their_schemas_and_others_do_not() {
    let charge = schema("/components/schemas/CreateCharge");
    holds(&charge, boleto());
    holds(&charge, drip_request());
    holds(&charge, with(boleto(), "/paymentMethod", json!({"paymentType": "boleto"})));
    for (body, path, value) in [
        (boleto(), "/paymentMethod/fine", json!({"days": 1})),
        (boleto(), "/paymentMethod/fine", json!({"days": 1, "amount": 1, "percentage": 1})),
        (boleto(), "/paymentMethod/fine", json!({"days": 1, "percentage": 101})),
        (boleto(), "/paymentMethod/instructions", json!("x".repeat(256))),
        (drip_request(), "/paymentMethod/items", json!([])),
        (drip_request(), "/paymentMethod/browser", json!("Firefox")),
        (drip_request(), "/paymentMethod/successRedirectUrl", json!("javascript:alert(1)")),
    ] {
        let body = with(body, path, value);
        assert!(!charge.is_valid(&body), "{body}");
        assert!(CreateCharge::read(&body, now()).is_err(), "{body}");
    }
    let session = schema("/components/schemas/CreateSession");
    let terms = json!([boleto()["paymentMethod"], {"paymentType": "drip"}]);
    holds(&session, with(session_request(), "/paymentMethods", terms));
}

/// Charges of every method, at several steps.
fn charges() -> Vec<Charge> {
    let [paid_at, asked_at] = ["2022-10-25T22:50:00.000Z", "2022-10-25T22:51:00.000Z"].map(at);
    let declined = Outcome::Declined(DeclineCode::Generic.into());
    let paid = |charge: &Charge| {
        notified(charge, 1, UpdateKind::Paid { amount: minor(100), receipt: Receipt::default() }, paid_at)
    };
    let pix = settled(&intent(&pix_request()), Outcome::Pending(registration()), now(), Some(1356));
    let slip = settled(&intent(&boleto()), Outcome::Pending(slip()), now(), None);
    let page = settled(&intent(&drip_request()), Outcome::Pending(page()), now(), None);
    let analysed = with(card_request(), "/fraudAnalysis", json!({"customer": {"identity": "1"}}));
    let processing = Outcome::Pending(Receipt::default());
    vec![
        intent(&pix_request()),
        asked(&paid(&pix), Command::Void(None), processing, asked_at),
        notified(&paid(&pix), 1, UpdateKind::Disputed { dispute: None }, asked_at),
        asked(&pix, Command::Cancel, Outcome::Approved(Receipt::default()), asked_at),
        pix,
        paid(&slip),
        slip,
        asked(&paid(&page), Command::Void(None), Outcome::Approved(Receipt::default()), asked_at),
        page,
        settled(&intent(&analysed), Outcome::Approved(approval()), now(), None),
        settled(&intent(&card_request()), declined, now(), None),
        settled(&intent(&card_request()), Outcome::Unknown, now(), None),
        settled(&intent(&card_request()), Outcome::NotSent, now(), None),
    ]
}

#[test]
fn answers_hold_their_schemas() {
    let charges = charges();
    let (made, read) = (of_answer("post", "/v1/charges", "201"), of_answer("get", "/v1/charges/{id}", "200"));
    let paid = of_answer("post", "/v1/sessions/{id}/charge", "201");
    let later = [
        of_answer("post", "/v1/charges/{id}/void", "201"),
        of_answer("post", "/v1/charges/{id}/capture", "201"),
        of_answer("post", "/v1/charges/{id}", "200"),
        of_answer("patch", "/v1/charges/{id}/antifraud", "200"),
    ];
    for charge in &charges {
        holds(&made, ChargeBody::new(charge, &image_url));
        holds(&read, ChargeBody::new(charge, &image_url));
        for schema in &later {
            holds(schema, ChargeBody::new(charge, &image_url));
        }
        holds(&paid, PaidSessionBody::at(&session(), charge, charge.step(), &image_url));
    }
    let paging = Paging { page: 1, limit: 15, sort: Sort::Ascending };
    let page =
        Page::new(charges.iter().map(|charge| ChargeBody::new(charge, &image_url)).collect(), charges.len(), paging);
    holds(&of_answer("get", "/v1/charges", "200"), page);
    let body = SessionBody::new(&session(), "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1", PUBLIC_URL);
    for (method, path, code) in [("post", "/v1/sessions", "201"), ("get", "/v1/sessions/{id}", "200")] {
        holds(&of_answer(method, path, code), &body);
    }
    holds(&of_answer("get", "/v1/sessions", "200"), Page::new(vec![body], 1, paging));
    holds(&of_answer("patch", "/v1/sessions/{id}", "200"), ActiveBody::from(&session()));
    holds(&of_answer("post", "/v1/sessions/{id}/cancel", "201"), CanceledBody::new(session().id));
    holds(&of_answer("get", "/v1/sessions/{id}/history", "200"), HistoryEntry::of(&session(), Some(now())));
    let token = json!({"tokenId": "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1"});
    holds(&of_answer("post", "/v1/tokens", "201"), token);
}

#[test]
fn a_charge_without_a_field_or_with_another_status_does_not_hold_its_schema() {
    let schema = of_answer("get", "/v1/charges/{id}", "200");
    let body = serde_json::to_value(ChargeBody::new(&intent(&pix_request()), &image_url)).unwrap();
    for field in ["id", "status", "orderId", "sessionId", "paymentMethod", "transactionRequests"] {
        let mut less = body.clone();
        less.as_object_mut().unwrap().remove(field);
        assert!(!schema.is_valid(&less), "{field}");
    }
    let mut other = body;
    other["status"] = json!("paid");
    assert!(!schema.is_valid(&other));
}

#[test]
fn errors_hold_their_schemas() {
    let error = |code: &str| schema(&format!("/components/responses/Error{code}/content/application~1json/schema"));
    for refusal in [Refusal::Invalid(vec!["x".to_owned()]), Refusal::SessionPaid, Refusal::Forbidden, Refusal::Internal]
    {
        let (code, body) = answer(&refusal);
        holds(&error(&code.to_string()), body);
    }
}

#[test]
fn the_bounds_in_the_document_are_the_bounds_of_the_hub() {
    let document = document();
    let bound = |schema: &str, field: &str, bound: &str| {
        document["components"]["schemas"][schema]["properties"][field][bound].as_u64().unwrap()
    };
    let [text, description, items, methods] =
        [MAX_TEXT, MAX_DESCRIPTION, MAX_ITEMS, MAX_METHODS].map(|limit| u64::try_from(limit).unwrap());
    for schema in ["CreateCharge", "CreateSession", "PaySession"] {
        assert_eq!(bound(schema, "orderId", "maxLength"), text);
        assert_eq!(bound(schema, "statementDescriptor", "maxLength"), text);
        assert_eq!(bound(schema, "description", "maxLength"), description);
    }
    for (schema, field) in [
        ("CreateSession", "name"),
        ("Item", "name"),
        ("Card", "cardHolderName"),
        ("Customer", "name"),
        ("PaidItem", "title"),
    ] {
        assert_eq!(bound(schema, field, "maxLength"), text);
    }
    assert_eq!(bound("Item", "description", "maxLength"), description);
    assert_eq!(bound("CreateSession", "items", "maxItems"), items);
    assert_eq!(bound("CreateSession", "paymentMethods", "maxItems"), methods);
    let of_method = |schema: &str, name: &str, field: &str, bound: &str| {
        let ways = document["components"]["schemas"][schema]["oneOf"].as_array().unwrap();
        let way = ways.iter().find(|way| way["properties"]["paymentType"]["enum"][0] == name).unwrap();
        way["properties"][field][bound].as_u64().unwrap()
    };
    for schema in ["PaymentMethod", "AcceptedMethod"] {
        let most = u64::try_from(MAX_INSTRUCTIONS).unwrap();
        assert_eq!(of_method(schema, "boleto", "instructions", "maxLength"), most);
    }
    for name in ["boleto", "drip"] {
        assert_eq!(of_method("PaymentMethod", name, "items", "maxItems"), items);
    }
}

#[test]
fn what_providers_call_needs_no_key_and_says_where_a_browser_goes() {
    let document = document();
    let path = "/v1/callbacks/{provider}/{token}";
    for (path, method, code) in [(path, "post", "200"), (path, "get", "302"), (&format!("{path}/pix"), "post", "200")] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["security"], json!([{}]), "{method} {path}");
        assert!(operation["responses"][code].is_object() && operation["responses"]["404"].is_object());
    }
    let back = &document["paths"][path]["get"]["responses"];
    assert!(back["302"]["headers"]["Location"].is_object());
    holds(&of_answer("post", path, "200"), json!({}));
}
