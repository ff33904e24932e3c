//! Boleto and Drip in requests, and what a session says of them.

use domain::{
    charge::SourceOrder,
    limits::DRIP_LIFE,
    method::{Accepted, Boleto, Browser, Drip, Method, PaymentType, Penalty, Rate},
    refusal::Refusal,
    session::Session,
    time::Timestamp,
};
use serde_json::{Value, json};
use wire::malga::requests::{CreateCharge, CreateSession, PaySession, Sender};

use crate::fixtures::{
    BROWSER, at, boleto, drip_request, minor, now, pay_session, pix_request, session, session_request, with,
};

fn problems<T>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

fn read(body: &Value) -> Method {
    CreateCharge::read(body, now()).unwrap().method
}

fn read_boleto(body: &Value) -> Boleto {
    match read(body) {
        Method::Boleto(boleto) => boleto,
        other => panic!("{other:?}"),
    }
}

fn read_drip(method: Method) -> Drip {
    match method {
        Method::Drip(drip) => drip,
        other => panic!("{other:?}"),
    }
}

/// The problems of the boleto's body with `value` at `field` of its method, which all begin with `paymentMethod.`.
fn boleto_changed(field: &str, value: Value) -> Vec<String> {
    let problems = problems(CreateCharge::read(&with(boleto(), &format!("/paymentMethod/{field}"), value), now()));
    problems.iter().map(|problem| problem.strip_prefix("paymentMethod.").unwrap().to_owned()).collect()
}

fn drip_changed(path: &str, value: Value) -> Vec<String> {
    problems(CreateCharge::read(&with(drip_request(), path, value), now()))
}

#[test]
fn a_boleto_is_read_with_all_that_it_says() {
    let order = CreateCharge::read(&boleto(), now()).unwrap();
    let Method::Boleto(boleto) = order.method else { panic!("{:?}", order.method) };
    assert_eq!(boleto.expires_date.to_string(), "2022-11-30");
    assert_eq!(boleto.max_days_past_due, Some(60));
    assert_eq!(boleto.instructions.as_deref(), Some("Não receber após o vencimento"));
    let interest = boleto.interest.unwrap();
    assert_eq!((interest.days, interest.rate), (1, Rate::Percentage("0.33".parse().unwrap())));
    assert_eq!(boleto.fine, Some(Penalty { days: 2, rate: Rate::Amount(minor(200)) }));
    assert_eq!((boleto.items[0].title.as_str(), boleto.items[0].quantity), ("item title", 2));
    assert!(matches!(order.source, SourceOrder::Customer(customer) if customer.address.is_none()));
}

#[test]
fn a_boleto_that_says_nothing_can_be_paid_for_seven_days_of_brazil() {
    let silent = with(pix_request(), "/paymentMethod", json!({"paymentType": "boleto", "items": []}));
    let boleto = |at: &str| match CreateCharge::read(&silent, self::at(at)).unwrap().method {
        Method::Boleto(boleto) => boleto,
        other => panic!("{other:?}"),
    };
    let first = boleto("2022-10-26T02:59:59.999Z");
    assert_eq!(first.expires_date.to_string(), "2022-11-01");
    assert_eq!(boleto("2022-10-26T03:00:00.000Z").expires_date.to_string(), "2022-11-02");
    assert_eq!((first.instructions, first.interest, first.fine, first.items.len()), (None, None, None, 0));
    assert_eq!(first.max_days_past_due, None);
}

#[test]
fn a_boleto_is_paid_late_for_a_year_at_most() {
    let read = |days: u16| read_boleto(&with(boleto(), "/paymentMethod/maxDaysPastDue", json!(days)));
    for days in [0, 1, 365] {
        assert_eq!((read(days).max_days_past_due, read(days).days_past_due()), (Some(days), days));
    }
    // Its interest and its fine imply 30 days where it does not say.
    let silent = read_boleto(&with(boleto(), "/paymentMethod/maxDaysPastDue", Value::Null));
    assert_eq!((silent.max_days_past_due, silent.days_past_due()), (None, 30));
    for (value, problem) in [
        (json!(366), "must not be greater than 365"),
        (json!(-1), "must not be less than 0"),
        (json!(1.5), "must be an integer number"),
        (json!("30"), "must be an integer number"),
    ] {
        assert_eq!(boleto_changed("maxDaysPastDue", value), [format!("maxDaysPastDue {problem}")]);
    }
}

