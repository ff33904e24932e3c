//! Captures, cancels, refunds and reversals: received at once, settled later, within what the books allow.

use serde_json::{Value, json};
use tests::fakes::adyen::{Adyen, Holding, MERCHANT_ACCOUNT, Progress};

use super::{Merchant, boleto, cancel_of, card, card_captured_after, change, change_of, json_of, pix, text};

#[test]
fn a_modification_is_answered_as_published() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let mut refund = change_of("f1", 100);
    refund["merchantRefundReason"] = json!("CUSTOMER REQUEST");
    for (path, body) in [
        ("captures", change_of("c1", 500)),
        ("refunds", refund),
        ("cancels", change("x1")),
        ("reversals", change("v1")),
    ] {
        let answer = merchant.asks(&format!("/v72/payments/{payment}/{path}"), &body);
        let mut expected = body.clone();
        expected["status"] = json!("received");
        expected["paymentPspReference"] = json!(payment);
        expected["pspReference"] = answer["pspReference"].clone();
        assert_eq!(answer, expected);
        assert_ne!(answer["pspReference"], json!(payment));
    }
    let answer = merchant.asks("/v72/cancels", &cancel_of("r1", "t1"));
    let expected = json!({
        "merchantAccount": MERCHANT_ACCOUNT,
        "paymentReference": "r1",
        "reference": "t1",
        "status": "received",
        "pspReference": answer["pspReference"],
    });
    assert_eq!(answer, expected);
    // Nothing has happened yet.
    assert_eq!(merchant.adyen.holding("r1"), Holding { authorised: 1000, ..Holding::default() });
    assert!(merchant.adyen.modifications().iter().all(|change| change.progress == Progress::Received));
    assert_eq!(merchant.codes(), ["AUTHORISATION"]);
}

#[test]
fn a_wrong_modification_is_refused() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let refused = |path: &str, body: &Value, status: u16, code: &str| {
        let reply = merchant.ask(path, body);
        let error = json_of(&reply);
        assert_eq!((reply.status, error["errorCode"].as_str()), (status, Some(code)), "{path} {body}");
    };
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let at = |change: &str| format!("/v72/payments/{payment}/{change}");
    for path in ["captures", "refunds"] {
        refused(&at(path), &change("c1"), 422, "702");
        refused(&at(path), &change_of("c1", 0), 422, "137");
        refused(&at(path), &with(change("c1"), "amount", json!({"currency": "BRL", "value": "75"})), 400, "702");
        refused(&at(path), &with(change("c1"), "amount", json!({"currency": "USD", "value": 75})), 422, "138");
    }
    refused(&at("cancels"), &change_of("x1", 100), 400, "702");
    refused(&at("reversals"), &change_of("x1", 100), 400, "702");
    refused(&at("refunds"), &with(change_of("f1", 100), "merchantRefundReason", json!("BECAUSE")), 422, "702");
    refused(&at("cancels"), &change(&"x".repeat(81)), 422, "130");
    refused(&at("cancels"), &with(change("x1"), "merchantAccount", json!("Outra")), 403, "901");
    refused("/v72/cancels", &change("x1"), 422, "702");
    for path in ["captures", "refunds"] {
        refused(&format!("/v72/payments/unknown/{path}"), &change_of("c1", 100), 422, "167");
    }
    assert!(merchant.adyen.modifications().is_empty());
}

#[test]
fn a_capture_takes_and_releases_the_rest() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let (_, news) = merchant.modifies_now(&payment, "captures", &change_of("c1", 700));
    assert_eq!((news.event_code.as_str(), news.success, news.value), ("CAPTURE", true, 700));
    assert_eq!((news.original_reference.as_deref(), news.merchant_reference.as_str()), (Some(payment.as_str()), "c1"));
    let holding = merchant.adyen.holding("r1");
    assert_eq!(holding, Holding { authorised: 1000, released: 300, captured: 700, ..Holding::default() });
    let (_, news) = merchant.modifies_now(&payment, "captures", &change_of("c2", 300));
    assert_eq!((news.event_code.as_str(), news.success), ("CAPTURE", false));
    assert_eq!(merchant.adyen.holding("r1"), holding);
}

