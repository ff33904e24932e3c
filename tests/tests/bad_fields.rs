//! Invalid fields are refused by name, all at once, and leave no trace.

use domain::time::Date;
use reqwest::Method;
use serde_json::json;
use tests::{
    fixture::{Fixture, details},
    samples::{APPROVED, by_card, card, with, without},
};

/// A card number with a wrong check digit.
const MISTYPED: &str = "4929564637987815";
const UNKNOWN_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Client libraries send a JSON content type without a body: that is an empty object, and every required field is
/// named.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_is_answered_with_every_missing_field() {
    let fixture = Fixture::open().await;
    let order = ["merchantId must be a UUID", "merchantId should not be empty"];
    let amount = ["amount must be an integer number", "amount should not be empty"];
    let method = ["paymentMethod must be an object", "paymentMethod should not be empty"];
    let source = ["paymentSource must be an object", "paymentSource should not be empty"];
    let name = ["name must be a string", "name should not be empty"];
    let due = ["dueDate must be a valid ISO 8601 date string", "dueDate should not be empty"];
    let items = ["items must be an array", "items should not be empty"];
    let methods = ["paymentMethods must be an array", "paymentMethods should not be empty"];
    let number = ["cardNumber must be a credit card", "cardNumber should not be empty"];
    let code = ["cardCvv must have 3 or 4 digits", "cardCvv should not be empty"];
    let expiry = ["cardExpirationDate must be a date in the format MM/YYYY", "cardExpirationDate should not be empty"];
    let holder = ["cardHolderName must be a string", "cardHolderName should not be empty"];
    let statuses = [
        "status must be one of the following values: pending, pre_authorized, authorized, failed, canceled, voided, \
         charged_back, refund_pending",
        "status should not be empty",
    ];
    let verdicts =
        ["status must be one of the following values: approved, reproved, failed", "status should not be empty"];
    let (pay, patch) = (fixture.order.path("/charge"), fixture.order.path(""));
    for (verb, path, expected) in [
        (Method::POST, "/v1/charges", [order, amount, method, source].concat()),
        (Method::POST, "/v1/sessions", [order, name, amount, due, items, methods].concat()),
        // The hub checks the payment method before it reads the rest.
        (Method::POST, &pay, method.to_vec()),
        (Method::PATCH, &patch, vec!["isActive must be a boolean value", "isActive should not be empty"]),
        (Method::POST, "/v1/tokens", [number, code, expiry, holder].concat()),
        (Method::POST, &fixture.of_reserved(""), statuses.to_vec()),
        (Method::PATCH, &fixture.of_reserved("/antifraud"), verdicts.to_vec()),
    ] {
        for body in [None, Some(Vec::new()), Some(b" \r\n".to_vec()), Some(b"{}".to_vec())] {
            assert_eq!(details(&fixture.refuse(&verb, path, body, 400).await), expected, "{path}");
        }
    }
}