#[test]
fn the_last_day_of_a_boleto_is_a_day_from_today_to_a_year_ahead() {
    let day = |text: &str| boleto_changed("expiresDate", json!(text));
    assert_eq!(day("2022-10-25"), [""; 0]);
    assert_eq!(day("2022-10-24"), ["expiresDate must not be in the past"]);
    assert_eq!(day("2023-10-26"), [""; 0]);
    assert_eq!(day("2023-10-27"), ["expiresDate must not be more than 366 days ahead"]);
    for text in ["2022-11-31", "30/11/2022", "2022-11-30T00:00:00Z", ""] {
        assert_eq!(day(text), ["expiresDate must be a date in the format YYYY-MM-DD"], "{text}");
    }
    assert_eq!(boleto_changed("expiresDate", json!(20_221_130)).len(), 1);
}

#[test]
fn interest_and_fine_are_an_amount_or_a_percentage() {
    for name in ["interest", "fine"] {
        for (penalty, expected) in [
            (json!({"days": 1}), vec!["amount should not be empty where percentage is empty"]),
            (json!({"days": 1, "amount": 1, "percentage": 2}), vec!["percentage must not come together with amount"]),
            (json!({"amount": 1}), vec!["days must be an integer number", "days should not be empty"]),
            (json!({"days": 366, "amount": 1}), vec!["days must not be greater than 365"]),
            (json!({"days": -1, "amount": 1}), vec!["days must not be less than 0"]),
            (json!({"days": 1, "amount": -1}), vec!["amount must not be less than 0"]),
            (json!({"days": "1", "amount": 0}), vec!["days must be an integer number"]),
            (json!({"days": 1, "amount": 1.5}), vec!["amount must be an integer number"]),
            (json!({"days": 1, "percentage": "2"}), vec!["percentage must be a number"]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|problem| format!("{name}.{problem}")).collect();
            assert_eq!(boleto_changed(name, penalty.clone()), expected, "{penalty}");
        }
        assert_eq!(boleto_changed(name, json!(2)), [format!("{name} must be an object")]);
        assert_eq!(boleto_changed(name, json!(null)), [""; 0]);
    }
}

/// Malga's plug-in for `WooCommerce` always sends both, with the numbers that the merchant typed.
#[test]
fn interest_and_fine_of_zero_are_absent() {
    let free = [
        json!({"days": 5, "amount": 0}),
        json!({"days": 0, "amount": 0.0}),
        json!({"days": 5, "percentage": 0}),
        json!({"days": 5, "percentage": 0.0}),
        json!({"days": 5, "amount": 0, "percentage": 0}),
    ];
    for penalty in free {
        let body = with(with(boleto(), "/paymentMethod/interest", penalty.clone()), "/paymentMethod/fine", penalty);
        let read = read_boleto(&body);
        assert_eq!((read.interest, read.fine), (None, None), "{body}");
    }
    let one = json!({"days": 5, "amount": 0, "percentage": 2});
    let read = read_boleto(&with(boleto(), "/paymentMethod/interest", one)).interest.unwrap();
    assert!(matches!(read.rate, Rate::Percentage(_)));
    let terms = json!([{"paymentType": "boleto", "interest": {"days": 1, "amount": 0}}]);
    let session = CreateSession::read(&with(session_request(), "/paymentMethods", terms)).unwrap();
    assert_eq!(session.methods, [Accepted::from(PaymentType::Boleto)]);
}

#[test]
fn a_percentage_is_taken_as_its_number_is_written() {
    let share = |number: &str| {
        let number: Value = serde_json::from_str(number).unwrap();
        with(boleto(), "/paymentMethod/fine", json!({"days": 1, "percentage": number}))
    };
    for (number, kept) in [
        ("2", "2"),
        ("2.0", "2"),
        ("0.33", "0.33"),
        ("0.01", "0.01"),
        ("1.1", "1.1"),
        ("99.99", "99.99"),
        ("1e2", "100"),
    ] {
        let Rate::Percentage(read) = read_boleto(&share(number)).fine.unwrap().rate else { panic!("{number}") };
        assert_eq!(read.to_string(), kept, "{number}");
    }
    for number in ["0.001", "0.333", "-1", "100.01", "1e3", "18446744073709551615"] {
        assert_eq!(
            problems(CreateCharge::read(&share(number), now())),
            ["paymentMethod.fine.percentage must be a percentage from 0.01 to 100 with at most 2 decimals"],
            "{number}"
        );
    }
}

