//! What Worldline's API says of every charge that it can make, and how its requests are read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    charge::{
        Charge, Outcome,
        command::Command,
        decline::DeclineCode,
        request::{Receipt, RequestStatus},
        update::UpdateKind,
    },
    client_session::{ClientSession, ProductFilters},
    ids::ClientId,
    refusal::{InputFault, Refusal},
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::worldline::{
    DecryptedInput, PaymentStatus,
    payment::{ChangedPayment, CreatePayment, CreatePaymentResponse, PaymentBody, approved_amount},
    refund::{CreateRefund, RefundBody, RefundsResponse},
};

use crate::fixtures::{
    answered, approval, asked, at, card_request, circumstances, intent, json_of, minor, notified, now, settled, with,
};

const LATER: &str = "2022-10-25T22:50:00.000Z";
const LAST: &str = "2022-10-25T22:55:00.000Z";

fn running() -> Charge {
    intent(&card_request())
}

fn reserved() -> Charge {
    settled(&running(), Outcome::Approved(approval()), now(), Some(100))
}

fn paid() -> Charge {
    let at_once = intent(&with(card_request(), "/capture", json!(true)));
    settled(&at_once, Outcome::Approved(approval()), now(), Some(100))
}

fn asked_at(charge: &Charge, command: Command, outcome: impl Into<Outcome>, when: &str) -> Charge {
    asked(charge, command, outcome, at(when))
}

fn done() -> Outcome {
    Outcome::Approved(Receipt::default())
}

fn declined() -> Outcome {
    Outcome::Declined(DeclineCode::Generic.into())
}

/// One line for a charge: its status in the domain, and what this API says of it, now and as an answer.
fn line(name: &str, charge: &Charge) -> String {
    let of = |is_answer| {
        let PaymentStatus { words, is_authorized, is_cancellable, is_refundable, .. } =
            PaymentStatus::of(charge, is_answer);
        let flag = |flag| if flag { "t" } else { "f" };
        let code = words.code.map_or("-".to_owned(), |code| code.to_string());
        let flags = [is_authorized, is_cancellable, is_refundable].map(flag).join("/");
        format!("{} {code} {flags} ({})", words.status, words.category)
    };
    let (now, answer) = (of(false), of(true));
    let also = if answer == now { String::new() } else { format!("; in its answer {answer}") };
    format!("{name}: {} = {now}{also}", charge.status())
}

