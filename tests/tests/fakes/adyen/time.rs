//! What ends by the clock.

use std::time::Duration;

use flows::Clock;
use serde_json::Value;
use tests::fakes::adyen::{REDIRECT_CARD, Stage};

use super::{Merchant, boleto, cancel_of, card, card_captured_after, change, change_of, pix};

const HOUR: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_delayed_capture_happens_after_its_hours() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card_captured_after("r1", 2));
    let start = merchant.clock.now();
    merchant.clock.advance((2 * HOUR).saturating_sub(SECOND));
    assert_eq!(merchant.adyen.holding("r1").reserved(), 1000);
    merchant.clock.advance(3 * HOUR);
    assert_eq!(merchant.adyen.holding("r1").captured, 1000);
    let news = merchant.news();
    assert_eq!((news.event_code.as_str(), news.merchant_reference.as_str()), ("CAPTURE", "r1"));
    assert_eq!((news.original_reference, news.event_date), (Some(payment.clone()), start.plus(2 * HOUR)));
    assert!(!merchant.modifies_now(&payment, "captures", &change_of("c1", 1000)).1.success);

    // A capture that was undone is not made again.
    merchant.adyen.fail_capture(&news.psp_reference);
    merchant.clock.advance(100 * HOUR);
    assert_eq!(merchant.adyen.holding("r1").captured, 0);
}

#[test]
fn a_cancel_by_reference_works_until_the_delayed_capture() {
    let merchant = Merchant::new();
    for (reference, wait, code) in [("r1", HOUR, "TECHNICAL_CANCEL"), ("r2", 2 * HOUR, "TECHNICAL_CANCEL!")] {
        merchant.pays(&card_captured_after(reference, 2));
        merchant.clock.advance(wait);
        merchant.asks("/v72/cancels", &cancel_of(reference, "x1"));
        merchant.adyen.settle_all();
        assert_eq!(merchant.codes().last().unwrap(), code);
    }
    merchant.clock.advance(10 * HOUR);
    assert_eq!((merchant.adyen.holding("r1").net(), merchant.adyen.holding("r2").net()), (0, 1000));
}

#[test]
fn a_reservation_lives_28_days() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    merchant.clock.advance((28 * 24 * HOUR).saturating_sub(SECOND));
    assert_eq!(merchant.adyen.holding("r1").reserved(), 1000);
    merchant.clock.advance(SECOND);
    assert_eq!(merchant.adyen.holding("r1").released, 1000);
    let news = merchant.news();
    assert_eq!((news.event_code.as_str(), news.psp_reference.as_str(), news.value), ("EXPIRE", payment.as_str(), 1000));
    assert_eq!((news.original_reference, news.payment_method), (None, None));
    assert!(!merchant.modifies_now(&payment, "captures", &change_of("c1", 1)).1.success);
    assert!(merchant.codes().is_empty());

    let other = merchant.pays(&card("r2"));
    merchant.adyen.expire(&other);
    assert_eq!(merchant.codes(), ["AUTHORISATION", "EXPIRE"]);
    assert!(!merchant.modifies_now(&other, "cancels", &change("x1")).1.success);
}

/// The body of a payment with this reference.
type Method = fn(&str, &Clock) -> Value;

#[test]
fn an_offer_ends_by_its_method() {
    let redirect = |reference: &str, _: &Clock| {
        let mut body = card(reference);
        body["paymentMethod"]["number"] = REDIRECT_CARD.into();
        body
    };
    let methods = [(pix as Method, HOUR), (boleto, (72 + 5 * 24) * HOUR), (redirect, 12 * HOUR)];
    for (body, life) in methods {
        let offered = Merchant::new();
        let payment = offered.pays(&body("r1", &offered.clock));
        offered.clock.advance(life.saturating_sub(2 * SECOND));
        assert!(offered.codes().is_empty());
        offered.clock.advance(2 * SECOND);
        assert_eq!(offered.adyen.payments()[0].stage, Stage::Over);
        let news = offered.news();
        assert_eq!((news.event_code.as_str(), news.psp_reference), ("OFFER_CLOSED", payment.clone()));
        // What was under way arrives late.
        offered.adyen.pay(&payment);
        assert_eq!(offered.codes(), ["AUTHORISATION"]);
    }
    let merchant = Merchant::new();
    let closed = merchant.pays(&pix("r1", &merchant.clock));
    merchant.adyen.close_offer(&closed);
    assert_eq!(merchant.codes(), ["OFFER_CLOSED"]);
}

#[test]
fn a_pix_can_be_refunded_for_90_days() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&pix("r1", &merchant.clock));
    merchant.adyen.pay(&payment);
    merchant.clock.advance(90 * 24 * HOUR);
    assert!(merchant.modifies_now(&payment, "refunds", &change_of("f1", 1)).1.success);
    merchant.clock.advance(SECOND);
    assert!(!merchant.modifies_now(&payment, "refunds", &change_of("f2", 1)).1.success);
}