/// 100 things whose JSON has this many bytes, with texts that take more bytes than characters.
fn bought_in(bytes: usize) -> Value {
    let item = |title: String| json!({"id": "ã\"", "title": title, "quantity": 1, "unitPrice": 0});
    let mut items = vec![item("A".repeat(100)); 100];
    let left = bytes - json!(items).to_string().len();
    items[0] = item("A".repeat(100 + left % 155));
    for other in items.iter_mut().skip(1).take(left / 155) {
        *other = item("A".repeat(255));
    }
    let items = json!(items);
    assert_eq!(items.to_string().len(), bytes);
    items
}

#[test]
fn other_fields_of_a_boleto_have_their_bounds() {
    assert_eq!(boleto_changed("instructions", json!("ã".repeat(255))), [""; 0]);
    let long = "instructions must be shorter than or equal to 255 characters";
    assert_eq!(boleto_changed("instructions", json!("ã".repeat(256))), [long]);
    assert_eq!(boleto_changed("items", json!({})), ["items must be an array"]);
    let item = json!({"id": "1", "title": "A", "quantity": 1, "unitPrice": 0});
    assert_eq!(boleto_changed("items", json!(vec![item.clone(); 100])), [""; 0]);
    let (largest, too_large) = (bought_in(16_384), bought_in(16_385));
    assert_eq!(boleto_changed("items", largest.clone()), [""; 0]);
    let problem = "items must not be larger than 16384 bytes of JSON";
    assert_eq!(boleto_changed("items", too_large.clone()), [problem]);
    assert_eq!(drip_changed("/paymentMethod/items", largest), [""; 0]);
    assert_eq!(drip_changed("/paymentMethod/items", too_large), [format!("paymentMethod.{problem}")]);
    let many = "items must contain no more than 100 elements";
    assert_eq!(boleto_changed("items", json!(vec![item; 101])), [many]);
    assert_eq!(
        boleto_changed("items", json!([{"id": 7, "title": "", "quantity": 0}])),
        [
            "items.0.id must be a string",
            "items.0.title should not be empty",
            "items.0.quantity must be a positive number",
            "items.0.unitPrice must be an integer number",
            "items.0.unitPrice should not be empty",
        ]
    );
}

#[test]
fn the_drip_charge_of_malgas_page_is_taken() {
    let order = CreateCharge::read(&drip_request(), now()).unwrap();
    assert!(!order.capture);
    let drip = read_drip(order.method);
    assert_eq!((drip.items[0].id.as_str(), drip.items[0].unit_price), ("123", minor(100)));
    assert_eq!(drip.browser.ip_address, "127.0.0.1");
    assert_eq!(drip.browser.browser_fingerprint, "074c1ee676ed4998ab66491013c565e2");
    assert_eq!(drip.success_redirect_url, "http://your-service.com/success");
    assert_eq!(drip.cancel_redirect_url, "http://your-service.com/cancel");
    assert_eq!((drip.max_installments, drip.expires_in), (None, DRIP_LIFE));
    let most = read_drip(read(&with(drip_request(), "/paymentMethod/maxInstallments", json!(99))));
    assert_eq!(most.max_installments, Some(99));
    let many = "paymentMethod.maxInstallments must not be greater than 99";
    assert_eq!(drip_changed("/paymentMethod/maxInstallments", json!(100)), [many]);
}