/// A missing field has two problems: what it must be, and that it should not be empty.
#[tokio::test(flavor = "multi_thread")]
async fn each_required_field_is_required() {
    let fixture = Fixture::open().await;
    for (path, body, required) in [
        (
            "/v1/charges",
            fixture.charge(),
            vec![
                "/merchantId",
                "/amount",
                "/paymentMethod",
                "/paymentMethod/paymentType",
                "/paymentSource",
                "/paymentSource/sourceType",
                "/paymentSource/card",
                "/paymentSource/card/cardNumber",
                "/paymentSource/card/cardCvv",
                "/paymentSource/card/cardExpirationDate",
                "/paymentSource/card/cardHolderName",
            ],
        ),
        (
            "/v1/charges",
            fixture.pix(),
            vec![
                "/paymentMethod/expiresIn",
                "/paymentSource/customer",
                "/paymentSource/customer/name",
                "/paymentSource/customer/email",
                "/paymentSource/customer/phoneNumber",
                "/paymentSource/customer/document",
                "/paymentSource/customer/document/type",
            ],
        ),
        (
            "/v1/sessions",
            fixture.session(),
            vec![
                "/merchantId",
                "/name",
                "/amount",
                "/dueDate",
                "/items",
                "/items/0/name",
                "/items/0/unitPrice",
                "/items/0/quantity",
                "/paymentMethods",
                "/paymentMethods/0/paymentType",
            ],
        ),
        ("/v1/tokens", card(APPROVED), vec!["/cardNumber", "/cardCvv", "/cardExpirationDate", "/cardHolderName"]),
    ] {
        for pointer in required {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            for body in [without(body.clone(), pointer), with(body.clone(), pointer, json!(null))] {
                let problems = fixture.problems(&Method::POST, path, &body).await;
                let is_named = problems.iter().all(|problem| problem.starts_with(&format!("{field} ")));
                assert!(problems.len() == 2 && is_named, "{problems:?}");
                assert_eq!(problems.last().unwrap(), &format!("{field} should not be empty"));
            }
        }
    }
}
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a table is read as a whole")]
async fn the_fields_of_a_charge_are_checked() {
    let fixture = Fixture::open().await;
    let most = "must not be greater than 999999999999";
    let whole = "amount must be an integer number";
    fixture
        .each(
            "/v1/charges",
            &fixture.charge(),
            &[
                ("/merchantId", json!("884dd2a3"), "merchantId must be a UUID"),
                ("/merchantId", json!(7), "merchantId must be a UUID"),
                ("/amount", json!(-1), "amount must be a positive number"),
                ("/amount", json!(0), "amount must be a positive number"),
                ("/amount", json!(1.5), whole),
                ("/amount", json!(100.5), whole),
                ("/amount", json!(1e300), whole),
                ("/amount", json!("150"), whole),
                ("/amount", json!(true), whole),
                ("/amount", json!([150]), whole),
                ("/amount", json!(1_000_000_000_000_u64), &format!("amount {most}")),
                ("/amount", json!(u64::MAX), &format!("amount {most}")),
                ("/currency", json!("brl"), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!("R$"), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!(986), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!("XXX"), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!("XAU"), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!("XAD"), "currency must be a valid ISO4217 currency code"),
                ("/currency", json!("CLF"), "currency must be a valid ISO4217 currency code"),
                ("/capture", json!("false"), "capture must be a boolean value"),
                ("/capture", json!(0), "capture must be a boolean value"),
                ("/orderId", json!(7), "orderId must be a string"),
                ("/orderId", json!("x".repeat(256)), "orderId must be shorter than or equal to 255 characters"),
                ("/description", json!({}), "description must be a string"),
                (
                    "/description",
                    json!("é".repeat(1001)),
                    "description must be shorter than or equal to 1000 characters",
                ),
                ("/statementDescriptor", json!("A\u{0}B"), "statementDescriptor must not contain control characters"),
                ("/orderId", json!("A\r\nB"), "orderId must not contain control characters"),
                ("/statementDescriptor", json!(["x"]), "statementDescriptor must be a string"),
                ("/customerId", json!("unknown"), "customerId must be a UUID"),
                ("/paymentMethod", json!("credit"), "paymentMethod must be an object"),
                ("/paymentMethod/installments", json!(0), "paymentMethod.installments must be a positive number"),
                ("/paymentMethod/installments", json!(100), "paymentMethod.installments must not be greater than 99"),
                ("/paymentMethod/installments", json!("2"), "paymentMethod.installments must be an integer number"),
                ("/paymentSource", json!([]), "paymentSource must be an object"),
                (
                    "/paymentSource/sourceType",
                    json!("cheque"),
                    "paymentSource.sourceType must be one of the following values: card, token, customer",
                ),
                ("/paymentSource/cardId", json!("unknown"), "paymentSource.cardId must be a UUID"),
                (
                    "/paymentSource",
                    json!({"sourceType": "token", "tokenId": "7"}),
                    "paymentSource.tokenId must be a UUID",
                ),
                ("/paymentSource/card", json!("4929564637987814"), "paymentSource.card must be an object"),
            ],
        )
        .await;
    for number in
        [json!(MISTYPED), json!("4929 5646 3798 7814"), json!("42"), json!(4_929_564_637_987_814_u64), json!("")]
    {
        fixture
            .each(
                "/v1/charges",
                &fixture.charge(),
                &[("/paymentSource/card/cardNumber", number, "paymentSource.card.cardNumber must be a credit card")],
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_a_card_are_checked() {
    let fixture = Fixture::open().await;
    let month = "cardExpirationDate must be a date in the format MM/YYYY";
    let code = "cardCvv must have 3 or 4 digits";
    fixture
        .each(
            "/v1/tokens",
            &card(APPROVED),
            &[
                ("/cardNumber", json!(MISTYPED), "cardNumber must be a credit card"),
                ("/cardNumber", json!("0".repeat(20)), "cardNumber must be a credit card"),
                ("/cardNumber", json!("４９２９５６４６３７９８７８１４"), "cardNumber must be a credit card"),
                ("/cardCvv", json!("12"), code),
                ("/cardCvv", json!("12345"), code),
                ("/cardCvv", json!("12a"), code),
                ("/cardCvv", json!(320), code),
                ("/cardCvv", json!("3200"), "cardCvv must have 4 digits on American Express and 3 on other cards"),
                ("/cardExpirationDate", json!("01/2020"), "cardExpirationDate must not be in the past"),
                ("/cardExpirationDate", json!("13/2030"), month),
                ("/cardExpirationDate", json!("00/2030"), month),
                ("/cardExpirationDate", json!("2030-06"), month),
                ("/cardExpirationDate", json!(""), month),
                ("/cardExpirationDate", json!(62_028), month),
                ("/cardHolderName", json!(""), "cardHolderName should not be empty"),
                (
                    "/cardHolderName",
                    json!("J".repeat(256)),
                    "cardHolderName must be shorter than or equal to 255 characters",
                ),
                ("/cardHolderName", json!({}), "cardHolderName must be a string"),
                ("/cardHolderName", json!(" "), "cardHolderName must not be a number"),
                ("/cardHolderName", json!("JOAO\u{1b}[2J"), "cardHolderName must not contain control characters"),
                ("/cardHolderName", json!("\u{202e}OAOJ"), "cardHolderName must not contain control characters"),
            ],
        )
        .await;
    // All four at once, and in a charge with their path.
    let wrong = json!({"cardNumber": MISTYPED, "cardCvv": "1", "cardExpirationDate": "01/2020", "cardHolderName": 7});
    let expected = [
        "cardNumber must be a credit card",
        code,
        "cardExpirationDate must not be in the past",
        "cardHolderName must be a string",
    ];
    assert_eq!(fixture.problems(&Method::POST, "/v1/tokens", &wrong).await, expected);
    let inside = with(fixture.charge(), "/paymentSource/card", wrong.clone());
    let expected_inside = expected.map(|problem| format!("paymentSource.card.{problem}"));
    assert_eq!(fixture.problems(&Method::POST, "/v1/charges", &inside).await, expected_inside);
    let paid = with(by_card(APPROVED), "/paymentSource/card", wrong);
    assert_eq!(fixture.problems(&Method::POST, &fixture.order.path("/charge"), &paid).await, expected_inside);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_a_pix_and_its_shopper_are_checked() {
    let fixture = Fixture::open().await;
    let at = |field: &str, problem: &str| format!("paymentSource.customer.{field} {problem}");
    fixture
        .each(
            "/v1/charges",
            &fixture.pix(),
            &[
                ("/paymentMethod/expiresIn", json!(0), "paymentMethod.expiresIn must be a positive number"),
                ("/paymentMethod/expiresIn", json!(-30), "paymentMethod.expiresIn must be a positive number"),
                (
                    "/paymentMethod/expiresIn",
                    json!(2_592_001),
                    "paymentMethod.expiresIn must not be greater than 2592000",
                ),
                ("/paymentMethod/expiresIn", json!("3600"), "paymentMethod.expiresIn must be an integer number"),
                (
                    "/paymentSource/sourceType",
                    json!("card"),
                    "paymentSource.sourceType must be one of the following values: customer",
                ),
                ("/paymentSource/customer", json!(UNKNOWN_ID), "paymentSource.customer must be an object"),
                ("/paymentSource/customerId", json!("unknown"), "paymentSource.customerId must be a UUID"),
                ("/paymentSource/customer/name", json!(""), &at("name", "should not be empty")),
                ("/paymentSource/customer/email", json!("jose"), &at("email", "must be an email")),
                ("/paymentSource/customer/email", json!("a b@c"), &at("email", "must be an email")),
                (
                    "/paymentSource/customer/email",
                    json!(format!("{}@example.com", "x".repeat(66_000))),
                    &at("email", "must be shorter than or equal to 254 characters"),
                ),
                ("/paymentSource/customer/phoneNumber", json!(2198), &at("phoneNumber", "must be a string")),
                ("/paymentSource/customer/document", json!("72912053013"), &at("document", "must be an object")),
                (
                    "/paymentSource/customer/document/number",
                    json!("72912053014"),
                    &at("document.number", "must be a valid CPF"),
                ),
                (
                    "/paymentSource/customer/document/type",
                    json!("cnpj"),
                    &at("document.number", "must be a valid CNPJ"),
                ),
                (
                    "/paymentSource/customer/document/type",
                    json!("c p f"),
                    &at("document.type", "must be a document type"),
                ),
                (
                    "/paymentSource/customer/document/country",
                    json!("BRA"),
                    &at("document.country", "must be an ISO 3166-1 alpha-2 code"),
                ),
            ],
        )
        .await;
    // What client libraries send for an unknown shopper.
    let bare = with(fixture.pix(), "/paymentSource", json!({}));
    assert_eq!(
        fixture.problems(&Method::POST, "/v1/charges", &bare).await,
        [
            "paymentSource.sourceType must be one of the following values: customer",
            "paymentSource.sourceType should not be empty",
        ]
    );
    let all = json!({"email": 7, "document": {}, "address": {"street": 1}});
    let problems =
        fixture.problems(&Method::POST, "/v1/charges", &with(fixture.pix(), "/paymentSource/customer", all)).await;
    for field in ["name", "email", "phoneNumber", "document.type", "address.street"] {
        assert!(problems.iter().any(|problem| problem.starts_with(&at(field, ""))), "{field}: {problems:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a table is read as a whole")]
async fn the_fields_of_a_session_are_checked() {
    let fixture = Fixture::open().await;
    let dated = "dueDate must be a valid ISO 8601 date string";
    let pix = json!({"paymentType": "pix", "expiresIn": 30});
    fixture
        .each(
            "/v1/sessions",
            &fixture.session(),
            &[
                ("/merchantId", json!("me"), "merchantId must be a UUID"),
                ("/name", json!(""), "name should not be empty"),
                ("/name", json!("n".repeat(256)), "name must be shorter than or equal to 255 characters"),
                ("/amount", json!(0), "amount must be a positive number"),
                ("/amount", json!(99.9), "amount must be an integer number"),
                ("/currency", json!("Brl"), "currency must be a valid ISO4217 currency code"),
                ("/capture", json!("yes"), "capture must be a boolean value"),
                ("/isActive", json!(1), "isActive must be a boolean value"),
                ("/dueDate", json!("tomorrow"), dated),
                ("/dueDate", json!("2999-02-30"), dated),
                ("/dueDate", json!("2999-02-30T00:00:00.000Z"), dated),
                ("/dueDate", json!("+275760-09-13T00:00:00.000Z"), dated),
                ("/dueDate", json!("10000-01-01T00:00:00.000Z"), dated),
                ("/dueDate", json!(32_472_144_000_u64), dated),
                ("/items", json!([]), "items should not be empty"),
                ("/items", json!({}), "items must be an array"),
                (
                    "/items",
                    json!(vec![json!({"name": "i", "unitPrice": 1, "quantity": 1}); 101]),
                    "items must contain no more than 100 elements",
                ),
                ("/items/0", json!("Item"), "items.0 must be an object"),
                ("/items/0/unitPrice", json!(-1), "items.0.unitPrice must not be less than 0"),
                ("/items/0/quantity", json!(0), "items.0.quantity must be a positive number"),
                ("/items/0/quantity", json!(4_294_967_296_u64), "items.0.quantity must not be greater than 4294967295"),
                ("/items/0/tangible", json!("no"), "items.0.tangible must be a boolean value"),
                ("/paymentMethods", json!([]), "paymentMethods should not be empty"),
                ("/paymentMethods", json!([pix, pix]), "paymentMethods must not name a paymentType twice"),
                ("/paymentMethods/0", json!("pix"), "paymentMethods.0 must be an object"),
                ("/paymentMethods/1/expiresIn", json!(0), "paymentMethods.1.expiresIn must be a positive number"),
                (
                    "/paymentMethods/0/installments",
                    json!(1.5),
                    "paymentMethods.0.installments must be an integer number",
                ),
            ],
        )
        .await;
    let wrong = json!({"merchantId": 1, "name": [], "amount": "1", "currency": "x", "capture": 1, "isActive": "y",
                       "dueDate": 5, "orderId": 1, "description": 2, "statementDescriptor": 3, "items": [{}, 7],
                       "paymentMethods": [{"paymentType": "cash"}], "splitRules": [{}], "maxPayments": 2});
    let problems = fixture.problems(&Method::POST, "/v1/sessions", &wrong).await;
    let fields = [
        "merchantId",
        "name",
        "amount",
        "currency",
        "capture",
        "isActive",
        "dueDate",
        "orderId",
        "description",
        "statementDescriptor",
        "items.0.name",
        "items.0.unitPrice",
        "items.0.quantity",
        "items.1",
        "paymentMethods.0.paymentType",
        "splitRules",
        "maxPayments",
    ];
    for field in fields {
        assert!(problems.iter().any(|problem| problem.starts_with(&format!("{field} "))), "{field}: {problems:?}");
    }
    for value in [json!("false"), json!(0), json!([])] {
        let problems = fixture.problems(&Method::PATCH, &fixture.order.path(""), &json!({"isActive": value})).await;
        assert_eq!(problems, ["isActive must be a boolean value"]);
    }
}

/// A day alone is a day, and a due date without end is one: .NET and Java send the last instant of 9999 for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_due_on_a_day_or_never() {
    let fixture = Fixture::open().await;
    let merchant = &fixture.hub.merchant;
    for (sent, due) in [
        ("2999-01-31", "2999-01-31T23:59:59.999Z"),
        ("2999-02-01T03:00:00.000Z", "2999-02-01T03:00:00.000Z"),
        ("9999-12-31", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        let order = merchant.creates_session(&with(fixture.session(), "/dueDate", json!(sent))).await;
        assert_eq!(merchant.reads_session(&order).await.text("/dueDate"), due);
        assert_eq!(fixture.hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    }
}

/// A day alone is over when it ends in Brasília, three hours after it ends in UTC.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_due_today_is_payable_today() {
    let fixture = Fixture::open().await;
    let hub = &fixture.hub;
    let today = Date::in_brazil(hub.clock().now());
    let body = with(fixture.session(), "/dueDate", json!(today.to_string()));
    let (order, late) = (hub.merchant.creates_session(&body).await, hub.merchant.creates_session(&body).await);
    assert_eq!(hub.merchant.reads_session(&order).await.text("/dueDate"), format!("{today}T23:59:59.999Z"));
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.clock().advance(today.end_in_brazil().since(hub.clock().now()));
    hub.shopper.pays(&late, &by_card(APPROVED)).await.assert_status(400);
}

/// A name that comes twice has two values, and parsers disagree which of them counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_names_a_field_twice_is_refused_on_every_route() {
    let fixture = Fixture::open().await;
    for good in fixture.all() {
        let body = good.body.to_string();
        let twice = format!("{},\"x\":1,\"x\":1}}", body.strip_suffix('}').unwrap()).replace("{,", "{");
        let refused = fixture.refuse(&good.method, &good.path, Some(twice.into_bytes()), 400).await;
        let problem = details(&refused);
        assert!(problem.len() == 1 && problem[0].starts_with("the request body names a field twice"), "{problem:?}");
    }
    let amounts = fixture.charge().to_string().replacen("\"amount\":", "\"amount\":1,\"amount\":", 1);
    let _ = fixture.refuse(&Method::POST, "/v1/charges", Some(amounts.into_bytes()), 400).await;
}

/// Fields that change who gets how much, or who bears the risk, are never ignored.
#[tokio::test(flavor = "multi_thread")]
async fn fields_that_this_hub_does_not_serve_are_refused_by_name() {
    let fixture = Fixture::open().await;
    let moves_no_money = ["/v1/tokens".to_owned(), fixture.of_reserved("")];
    let goods = fixture.all().into_iter().filter(|good| good.method == Method::POST);
    for good in goods.filter(|good| !moves_no_money.contains(&good.path)) {
        for (field, value) in [
            ("splitRules", json!([{"sellerId": UNKNOWN_ID, "percentage": 10}])),
            ("vendor", json!({"id": UNKNOWN_ID})),
            ("threeDSecure2", json!({"redirectURL": "https://example.com"})),
            ("delayToCompose", json!(1)),
        ] {
            let body = with(good.body.clone(), &format!("/{field}"), value);
            let problems = fixture.problems(&Method::POST, &good.path, &body).await;
            assert_eq!(problems, [format!("{field} is not served by this hub")], "{}", good.path);
        }
        let twice = with(good.body.clone(), "/maxPayments", json!(2));
        let problems = fixture.problems(&Method::POST, &good.path, &twice).await;
        assert_eq!(problems, ["maxPayments other than 1 is not served by this hub"], "{}", good.path);
    }
    let served = "is not served by this hub: it must be one of the following values: credit, pix, boleto, drip";
    for kind in ["debit", "nupay", "voucher", "Credit", ""] {
        let (charge, session) = (fixture.charge(), fixture.session());
        let charge = fixture
            .problems(&Method::POST, "/v1/charges", &with(charge, "/paymentMethod/paymentType", json!(kind)))
            .await;
        let payment = with(by_card(APPROVED), "/paymentMethod/paymentType", json!(kind));
        let payment = fixture.problems(&Method::POST, &fixture.order.path("/charge"), &payment).await;
        let session = fixture
            .problems(&Method::POST, "/v1/sessions", &with(session, "/paymentMethods/0", json!({"paymentType": kind})))
            .await;
        assert_eq!(charge, [format!("paymentMethod.paymentType {served}")]);
        assert_eq!((payment, session), (charge, vec![format!("paymentMethods.0.paymentType {served}")]));
    }
    // Empty values and null are accepted, and unknown fields are ignored.
    let nothing = json!({"splitRules": [], "vendor": {}, "threeDSecure2": null, "delayToCompose": null,
                         "maxPayments": 1, "unknown": {"a": [1]}, "customerId": null, "fraudAnalysis": {}});
    for (path, mut body) in [("/v1/charges", fixture.charge()), ("/v1/sessions", fixture.session())] {
        body.as_object_mut().unwrap().extend(nothing.as_object().unwrap().clone());
        fixture.hub.merchant.post(path, &body).await.assert_status(201);
    }
}