#[test]
fn several_captures_take_no_more_than_was_authorised() {
    let merchant = Merchant::with(Adyen::with_several_captures);
    let payment = merchant.pays(&card("r1"));
    assert!(merchant.modifies_now(&payment, "captures", &change_of("c0", 100)).1.success);
    // The rest is reserved and cannot be canceled.
    assert!(!merchant.modifies_now(&payment, "cancels", &change("x1")).1.success);
    for (value, success) in [(300, true), (601, false), (600, true), (1, false)] {
        let (_, news) = merchant.modifies_now(&payment, "captures", &change_of("c1", value));
        assert_eq!(news.success, success, "{value}");
        assert_eq!(news.reason.is_empty(), success);
    }
    assert_eq!(merchant.adyen.holding("r1").captured, 1000);
    // A reversal is not for several captures.
    assert!(!merchant.modifies_now(&payment, "reversals", &change("v1")).1.success);
}

#[test]
fn two_captures_under_way_at_once_are_settled_one_after_the_other() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let first = merchant.modifies(&payment, "captures", &change_of("c1", 1000));
    let second = merchant.modifies(&payment, "captures", &change_of("c2", 1000));
    merchant.adyen.settle(&second);
    merchant.adyen.settle(&first);
    assert_eq!(merchant.codes(), ["AUTHORISATION", "CAPTURE", "CAPTURE!"]);
    assert_eq!(merchant.adyen.holding("r1").captured, 1000);
}

#[test]
fn refunds_give_back_no_more_than_was_captured() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let (_, early) = merchant.modifies_now(&payment, "refunds", &change_of("f0", 100));
    assert_eq!((early.event_code.as_str(), early.success), ("REFUND", false));
    assert_eq!(early.reason, "Transaction hasn't been captured, refund not possible");
    merchant.modifies_now(&payment, "captures", &change_of("c1", 700));
    for (value, success) in [(300, true), (401, false), (400, true), (1, false)] {
        let (_, news) = merchant.modifies_now(&payment, "refunds", &change_of("f1", value));
        assert_eq!((news.success, news.value), (success, value));
    }
    let holding = merchant.adyen.holding("r1");
    assert_eq!((holding.given_back, holding.net()), (700, 0));
}

#[test]
fn a_cancel_releases_what_was_not_captured() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let (_, news) = merchant.modifies_now(&payment, "cancels", &change("x1"));
    assert_eq!((news.event_code.as_str(), news.success, news.value), ("CANCELLATION", true, 1000));
    assert_eq!(merchant.adyen.holding("r1").released, 1000);
    assert!(!merchant.modifies_now(&payment, "cancels", &change("x2")).1.success);
    assert!(!merchant.modifies_now(&payment, "captures", &change_of("c1", 1)).1.success);

    let captured = merchant.pays(&card_captured_after("r2", 0));
    assert!(!merchant.modifies_now(&captured, "cancels", &change("x3")).1.success);
    assert_eq!(merchant.adyen.holding("r2").net(), 1000);
}

#[test]
fn a_reversal_cancels_or_refunds_the_whole() {
    let merchant = Merchant::new();
    let action = |news: &tests::fakes::adyen::Notification| news.additional_data["modification.action"].clone();
    let reserved = merchant.pays(&card("r1"));
    let (_, news) = merchant.modifies_now(&reserved, "reversals", &change("v1"));
    assert_eq!((news.event_code.as_str(), news.success, action(&news).as_str()), ("CANCEL_OR_REFUND", true, "cancel"));
    assert_eq!(merchant.adyen.holding("r1").released, 1000);

    let captured = merchant.pays(&card_captured_after("r2", 0));
    let (reversal, news) = merchant.modifies_now(&captured, "reversals", &change("v2"));
    assert_eq!((news.success, action(&news).as_str()), (true, "refund"));
    assert_eq!(merchant.adyen.holding("r2").given_back, 1000);
    merchant.adyen.fail_refund(&reversal);
    assert_eq!((merchant.news().value, merchant.adyen.holding("r2").net()), (1000, 1000));

    let in_part = merchant.pays(&card_captured_after("r3", 0));
    merchant.modifies_now(&in_part, "refunds", &change_of("f1", 1));
    assert!(!merchant.modifies_now(&in_part, "reversals", &change("v3")).1.success);
}

#[test]
fn a_cancel_by_reference_releases_or_says_nothing_of_why() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("reserved"));
    merchant.pays(&card_captured_after("captured", 0));
    merchant.pays(&pix("open", &merchant.clock));
    let cancel = |reference: &str| {
        let answer = merchant.asks("/v72/cancels", &cancel_of(reference, "x1"));
        merchant.adyen.settle(&text(&answer["pspReference"]));
        merchant.news()
    };
    let done = cancel("reserved");
    assert_eq!((done.event_code.as_str(), done.success, done.value), ("TECHNICAL_CANCEL", true, 1000));
    assert_eq!((done.original_reference, done.merchant_reference.as_str()), (Some(payment), "reserved"));
    assert_eq!(merchant.adyen.holding("reserved").released, 1000);

    // Captured, open, canceled already, unknown: alike but for the references.
    for reference in ["captured", "open", "reserved", "unknown"] {
        let news = cancel(reference);
        assert_eq!((news.success, news.original_reference, news.value), (false, None, 0), "{reference}");
        assert_eq!((news.merchant_reference.as_str(), news.reason.as_str()), (reference, ""));
    }
    assert_eq!(merchant.adyen.holding("captured").net(), 1000);
}