#[test]
fn a_drip_charge_needs_all_that_its_page_needs() {
    let bare = json!({"paymentType": "drip"});
    assert_eq!(
        drip_changed("/paymentMethod", bare),
        [
            "paymentMethod.items must be an array",
            "paymentMethod.items should not be empty",
            "paymentMethod.browser must be an object",
            "paymentMethod.browser should not be empty",
            "paymentMethod.successRedirectUrl must be a URL address of http or https without credentials",
            "paymentMethod.successRedirectUrl should not be empty",
            "paymentMethod.cancelRedirectUrl must be a URL address of http or https without credentials",
            "paymentMethod.cancelRedirectUrl should not be empty",
        ]
    );
    assert_eq!(drip_changed("/paymentMethod/items", json!([])), ["paymentMethod.items should not be empty"]);
    assert_eq!(
        drip_changed("/paymentMethod/browser", json!({"ipAddress": "localhost"})),
        [
            "paymentMethod.browser.ipAddress must be an ip address",
            "paymentMethod.browser.browserFingerprint must be a string",
            "paymentMethod.browser.browserFingerprint should not be empty",
        ]
    );
    let six = read_drip(read(&with(drip_request(), "/paymentMethod/browser/ipAddress", json!("2001:DB8::1"))));
    assert_eq!(six.browser.ip_address, "2001:DB8::1");
}

#[test]
fn a_browser_is_sent_to_web_addresses_only() {
    let changed = |address: &str| drip_changed("/paymentMethod/cancelRedirectUrl", json!(address));
    for address in [
        "https://loja.example",
        "HTTP://loja.example:8080/volta?pedido=1&x=%20#fim",
        "http://localhost:3000/",
        "https://[2001:db8::1]:8443/x",
        "https://[2001:db8::1]",
        "https://loja.example/a@b:c",
        &format!("https://loja.example/{}", "x".repeat(2048 - 21)),
    ] {
        assert_eq!(changed(address), [""; 0], "{address}");
    }
    for address in [
        "",
        "loja.example",
        "//loja.example",
        "ftp://loja.example",
        "javascript://loja.example/%0Aalert(1)",
        "https://",
        "https:///volta",
        "https://user@loja.example",
        "https://user:senha@loja.example/",
        "https://loja.example\\@outra.example",
        "https://loja.example\\outra.example",
        "https://loja.example/a b",
        "https://loja.example/\r\nSet-Cookie: a=b",
        "https://lojã.example",
        "https://loja.example:99999",
        "https://loja.example:",
        "https://[2001:db8::1",
        "https://[x]",
        "https://...",
    ] {
        let problem = "paymentMethod.cancelRedirectUrl must be a URL address of http or https without credentials";
        assert_eq!(changed(address), [problem], "{address}");
    }
    let long = format!("https://loja.example/{}", "x".repeat(2048 - 20));
    assert_eq!(changed(&long), ["paymentMethod.cancelRedirectUrl must be shorter than or equal to 2048 characters"]);
}

#[test]
fn a_payment_by_drip_needs_a_whole_address() {
    let address = "paymentSource.customer.address";
    assert_eq!(
        drip_changed("/paymentSource/customer/address", Value::Null),
        [format!("{address} must be an object"), format!("{address} should not be empty")]
    );
    assert_eq!(
        drip_changed("/paymentSource/customer/address/city", Value::Null),
        [format!("{address}.city must be a string"), format!("{address}.city should not be empty")]
    );
    let empty = drip_changed("/paymentSource/customer/address/district", json!(""));
    assert_eq!(empty, [format!("{address}.district should not be empty")]);
    assert_eq!(drip_changed("/paymentSource/customer/address", json!({})).len(), 14);
    assert_eq!(drip_changed("/paymentSource/customer/address/complement", json!("")), [""; 0]);
    // A stored customer's address is not in the request.
    let id = "148d5db0-f1c3-439f-902d-f1f268086e1d";
    let stored = json!({"sourceType": "customer", "customerId": id});
    assert_eq!(drip_changed("/paymentSource", stored), [""; 0]);
}

/// The session whose only payment method is `method`.
fn session_with(method: &Value) -> Session {
    let new = CreateSession::read(&with(session_request(), "/paymentMethods", json!([method]))).unwrap();
    Session { methods: new.methods, ..session() }
}

fn pay(session: &Session, method: Value, now: Timestamp) -> Result<Method, Refusal> {
    let body = with(drip_request(), "/paymentMethod", method);
    pay_session(&body, session, now).map(|order| order.method)
}

