//! The outcomes that are read from answers.

use domain::{
    barcode::Barcode,
    brcode::BrCode,
    charge::{Outcome, decline::DeclineCode},
    method::Method,
};
use providers::{Change, Create, Operation};
use serde_json::{Value, json};

use crate::samples::{
    CHANGE, MODIFICATION, PIX, PSP, REFERENCE, authorised, by_boleto, by_card, by_pix, change, read, reais, received,
    undo, verify,
};

/// One kind of answer, and what it answers.
struct Case {
    name: &'static str,
    operation: Operation<'static>,
    status: u16,
    body: Value,
}

fn with(mut body: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("no object") };
    for (name, value) in changes {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(&name);
        } else {
            body[name] = value;
        }
    }
    body
}

fn refused(code: &str, reason: &str) -> Value {
    json!({
        "pspReference": PSP,
        "resultCode": "Refused",
        "merchantReference": REFERENCE,
        "refusalReason": reason,
        "refusalReasonCode": code,
        "additionalData": {"refusalReasonRaw": "51 : Insufficient funds", "merchantAdviceCode": "01"},
    })
}

fn error(status: u16, code: &str, kind: &str) -> Value {
    json!({"status": status, "errorCode": code, "message": "said so", "errorType": kind, "pspReference": PSP})
}

fn pix_code(minor: u64) -> String {
    BrCode::dynamic("pix.example.com/993617895204576J", "LOJA", "SAO PAULO", Some(reais(minor).amount)).unwrap()
}

fn line(minor: u64) -> String {
    let due = "2021-08-19".parse().unwrap();
    let digits = Barcode::new("033", due, reais(minor).amount, "1234567890123456789012345").unwrap().line();
    let (a, b, c) = (&digits[..10], &digits[10..21], &digits[21..32]);
    format!(
        "{}.{} {}.{} {}.{} {} {}",
        &a[..5],
        &a[5..],
        &b[..5],
        &b[5..],
        &c[..5],
        &c[5..],
        &digits[32..33],
        &digits[33..]
    )
}

#[expect(clippy::needless_pass_by_value, reason = "the calls read as what is answered")]
fn waiting(result: &str, action: Value) -> Value {
    json!({
        "pspReference": PSP,
        "resultCode": result,
        "merchantReference": REFERENCE,
        "amount": {"currency": "BRL", "value": 300},
        "action": action,
    })
}

fn qr_code(minor: u64) -> Value {
    json!({
        "type": "qrCode",
        "paymentMethodType": "pix",
        "qrCodeData": pix_code(minor),
        "expiresAt": "2021-08-12T17:08:39Z",
        "paymentData": PSP,
        "url": format!("https://test.adyen.example/qr/{PSP}"),
    })
}

fn voucher(minor: u64) -> Value {
    json!({
        "type": "voucher",
        "paymentMethodType": "boletobancario",
        "reference": line(minor),
        "downloadUrl": format!("https://test.adyen.example/boleto/{PSP}"),
        "expiresAt": "2021-08-24T23:59:59",
        "totalAmount": {"currency": "BRL", "value": minor},
    })
}

