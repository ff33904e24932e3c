//! Refunds that are made in Adyen's Customer Area, under the payment's reference.

use tests::log::{alarms, listen};

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