#[test]
fn a_session_accepts_a_boleto_with_or_without_its_terms() {
    let bare = session_with(&json!({"paymentType": "boleto"}));
    assert_eq!(bare.methods, [Accepted::from(PaymentType::Boleto)]);
    // A session accepts a day that has passed, like a due date; its payment is refused.
    let past = session_with(&json!({"paymentType": "boleto", "expiresDate": "2001-01-01"}));
    assert_eq!(
        problems(pay(&past, json!({"paymentType": "boleto"}), now())),
        ["paymentMethod.expiresDate must not be in the past"]
    );
    let wrong = json!([{"paymentType": "boleto", "expiresDate": "soon", "maxDaysPastDue": 366, "fine": {"days": 1}}]);
    assert_eq!(
        problems(CreateSession::read(&with(session_request(), "/paymentMethods", wrong))),
        [
            "paymentMethods.0.expiresDate must be a date in the format YYYY-MM-DD",
            "paymentMethods.0.maxDaysPastDue must not be greater than 365",
            "paymentMethods.0.fine.amount should not be empty where percentage is empty",
        ]
    );
}

#[test]
fn the_terms_of_a_boleto_are_the_sessions_and_the_payments_where_the_session_has_none() {
    let method = boleto()["paymentMethod"].clone();
    let read = |session: &Session, method: Value| match pay(session, method, now()).unwrap() {
        Method::Boleto(boleto) => boleto,
        other => panic!("{other:?}"),
    };
    let full = session_with(&method);
    let own = Boleto { items: full.bought(), ..read_boleto(&boleto()) };
    let others = json!({
        "paymentType": "boleto",
        "expiresDate": "2022-12-24",
        "maxDaysPastDue": 0,
        "instructions": "Outras",
        "interest": {"days": 300, "amount": 1},
        "fine": {"days": 300, "amount": 1},
        "items": [{"id": "9", "title": "outro", "quantity": 1, "unitPrice": 1}],
    });
    assert_eq!(read(&full, json!({"paymentType": "boleto"})), own);
    assert_eq!(read(&full, others.clone()), own);
    let silent = session_with(&json!({"paymentType": "boleto"}));
    let said = read_boleto(&with(boleto(), "/paymentMethod", others.clone()));
    assert_eq!(read(&silent, others), Boleto { items: silent.bought(), ..said });
}

#[test]
fn no_payment_moves_the_last_day_of_a_boleto_whose_due_date_the_session_has() {
    let last_day = |terms: Value, said: Value| {
        let session = session_with(&with(json!({"paymentType": "boleto"}), "/expiresDate", json!("2022-12-01")));
        let mut methods = json!({"paymentType": "boleto", "expiresDate": "2022-12-01"});
        methods.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        let session = Session { methods: session_with(&methods).methods, ..session };
        let mut payment = json!({"paymentType": "boleto"});
        payment.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        match pay(&session, payment, now()).unwrap() {
            Method::Boleto(boleto) => (boleto.days_past_due(), boleto.max_days_past_due),
            other => panic!("{other:?}"),
        }
    };
    let fine = json!({"fine": {"days": 1, "amount": 1}});
    assert_eq!(last_day(json!({}), json!({})), (0, None));
    assert_eq!(last_day(json!({}), json!({"maxDaysPastDue": 300})), (0, None));
    assert_eq!(last_day(json!({}), fine.clone()), (0, Some(0)));
    assert_eq!(last_day(fine.clone(), json!({"maxDaysPastDue": 0})), (30, None));
    assert_eq!(last_day(fine.clone(), fine.clone()), (30, None));
    assert_eq!(last_day(json!({"maxDaysPastDue": 5}), json!({"maxDaysPastDue": 300})), (5, Some(5)));
}

