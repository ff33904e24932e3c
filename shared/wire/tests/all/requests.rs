use domain::{
    charge::{CvvOrder, SourceOrder},
    customer::Address,
    document::DocumentKind,
    limits::{MAX_AMOUNT, MAX_DEPTH, MAX_PIX_EXPIRY},
    method::{Accepted, Method, PaymentType},
    refusal::Refusal,
    session::Session,
    time::Timestamp,
};
use serde_json::{Value, json};
use wire::{
    malga::requests::{CreateCharge, CreateSession, PatchSession, payment_type},
    reader::parse,
};

use crate::fixtures::{
    at, boleto, card_request, drip_request, now, pay_session, pix_request, session, session_payment_request,
    session_request, with,
};

fn problems<T>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

const NUPAY: &str =
    "paymentType is not served by this hub: it must be one of the following values: credit, pix, boleto, drip";

/// The problems of [`card_request`] with `value` at `path`.
fn changed(path: &str, value: Value) -> Vec<String> {
    problems(CreateCharge::read(&with(card_request(), path, value), now()))
}

fn pix_changed(path: &str, value: Value) -> Vec<String> {
    problems(CreateCharge::read(&with(pix_request(), path, value), now()))
}

fn session_changed(path: &str, value: Value) -> Vec<String> {
    problems(CreateSession::read(&with(session_request(), path, value)))
}

#[test]
fn the_card_charge_of_malgas_page_is_taken() {
    let order = CreateCharge::read(&card_request(), now()).unwrap();
    assert_eq!(order.merchant.to_string(), "7f8870a2-71c9-4ef0-a531-82000e00b7e1");
    assert_eq!((order.money.amount.minor(), order.money.currency.code()), (150, "BRL"));
    assert_eq!((order.capture, order.order_id, order.description), (false, None, None));
    assert_eq!(order.statement_descriptor.as_deref(), Some("Pedido #231 loja joão"));
    assert_eq!(order.method, Method::Credit { installments: 1 });
    let SourceOrder::Card(card) = order.source else { panic!("not a card") };
    assert_eq!((card.pan.reveal(), card.cvv.unwrap().reveal()), ("4929564637987814", "320"));
    assert_eq!((card.holder.as_str(), card.expiry.to_string().as_str()), ("JOAO DA SILVA", "06/2028"));
}

#[test]
fn the_pix_charge_of_malgas_page_is_taken() {
    let order = CreateCharge::read(&pix_request(), now()).unwrap();
    assert!(order.capture);
    assert_eq!(order.method, Method::Pix { expires_in: 3600 });
    let SourceOrder::Customer(customer) = order.source else { panic!("not a customer") };
    assert_eq!(customer.phone_number, "21 98889999099");
    assert_eq!((customer.document.kind(), customer.document.number()), (&DocumentKind::Cpf, Some("72912053013")));
    assert_eq!(customer.address, None);
}

#[test]
fn the_session_of_malgas_page_is_taken_and_its_defaults_are_those_that_it_prints() {
    let new = CreateSession::read(&session_request()).unwrap();
    assert_eq!((new.name.as_str(), new.amount.minor(), new.currency.code()), ("Loja 1", 100, "BRL"));
    assert!(new.capture && new.is_active);
    assert_eq!(new.due_date, at("2023-04-04T09:28:45.000Z").into());
    assert_eq!(new.methods, [Accepted::Pix { expires_in: Some(30) }]);
    assert_eq!((new.items[0].unit_price.minor(), new.items[0].quantity, new.items[0].tangible), (1000, 1, Some(false)));
}

#[test]
fn a_session_is_paid_with_its_own_values_and_the_body_fills_in_only_what_it_lacks() {
    let session = session();
    let order = pay_session(&session_payment_request(), &session, now()).unwrap();
    assert_eq!((order.merchant, order.money.amount.minor(), order.capture), (session.merchant, 100, true));
    assert_eq!(order.order_id, session.order_id);
    assert_eq!(order.statement_descriptor.as_deref(), Some("LOJA JOAO"));
    assert_eq!(order.description.as_deref(), Some("Descrição longa da cobrança"));
    assert_eq!(order.method, Method::Credit { installments: 1 });
    // What does not count is not checked either.
    assert_eq!(
        problems(pay_session(&with(session_payment_request(), "/amount", json!("much")), &session, now())),
        [""; 0]
    );
}