/// Every kind of answer.
fn kinds() -> Vec<Case> {
    let card = || Operation::Create(by_card());
    let capture = || Operation::Capture(change());
    let void = || Operation::Void(change());
    let shown = |result: &'static str| with(authorised(), json!({"resultCode": result, "additionalData": null}));
    let whole = || with(received(), json!({"amount": null}));
    let undone = || {
        json!({
            "merchantAccount": "LojaBR", "paymentReference": REFERENCE, "reference": REFERENCE, "pspReference": MODIFICATION,
            "status": "received",
        })
    };
    let case = |name, operation, status, body| Case { name, operation, status, body };
    vec![
        case("authorised", card(), 200, authorised()),
        case("reserved", Operation::Create(Create { capture: false, ..by_card() }), 200, authorised()),
        case("refused", card(), 200, refused("12", "Not enough balance")),
        case("error", card(), 200, with(refused("4", "Acquirer Error"), json!({"resultCode": "Error"}))),
        case("cancelled", card(), 200, with(refused("15", "Cancelled"), json!({"resultCode": "Cancelled"}))),
        case("pending", card(), 200, shown("Pending")),
        case("received", card(), 200, shown("Received")),
        case("redirect", card(), 200, shown("RedirectShopper")),
        case("identify", card(), 200, shown("IdentifyShopper")),
        case("challenge", card(), 200, shown("ChallengeShopper")),
        case(
            "part",
            card(),
            200,
            with(shown("PartiallyAuthorised"), json!({"amount": {"currency": "BRL", "value": 150}})),
        ),
        case("authenticated", card(), 200, shown("AuthenticationFinished")),
        case("pix", Operation::Create(by_pix()), 200, waiting("Pending", qr_code(300))),
        case("pix-presented", Operation::Create(by_pix()), 200, waiting("PresentToShopper", qr_code(300))),
        case("pix-refused", Operation::Create(by_pix()), 200, refused("2", "Refused")),
        case("boleto", Operation::Create(by_boleto()), 200, waiting("PresentToShopper", voucher(300))),
        case("verified", verify(), 200, with(authorised(), json!({"amount": {"currency": "BRL", "value": 0}}))),
        case("not-verified", verify(), 200, refused("24", "CVC Declined")),
        case("capture", capture(), 201, received()),
        case("refund", Operation::Void(Change { is_untouched: false, ..change() }), 201, received()),
        case("refund-pix", Operation::Void(Change { method: &PIX, ..change() }), 201, received()),
        case("reversal", void(), 201, whole()),
        case("release", Operation::Void(Change { is_reserved: true, ..change() }), 201, whole()),
        case("undo", undo(), 201, undone()),
        case("checked", Operation::Check, 200, json!({"paymentMethods": []})),
        case("not-checked", Operation::Check, 401, error(401, "000", "security")),
        case("unauthorised", card(), 401, error(401, "000", "security")),
        case("forbidden", capture(), 403, error(403, "901", "security")),
        case("unreadable", card(), 400, error(400, "702", "validation")),
        case("invalid", card(), 422, error(422, "14_030", "validation")),
        case("invalid-number", card(), 422, error(422, "101", "validation")),
        case("invalid-capture", capture(), 422, error(422, "167", "validation")),
        case("running", card(), 422, error(422, "704", "validation")),
        case("not-set-up", card(), 500, error(500, "905", "configuration")),
        case("internal", card(), 500, error(500, "000", "internal")),
    ]
}

fn printed(outcome: &Outcome) -> Value {
    let of = |more: Value| json!({"is": outcome.name(), "of": more});
    match outcome {
        Outcome::Approved(receipt) | Outcome::Pending(receipt) => of(serde_json::to_value(receipt).unwrap()),
        Outcome::Declined(decline) => of(serde_json::to_value(decline).unwrap()),
        Outcome::Paid(..) => panic!("no answer of Adyen says that something is paid"),
        Outcome::Canceled | Outcome::Unknown | Outcome::NotFound | Outcome::NotSent => json!({"is": outcome.name()}),
    }
}

pub(crate) fn golden() -> Vec<(String, Value)> {
    let case = |case: Case| {
        let Case { name, operation, status, body } = case;
        let outcome = read(&operation, status, body.to_string().as_bytes());
        let shown = json!({"status": status, "body": body, "outcome": printed(&outcome)});
        (format!("answer-{name}"), shown)
    };
    kinds().into_iter().map(case).collect()
}

fn is_success(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Approved(_) | Outcome::Pending(_) | Outcome::Paid(..))
}

#[test]
fn an_answer_that_is_cut_anywhere_is_unknown() {
    for Case { name, operation, status, body } in kinds() {
        let whole = body.to_string();
        for end in 0..whole.len() {
            let cut = whole.as_bytes().get(..end).unwrap();
            let outcome = read(&operation, status, cut);
            let is_refused_key =
                matches!(operation, Operation::Check) && outcome == Outcome::Declined(DeclineCode::Generic.into());
            assert!(outcome == Outcome::Unknown || is_refused_key, "{name}, {end}: {outcome:?}");
        }
    }
}

