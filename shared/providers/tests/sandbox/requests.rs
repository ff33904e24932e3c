//! The requests that the hub sends.

use domain::{
    charge::request::RequestKind,
    limits::MAX_ITEMS_JSON,
    method::{Boleto, Drip, MAX_URL, Method, PaidItem},
    money::Money,
};
use providers::{
    BuildError, CallbackRequest, Change, Create, HttpAnswer, Operation, Query, Target, Updates, Verb, adapter,
};
use serde_json::{Value, json};

use crate::samples::{
    BOLETO, CREDIT, DRIP, KEY, PIX, REFERENCE, UPDATES, account, card, change, pay_by_boleto, pay_by_card, pay_by_pix,
    pay_with_drip, pay_without_card, prepared, question, question_of, reais, verify,
};

const NUMBER: &str = "4929564637987814";
const CVV: &str = "321";

fn body(operation: &Operation) -> Value {
    serde_json::from_slice(&prepared(operation).body).unwrap()
}

#[test]
fn every_operation_is_posted_as_json_to_one_path() {
    let card = card(NUMBER, Some(CVV));
    let create = pay_by_card(&card);
    for operation in [
        Operation::Create(create),
        Operation::Create(pay_by_pix()),
        Operation::Capture(change(&CREDIT)),
        Operation::Void(change(&PIX)),
        Operation::Cancel(change(&DRIP)),
        Operation::Query(question(&create)),
        verify(&card),
    ] {
        let request = prepared(&operation);
        assert_eq!(request.target, Target::Sandbox { path: "/operations" });
        assert_eq!(request.verb, Verb::Post);
        assert_eq!(request.headers, [("content-type", "application/json".to_owned())]);
    }
}

#[test]
fn a_card_payment_carries_the_card() {
    let card = card(NUMBER, Some(CVV));
    let create = Create { statement_descriptor: Some("LOJA DO ZÉ"), ..pay_by_card(&card) };
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "BRL",
        "payment": {
            "method": "credit",
            "capture": true,
            "installments": 3,
            "card": {
                "number": "4929564637987814",
                "holder": "João \"Jo\" da Silva",
                "expiration": "06/2028",
                "cvv": "321"
            }
        },
        "statementDescriptor": "LOJA DO ZÉ",
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Create(create)), expected);
}

#[test]
fn a_verification_carries_the_card_and_no_money() {
    let expected = json!({
        "operation": "verify",
        "reference": REFERENCE,
        "card": {
            "number": "4929564637987814",
            "holder": "João \"Jo\" da Silva",
            "expiration": "06/2028",
            "cvv": "321"
        },
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&verify(&card(NUMBER, Some(CVV)))), expected);
}

#[test]
fn what_was_not_given_is_left_out() {
    let card = card(NUMBER, None);
    let money = Money { currency: "USD".parse().unwrap(), ..pay_by_card(&card).money };
    let body = body(&Operation::Create(Create { capture: false, money, ..pay_by_card(&card) }));
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "USD",
        "payment": {
            "method": "credit",
            "capture": false,
            "installments": 3,
            "card": {"number": "4929564637987814", "holder": "João \"Jo\" da Silva", "expiration": "06/2028"}
        },
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body, expected);
}

#[test]
fn a_pix_carries_its_life() {
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "BRL",
        "payment": {"method": "pix", "expiresIn": 3600},
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Create(pay_by_pix())), expected);
}

#[test]
fn a_query_says_what_was_asked_and_names_no_card() {
    let card = card(NUMBER, Some(CVV));
    let query = question(&pay_by_card(&card));
    for (asked, word) in
        [(RequestKind::Authorization, "authorization"), (RequestKind::PreAuthorization, "pre_authorization")]
    {
        let expected = json!({
            "operation": "query",
            "reference": REFERENCE,
            "paymentReference": REFERENCE,
            "asked": word,
            "amount": 150,
            "currency": "BRL",
            "payment": {"method": "credit", "cardLastDigit": 4},
            "createdAt": "2021-08-12T16:08:39.536Z"
        });
        assert_eq!(body(&Operation::Query(Query { asked, ..query })), expected);
    }
    let expected = json!({
        "operation": "query",
        "reference": REFERENCE,
        "paymentReference": REFERENCE,
        "asked": "pending",
        "amount": 150,
        "currency": "BRL",
        "payment": {"method": "pix"},
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Query(question(&pay_by_pix()))), expected);
}

#[test]
fn a_card_payment_without_its_card_is_not_sent() {
    let query = Query { card: None, ..question(&pay_without_card()) };
    let change = Change { card: None, ..change(&CREDIT) };
    for operation in [
        Operation::Create(pay_without_card()),
        Operation::Query(query),
        Operation::Capture(change),
        Operation::Void(change),
    ] {
        let built = adapter(&account()).begin(&account(), &operation);
        assert!(matches!(built, Err(BuildError::NoCard)));
    }
}

