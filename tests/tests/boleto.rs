//! Boletos: bank slips with a barcode that shoppers pay until the due date, or later with interest. Boletos are never
//! refunded.

use std::time::Duration;

use domain::{
    calendar::{next_banking_day, plus_banking_days},
    time::Date,
};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::reference,
    engine::Call,
    fixture::Fixture,
    samples::{APPROVED, DECLINED, boleto_charge, by_card, events, session, summary, with, without},
    session::Session,
};

const DAY: Duration = Duration::from_hours(24);

fn today(hub: &TestHub) -> Date {
    Date::in_brazil(hub.clock().now())
}

/// The check digit of one field of the linha digitável: weights 2 and 1 from the right, the digits of the products
/// added up, modulo 10.
fn modulo_10(digits: &[u32]) -> u32 {
    let products =
        digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 0 { digit * 2 } else { *digit });
    (10 - products.map(|product| product / 10 + product % 10).sum::<u32>() % 10) % 10
}

/// The general check digit: weights 2 to 9 from the right, modulo 11; any other result is 1.
fn modulo_11(digits: &[u32]) -> u32 {
    let products = digits.iter().rev().zip((2..=9).cycle()).map(|(digit, weight)| digit * weight);
    match 11 - products.sum::<u32>() % 11 {
        digit @ 2..=9 => digit,
        _ => 1,
    }
}

fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))
}

/// Fails unless `line` is a valid linha digitável for this amount and this due date.
#[track_caller]
fn assert_can_be_typed(line: &str, cents: u64, last_day: Date) {
    let digits: Vec<u32> = line.chars().map(|digit| digit.to_digit(10).unwrap()).collect();
    assert_eq!(digits.len(), 47, "{line}");
    for (from, check) in [(0, 9), (10, 20), (21, 31)] {
        assert_eq!(modulo_10(&digits[from..check]), digits[check], "{line}");
    }
    let free_field = [&digits[4..9], &digits[10..20], &digits[21..31]].concat();
    let others = [&digits[0..4], &digits[33..47], &free_field].concat();
    assert_eq!(modulo_11(&others), digits[32], "{line}");
    assert_eq!((digits[3], number(&digits[37..47])), (9, cents), "in reais, {line}");
    // Days since 1997-10-07; from 2025-02-22 on they count from 1000 again.
    let days = last_day.days_since("2025-02-22".parse().unwrap()).unwrap();
    assert_eq!(number(&digits[33..37]), u64::from(1000 + days % 9000), "{line}");
}

