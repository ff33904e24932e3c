//! Refunds that are made in Adyen's Customer Area, under the payment's reference.

use tests::{
    fakes::Fault,
    log::{alarms, listen},
    samples::part,
};

use super::{Shop, reference};

/// Its notification is late, or comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_an_operator_recorded_is_the_one_that_is_notified_and_counts_once() {
    listen("error");
    let shop = Shop::open().await;
    for amount in [50, 150] {
        let (charge, payment) = shop.sells().await;
        let refund = shop.refunds_there(&payment, amount, &reference(&charge));
        let notified = shop.says_done(&refund);
        shop.records_refund(&charge, amount).await;
        let recorded = shop.sees(&charge).await;
        for _ in 0..2 {
            shop.delivers(&notified).await;
            assert_eq!(shop.sees(&charge).await, recorded);
        }
        shop.agrees(&charge).await;
        assert_eq!(alarms("refund_above_residual", &charge), 0);
        // From here on Adyen's id names it.
        shop.adyen.fail_refund(&refund);
        shop.delivers_all().await;
        assert_eq!(shop.agrees(&charge).await, (0, 150), "{}", shop.sees(&charge).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_two_equal_refunds_counts_once_however_many_of_them_were_recorded() {
    let shop = Shop::open().await;
    for recorded in 0..=2 {
        let (charge, payment) = shop.sells().await;
        let refunds = [50, 50].map(|amount| shop.refunds_there(&payment, amount, &reference(&charge)));
        for _ in 0..recorded {
            shop.records_refund(&charge, 50).await;
        }
        for refund in &refunds {
            shop.delivers(&shop.says_done(refund)).await;
        }
        assert_eq!(shop.agrees(&charge).await, (0, 50), "{recorded}: {}", shop.sees(&charge).await);
    }
}

/// Its notification comes before that of the hub's refund, whose id the hub knows or not.
#[tokio::test(flavor = "multi_thread")]
async fn an_equal_refund_of_the_hub_that_is_under_way_is_another_one() {
    let shop = Shop::open().await;
    for (is_lost, is_refused) in [(false, false), (false, true), (true, false), (true, true)] {
        let (charge, payment) = shop.sells().await;
        shop.server.treat(move |asked| (is_lost && asked.path.ends_with("/refunds")).then_some(Fault::LoseAnswer));
        shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
        shop.server.treat_all_alike();
        let own = shop.adyen.modifications().pop().unwrap().psp_reference;
        let there = shop.refunds_there(&payment, 50, &reference(&charge));
        let notified = shop.says_done(&there);
        shop.delivers(&notified).await;
        assert_eq!(shop.agrees(&charge).await, (0, 100), "{}", shop.sees(&charge).await);
        if is_refused {
            shop.adyen.settle_as_refused(&own, "Refused");
        } else {
            shop.adyen.settle(&own);
        }
        shop.delivers_all().await;
        shop.delivers(&notified).await;
        let left = if is_refused { 100 } else { 50 };
        assert_eq!(shop.agrees(&charge).await, (0, left), "{is_lost}: {}", shop.sees(&charge).await);
    }
}
