//! Disputes: one `pspReference` for all events of one, and one debit.

use tests::fakes::adyen::DisputeEvent::{
    self, Chargeback, ChargebackReversed, DefensePeriodEnded, IssuerResponseTimeframeExpired, NotificationOfChargeback,
    PrearbitrationLost, PrearbitrationWon, RequestForInformation, SecondChargeback,
};

use super::{Merchant, card_captured_after};

#[test]
fn a_dispute_debits_once_whatever_is_announced() {
    let stories: [(&[DisputeEvent], i64); 8] = [
        (&[RequestForInformation, NotificationOfChargeback], 0),
        (&[NotificationOfChargeback, Chargeback], 400),
        (&[NotificationOfChargeback, Chargeback, DefensePeriodEnded], 400),
        (&[Chargeback, ChargebackReversed, IssuerResponseTimeframeExpired], 0),
        (&[Chargeback, ChargebackReversed, SecondChargeback], 400),
        (&[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationLost], 400),
        (&[Chargeback, ChargebackReversed, PrearbitrationLost], 400),
        (&[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationWon], 0),
    ];
    for (events, charged_back) in stories {
        let merchant = Merchant::new();
        let payment = merchant.pays(&card_captured_after("r1", 0));
        merchant.news();
        let dispute = merchant.adyen.dispute(&payment, 400);
        assert_eq!(merchant.adyen.holding("r1").net(), 1000);
        for event in events {
            merchant.adyen.dispute_goes_on(&dispute, *event);
        }
        let holding = merchant.adyen.holding("r1");
        assert_eq!((holding.charged_back, holding.net()), (charged_back, 1000 - charged_back), "{events:?}");
        let news = merchant.adyen.take_notifications();
        assert_eq!(news.len(), events.len());
        assert!(news.iter().all(|news| news.psp_reference == dispute && news.merchant_reference == "r1"));
        assert!(news.iter().all(|news| news.success && news.value == 400));
    }
}

#[test]
fn two_disputes_of_a_payment_are_two_debits() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card_captured_after("r1", 0));
    for value in [400, 600] {
        let dispute = merchant.adyen.dispute(&payment, value);
        merchant.adyen.dispute_goes_on(&dispute, Chargeback);
    }
    assert_eq!(merchant.adyen.holding("r1").net(), 0);
}

#[test]
fn only_some_events_name_the_payment() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card_captured_after("r1", 0));
    let capture = merchant.adyen.modifications()[0].psp_reference.clone();
    let dispute = merchant.adyen.dispute(&payment, 400);
    let events = [
        (RequestForInformation, "REQUEST_FOR_INFORMATION", true),
        (NotificationOfChargeback, "NOTIFICATION_OF_CHARGEBACK", true),
        (Chargeback, "CHARGEBACK", true),
        (ChargebackReversed, "CHARGEBACK_REVERSED", false),
        (SecondChargeback, "SECOND_CHARGEBACK", false),
        (PrearbitrationLost, "PREARBITRATION_LOST", false),
        (PrearbitrationWon, "PREARBITRATION_WON", false),
        (DefensePeriodEnded, "DISPUTE_DEFENSE_PERIOD_ENDED", true),
        (IssuerResponseTimeframeExpired, "ISSUER_RESPONSE_TIMEFRAME_EXPIRED", true),
    ];
    for (event, code, names) in events {
        merchant.adyen.dispute_goes_on(&dispute, event);
        let news = merchant.news();
        assert_eq!(news.event_code, code);
        assert_eq!(news.original_reference.as_deref(), names.then_some(payment.as_str()), "{code}");
        assert!(!news.additional_data.contains_key("disputeStatus"));
        if event == Chargeback {
            assert_eq!(news.additional_data["capturePspReference"], capture);
        }
    }
}