/// Reviewed line by line. A payment is never both cancellable and refundable, and none that was paid is cancellable.
const TABLE: &str = "\
running: pending = AUTHORIZATION_REQUESTED - f/f/f (PENDING_CONNECT_OR_3RD_PARTY)
unknown: pending = AUTHORIZATION_REQUESTED - f/f/f (PENDING_CONNECT_OR_3RD_PARTY)
declined: failed = REJECTED 100 f/f/f (UNSUCCESSFUL)
never sent: failed = REJECTED 100 f/f/f (UNSUCCESSFUL)
reserved: pre_authorized = PENDING_APPROVAL 600 t/t/f (PENDING_MERCHANT)
capture declined: pre_authorized = PENDING_APPROVAL 600 t/t/f (PENDING_MERCHANT)
capture unknown: pre_authorized = CAPTURE_REQUESTED 800 t/f/f (PENDING_CONNECT_OR_3RD_PARTY)
captured: authorized = CAPTURED 900 t/f/t (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/t (PENDING_CONNECT_OR_3RD_PARTY)
captured in part: authorized = CAPTURED 900 t/f/t (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/t (PENDING_CONNECT_OR_3RD_PARTY)
released: canceled = CANCELLED 99999 f/f/f (UNSUCCESSFUL)
release declined: pre_authorized = PENDING_APPROVAL 600 t/t/f (PENDING_MERCHANT)
release unknown: pre_authorized = PENDING_APPROVAL 600 t/f/f (PENDING_MERCHANT)
paid: authorized = CAPTURED 900 t/f/t (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/t (PENDING_CONNECT_OR_3RD_PARTY)
refunded in part: authorized = CAPTURED 900 t/f/t (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/t (PENDING_CONNECT_OR_3RD_PARTY)
refund of all unknown: authorized = CAPTURED 900 t/f/f (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/f (PENDING_CONNECT_OR_3RD_PARTY)
refunded: voided = REFUNDED - f/f/f (REFUNDED)
disputed: authorized = CHARGEBACK_NOTIFICATION - t/f/t (COMPLETED)
charged back: charged_back = CHARGEBACKED - t/f/f (REVERSED)
charged back in part: charged_back = CHARGEBACKED - t/f/t (REVERSED)
";

fn states() -> Vec<(&'static str, Charge)> {
    let all = Command::Refund(None);
    let dispute = UpdateKind::Disputed { dispute: Some("d1".to_owned()) };
    let chargeback =
        |amount| UpdateKind::ChargedBack { amount: minor(amount), dispute: Some("d1".to_owned()), place: None };
    vec![
        ("running", running()),
        ("unknown", settled(&running(), Outcome::Unknown, now(), None)),
        ("declined", settled(&running(), declined(), now(), None)),
        ("never sent", settled(&running(), Outcome::NotSent, now(), None)),
        ("reserved", reserved()),
        ("capture declined", asked_at(&reserved(), Command::Capture(None), declined(), LATER)),
        ("capture unknown", asked_at(&reserved(), Command::Capture(None), Outcome::Unknown, LATER)),
        ("captured", asked_at(&reserved(), Command::Capture(None), done(), LATER)),
        ("captured in part", asked_at(&reserved(), Command::Capture(Some(minor(80))), done(), LATER)),
        ("released", asked_at(&reserved(), Command::Release, done(), LATER)),
        ("release declined", asked_at(&reserved(), Command::Release, declined(), LATER)),
        ("release unknown", asked_at(&reserved(), Command::Release, Outcome::Unknown, LATER)),
        ("paid", paid()),
        ("refunded in part", asked_at(&paid(), Command::Refund(Some(minor(50))), done(), LATER)),
        ("refund of all unknown", asked_at(&paid(), all, Outcome::Unknown, LATER)),
        ("refunded", asked_at(&paid(), all, done(), LATER)),
        ("disputed", notified(&paid(), 1, dispute, at(LATER))),
        ("charged back", notified(&paid(), 1, chargeback(150), at(LATER))),
        ("charged back in part", notified(&paid(), 1, chargeback(50), at(LATER))),
    ]
}

#[test]
fn every_charge_has_its_status_code_and_flags() {
    let table: String = states().iter().map(|(name, charge)| line(name, charge) + "\n").collect();
    assert_eq!(table, TABLE, "{table}");
    for (name, charge) in states() {
        let status = PaymentStatus::of(&charge, false);
        assert!(!(status.is_cancellable && (status.is_refundable || charge.was_paid())), "{name}");
    }
}

#[test]
fn a_payment_prints_what_was_captured_and_what_was_refunded_of_it() {
    let captured = asked_at(&reserved(), Command::Capture(Some(minor(80))), done(), LATER);
    let refunded = asked_at(&captured, Command::Refund(Some(minor(30))), done(), LAST);
    let output = |charge: &Charge| json_of(PaymentBody::new(charge, "r"))["paymentOutput"].clone();
    for (charge, amount, of_it) in
        [(reserved(), 150, Value::Null), (captured, 80, Value::Null), (refunded, 80, json!(30))]
    {
        let output = output(&charge);
        assert_eq!((&output["amountOfMoney"]["amount"], &output["amountRefunded"]), (&json!(amount), &of_it));
    }
    let released = asked_at(&reserved(), Command::Release, done(), LATER);
    assert_eq!(output(&released)["amountOfMoney"]["amount"], 150);
}

#[test]
fn a_payment_is_printed_whole() {
    let answer = CreatePaymentResponse::new(&reserved(), "r").unwrap();
    let id = answer.payment.id.clone();
    assert_eq!(
        json_of(answer),
        json!({
            "creationOutput": {"additionalReference": &id[..20], "externalReference": id},
            "payment": {
                "id": id,
                "paymentOutput": {
                    "amountOfMoney": {"amount": 150, "currencyCode": "BRL"},
                    "references": {"paymentReference": "0"},
                    "paymentMethod": "card",
                    "cardPaymentMethodSpecificOutput": {
                        "paymentProductId": 1,
                        "card": {"cardNumber": "************7814", "expiryDate": "0628"},
                    },
                },
                "status": "PENDING_APPROVAL",
                "statusOutput": {
                    "isAuthorized": true,
                    "isCancellable": true,
                    "isRefundable": false,
                    "statusCategory": "PENDING_MERCHANT",
                    "statusCode": 600,
                    "statusCodeChangeDateTime": "20221025224906",
                },
            },
        })
    );
    assert_eq!(CreatePaymentResponse::new(&running(), "r"), None, "before there is an answer");
}

#[test]
fn an_answer_stays_as_it_was_given() {
    let captured = asked_at(&reserved(), Command::Capture(None), done(), LATER);
    let refunded = asked_at(&captured, Command::Refund(None), done(), LAST);
    let created = CreatePaymentResponse::new(&refunded, "r").unwrap();
    assert_eq!(created, CreatePaymentResponse::new(&reserved(), "r").unwrap());
    let approved = ChangedPayment::approved(&refunded, 2, "r").unwrap().unwrap();
    assert_eq!((approved.payment.status, &approved.card_payment_method_specific_output), ("CAPTURE_REQUESTED", &None));
    assert_eq!(PaymentBody::new(&refunded, "r").status, "REFUNDED");
}

#[test]
fn a_change_that_was_declined_is_an_error_and_an_unknown_one_is_not() {
    let of = |outcome: Outcome| asked_at(&reserved(), Command::Release, outcome, LATER);
    assert_eq!(ChangedPayment::canceled(&of(declined()), 2, "r"), Ok(None));
    assert_eq!(ChangedPayment::canceled(&of(Outcome::NotSent), 2, "r"), Ok(None));
    for (outcome, id) in [(done(), "00"), (Outcome::Unknown, "98")] {
        let canceled = json_of(ChangedPayment::canceled(&of(outcome), 2, "r").unwrap().unwrap());
        assert_eq!(canceled["cardPaymentMethodSpecificOutput"]["voidResponseId"], id);
    }
}

#[test]
fn a_refund_is_a_resource_of_its_own() {
    let captured = asked_at(&reserved(), Command::Capture(None), done(), LATER);
    let charge = asked_at(&captured, Command::Refund(Some(minor(50))), done(), LAST);
    let refund = json_of(RefundBody::new(&charge, 3, "r").unwrap());
    assert_eq!(
        refund,
        json!({
            "id": refund["id"],
            "refundOutput": {
                "amountOfMoney": {"amount": 50, "currencyCode": "BRL"},
                "references": {"paymentReference": "0"},
                "paymentMethod": "card",
            },
            "status": "REFUNDED",
            "statusOutput": {
                "isCancellable": false,
                "statusCategory": "REFUNDED",
                "statusCodeChangeDateTime": "20221025225501",
            },
        })
    );
    assert!(refund["id"].as_str().unwrap().ends_with("003"));
    assert_eq!(json_of(RefundsResponse::new(&charge, "r"))["refunds"], json!([refund]));
    // Neither a payment nor a capture is a refund, nor is the release of a reservation.
    let released = asked_at(&reserved(), Command::Release, done(), LATER);
    assert_eq!([0, 1, 2, 4].map(|number| RefundBody::new(&charge, number, "r").is_some()), [false; 4]);
    assert_eq!(RefundBody::new(&released, 2, "r"), None);
    let unknown = asked_at(&captured, Command::Refund(None), Outcome::Unknown, LAST);
    let unknown = RefundBody::new(&unknown, 3, "r").unwrap();
    assert_eq!((unknown.status, unknown.status_output.status_code), ("REFUND_REQUESTED", Some(800)));
    assert!(!unknown.status_output.is_cancellable);
}

#[test]
fn every_status_of_a_request_is_one_of_a_refund() {
    let of = |outcome: Outcome| {
        let charge = asked_at(&paid(), Command::Refund(None), outcome, LATER);
        let status = charge.requests[1].status();
        (status, RefundBody::as_answered(&charge, 2, "r").unwrap().status)
    };
    assert_eq!(of(done()), (RequestStatus::Success, "REFUNDED"));
    assert_eq!(of(Outcome::Unknown), (RequestStatus::Processing, "REFUND_REQUESTED"));
    assert_eq!(of(declined()), (RequestStatus::Failed, "REJECTED"));
    assert_eq!(of(Outcome::NotSent), (RequestStatus::InternalError, "REJECTED"));
}

/// The code of a refund that is read is that of its decline, also where the outcome was unknown at first.
#[test]
fn a_refund_that_is_declined_later_has_the_code_of_its_decline() {
    let unknown = asked_at(&paid(), Command::Refund(None), Outcome::Unknown, LATER);
    let declined = Outcome::Declined(DeclineCode::InsufficientFunds.into());
    let charge = answered(&unknown, 2, declined, circumstances(at(LAST), None));
    let of = |body: RefundBody| (body.status, body.status_output.errors.first().map(|error| error.code));
    assert_eq!(of(RefundBody::new(&charge, 2, "r").unwrap()), ("REJECTED", Some("430360")));
    assert_eq!(of(RefundBody::as_answered(&charge, 2, "r").unwrap()), ("REFUND_REQUESTED", None));
}

#[test]
fn a_stored_card_that_cannot_pay_is_named_by_the_field_that_chose_it() {
    let by_page = json!({"encryptedCustomerInput": "x"});
    for refusal in [Refusal::UnusableCard, Refusal::CardExpired] {
        assert_eq!(CreatePayment::refused(refusal.clone(), &payment()), refusal);
        let stored = Refusal::EncryptedInput(InputFault::StoredCard);
        assert_eq!(CreatePayment::refused(refusal, &by_page), stored);
    }
}

fn codes() -> Vec<(&'static str, String)> {
    let of = |code: &DeclineCode| {
        let charge = settled(&running(), Outcome::Declined((*code).into()), now(), None);
        let body = CreatePaymentResponse::new(&charge, "r").unwrap().rejected("r");
        (code.name(), body.errors[0].code.to_owned())
    };
    DeclineCode::ALL.iter().map(of).collect()
}

#[test]
fn four_codes_of_declines_are_established() {
    let with =
        |code: &str| codes().into_iter().filter(|(_, own)| own == code).map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(with("430360"), ["insufficient_funds"]);
    assert_eq!(with("430421"), ["fraud_confirmed", "fraud_suspect"]);
    let undisclosed = [
        "card_not_supported",
        "blocked_card",
        "not_permitted",
        "restricted_card",
        "service_not_allowed",
        "transaction_not_allowed",
    ];
    assert_eq!(with("430285"), undisclosed);
    assert_eq!(with("430330").len() + 9, DeclineCode::ALL.len());
}

fn when() -> Timestamp {
    at("2026-11-28T12:00:00.000Z")
}

fn payment() -> Value {
    json!({
        "cardPaymentMethodSpecificInput": {
            "card": {"cardNumber": "4567350000427977", "expiryDate": "1230", "cvv": "123", "cardholderName": "Ana"},
            "paymentProductId": 1,
        },
        "order": {"amountOfMoney": {"amount": 2345, "currencyCode": "BRL"}},
        "fraudFields": {},
        "merchant": {},
        "somethingNew": {"a": [1]},
    })
}

#[test]
fn nothing_is_captured_that_was_not_asked_for() {
    let captures = |value: Value| {
        let body = with(payment(), "/cardPaymentMethodSpecificInput/requiresApproval", value);
        CreatePayment::read(&body, when()).unwrap().order(merchant()).unwrap().capture
    };
    for (value, captured) in [(Value::Null, false), (json!(true), false), (json!("true"), false), (json!(false), true)]
    {
        assert_eq!(captures(value.clone()), captured, "{value}");
    }
    // An encrypted card comes without the object that would say so.
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = r#"{"alg":"RSA-OAEP","enc":"A256CBC-HS512","kid":"6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61"}"#;
    let jwe = [header, "key", "iv", "text", "tag"].map(part).join(".");
    let body = json!({"encryptedCustomerInput": jwe, "order": payment()["order"]});
    let input = json!({
        "clientSessionId": "s",
        "nonce": "n",
        "paymentValues": [{"key": "cardNumber", "value": "4567350000427977"}, {"key": "expiryDate", "value": "1230"},
                          {"key": "cardholderName", "value": "Ana"}],
    });
    let input = DecryptedInput::read(input.to_string().as_bytes()).unwrap().input().unwrap();
    let payment = CreatePayment::read(&body, when()).unwrap();
    let typed = payment.typed_in(&input, when()).unwrap();
    let session = ClientSession {
        client: ClientId::new(Uuid::nil()),
        merchant: merchant(),
        shopper: Uuid::nil(),
        filters: ProductFilters::default(),
        cards: Vec::new(),
        invalid_tokens: Vec::new(),
        created_at: when(),
    };
    assert!(!payment.encrypted_order(merchant(), &input, typed, &session).unwrap().capture);
}

fn merchant() -> domain::ids::MerchantId {
    crate::fixtures::MERCHANT.parse().unwrap()
}

#[test]
fn an_order_says_what_the_request_said() {
    let body = with(payment(), "/order/references", json!({"merchantReference": "A1", "descriptor": "Loja"}));
    let body = with(body, "/order/additionalInput", json!({"installments": {"numberOfInstallments": 3}}));
    let order = CreatePayment::read(&body, when()).unwrap().order(merchant()).unwrap();
    assert_eq!((order.money.amount, order.money.currency.code()), (minor(2345), "BRL"));
    assert_eq!((order.order_id.as_deref(), order.statement_descriptor.as_deref()), (Some("A1"), Some("Loja")));
    assert_eq!(order.method, domain::method::Method::Credit { installments: 3 });
    let flat = with(payment(), "/order/additionalInput", json!({"numberOfInstallments": "2"}));
    let order = CreatePayment::read(&flat, when()).unwrap().order(merchant()).unwrap();
    assert_eq!(order.method, domain::method::Method::Credit { installments: 2 });
}

#[test]
fn amounts_of_changes_are_in_the_currency_of_the_payment() {
    let (brl, jpy) = ("BRL".parse().unwrap(), "JPY".parse().unwrap());
    assert_eq!(approved_amount(&json!({}), brl), Ok(None));
    assert_eq!(approved_amount(&json!({"amount": 50, "order": {}}), brl), Ok(Some(minor(50))));
    assert_eq!(approved_amount(&json!({"amount": "5000"}), jpy), Ok(Some(minor(50))));
    for amount in [json!(0), json!(0.5), json!("x"), json!(true)] {
        assert!(approved_amount(&json!({"amount": amount}), brl).is_err(), "{amount}");
    }
    let refund = |currency: &str| json!({"amountOfMoney": {"amount": 50, "currencyCode": currency}});
    let refunded_amount = |body: &Value| CreateRefund::read(body, brl).map(|refund| refund.amount);
    assert_eq!(refunded_amount(&json!({"refundReason": "RETURN"})), Ok(None));
    assert_eq!(refunded_amount(&refund("BRL")), Ok(Some(minor(50))));
    let problem = "amountOfMoney.currencyCode must be the currency of the payment".to_owned();
    assert_eq!(refunded_amount(&refund("USD")), Err(Refusal::Invalid(vec![problem])));
}