#[test]
fn a_payment_by_drip_has_the_pages_the_items_and_the_installments_of_its_session() {
    let pages = json!({
        "paymentType": "drip",
        "successRedirectUrl": "https://shop.example/ok",
        "cancelRedirectUrl": "https://shop.example/no",
        "maxInstallments": 4,
    });
    let method = drip_request()["paymentMethod"].clone();
    let read = |session: &Session, method: &Value| pay(session, method.clone(), at("2023-04-01T00:00:00.000Z"));
    let own = |drip: &Drip| (drip.success_redirect_url.clone(), drip.cancel_redirect_url.clone(), drip.items.clone());
    let whole = session_with(&pages);
    let expected = ("https://shop.example/ok".to_owned(), "https://shop.example/no".to_owned(), whole.bought());
    let taken = read_drip(read(&whole, &method).unwrap());
    assert_eq!((own(&taken), taken.max_installments), (expected.clone(), Some(4)));
    assert_eq!(
        taken.items.iter().map(|item| (item.id.as_str(), item.title.as_str())).collect::<Vec<_>>(),
        [("1", "Item")]
    );
    let bare = read_drip(read(&whole, &json!({"paymentType": "drip"})).unwrap());
    assert_eq!((own(&bare), bare.max_installments), (expected, Some(4)));
    let fewer = json!({"paymentType": "drip", "maxInstallments": 3});
    assert_eq!(read_drip(read(&whole, &fewer).unwrap()).max_installments, Some(3));
    let more = json!({"paymentType": "drip", "maxInstallments": 5});
    assert_eq!(problems(read(&whole, &more)), ["paymentMethod.maxInstallments must not be greater than 4"]);

    // Pages that the session does not name are for the payment to name.
    let silent = session_with(&json!({"paymentType": "drip"}));
    let said = read_drip(read(&silent, &method).unwrap());
    assert_eq!(said.cancel_redirect_url, "http://your-service.com/cancel");
    assert_eq!(problems(read(&silent, &json!({"paymentType": "drip"}))).len(), 4);
}

#[test]
fn the_browser_of_a_payment_by_drip_is_that_of_the_request_where_the_payment_says_none() {
    let session = session_with(&json!({"paymentType": "drip"}));
    let read = |browser: Value, sender: Sender<'_>| {
        let body = with(drip_request(), "/paymentMethod/browser", browser);
        let order = PaySession::read(&body, &session, sender, at("2023-04-01T00:00:00.000Z"));
        order.map(|order| read_drip(order.method).browser)
    };
    let browser = |address: &str, fingerprint: &str| Browser {
        ip_address: address.to_owned(),
        browser_fingerprint: fingerprint.to_owned(),
    };
    assert_eq!(read(json!(null), BROWSER), Ok(browser("203.0.113.7", "Mozilla/5.0 (X11)")));
    assert_eq!(read(json!({}), BROWSER), Ok(browser("203.0.113.7", "Mozilla/5.0 (X11)")));
    assert_eq!(read(json!({"browserFingerprint": "074c"}), BROWSER), Ok(browser("203.0.113.7", "074c")));
    assert_eq!(read(json!({"ipAddress": "::1"}), BROWSER), Ok(browser("::1", "Mozilla/5.0 (X11)")));
    let both = json!({"ipAddress": "::1", "browserFingerprint": "074c"});
    assert_eq!(read(both, BROWSER), Ok(browser("::1", "074c")));
    let long = "x".repeat(300);
    let cut = read(json!(null), Sender { agent: Some(&long), ..BROWSER });
    assert_eq!(cut, Ok(browser("203.0.113.7", &"x".repeat(255))));
    let field = "paymentMethod.browser.browserFingerprint";
    assert_eq!(
        problems(read(json!(null), Sender { agent: None, ..BROWSER })),
        [format!("{field} must be a string"), format!("{field} should not be empty")]
    );
    for agent in ["", " "] {
        let unknown = read(json!(null), Sender { agent: Some(agent), ..BROWSER });
        assert_eq!(problems(unknown), [format!("{field} must be a string"), format!("{field} should not be empty")]);
    }
    assert_eq!(problems(read(json!("x"), BROWSER)), ["paymentMethod.browser must be an object"]);
}

#[test]
fn a_page_at_drip_does_not_outlive_its_session() {
    let session = session_with(&json!({"paymentType": "drip"}));
    assert_eq!(session.methods, [Accepted::from(PaymentType::Drip)]);
    let paid = |now: &str| pay(&session, drip_request()["paymentMethod"].clone(), at(now));
    let life = |now: &str| read_drip(paid(now).unwrap()).expires_in;
    assert_eq!(life("2023-04-01T00:00:00.000Z"), DRIP_LIFE);
    assert_eq!(life("2023-04-04T09:28:43.999Z"), 1);
    assert_eq!(
        problems(paid("2023-04-04T09:28:44.001Z")),
        ["paymentMethod cannot be drip: the session is due in less than one second"]
    );
    // A boleto has its own last day.
    let boletos = session_with(&json!({"paymentType": "boleto"}));
    assert!(pay(&boletos, json!({"paymentType": "boleto"}), at("2023-04-04T09:28:44.001Z")).is_ok());
}