#[test]
fn an_answer_about_something_else_is_unknown() {
    let others = [
        json!({"merchantReference": "c1db83fa723c4e1f9722bc19d1be6792001"}),
        json!({"merchantReference": null}),
        json!({"amount": null}),
        json!({"amount": {"currency": "BRL", "value": 301}}),
        json!({"amount": {"currency": "USD", "value": 300}}),
        json!({"amount": {"currency": "BRL", "value": "300"}}),
        json!({"pspReference": null}),
        json!({"pspReference": "a/b"}),
        json!({"pspReference": ""}),
        json!({"pspReference": "1".repeat(49)}),
        json!({"resultCode": "Authorized"}),
        json!({"resultCode": null}),
    ];
    for other in others {
        let body = with(authorised(), other).to_string();
        assert_eq!(read(&Operation::Create(by_card()), 200, body.as_bytes()), Outcome::Unknown, "{body}");
    }
    let others = [
        json!({"paymentPspReference": "993617895204578J"}),
        json!({"paymentPspReference": null}),
        json!({"reference": REFERENCE}),
        json!({"amount": {"currency": "BRL", "value": 299}}),
        json!({"amount": {"currency": "EUR", "value": 300}}),
        json!({"status": "done"}),
        json!({"status": null}),
        json!({"pspReference": null}),
        json!({"pspReference": "a/b"}),
    ];
    for other in others {
        let body = with(received(), other).to_string();
        for operation in [Operation::Capture(change()), Operation::Void(change())] {
            assert_eq!(read(&operation, 201, body.as_bytes()), Outcome::Unknown, "{body}");
        }
    }
    let body = json!({"paymentReference": CHANGE, "pspReference": MODIFICATION, "status": "received"}).to_string();
    assert_eq!(read(&undo(), 201, body.as_bytes()), Outcome::Unknown);
}

#[test]
fn a_card_is_authorised_with_its_code_and_a_pix_or_a_boleto_only_with_what_pays_it() {
    let Outcome::Approved(receipt) = read(&Operation::Create(by_card()), 200, authorised().to_string().as_bytes())
    else {
        panic!("not approved");
    };
    assert_eq!((receipt.transaction_id.as_deref(), receipt.authorization_code.as_deref()), (Some(PSP), Some("044925")));
    let pix = |action| read(&Operation::Create(by_pix()), 200, waiting("Pending", action).to_string().as_bytes());
    let Outcome::Pending(receipt) = pix(qr_code(300)) else { panic!("not pending") };
    assert_eq!(receipt.pix_code, Some(pix_code(300)));
    let long = format!("{}{}", pix_code(300), " ".repeat(400));
    for wrong in [
        Value::Null,
        qr_code(301),
        with(qr_code(300), json!({"qrCodeData": null})),
        with(qr_code(300), json!({"qrCodeData": pix_code(300).replace("LOJA", "LOJB")})),
        with(qr_code(300), json!({"qrCodeData": long})),
    ] {
        assert_eq!(pix(wrong), Outcome::Unknown);
    }
    // A Pix is paid later, by its shopper.
    assert_eq!(read(&Operation::Create(by_pix()), 200, authorised().to_string().as_bytes()), Outcome::Unknown);
    let slip =
        |action| read(&Operation::Create(by_boleto()), 200, waiting("PresentToShopper", action).to_string().as_bytes());
    let Outcome::Pending(receipt) = slip(voucher(300)) else { panic!("not pending") };
    assert_eq!(
        receipt.barcode.map(|code| Barcode::parse(&code).unwrap().line()),
        Some(line(300).replace([' ', '.'], ""))
    );
    for wrong in [
        Value::Null,
        voucher(301),
        with(voucher(300), json!({"reference": null})),
        with(voucher(300), json!({"reference": "1234"})),
        with(voucher(300), json!({"reference": line(300).replacen('0', "1", 1)})),
        with(voucher(300), json!({"reference": format!("{}é", line(300))})),
    ] {
        assert_eq!(slip(wrong), Outcome::Unknown);
    }
}

