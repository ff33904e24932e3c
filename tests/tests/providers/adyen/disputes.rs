//! Disputes, in every order of their events.

use std::time::Duration;

use tests::fakes::adyen::{AUTHORISED_CARD, DisputeEvent};

use super::{HOUR, Shop, reference};

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_debits_once_and_ends_as_adyen_says() {
    use DisputeEvent::{
        Chargeback, ChargebackReversed, DefensePeriodEnded, IssuerResponseTimeframeExpired, NotificationOfChargeback,
        PrearbitrationLost, PrearbitrationWon, RequestForInformation, SecondChargeback,
    };
    let shop = Shop::open().await;
    let stories: [&[DisputeEvent]; 7] = [
        &[RequestForInformation, NotificationOfChargeback],
        &[NotificationOfChargeback, Chargeback, DefensePeriodEnded],
        &[Chargeback, ChargebackReversed, IssuerResponseTimeframeExpired],
        &[NotificationOfChargeback, Chargeback, ChargebackReversed, SecondChargeback],
        &[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationLost],
        &[Chargeback, ChargebackReversed, PrearbitrationLost],
        &[NotificationOfChargeback, Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationWon],
    ];
    for events in stories {
        let charge = shop.by_card(AUTHORISED_CARD).await;
        shop.hub.pass(HOUR).await;
        let payment = shop.adyen.payments().pop().unwrap().psp_reference;
        let dispute = shop.adyen.dispute(&payment, 150);
        for event in events {
            shop.adyen.dispute_goes_on(&dispute, *event);
        }
        shop.delivers_all().await;
        let is_debited = shop.adyen.holding(&reference(&charge)).charged_back > 0;
        let status = shop.hub.merchant.charge_status(&charge).await;
        assert_eq!(
            status,
            if is_debited { "charged_back" } else { "authorized" },
            "{events:?}: {}",
            shop.sees(&charge).await
        );
        let debits = shop
            .hub
            .charge(&charge)
            .await
            .requests
            .iter()
            .filter(|request| request.kind.name() == "charge_back")
            .count();
        let asked = events.iter().filter(|event| matches!(event, Chargeback | SecondChargeback)).count();
        let again = usize::from(events == [Chargeback, ChargebackReversed, PrearbitrationLost]);
        assert_eq!(debits, asked + again, "{events:?}");
    }
}

/// All events of a dispute, in every order.
#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_ends_as_adyen_says_in_whichever_order_its_events_come() {
    use DisputeEvent::{Chargeback, ChargebackReversed, PrearbitrationLost, PrearbitrationWon, SecondChargeback};
    let shop = Shop::open().await;
    let stories: [&[DisputeEvent]; 4] = [
        &[Chargeback, ChargebackReversed],
        &[Chargeback, ChargebackReversed, SecondChargeback],
        &[Chargeback, ChargebackReversed, PrearbitrationLost],
        &[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationWon],
    ];
    for events in stories {
        for first in 0..events.len() {
            for is_reversed in [false, true] {
                let charge = shop.by_card(AUTHORISED_CARD).await;
                shop.hub.pass(HOUR).await;
                shop.delivers_all().await;
                let payment = shop.adyen.payments().pop().unwrap().psp_reference;
                let dispute = shop.adyen.dispute(&payment, 150);
                for event in events {
                    shop.adyen.dispute_goes_on(&dispute, *event);
                }
                let mut notifications = shop.adyen.take_notifications();
                notifications.rotate_left(first);
                if is_reversed {
                    notifications.reverse();
                }
                for notification in notifications {
                    shop.delivers(&[notification]).await;
                }
                shop.hub.pass(Duration::from_mins(2)).await;
                let is_debited = shop.adyen.holding(&reference(&charge)).charged_back > 0;
                let (status, seen) = (shop.hub.merchant.charge_status(&charge).await, shop.sees(&charge).await);
                let expected = if is_debited { "charged_back" } else { "authorized" };
                assert_eq!(status, expected, "{events:?} from {first}, reversed {is_reversed}: {seen}");
            }
        }
    }
    assert!(shop.hub.waiting_updates().await.is_empty());
}