#[test]
fn what_the_payment_method_leaves_out_comes_from_the_session() {
    let pay = |body: Value| pay_session(&body, &session(), now()).unwrap().method;
    let card = with(session_payment_request(), "/paymentMethod", json!({"paymentType": "credit"}));
    assert_eq!(pay(card), Method::Credit { installments: 3 });
    let pix = with(pix_request(), "/paymentMethod", json!({"paymentType": "pix"}));
    assert_eq!(pay(pix.clone()), Method::Pix { expires_in: 30 });
    let mut silent = session();
    silent.methods = vec![Accepted::Pix { expires_in: None }];
    assert_eq!(
        problems(pay_session(&pix, &silent, now())),
        ["paymentMethod.expiresIn must be an integer number", "paymentMethod.expiresIn should not be empty"]
    );
}

#[test]
fn what_the_session_says_is_the_most_that_its_payment_may_say() {
    let by_card = |number: u8| with(session_payment_request(), "/paymentMethod/installments", json!(number));
    for number in 1..=3 {
        let order = pay_session(&by_card(number), &session(), now()).unwrap();
        assert_eq!(order.method, Method::Credit { installments: number });
    }
    let problem = ["paymentMethod.installments must not be greater than 3"];
    assert_eq!(problems(pay_session(&by_card(4), &session(), now())), problem);
    // A session that names no number is paid at once.
    let bare = json!([{"paymentType": "credit"}]);
    let at_once = CreateSession::read(&with(session_request(), "/paymentMethods", bare)).unwrap();
    assert_eq!(at_once.methods, [Accepted::Credit { installments: 1 }]);
    let at_once = Session { methods: at_once.methods, ..session() };
    let problem = ["paymentMethod.installments must not be greater than 1"];
    assert_eq!(problems(pay_session(&by_card(2), &at_once, now())), problem);
    // A code lives as long as the payment says, and no longer than the session says.
    for (said, lives) in [(29, 29), (30, 30), (31, 30), (MAX_PIX_EXPIRY, 30)] {
        let order = pay_session(&with(pix_request(), "/paymentMethod/expiresIn", json!(said)), &session(), now());
        assert_eq!(order.unwrap().method, Method::Pix { expires_in: lives });
    }
    let silent = Session { methods: vec![Accepted::Pix { expires_in: None }], ..session() };
    assert_eq!(pay_session(&pix_request(), &silent, now()).unwrap().method, Method::Pix { expires_in: 3600 });
}

#[test]
fn what_a_shopper_would_have_to_do_first_is_refused_and_never_ignored() {
    let of_method = |body: Value, place: &str, value: Value| with(body, &format!("{place}/recurrence"), value);
    let methods = json!([{"paymentType": "credit"}]);
    let session_request = with(session_request(), "/paymentMethods", methods);
    let bodies = |field: &str, value: &Value| {
        let with_it = |body: Value| with(body, &format!("/{field}"), value.clone());
        [
            problems(CreateCharge::read(&with_it(card_request()), now())),
            problems(pay_session(&with_it(session_payment_request()), &session(), now())),
            problems(CreateSession::read(&with_it(session_request.clone()))),
        ]
    };
    for (field, value) in [("captchaEnabled", json!(true)), ("providerReferenceKey", json!("key"))] {
        for problems in bodies(field, &value) {
            assert_eq!(problems, [format!("{field} is not served by this hub")]);
        }
    }
    for (field, value) in [
        ("captchaEnabled", json!(false)),
        ("captchaEnabled", json!(null)),
        ("providerReferenceKey", json!("")),
        ("providerReferenceKey", json!(null)),
    ] {
        assert_eq!(bodies(field, &value), [const { Vec::<String>::new() }; 3], "{field} {value}");
    }
    let recurring = |value: &Value| {
        let charge = of_method(card_request(), "/paymentMethod", value.clone());
        let payment = of_method(session_payment_request(), "/paymentMethod", value.clone());
        let session_body = of_method(session_request.clone(), "/paymentMethods/0", value.clone());
        [
            problems(CreateCharge::read(&charge, now())),
            problems(pay_session(&payment, &session(), now())),
            problems(CreateSession::read(&session_body)),
        ]
    };
    let problem = |place: &str| vec![format!("{place}.recurrence is not served by this hub")];
    for value in [json!("initial"), json!(true)] {
        let of_payment = problem("paymentMethod");
        assert_eq!(recurring(&value), [of_payment.clone(), of_payment, problem("paymentMethods.0")]);
    }
    for value in [json!(null), json!(""), json!(false)] {
        assert_eq!(recurring(&value), [const { Vec::<String>::new() }; 3], "{value}");
    }
}