#[test]
fn a_boleto_carries_its_day_and_what_a_delay_costs() {
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "BRL",
        "payment": {
            "method": "boleto",
            "expiresDate": "2021-08-19",
            "maxDaysPastDue": 30,
            "instructions": "Não receber após o vencimento",
            "interest": {"days": 1, "percentage": "0.33"},
            "fine": {"days": 2, "amount": 300}
        },
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Create(pay_by_boleto())), expected);

    for (says, sent) in [(None, 0), (Some(0), 0), (Some(60), 60)] {
        let plain = Method::Boleto(Boleto {
            expires_date: "2021-08-19".parse().unwrap(),
            max_days_past_due: says,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 0,
        });
        let body = body(&Operation::Create(Create { method: &plain, ..pay_by_boleto() }));
        let slip = json!({"method": "boleto", "expiresDate": "2021-08-19", "maxDaysPastDue": sent});
        assert_eq!(body.get("payment"), Some(&slip));
    }
}

#[test]
fn drip_carries_what_is_bought_and_where_browsers_come_back_and_nothing_of_the_shopper() {
    let expected = |success: &str, cancel: &str, updates: Value| {
        let mut expected = json!({
            "operation": "create",
            "reference": REFERENCE,
            "amount": 150,
            "currency": "BRL",
            "payment": {
                "method": "drip",
                "items": [{"id": "123", "title": "item title", "quantity": 1, "unitPrice": 100}],
                "maxInstallments": 4,
                "expiresIn": 86400,
                "successUrl": success,
                "cancelUrl": cancel
            },
            "createdAt": "2021-08-12T16:08:39.536Z"
        });
        if updates != Value::Null {
            expected.as_object_mut().unwrap().insert("notices".to_owned(), updates);
        }
        expected
    };
    let direct = expected("http://your-service.com/success", "http://your-service.com/cancel", Value::Null);
    assert_eq!(body(&Operation::Create(pay_with_drip())), direct);

    // Where the hub can be reached, the shopper returns to the hub, which then queries the payment.
    let over_the_hub = expected(
        "https://hub.example/v1/callbacks/STRIPE/7Zx0a?reference=c1db83fa723c4e1f9722bc19d1be6791001&to=success",
        "https://hub.example/v1/callbacks/STRIPE/7Zx0a?reference=c1db83fa723c4e1f9722bc19d1be6791001&to=cancel",
        json!({"url": "https://hub.example/v1/callbacks/STRIPE/7Zx0a", "key": "a key of the hub"}),
    );
    let create = Create { updates: Some(UPDATES), ..pay_with_drip() };
    assert_eq!(body(&Operation::Create(create)), over_the_hub);
}

#[test]
fn every_payment_says_where_its_updates_go() {
    let card = card(NUMBER, Some(CVV));
    for create in [pay_by_card(&card), pay_by_pix(), pay_by_boleto(), pay_with_drip()] {
        assert_eq!(body(&Operation::Create(create)).get("notices"), None);
        let body = body(&Operation::Create(Create { updates: Some(UPDATES), ..create }));
        assert_eq!(body.get("notices"), Some(&json!({"url": UPDATES.url, "key": KEY})));
    }
}

#[test]
fn a_change_names_its_payment_and_no_card() {
    let expected = |word: &str, payment: Value| {
        json!({
            "operation": word,
            "reference": "c1db83fa723c4e1f9722bc19d1be6791002",
            "paymentReference": "c1db83fa723c4e1f9722bc19d1be6791001",
            "transactionId": "tx-1",
            "amount": 150,
            "currency": "BRL",
            "payment": payment,
            "createdAt": "2021-08-12T16:08:39.536Z"
        })
    };
    let credit = json!({"method": "credit", "cardLastDigit": 4});
    assert_eq!(body(&Operation::Capture(change(&CREDIT))), expected("capture", credit.clone()));
    assert_eq!(body(&Operation::Void(change(&CREDIT))), expected("void", credit));
    assert_eq!(body(&Operation::Void(change(&PIX))), expected("void", json!({"method": "pix"})));
    assert_eq!(body(&Operation::Cancel(change(&DRIP))), expected("cancel", json!({"method": "drip"})));
    let slip = json!({"method": "boleto", "expiresDate": "2021-08-19"});
    assert_eq!(body(&Operation::Cancel(change(&BOLETO))), expected("cancel", slip));

    let unknown = Change { transaction_id: None, ..change(&PIX) };
    assert_eq!(body(&Operation::Void(unknown)).get("transactionId"), None);
}

