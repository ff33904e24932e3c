//! What Worldline's API says of every charge that it can make, and how its requests are read.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    charge::{
        Charge, Order, Outcome,
        command::Command,
        decline::DeclineCode,
        request::{Receipt, RequestStatus},
        update::UpdateKind,
    },
    client_session::{ClientSession, ProductFilter, ProductFilters},
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
reserved, its requests used up: pre_authorized = PENDING_APPROVAL 600 t/f/f (PENDING_MERCHANT)
reserved, contradictory: pre_authorized = PENDING_APPROVAL 600 t/f/f (PENDING_MERCHANT)
paid, contradictory: authorized = CAPTURED 900 t/f/f (COMPLETED); in its answer CAPTURE_REQUESTED 800 t/f/f (PENDING_CONNECT_OR_3RD_PARTY)
";

/// A charge whose provider declined every request that a merchant may make of it.
fn used_up(mut charge: Charge) -> Charge {
    let mut when = at(LATER);
    while charge.has_requests_left() {
        when = when.plus(Duration::from_mins(1));
        charge = asked(&charge, Command::Release, declined(), when);
    }
    charge
}

/// A charge that was paid or reserved twice by the same payment.
fn contradictory(mut charge: Charge) -> Charge {
    charge.requests.push(charge.requests[0].clone());
    charge
}

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
        ("reserved, its requests used up", used_up(reserved())),
        ("reserved, contradictory", contradictory(reserved())),
        ("paid, contradictory", contradictory(paid())),
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
    let part = |outcome: Outcome| asked_at(&reserved(), Command::Capture(Some(minor(80))), outcome, LATER);
    let (captured, unknown) = (part(done()), part(Outcome::Unknown));
    let refunded = asked_at(&captured, Command::Refund(Some(minor(30))), done(), LAST);
    let chargeback = UpdateKind::ChargedBack { amount: minor(60), dispute: None, place: None };
    let charged_back = notified(&captured, 1, chargeback, at(LAST));
    let credit = UpdateKind::ChargebackReversed { amount: minor(60), dispute: None, place: None };
    let credited = notified(&charged_back, 1, credit, at("2022-10-25T22:59:00.000Z"));
    for (name, charge, amount, of_it, reversed) in [
        ("reserved", reserved(), 150, Value::Null, Value::Null),
        ("capture of a part, unknown", unknown.clone(), 80, Value::Null, Value::Null),
        ("capture of a part, declined", part(declined()), 150, Value::Null, Value::Null),
        ("captured in part", captured, 80, Value::Null, Value::Null),
        ("refunded in part", refunded, 80, json!(30), Value::Null),
        ("charged back in part", charged_back, 80, Value::Null, json!(60)),
        ("credited again", credited, 80, Value::Null, Value::Null),
        ("released", asked_at(&reserved(), Command::Release, done(), LATER), 150, Value::Null, Value::Null),
    ] {
        let output = json_of(PaymentBody::new(&charge, "r"))["paymentOutput"].clone();
        let printed = (&output["amountOfMoney"]["amount"], &output["amountRefunded"], &output["amountReversed"]);
        assert_eq!(printed, (&json!(amount), &of_it, &reversed), "{name}");
    }
    // The answer to the approval is the same whenever it is asked for.
    let confirmed = answered(&unknown, 2, done(), circumstances(at(LAST), None));
    for charge in [unknown, confirmed] {
        let approved = ChangedPayment::approved(&charge, 2, "r").unwrap().unwrap();
        assert_eq!(approved.payment.payment_output.amount_of_money.amount, 80);
    }
}