#[test]
fn a_pix_does_not_outlive_its_session() {
    let pay = |now: Timestamp| pay_session(&pix_request(), &session(), now);
    let method = |now: &str| pay(at(now)).unwrap().method;
    assert_eq!(method("2023-04-04T08:00:00.000Z"), Method::Pix { expires_in: 30 });
    assert_eq!(method("2023-04-04T09:28:43.999Z"), Method::Pix { expires_in: 1 });
    assert_eq!(
        problems(pay(at("2023-04-04T09:28:44.001Z"))),
        ["paymentMethod.expiresIn cannot be kept: the session is due in less than one second"]
    );
}

#[test]
fn the_payment_method_is_known_before_the_rest_is_read() {
    assert_eq!(payment_type(&json!({"paymentMethod": {"paymentType": "pix"}})), Ok(PaymentType::Pix));
    assert_eq!(
        problems(payment_type(&json!({"paymentMethod": {"paymentType": "nupay"}}))),
        [format!("paymentMethod.{NUPAY}")]
    );
    assert_eq!(problems(payment_type(&json!({"paymentMethod": "pix"}))), ["paymentMethod must be an object"]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let body = json!({
        "merchantId": "me",
        "amount": "150",
        "currency": "brl",
        "capture": "yes",
        "orderId": 7,
        "splitRules": [{}],
        "paymentMethod": {"paymentType": "credit", "installments": 100},
        "paymentSource": {"sourceType": "card", "card": {"cardNumber": "4929564637987815", "cardCvv": 320}}
    });
    assert_eq!(
        problems(CreateCharge::read(&body, now())),
        [
            "merchantId must be a UUID",
            "amount must be an integer number",
            "currency must be a valid ISO4217 currency code",
            "capture must be a boolean value",
            "orderId must be a string",
            "splitRules is not served by this hub",
            "paymentMethod.installments must not be greater than 99",
            "paymentSource.card.cardNumber must be a credit card",
            "paymentSource.card.cardCvv must have 3 or 4 digits",
            "paymentSource.card.cardExpirationDate must be a date in the format MM/YYYY",
            "paymentSource.card.cardExpirationDate should not be empty",
            "paymentSource.card.cardHolderName must be a string",
            "paymentSource.card.cardHolderName should not be empty",
        ]
    );
}

#[test]
fn an_empty_object_is_refused_with_every_field_that_it_lacks() {
    assert_eq!(
        problems(CreateCharge::read(&json!({}), now())),
        [
            "merchantId must be a UUID",
            "merchantId should not be empty",
            "amount must be an integer number",
            "amount should not be empty",
            "paymentMethod must be an object",
            "paymentMethod should not be empty",
            "paymentSource must be an object",
            "paymentSource should not be empty",
        ]
    );
    let of_session = problems(CreateSession::read(&json!({})));
    for name in ["merchantId", "name", "amount", "dueDate", "items", "paymentMethods"] {
        assert!(of_session.contains(&format!("{name} should not be empty")), "{name}: {of_session:?}");
    }
}

#[test]
fn null_is_absent() {
    for name in ["currency", "capture", "orderId", "description", "statementDescriptor", "customerId", "splitRules"] {
        assert_eq!(changed(&format!("/{name}"), Value::Null), [""; 0], "{name}");
    }
    assert_eq!(changed("/merchantId", Value::Null), ["merchantId must be a UUID", "merchantId should not be empty"]);
    assert_eq!(
        session_changed("/items", json!([{"name": "A", "unitPrice": 1, "quantity": 1, "tangible": null}])),
        [""; 0]
    );
}

#[test]
fn an_amount_is_a_whole_positive_number_of_at_most_twelve_digits() {
    for (amount, problem) in [
        ("0", "amount must be a positive number"),
        ("-1", "amount must be a positive number"),
        ("0.0", "amount must be a positive number"),
        ("-1.0", "amount must be a positive number"),
        ("-0", "amount must be a positive number"),
        ("1.5", "amount must be an integer number"),
        ("100.00000001", "amount must be an integer number"),
        ("1e300", "amount must be an integer number"),
        ("\"1\"", "amount must be an integer number"),
        ("[1]", "amount must be an integer number"),
        ("true", "amount must be an integer number"),
        ("1000000000000", "amount must not be greater than 999999999999"),
        ("1000000000000.0", "amount must not be greater than 999999999999"),
        ("18446744073709551615", "amount must not be greater than 999999999999"),
        ("99999999999999999999999999", "amount must be an integer number"),
    ] {
        assert_eq!(changed("/amount", serde_json::from_str(amount).unwrap()), [problem], "{amount}");
    }
    assert_eq!(changed("/amount", json!(MAX_AMOUNT)), [""; 0]);
    // JSON Schema counts a number without a fraction as an integer, and Python, Java and Ruby print 100.0.
    for (written, amount) in [("100.0", 100), ("1e2", 100), ("999999999999.0", MAX_AMOUNT)] {
        let body = with(card_request(), "/amount", serde_json::from_str(written).unwrap());
        assert_eq!(CreateCharge::read(&body, now()).unwrap().money.amount.minor(), amount, "{written}");
    }
    assert_eq!(pix_changed("/paymentMethod/expiresIn", json!(3600.0)), [""; 0]);
}

#[test]
fn what_would_change_who_gets_how_much_is_refused_unless_it_is_empty() {
    for name in ["splitRules", "vendor", "threeDSecure2", "delayToCompose"] {
        let path = format!("/{name}");
        for empty in [json!(null), json!([]), json!({})] {
            assert_eq!(changed(&path, empty.clone()), [""; 0], "{name}");
            assert_eq!(session_changed(&path, empty), [""; 0], "{name}");
        }
        let problem = format!("{name} is not served by this hub");
        for something in [json!([1]), json!({"id": "x"}), json!(3), json!(0), json!("x")] {
            assert_eq!(changed(&path, something.clone()), [problem.as_str()]);
            assert_eq!(session_changed(&path, something.clone()), [problem.as_str()]);
            let pay = with(session_payment_request(), &path, something);
            assert_eq!(problems(pay_session(&pay, &session(), now())), [problem.as_str()]);
        }
    }
    assert_eq!(session_changed("/maxPayments", json!(1)), [""; 0]);
    for other in [json!(2), json!(-1), json!("1"), json!(1.0)] {
        assert_eq!(session_changed("/maxPayments", other), ["maxPayments other than 1 is not served by this hub"]);
    }
    assert_eq!(changed("/appInfo", json!({"platform": {}})), [""; 0]);
}

#[test]
fn stored_cards_and_customers_pay_by_their_ids() {
    let id = "148d5db0-f1c3-439f-902d-f1f268086e1d";
    let source = |body: Value, source: Value| {
        let order = CreateCharge::read(&with(body, "/paymentSource", source), now()).unwrap();
        (order.source, order.customer)
    };
    let card = json!({"sourceType": "card", "cardId": id});
    assert!(matches!(
        source(card_request(), card.clone()).0,
        SourceOrder::StoredCard { card, cvv: CvvOrder::None } if card.to_string() == id
    ));
    let given = source(card_request(), with(card.clone(), "/cardCvv", json!("123"))).0;
    assert!(matches!(given, SourceOrder::StoredCard { cvv: CvvOrder::Given(_), .. }));
    let token = source(card_request(), with(card.clone(), "/tokenCvv", json!(id))).0;
    assert!(matches!(token, SourceOrder::StoredCard { cvv: CvvOrder::Token(_), .. }));
    let both = with(with(card, "/tokenCvv", json!(id)), "/cardCvv", json!("123"));
    assert_eq!(changed("/paymentSource", both), ["paymentSource.tokenCvv must not come together with cardCvv"]);
    let customer = json!({"sourceType": "customer", "customerId": id});
    for body in [pix_request(), card_request(), drip_request(), boleto()] {
        let stored = source(body, customer.clone()).0;
        assert!(
            matches!(stored, SourceOrder::StoredCustomer { customer, cvv: CvvOrder::None } if customer.to_string() == id)
        );
    }
    let pay = with(session_payment_request(), "/customerId", json!(id));
    let shopper = pay_session(&pay, &session(), now()).unwrap().customer;
    assert_eq!(shopper.map(|id| id.to_string()).as_deref(), Some(id));
    assert_eq!(changed("/customerId", json!("x")), ["customerId must be a UUID"]);
}

#[test]
fn each_payment_method_has_its_payment_sources() {
    assert_eq!(
        pix_changed("/paymentSource", json!({})),
        [
            "paymentSource.sourceType must be one of the following values: customer",
            "paymentSource.sourceType should not be empty",
        ]
    );
    assert_eq!(
        changed("/paymentSource/sourceType", json!("customer")),
        ["paymentSource.customerId must be a UUID", "paymentSource.customerId should not be empty"]
    );
    assert_eq!(
        changed("/paymentSource/sourceType", json!("token")),
        ["paymentSource.tokenId must be a UUID", "paymentSource.tokenId should not be empty"]
    );
    let id = "148d5db0-f1c3-439f-902d-f1f268086e1d";
    let token = with(card_request(), "/paymentSource", json!({"sourceType": "token", "tokenId": id}));
    let source = CreateCharge::read(&token, now()).unwrap().source;
    assert!(matches!(source, SourceOrder::Token(token) if token.to_string() == id));
    for body in [pix_request(), boleto(), drip_request()] {
        let by_token = with(body, "/paymentSource", token["paymentSource"].clone());
        assert_eq!(
            problems(CreateCharge::read(&by_token, now())),
            ["paymentSource.sourceType must be one of the following values: customer"]
        );
    }
}

#[test]
fn a_card_must_be_good_and_its_code_must_fit_its_brand() {
    let card = |field: &str, value: &str| changed(&format!("/paymentSource/card/{field}"), json!(value));
    for number in ["4929564637987815", "4929 5646 3798 7814", "492956", ""] {
        assert_eq!(card("cardNumber", number), ["paymentSource.card.cardNumber must be a credit card"], "{number}");
    }
    let fit = "paymentSource.card.cardCvv must have 4 digits on American Express and 3 on other cards";
    assert_eq!(card("cardCvv", "3200"), [fit]);
    assert_eq!(card("cardNumber", "371511430434941"), [fit]);
    assert_eq!(card("cardCvv", "32"), ["paymentSource.card.cardCvv must have 3 or 4 digits"]);
    let past = ["paymentSource.card.cardExpirationDate must not be in the past"];
    assert_eq!(card("cardExpirationDate", "09/2022"), past);
    assert_eq!(card("cardExpirationDate", "10/2022"), [""; 0]);
    assert_eq!(
        card("cardExpirationDate", "2028-06"),
        ["paymentSource.card.cardExpirationDate must be a date in the format MM/YYYY"]
    );
    assert_eq!(card("cardHolderName", ""), ["paymentSource.card.cardHolderName should not be empty"]);
}

#[test]
fn a_customer_is_checked_field_by_field() {
    let customer = |field: &str, value: Value| pix_changed(&format!("/paymentSource/customer/{field}"), value);
    assert_eq!(customer("phoneNumber", json!(" ")), [""; 0]);
    assert_eq!(customer("name", json!("")), ["paymentSource.customer.name should not be empty"]);
    for email in
        [json!("jose"), json!("@gmail.com"), json!("jose@"), json!("jo se@gmail.com"), json!("a@b@c"), json!(1)]
    {
        assert_eq!(customer("email", email), ["paymentSource.customer.email must be an email"]);
    }
    let number = "paymentSource.customer.document.number";
    assert_eq!(customer("document/number", json!("72912053014")), [format!("{number} must be a valid CPF")]);
    assert_eq!(customer("document/country", json!("Brasil")).len(), 1);
    for (document, problem) in [
        (json!({"type": "a b"}), "type must be a document type"),
        (json!({"type": "dni"}), "number must have at least one letter or digit and at most 255 characters"),
        (json!({"type": "cnpj", "number": "1"}), "number must be a valid CNPJ"),
        (json!({"type": "dni", "number": "1", "country": "BRA"}), "country must be an ISO 3166-1 alpha-2 code"),
    ] {
        let problem = format!("paymentSource.customer.document.{problem}");
        assert_eq!(customer("document", document), [problem]);
    }
    assert_eq!(customer("document", json!({"type": "noDocument"})), [""; 0]);
    assert_eq!(customer("document", json!({"type": "CPF", "number": "729.120.530-13", "country": "BR"})), [""; 0]);
    let address = customer("address", json!({"district": 7}));
    assert_eq!(address, ["paymentSource.customer.address.district must be a string"]);
}

/// In Brazil a district may be unknown, and forms send what was not typed as an empty text.
#[test]
fn empty_and_absent_parts_of_an_address_are_the_same() {
    let address = |address: Value| {
        let body = with(pix_request(), "/paymentSource/customer/address", address);
        match CreateCharge::read(&body, now()).unwrap().source {
            SourceOrder::Customer(customer) => customer.address,
            other => panic!("{other:?}"),
        }
    };
    for nothing in [json!(null), json!({}), json!({"street": "", "district": "", "complement": null})] {
        assert_eq!(address(nothing.clone()), None, "{nothing}");
    }
    let known =
        address(json!({"street": "Rua A", "district": "", "streetNumber": null, "zipCode": "63180-000"})).unwrap();
    assert_eq!(
        known,
        Address { street: Some("Rua A".to_owned()), zip_code: Some("63180-000".to_owned()), ..Address::default() }
    );
    assert!(!known.is_whole());
}

#[test]
fn a_pix_charge_says_how_long_it_can_be_paid() {
    let expires = |seconds: Value| pix_changed("/paymentMethod/expiresIn", seconds);
    assert_eq!(expires(json!(1)), [""; 0]);
    assert_eq!(expires(json!(MAX_PIX_EXPIRY)), [""; 0]);
    assert_eq!(expires(json!(0)), ["paymentMethod.expiresIn must be a positive number"]);
    assert_eq!(expires(json!(MAX_PIX_EXPIRY + 1)), ["paymentMethod.expiresIn must not be greater than 2592000"]);
    assert_eq!(
        expires(Value::Null),
        ["paymentMethod.expiresIn must be an integer number", "paymentMethod.expiresIn should not be empty"]
    );
}

#[test]
fn items_and_methods_of_a_session_are_checked_one_by_one() {
    let items =
        json!([{"name": "A", "unitPrice": 0, "quantity": 1}, 5, {"name": "", "unitPrice": -1, "quantity": 1.5}]);
    assert_eq!(
        session_changed("/items", items),
        [
            "items.1 must be an object",
            "items.2.name should not be empty",
            "items.2.unitPrice must not be less than 0",
            "items.2.quantity must be an integer number",
        ]
    );
    assert_eq!(session_changed("/items", json!([])), ["items should not be empty"]);
    assert_eq!(session_changed("/items", json!({})), ["items must be an array"]);
    let many = json!(vec![json!({"name": "A", "unitPrice": 1, "quantity": 1}); 101]);
    assert_eq!(session_changed("/items", many), ["items must contain no more than 100 elements"]);
    // Bytes, and those of the JSON: a letter with an accent takes two, a control character six.
    let priced = |name: &str| json!([{"name": "A", "description": name, "quantity": 1, "unitPrice": 1}]);
    let few = |name: &str| json!(vec![priced(name)[0].clone(); 16]);
    let (of_two, of_six) = ("ã".repeat(480), "\u{1}".repeat(160));
    for (fits, too_large) in [(of_two.clone(), of_two + &"A".repeat(40)), (of_six.clone(), of_six + &"A".repeat(40))] {
        assert_eq!(session_changed("/items", few(&fits)), [""; 0]);
        assert_eq!(session_changed("/items", few(&too_large)), ["items must not be larger than 16384 bytes of JSON"]);
    }
    let methods = json!([{"paymentType": "pix"}, {"paymentType": "credit"}, {"paymentType": "pix"}]);
    assert_eq!(session_changed("/paymentMethods", methods), ["paymentMethods must not name a paymentType twice"]);
    assert_eq!(session_changed("/paymentMethods", json!([])), ["paymentMethods should not be empty"]);
    assert_eq!(
        session_changed("/paymentMethods", json!([{"paymentType": "nupay"}])),
        [format!("paymentMethods.0.{NUPAY}")]
    );
    assert_eq!(session_changed("/dueDate", json!("2001-01-01T00:00:00Z")), [""; 0]);
    let due = |text: &str| CreateSession::read(&with(session_request(), "/dueDate", json!(text))).unwrap().due_date;
    for (text, end, printed) in [
        ("2030-01-31", "2030-02-01T03:00:00Z", "2030-01-31T23:59:59.999Z"),
        ("9999-12-31", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("2030-02-01T03:00:00Z", "2030-02-01T03:00:00Z", "2030-02-01T03:00:00Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!((due(text).end(), due(text).printed()), (at(end), at(printed)), "{text}");
    }
    for text in ["2001-02-30", "2001-01-01T00:00:00", "soon", ""] {
        assert_eq!(session_changed("/dueDate", json!(text)), ["dueDate must be a valid ISO 8601 date string"]);
    }
}

#[test]
fn texts_have_their_bounds_in_characters() {
    assert_eq!(changed("/orderId", json!("ã".repeat(255))), [""; 0]);
    let order = "orderId must be shorter than or equal to 255 characters";
    assert_eq!(changed("/orderId", json!("ã".repeat(256))), [order]);
    let description = "description must be shorter than or equal to 1000 characters";
    assert_eq!(changed("/description", json!("x".repeat(1001))), [description]);
}

#[test]
fn an_email_has_its_bound() {
    let email = |length: usize| format!("{}@example.com", "x".repeat(length - "@example.com".len()));
    let customer = |email: String| pix_changed("/paymentSource/customer/email", json!(email));
    assert_eq!(customer(email(254)), [""; 0]);
    let problem = ["paymentSource.customer.email must be shorter than or equal to 254 characters"];
    for length in [255, 66_000] {
        assert_eq!(customer(email(length)), problem);
    }
}

#[test]
fn a_text_of_one_line_has_no_control_characters() {
    let control = ["\u{0}", "\u{1b}[31m", "\r\n", "\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{2066}"];
    for text in control.map(|text| format!("A{text}B")) {
        for field in ["orderId", "statementDescriptor", "paymentSource/card/cardHolderName"] {
            let problem = format!("{} must not contain control characters", field.replace('/', "."));
            assert_eq!(changed(&format!("/{field}"), json!(text)), [problem], "{text:?}");
        }
        for field in ["name", "phoneNumber", "address/street", "address/zipCode"] {
            let body = with(pix_request(), "/paymentSource/customer/address", json!({"street": "R"}));
            let body = with(body, "/paymentSource/customer/document/type", json!("dni"));
            let body = with(body, &format!("/paymentSource/customer/{field}"), json!(text));
            let problem =
                format!("paymentSource.customer.{} must not contain control characters", field.replace('/', "."));
            assert_eq!(problems(CreateCharge::read(&body, now())), [problem], "{text:?}");
        }
        assert_eq!(session_changed("/name", json!(text)), ["name must not contain control characters"]);
        // A description has lines, in the order in which they are read.
        let problems = changed("/description", json!(text));
        let expected = text.contains('\u{202e}').then_some("description must not override the direction of writing");
        assert_eq!(problems, Vec::from_iter(expected), "{text:?}");
    }
    for text in ["\u{202d}4929", "Pedido\n\u{202e}4187897364659294\u{202c}"] {
        let refused = "description must not override the direction of writing";
        assert_eq!(changed("/description", json!(text)), [refused]);
        assert_eq!(session_changed("/description", json!(text)), [refused]);
    }
    assert_eq!(changed("/description", json!("\u{2067}طلب 231\u{2069}\n\u{202b}שלום\u{202c}")), [""; 0]);
    for text in ["JOÃO D'ÁVILA", "مريم", "\u{200f}مريم\u{200e} 1", "👩‍👧", "李"] {
        assert_eq!(changed("/paymentSource/card/cardHolderName", json!(text)), [""; 0], "{text}");
    }
}

#[test]
fn codes_of_what_is_no_money_are_no_currencies() {
    for code in ["XXX", "XTS", "XAU", "CLF", "HRK"] {
        let problem = ["currency must be a valid ISO4217 currency code"];
        assert_eq!(changed("/currency", json!(code)), problem, "{code}");
        assert_eq!(session_changed("/currency", json!(code)), problem, "{code}");
    }
}

#[test]
fn a_session_is_switched_by_a_boolean() {
    assert_eq!(PatchSession::read(&json!({"isActive": false})), Ok(false));
    assert_eq!(problems(PatchSession::read(&json!({"isActive": "false"}))), ["isActive must be a boolean value"]);
}

#[test]
fn what_is_not_a_json_object_has_one_clear_problem() {
    let problem = |body: &[u8]| problems(parse(body));
    assert_eq!(parse(b""), Ok(json!({})));
    assert_eq!(parse(b" \r\n"), Ok(json!({})));
    for twice in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"c":2,"a":null}]}"#, r#"{"a":1,"\u0061":2}"#] {
        let problem = problem(twice.as_bytes());
        assert!(
            problem.len() == 1 && problem[0].starts_with("the request body names a field twice: line 1"),
            "{problem:?}"
        );
    }
    assert_eq!(
        parse(br#"{"a":[null,true,-1,18446744073709551615,1.5,"x",{}],"b":{"a":1}}"#),
        Ok(json!({"a": [null, true, -1, u64::MAX, 1.5, "x", {}], "b": {"a": 1}}))
    );
    assert_eq!(problem(b"[]"), ["the request body must be a JSON object"]);
    assert_eq!(problem(b"null"), ["the request body must be a JSON object"]);
    assert_eq!(problem(b"{\"a\":\n nope}"), ["the request body is not valid JSON: line 2, column 3"]);
    assert_eq!(problem(b"{\"a\":1e400}").len(), 1);
    assert_eq!(problem(b"{\"a\":\"\xff\"}"), ["the request body is not UTF-8"]);
    assert_eq!(problem(br#"{"a":"\ud800"}"#).len(), 1);
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    for levels in [MAX_DEPTH + 1, 5000, 100_000] {
        assert_eq!(problem(nested(levels).as_bytes()), ["the request body is nested deeper than 64 levels"]);
    }
}

#[test]
fn neither_an_order_nor_a_problem_prints_a_card() {
    let order = CreateCharge::read(&card_request(), now()).unwrap();
    let printed = format!("{order:?} {order:#?}");
    assert!(!printed.contains("4929") && !printed.contains("7814") && !printed.contains("320"), "{printed}");
    let bad = with(card_request(), "/paymentSource/card/cardNumber", json!("4929564637987815"));
    let refusal = format!("{:?}", CreateCharge::read(&bad, now()));
    assert!(!refusal.contains("4929"), "{refusal}");
}