#[test]
fn a_query_about_a_change_names_both() {
    for (asked, word) in
        [(RequestKind::Capture, "capture"), (RequestKind::Void, "void"), (RequestKind::Cancel, "cancel")]
    {
        let expected = json!({
            "operation": "query",
            "reference": "c1db83fa723c4e1f9722bc19d1be6791002",
            "paymentReference": "c1db83fa723c4e1f9722bc19d1be6791001",
            "asked": word,
            "amount": 150,
            "currency": "BRL",
            "payment": {"method": "credit", "cardLastDigit": 4},
            "createdAt": "2021-08-12T16:08:39.536Z"
        });
        assert_eq!(body(&Operation::Query(question_of(&change(&CREDIT), asked))), expected);
    }
}

#[test]
fn the_longest_texts_fit_into_the_promised_size_and_leave_no_copy_in_memory() {
    // A control character takes six bytes of JSON, more than any other.
    let longest = "\u{1}".repeat(255);
    let mut card = card(NUMBER, Some(CVV));
    card.holder.clone_from(&longest);
    let url = format!("https://hub.example/{}", "x".repeat(180));
    let updates = Some(Updates { url: &url, key: &"k".repeat(64) });
    let create = Create { statement_descriptor: Some(&longest), updates, ..pay_by_card(&card) };
    assert_eq!(body(&Operation::Create(create)).get("statementDescriptor"), Some(&json!(longest)));

    let request = prepared(&Operation::Create(create));
    assert!(request.body.len() <= 4096, "{}", request.body.len());
    // A buffer that grew would have spare capacity, and its older copy would hold the card.
    assert_eq!(request.body.len(), request.body.capacity());
}

#[test]
fn as_many_items_as_fit_into_a_charge_fit_into_its_request() {
    let item = PaidItem {
        id: "\u{1}".repeat(8),
        title: "\u{1}".repeat(7) + "abcde",
        quantity: u32::MAX,
        unit_price: reais(999_999_999_999).amount,
    };
    let Method::Drip(drip) = DRIP.clone() else { panic!("not Drip") };
    let page = format!("https://shop.example/{}", "x".repeat(MAX_URL - 21));
    let pages = Drip { success_redirect_url: page.clone(), cancel_redirect_url: page, ..drip };
    let drip = Drip { items: vec![item; 100], ..pages };
    let items = serde_json::to_vec(&drip.items).unwrap().len();
    assert!((MAX_ITEMS_JSON - 200..=MAX_ITEMS_JSON).contains(&items), "{items}");
    // The merchant's own pages are sent where browsers do not return to the hub.
    let descriptor = "\u{1}".repeat(255);
    let create = Create { method: &Method::Drip(drip), statement_descriptor: Some(&descriptor), ..pay_with_drip() };
    let request = prepared(&Operation::Create(create));
    assert!(request.body.len() <= 24_576, "{}", request.body.len());
    assert_eq!(body(&Operation::Create(create)).pointer("/payment/items/99/quantity"), Some(&json!(u32::MAX)));
}

#[test]
fn debug_prints_no_card_number_no_security_code_and_no_secret() {
    let card = card(NUMBER, Some(CVV));
    let mut request = prepared(&Operation::Create(pay_by_card(&card)));
    request.headers.push(("authorization", "Bearer very-secret".to_owned()));
    let length = request.body.len();
    let printed = format!("{request:?} {request:#?}");
    for hidden in [NUMBER, CVV, "7814", "João", "very-secret"] {
        assert!(!printed.contains(hidden), "{printed}");
    }
    assert!(printed.contains("authorization") && printed.contains(&format!("{length} bytes")), "{printed}");
    // Nor as a list of byte values.
    assert!(!printed.contains(&format!("{:?}", NUMBER.as_bytes()).replace(['[', ']'], "")), "{printed}");

    let answer = HttpAnswer {
        status: 200,
        headers: vec![("set-cookie".to_owned(), "very-secret".to_owned())],
        body: NUMBER.as_bytes().to_vec(),
    };
    assert_eq!(format!("{answer:?}"), "HttpAnswer { status: 200, headers: [\"set-cookie\"], body: 16 bytes }");

    let call = CallbackRequest {
        headers: vec![("x-sandbox-signature".to_owned(), "very-secret".to_owned())],
        query: vec![("checkoutId".to_owned(), "very-secret".to_owned())],
        body: b"very-secret",
    };
    assert_eq!(
        format!("{call:?}"),
        "CallbackRequest { headers: [\"x-sandbox-signature\"], query: [\"checkoutId\"], body: 11 bytes }"
    );
}