#[test]
fn every_refusal_has_its_word_and_the_networks_code() {
    use DeclineCode::{
        CardNotSupported, ExpiredCard, FraudConfirmed, FraudSuspect, Generic, InsufficientFunds, InvalidAmount,
        InvalidCvv, InvalidData, InvalidNumber, InvalidPin, IssuerNotAvailable, NotPermitted, PinTryExceeded,
        RestrictedCard, TransactionNotAllowed, TryAgain,
    };
    let words = [
        (TryAgain, &["4", "39", "40"][..]),
        (RestrictedCard, &["5", "25"]),
        (ExpiredCard, &["6"]),
        (InvalidAmount, &["7", "28"]),
        (InvalidNumber, &["8"]),
        (IssuerNotAvailable, &["9"]),
        (CardNotSupported, &["10"]),
        (InsufficientFunds, &["12"]),
        (InvalidCvv, &["24"]),
        (FraudConfirmed, &["20"]),
        (FraudSuspect, &["14", "22", "31"]),
        (InvalidPin, &["17", "19"]),
        (PinTryExceeded, &["18"]),
        (TransactionNotAllowed, &["23"]),
        (InvalidData, &["32"]),
        (NotPermitted, &["3", "11", "26", "29", "33", "34", "35", "36", "37", "38", "41", "42", "46"]),
    ];
    for code in 0..=60 {
        let code = code.to_string();
        let word = words.iter().find(|(_, codes)| codes.contains(&code.as_str())).map_or(Generic, |(word, _)| *word);
        let Outcome::Declined(why) =
            read(&Operation::Create(by_card()), 200, refused(&code, "x").to_string().as_bytes())
        else {
            panic!("{code} is no decline");
        };
        assert_eq!((why.code, why.network_code.as_deref()), (word, Some("51")), "{code}");
    }
    for (raw, network) in [("05 : Do not honor", Some("05")), ("N7 : CVV", Some("N7")), ("DECLINED", None), ("", None)]
    {
        let body = with(refused("2", "Refused"), json!({"additionalData": {"refusalReasonRaw": raw}}));
        let Outcome::Declined(why) = read(&Operation::Create(by_card()), 200, body.to_string().as_bytes()) else {
            panic!("{raw} is no decline");
        };
        assert_eq!(why.network_code.as_deref(), network, "{raw}");
    }
}

#[test]
fn only_a_published_error_is_definite() {
    let requests =
        [Operation::Create(by_card()), Operation::Capture(change()), Operation::Void(change()), undo(), verify()];
    for operation in requests {
        for status in [100_u16, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504] {
            for body in ["", "{}", "<html>Bad gateway</html>", "null", "[]"] {
                assert_eq!(read(&operation, status, body.as_bytes()), Outcome::Unknown, "{status} {body}");
            }
            for kind in ["validation", "security", "internal", "configuration", "other"] {
                let outcome = read(&operation, status, error(status, "702", kind).to_string().as_bytes());
                let expected = match (status, kind) {
                    (401 | 403, "security") => Outcome::NotSent,
                    (400 | 422, "validation") => Outcome::Declined(DeclineCode::InvalidData.into()),
                    (500, "configuration") => Outcome::Declined(DeclineCode::Generic.into()),
                    _ => Outcome::Unknown,
                };
                assert_eq!(outcome, expected, "{status} {kind}");
                let running = read(&operation, status, error(status, "704", kind).to_string().as_bytes());
                assert_eq!(running, Outcome::Unknown, "{status} {kind}");
            }
        }
    }
    for (code, word) in
        [("101", DeclineCode::InvalidNumber), ("103", DeclineCode::InvalidCvv), ("137", DeclineCode::InvalidAmount)]
    {
        let outcome = read(&Operation::Create(by_card()), 422, error(422, code, "validation").to_string().as_bytes());
        assert_eq!(outcome, Outcome::Declined(word.into()));
    }
}

#[test]
fn the_answer_to_one_thing_is_no_success_of_another() {
    for Case { name, operation, status, body } in kinds() {
        let others = [Operation::Create(by_card()), Operation::Create(by_pix()), Operation::Capture(change()), undo()];
        for other in others.iter().filter(|other| std::mem::discriminant(*other) != std::mem::discriminant(&operation))
        {
            let is_payment = matches!((&operation, other), (Operation::Verify(_), Operation::Create(_)));
            // A reversal has the fields of a capture: what is asked for is in the address, and each has its own reference.
            let is_change = matches!(operation, Operation::Void(_)) && matches!(other, Operation::Capture(_));
            let outcome = read(other, status, body.to_string().as_bytes());
            assert!(is_payment || is_change || !is_success(&outcome), "{name}: {outcome:?}");
        }
    }
    let slip = Method::Pix { expires_in: 60 };
    let pix = Operation::Create(Create { method: &slip, ..by_pix() });
    assert_eq!(read(&pix, 200, waiting("Pending", voucher(300)).to_string().as_bytes()), Outcome::Unknown);
}