#[test]
fn a_cancel_by_reference_can_be_named_by_its_own_reference() {
    let merchant = Merchant::with(Adyen::with_cancels_named_by_request);
    merchant.pays(&card("r1"));
    for success in [true, false] {
        merchant.asks("/v72/cancels", &cancel_of("r1", "x1"));
        merchant.adyen.settle_all();
        let news = merchant.news();
        assert_eq!((news.success, news.merchant_reference.as_str()), (success, "x1"));
    }
}

#[test]
fn a_confirmed_capture_is_undone_later() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let (capture, _) = merchant.modifies_now(&payment, "captures", &change_of("c1", 1000));
    merchant.adyen.fail_capture(&capture);
    let news = merchant.news();
    assert_eq!((news.event_code.as_str(), news.success), ("CAPTURE_FAILED", true));
    assert_eq!((news.psp_reference, news.original_reference), (capture.clone(), Some(payment.clone())));
    assert_eq!((news.merchant_reference.as_str(), news.value), ("c1", 1000));
    let holding = merchant.adyen.holding("r1");
    assert_eq!((holding.captured, holding.reserved(), holding.net()), (0, 1000, 0));
    // What is reserved again can be captured again.
    assert!(merchant.modifies_now(&payment, "captures", &change_of("c2", 1000)).1.success);
}

#[test]
fn the_capture_of_a_payment_without_delay_is_undone_later() {
    let merchant = Merchant::new();
    merchant.pays(&card_captured_after("r1", 0));
    let capture = merchant.adyen.modifications()[0].psp_reference.clone();
    merchant.adyen.fail_capture(&capture);
    assert_eq!(merchant.codes(), ["AUTHORISATION", "CAPTURE_FAILED"]);
    assert_eq!(merchant.adyen.holding("r1").net(), 0);
}

#[test]
fn a_confirmed_refund_is_undone_later() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card_captured_after("r1", 0));
    let (failed, _) = merchant.modifies_now(&payment, "refunds", &change_of("f1", 300));
    let (reversed, _) = merchant.modifies_now(&payment, "refunds", &change_of("f2", 200));
    assert_eq!(merchant.adyen.holding("r1").net(), 500);
    merchant.adyen.fail_refund(&failed);
    merchant.adyen.reverse_refund(&reversed);
    let news = merchant.adyen.take_notifications();
    let seen: Vec<_> = news.iter().map(|news| (news.event_code.as_str(), news.success, news.value)).collect();
    assert_eq!(seen, [("REFUND_FAILED", true, 300), ("REFUNDED_REVERSED", true, 200)]);
    assert_eq!((&news[0].psp_reference, news[0].merchant_reference.as_str()), (&failed, "f1"));
    assert_eq!(merchant.adyen.holding("r1").net(), 1000);
    assert!(merchant.adyen.modifications()[1..].iter().all(|change| change.progress == Progress::Undone));
}

#[test]
fn a_test_refuses_what_the_books_allow() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let capture = merchant.modifies(&payment, "captures", &change_of("c1", 1000));
    merchant.adyen.settle_as_refused(&capture, "Capture not possible");
    let news = merchant.news();
    assert_eq!((news.success, news.reason.as_str()), (false, "Capture not possible"));
    assert_eq!(merchant.adyen.holding("r1").reserved(), 1000);
}

#[test]
fn a_pix_can_be_refunded_and_not_canceled_and_a_boleto_neither() {
    let merchant = Merchant::new();
    let paid = merchant.pays(&pix("r1", &merchant.clock));
    assert!(!merchant.modifies_now(&paid, "cancels", &change("x1")).1.success);
    merchant.adyen.pay(&paid);
    assert!(merchant.modifies_now(&paid, "refunds", &change_of("f1", 400)).1.success);
    assert_eq!(merchant.adyen.holding("r1").net(), 600);
    let slip = merchant.pays(&boleto("r2", &merchant.clock));
    merchant.adyen.pay(&slip);
    assert!(!merchant.modifies_now(&slip, "refunds", &change_of("f2", 400)).1.success);
    assert_eq!(merchant.adyen.holding("r2").net(), 1000);
}