#[test]
fn a_payment_shows_its_authorization_code_unless_it_was_declined() {
    let code = |mut charge: Charge| {
        charge.requests[0].answers[0].receipt.authorization_code = Some("A1".to_owned());
        let printed = json_of(PaymentBody::new(&charge, "r"));
        printed["paymentOutput"]["cardPaymentMethodSpecificOutput"]["authorisationCode"].clone()
    };
    assert_eq!((code(reserved()), code(paid())), (json!("A1"), json!("A1")));
    assert_eq!(code(settled(&running(), declined(), now(), None)), Value::Null);
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

/// What the shopper has of it is shown: the sum over all refunds is that of the payment.
#[test]
fn a_refund_that_comes_back_is_shown_by_what_is_left_of_it_and_since_when() {
    let comes_back = |charge: &Charge, amount: u64, when: &str| {
        let update = UpdateKind::RefundReverted { amount: minor(amount), refund: None };
        notified(charge, 2, update, at(when))
    };
    let refunded = asked_at(&paid(), Command::Refund(Some(minor(50))), done(), LATER);
    let (in_part, whole) = (comes_back(&refunded, 20, LAST), comes_back(&refunded, 50, "2022-10-26T08:00:00.000Z"));
    for (charge, status, amount, date, of_payment) in [
        (&refunded, "REFUNDED", 50, "20221025225001", json!(50)),
        (&in_part, "REFUNDED", 30, "20221025225500", json!(30)),
        (&whole, "REJECTED", 50, "20221026080000", Value::Null),
    ] {
        let refund = RefundBody::new(charge, 2, "r").unwrap();
        let output = &refund.status_output;
        assert_eq!((refund.status, refund.refund_output.amount_of_money.amount), (status, amount));
        assert_eq!((output.status_code_change_date_time.as_str(), refund.is_rejected), (date, status == "REJECTED"));
        assert_eq!(json_of(PaymentBody::new(charge, "r"))["paymentOutput"]["amountRefunded"], of_payment);
        let answer = RefundBody::as_answered(charge, 2, "r").unwrap();
        assert_eq!(answer, RefundBody::new(&refunded, 2, "r").unwrap());
    }
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
    let order = encrypted_order("4567350000427977", [None, None], ProductFilters::default());
    assert!(!order.unwrap().capture);
}

/// What a page encrypted, as far as it is read before that is decrypted.
fn jwe() -> String {
    let header = r#"{"alg":"RSA-OAEP","enc":"A256CBC-HS512","kid":"6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61"}"#;
    [header, "key", "iv", "text", "tag"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// The order of the card of this number from a page, in a session of these filters; the merchant and the page name these
/// products.
fn encrypted_order(number: &str, [own, chosen]: [Option<u32>; 2], filters: ProductFilters) -> Result<Order, Refusal> {
    let mut body = json!({"encryptedCustomerInput": jwe(), "order": payment()["order"]});
    if let Some(product) = own {
        body["cardPaymentMethodSpecificInput"] = json!({"paymentProductId": product});
    }
    let input = json!({
        "clientSessionId": "s",
        "nonce": "n",
        "paymentProductId": chosen,
        "paymentValues": [{"key": "cardNumber", "value": number}, {"key": "expiryDate", "value": "1230"},
                          {"key": "cardholderName", "value": "Ana"}],
    });
    let input = DecryptedInput::read(input.to_string().as_bytes()).unwrap().input().unwrap();
    let payment = CreatePayment::read(&body, when()).unwrap();
    let typed = payment.typed_in(&input, when()).unwrap();
    let session = ClientSession {
        client: ClientId::new(Uuid::nil()),
        merchant: merchant(),
        shopper: Uuid::nil(),
        filters,
        cards: Vec::new(),
        invalid_tokens: Vec::new(),
        created_at: when(),
    };
    payment.encrypted_order(merchant(), &input, typed, &session)
}

#[test]
fn the_products_that_are_named_are_the_same_and_that_of_the_card() {
    let visa = "4567350000427977";
    let refusal = |own, chosen| encrypted_order(visa, [own, chosen], ProductFilters::default()).err();
    for named in [[None, Some(1)], [Some(1), None], [Some(114), Some(114)], [Some(1), Some(1)]] {
        assert_eq!(refusal(named[0], named[1]), None, "{named:?}");
    }
    let of =
        |input: &str| Some(Refusal::Invalid(vec![format!("{input}.paymentProductId must be the product of the card")]));
    for (own, chosen, input) in [
        (Some(1), Some(114), "cardPaymentMethodSpecificInput"),
        (Some(114), Some(1), "cardPaymentMethodSpecificInput"),
        (Some(3), None, "cardPaymentMethodSpecificInput"),
        (None, Some(3), "encryptedCustomerInput"),
    ] {
        assert_eq!(refusal(own, chosen), of(input), "{own:?} {chosen:?}");
    }
}

/// It is of no product, so that a page could name each. It is in the group alone.
#[test]
fn a_card_of_no_known_brand_pays_where_the_session_admits_all_cards() {
    let unknown = "1234567812345670";
    let restricted = |groups: &[&str], products: &[u32]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let restrict_to = ProductFilter { groups, products: products.to_vec() };
        ProductFilters { restrict_to, ..ProductFilters::default() }
    };
    let left_out = Some(Refusal::EncryptedInput(InputFault::LeftOut));
    for (filters, refusal) in [
        (restricted(&[], &[]), None),
        (restricted(&["cards"], &[]), None),
        (restricted(&[], &[1]), left_out.clone()),
        (restricted(&[], &[1, 3]), left_out),
    ] {
        for named in [[None, None], [None, Some(1)], [Some(1), None]] {
            assert_eq!(encrypted_order(unknown, named, filters.clone()).err(), refusal, "{filters:?} {named:?}");
        }
    }
}

#[test]
fn a_payment_is_paid_by_one_card_alone_and_no_text_has_its_number() {
    const TOKEN: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let and = |field: &str, value: Value| with(payment(), field, value);
    let by_token = with(payment(), "/cardPaymentMethodSpecificInput", json!({"token": TOKEN}));
    let together = "encryptedCustomerInput must not come together with a card or a token";
    let number = "order.references.merchantReference must not contain a card number";
    let mut refused = vec![
        (and("/encryptedCustomerInput", json!(jwe())), together.to_owned()),
        (with(by_token, "/encryptedCustomerInput", json!(jwe())), together.to_owned()),
        (
            and("/cardPaymentMethodSpecificInput/token", json!(TOKEN)),
            "cardPaymentMethodSpecificInput.token must not come together with a card".to_owned(),
        ),
        // Between letters, the number of the card that pays is found.
        (and("/order/references", json!({"merchantReference": "x4567350000427977y"})), number.to_owned()),
    ];
    for method in [
        "bankTransfer",
        "cash",
        "directDebit",
        "eInvoice",
        "invoice",
        "mobile",
        "nonSepaDirectDebit",
        "redirect",
        "sepaDirectDebit",
    ] {
        let input = format!("{method}PaymentMethodSpecificInput");
        refused.push((and(&format!("/{input}"), json!({})), format!("{input} is not offered by this hub")));
    }
    for (body, problem) in refused {
        let refusal = CreatePayment::read(&body, when()).unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(vec![problem]));
    }
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