/// The checksum that ends each chunk of a PNG (ISO/IEC 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Width and height of a PNG; fails where a chunk is broken.
fn picture(file: &[u8]) -> (u32, u32) {
    let mut rest = file.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
    let word = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(word(rest)).unwrap();
        let (part, after) = rest.split_at(length + 12);
        assert_eq!(crc(&part[4..length + 8]), word(&part[length + 8..]), "a chunk is broken");
        parts.push((String::from_utf8_lossy(&part[4..8]).into_owned(), part[8..length + 8].to_vec()));
        rest = after;
    }
    assert_eq!(parts.iter().filter(|(name, _)| name == "IDAT").count(), 1);
    assert_eq!((parts[0].0.as_str(), parts.last().unwrap().0.as_str()), ("IHDR", "IEND"));
    (word(&parts[0].1), word(&parts[0].1[4..]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_has_a_line_and_a_picture_and_seven_days_unless_it_says_otherwise() {
    let hub = TestHub::build().await;
    let body = boleto_charge(&hub.merchant.id);
    let days = |days| today(&hub).plus_days(days).to_string();
    for (date, last_day, amount) in [
        (json!(null), days(7), 150),
        (json!(days(0)), days(0), 1),
        (json!(days(1)), days(1), 9_999_999_999_u64),
        (json!(days(366)), days(366), 12_345),
    ] {
        let body = with(with(body.clone(), "/paymentMethod/expiresDate", date), "/amount", json!(amount));
        let made = hub.merchant.creates_charge(&body).await;
        assert_eq!(summary(&made), format!("pending {amount}: pending success {amount}"));
        assert_eq!(made.text("/paymentMethod/expiresDate"), last_day);
        assert_can_be_typed(made.text("/paymentMethod/barcodeData"), amount, last_day.parse().unwrap());
        let (_, image) = hub.shopper.opens(made.text("/paymentMethod/barcodeImageUrl"), &[]).await;
        let (width, height) = picture(&image);
        // 44 digits of 9 modules each, a start, an end, and a quiet zone on both sides.
        assert!(width > 44 * 9 && height > 50, "{width} x {height}");
        let shown = without(made.body["paymentMethod"].clone(), "/paymentType");
        assert_eq!(made.body["transactionRequests"][0]["boleto"], shown);
        assert_eq!(made.text("/transactionRequests/0/providerType"), "MERCADO_PAGO");
        assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.body, made.body, "as it was answered");
        assert_eq!(events(&hub, made.text("/id")).await, ["pending"]);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_boletos_have_the_same_line() {
    let hub = TestHub::build().await;
    let body = boleto_charge(&hub.merchant.id);
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(hub.merchant.creates_charge(&body).await.text("/paymentMethod/barcodeData").to_owned());
    }
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 5);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interest_fine_and_instructions_are_echoed_as_they_were_sent() {
    let hub = TestHub::build().await;
    let bare = boleto_charge(&hub.merchant.id);
    for (interest, fine) in [
        (json!({"days": 1, "percentage": 0.33}), json!({"days": 2, "amount": 300})),
        (json!({"days": 0, "amount": 1}), json!({"days": 365, "percentage": 100})),
        (json!({"days": 30, "percentage": 2.5}), json!(null)),
        (json!(null), json!({"days": 1, "percentage": 0.01})),
    ] {
        let method = json!({
            "paymentType": "boleto", "instructions": "Não receber após o vencimento", "interest": interest, "fine": fine,
            "items": [{"id": "1", "title": "Ração", "quantity": 2, "unitPrice": 75}],
        });
        let made = hub.merchant.creates_charge(&with(bare.clone(), "/paymentMethod", method.clone())).await;
        for field in ["instructions", "interest", "fine", "items"] {
            assert_eq!(made.body["paymentMethod"][field], method[field], "{field}");
            assert_eq!(made.body["transactionRequests"][0]["boleto"][field], method[field], "{field}");
        }
    }
    let made = hub.merchant.creates_charge(&bare).await;
    for (field, absent) in
        [("instructions", json!(null)), ("interest", json!(null)), ("fine", json!(null)), ("items", json!([]))]
    {
        assert_eq!(made.body["paymentMethod"][field], absent, "{field}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_terms_of_a_boleto_are_refused() {
    let fixture = Fixture::open().await;
    let good = boleto_charge(&fixture.hub.merchant.id);
    let days = |days| today(&fixture.hub).plus_days(days).to_string();
    let changes = [
        ("expiresDate", json!("2020-01-01"), "expiresDate must not be in the past"),
        ("expiresDate", json!(days(367)), "expiresDate must not be more than 366 days ahead"),
        ("expiresDate", json!("2027-02-30"), "expiresDate must be a date in the format YYYY-MM-DD"),
        ("expiresDate", json!("2027-01-01T00:00:00Z"), "expiresDate must be a date in the format YYYY-MM-DD"),
        ("instructions", json!("x".repeat(256)), "instructions must be shorter than or equal to 255 characters"),
        (
            "interest",
            json!({"days": 1, "amount": 1, "percentage": 1}),
            "interest.percentage must not come together with amount",
        ),
        ("interest", json!({"days": 1}), "interest.amount should not be empty where percentage is empty"),
        ("fine", json!({"days": 366, "amount": 1}), "fine.days must not be greater than 365"),
        (
            "fine",
            json!({"days": 1, "percentage": 0.001}),
            "fine.percentage must be a percentage from 0.01 to 100 with at most 2 decimals",
        ),
        (
            "fine",
            json!({"days": 1, "percentage": 100.01}),
            "fine.percentage must be a percentage from 0.01 to 100 with at most 2 decimals",
        ),
        ("fine", json!("2%"), "fine must be an object"),
        ("maxDaysPastDue", json!(366), "maxDaysPastDue must not be greater than 365"),
        ("maxDaysPastDue", json!(-1), "maxDaysPastDue must not be less than 0"),
    ];
    for (field, value, problem) in changes {
        let change = (&*format!("/paymentMethod/{field}"), value, &*format!("paymentMethod.{problem}"));
        fixture.each("/v1/charges", &good, &[change]).await;
    }
    fixture.hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_no_barcode_holds_is_declined() {
    let hub = TestHub::build().await;
    let body = with(boleto_charge(&hub.merchant.id), "/amount", json!(10_000_000_000_u64));
    let failed = hub.merchant.creates_charge(&body).await;
    assert_eq!(summary(&failed), "failed 10000000000: pending failed 10000000000");
    assert_eq!(failed.text("/transactionRequests/0/providerError/declinedCode"), "invalid_amount");
    assert_eq!(events(&hub, failed.text("/id")).await, ["failed"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_paid_with_what_its_shopper_paid() {
    let hub = TestHub::build().await;
    let body = boleto_charge(&hub.merchant.id);
    // The printed amount, with interest, and with a discount.
    for amount in [150, 153, 140] {
        let made = hub.merchant.creates_charge(&body).await;
        let id = made.text("/id");
        hub.is_paid(id, amount).await;
        let paid = hub.merchant.reads_charge(id).await;
        assert_eq!(summary(&paid), format!("authorized {amount}: authorization success {amount}, pending success 150"));
        assert_eq!(paid.body["originalAmount"], 150);
        assert_eq!(paid.body["paymentMethod"].get("barcodeData"), None, "it cannot be paid again");
        let line = made.text("/paymentMethod/barcodeData");
        assert_eq!(paid.text("/transactionRequests/1/boleto/barcodeData"), line);
        assert_eq!(events(&hub, id).await, ["pending", "authorized"]);
    }
    // Without a notification the hub reconciles the boleto after its due date.
    let id = hub.merchant.creates_charge(&body).await.text("/id").to_owned();
    let _ = hub.bank.pay(&reference(&id, 1), 151);
    hub.pass(DAY * 12).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&id).await),
        "authorized 151: authorization success 151, pending success 150"
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_fails_when_its_last_day_is_cleared_and_not_before() {
    let hub = TestHub::build().await;
    let body = boleto_charge(&hub.merchant.id);
    let body = with(body, "/paymentMethod/expiresDate", json!(today(&hub).plus_days(1).to_string()));
    let made = hub.merchant.creates_charge(&body).await;
    let id = made.text("/id");
    // Banks clear it by the third banking day; the hub reconciles it in the hour after that.
    let end = plus_banking_days(next_banking_day(today(&hub).plus_days(1)), 3).end_in_brazil();
    hub.pass(end.since(hub.clock().now()).saturating_sub(Duration::from_mins(1))).await;
    assert_eq!(hub.merchant.reads_charge(id).await.body, made.body);
    hub.pass(Duration::from_mins(62)).await;
    let failed = hub.merchant.reads_charge(id).await;
    assert_eq!(summary(&failed), "failed 150: authorization failed 150, pending success 150");
    assert_eq!(failed.text("/transactionRequests/0/providerError/declinedCode"), "expired");
    assert_eq!(failed.body["paymentMethod"].get("barcodeData"), None);
    assert_eq!(events(&hub, id).await, ["pending", "failed"]);
    hub.assert_books_agree().await;
    // The notification of a payment on the last day arrives days later.
    hub.is_paid(id, 150).await;
    assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), "authorized");
    assert_eq!(events(&hub, id).await, ["pending", "failed", "authorized"]);
    hub.assert_books_agree().await;
}

/// A boleto with interest can be paid late: for 30 days, unless the request says otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_can_be_paid_after_its_due_date_for_the_days_that_it_says() {
    let hub = TestHub::build().await;
    let bare = boleto_charge(&hub.merchant.id);
    let interest = json!({"days": 1, "percentage": 1});
    for (max_days, days) in [(json!(null), 30), (json!(0), 0), (json!(45), 45)] {
        let method = json!({"paymentType": "boleto", "expiresDate": today(&hub).to_string(), "interest": interest,
                            "maxDaysPastDue": max_days});
        let made = hub.merchant.creates_charge(&with(bare.clone(), "/paymentMethod", method)).await;
        assert_eq!(made.body["paymentMethod"]["maxDaysPastDue"], max_days);
        assert_eq!(made.body["transactionRequests"][0]["boleto"]["maxDaysPastDue"], max_days);
        let end = next_banking_day(today(&hub).plus_days(days)).end_in_brazil();
        hub.pass(end.since(hub.clock().now()).saturating_sub(Duration::from_mins(1))).await;
        assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.text("/status"), "pending", "{max_days}");
        hub.is_paid(made.text("/id"), 152).await;
        assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.text("/status"), "authorized", "{max_days}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_never_refunded_nor_captured() {
    let hub = TestHub::build().await;
    let id = hub.merchant.creates_charge(&boleto_charge(&hub.merchant.id)).await.text("/id").to_owned();
    let not_served = "the provider of this charge does not refund boleto; nothing was sent";
    let unpaid = "a charge that is pending cannot be voided; nothing was sent";
    for (message, is_paid) in [(unpaid, false), (not_served, true)] {
        if is_paid {
            hub.is_paid(&id, 150).await;
        }
        let _ = hub.engine.take_calls();
        for body in [json!({}), json!({"amount": 50})] {
            let refused = hub.merchant.voids(&id, &body).await.expect(400);
            let error = (refused.text("/error/type"), refused.text("/error/message"));
            assert_eq!(error, ("invalid_request_error", message));
            hub.merchant.captures(&id, &body).await.assert_status(400);
        }
        let written = hub.engine.take_calls().into_iter().filter(Call::is_write).count();
        assert_eq!((written, hub.bank.operations()), (0, 1), "a trace was left");
    }
    hub.assert_books_agree().await;
}

/// A session of 100 minor units that accepts card, and boleto with its own terms.
async fn order(hub: &TestHub, more: &Value) -> Session {
    let terms = json!({
        "paymentType": "boleto", "expiresDate": more["expiresDate"], "instructions": "Pagar no banco",
        "fine": {"days": 1, "percentage": 2}, "maxDaysPastDue": 0,
    });
    let methods = json!([{"paymentType": "credit"}, terms]);
    hub.merchant.creates_session(&with(session(&hub.merchant.id), "/paymentMethods", methods)).await
}

fn by_boleto(terms: &Value) -> Value {
    json!({"paymentMethod": terms, "paymentSource": boleto_charge("")["paymentSource"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_paid_by_a_boleto_with_the_sessions_terms() {
    let hub = TestHub::build().await;
    let last_day = today(&hub).plus_days(3).to_string();
    let order = order(&hub, &json!({"expiresDate": last_day})).await;
    let terms = json!({"paymentType": "boleto", "interest": {"days": 1, "amount": 2}});
    let waiting = hub.shopper.pays(&order, &by_boleto(&terms)).await.expect(201);
    let method = &waiting.body["paymentMethod"];
    assert_eq!(
        [&method["expiresDate"], &method["instructions"], &method["fine"], &method["interest"]],
        [&json!(last_day), &json!("Pagar no banco"), &json!({"days": 1, "percentage": 2}), &terms["interest"]]
    );
    assert_eq!(method["maxDaysPastDue"], 0);
    assert_eq!((waiting.text("/status"), hub.merchant.session_status(&order).await.as_str()), ("pending", "created"));
    // A boleto cannot be canceled: another payment supersedes it, and the boleto stays payable.
    let declined = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201);
    assert_eq!((declined.text("/status"), hub.merchant.session_status(&order).await.as_str()), ("failed", "created"));
    assert_eq!(hub.merchant.reads_charge(waiting.text("/chargeId")).await.text("/status"), "pending");
    hub.is_paid(waiting.text("/chargeId"), 102).await;
    assert_eq!(hub.merchant.session_status(&order).await, "paid");
    hub.merchant.voids(&order.id, &json!({})).await.assert_status(400);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_boleto_was_not_paid_in_time_is_paid_by_another_method() {
    let hub = TestHub::build().await;
    let (first, second) = (order(&hub, &json!({})).await, order(&hub, &json!({})).await);
    let terms = json!({"paymentType": "boleto"});
    let slips = [
        hub.shopper.pays(&first, &by_boleto(&terms)).await.expect(201),
        hub.shopper.pays(&second, &by_boleto(&terms)).await.expect(201),
    ];
    hub.pass(DAY * 12).await;
    assert_eq!(hub.shopper.pays(&first, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    // Both boletos are paid late. One session is paid twice, and a boleto cannot be refunded automatically.
    for slip in &slips {
        hub.is_paid(slip.text("/chargeId"), 100).await;
        assert_eq!(hub.merchant.reads_charge(slip.text("/chargeId")).await.text("/status"), "authorized");
    }
    assert_eq!(
        (hub.merchant.session_status(&first).await.as_str(), hub.merchant.session_status(&second).await.as_str()),
        ("paid", "paid")
    );
    let by_session = hub.merchant.reads_charge(&first.id).await;
    assert_eq!(by_session.text("/paymentMethod/paymentType"), "credit", "the card has paid it");
    hub.assert_books_agree().await;
}
