//! Adyen carries out a change once under its key: one without an answer is sent again as long as the key is known.

use std::collections::BTreeSet;

use domain::method::PaymentType::{Credit, Pix};
use flows::charge::operator::{self, Verdict};
use tests::{
    fakes::{Fault, adyen::Adyen},
    log::{alarms, listen},
    samples::{APPROVED, card_charge, charge_by, part, pix_charge, reservation, whole},
    shop::{Shop, of_a_customer, reference},
};

use super::{DAY, HOUR, MINUTE};

/// How often, and under how many keys, Adyen was asked for something at a path that ends so.
fn asked(shop: &Shop<Adyen>, ends: &str) -> (usize, usize) {
    let asked = shop.account.server.asked();
    let meant: Vec<_> = asked.iter().filter(|asked| asked.path.ends_with(ends)).collect();
    let keys: BTreeSet<_> = meant.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    (meant.len(), keys.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_never_received_is_made_by_the_next_sweep() {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let captured = merchant.charges(&reservation(&merchant.id)).await;
    let released = merchant.charges(&reservation(&merchant.id)).await;
    let refunded = merchant.charges(&card_charge(&merchant.id, APPROVED)).await;
    let pix = merchant.charges(&of_a_customer(pix_charge(&merchant.id))).await;
    shop.account.is_paid(&shop.hub, &pix, 150).await;
    shop.pass(HOUR).await;
    shop.account.server.treat(|_| Some(Fault::LoseRequest));
    merchant.captures(&captured, &part(100)).await.assert_status(201);
    merchant.voids(&released, &whole()).await.assert_status(201);
    merchant.voids(&refunded, &part(50)).await.assert_status(201);
    merchant.voids(&pix, &whole()).await.assert_status(201);
    assert_eq!(shop.fake().modifications().iter().filter(|change| !change.reference.ends_with("001")).count(), 0);
    shop.account.server.treat_all_alike();
    shop.pass(2 * MINUTE).await;
    for (charge, end) in [
        (&captured, "authorized 100: capture success 100, pre_authorization success 150"),
        (&released, "canceled 0: void success 150, pre_authorization success 150"),
        (&refunded, "authorized 100: void success 50, authorization success 150"),
    ] {
        assert_eq!(shop.sees(charge).await, end);
    }
    assert_eq!(merchant.charge_status(&pix).await, "voided");
    shop.assert_books_agree().await;
    for ends in ["/captures", "/cancels"] {
        let (times, keys) = asked(&shop, ends);
        assert!(times > 2 && keys == 1, "{ends}: {times} {keys}");
    }
    assert_eq!(asked(&shop, "/refunds").1, 2);
}

/// A shop with a payment of which a part is refunded, and the answers to that get lost.
async fn with_a_refund_whose_answers_are_lost() -> (Shop<Adyen>, String) {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let charge = merchant.charges(&charge_by(&merchant.id, Credit)).await;
    shop.pass(HOUR).await;
    shop.account.server.treat(|asked| asked.path.ends_with("/refunds").then_some(Fault::LoseAnswer));
    merchant.voids(&charge, &part(50)).await.assert_status(201);
    (shop, charge)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_received_is_not_made_twice_however_often_it_is_sent() {
    let (shop, charge) = with_a_refund_whose_answers_are_lost().await;
    // Adyen takes its time, and the hub asks again and again.
    for _ in 0..4 {
        shop.hub.pass(HOUR).await;
    }
    let (times, keys) = asked(&shop, "/refunds");
    assert!(times > 3 && keys == 1, "{times} {keys}");
    shop.pass(MINUTE).await;
    assert_eq!(shop.sees(&charge).await, "authorized 100: void success 50, authorization success 150");
    assert_eq!(shop.held(&charge).given_back, 50);
    shop.assert_books_agree().await;
    assert_eq!(asked(&shop, "/refunds"), (times, 1));
}

/// The account's key is refused when the change is sent again: that says nothing of the first time.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_change_that_is_sent_again_is_no_answer_to_the_first() {
    use tests::fakes::{Reply, adyen::configuration_error};

    let (shop, charge) = with_a_refund_whose_answers_are_lost().await;
    for refusal in [configuration_error(), Reply::empty(403)] {
        shop.account.server.treat(move |_| Some(Fault::Refuse(refusal.clone())));
        shop.hub.pass(HOUR).await;
        assert_eq!(shop.sees(&charge).await, "authorized 150: void processing 50, authorization success 150");
    }
    shop.pass(MINUTE).await;
    assert_eq!(shop.sees(&charge).await, "authorized 100: void success 50, authorization success 150");
    shop.assert_books_agree().await;
}

/// Adyen forgets a key after seven days: a change that was lost for so long is not sent again. The operator ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_not_sent_again_once_its_key_may_be_forgotten() {
    listen("error");
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let charge = merchant.charges(&of_a_customer(charge_by(&merchant.id, Pix))).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    shop.account.server.treat(|_| Some(Fault::LoseRequest));
    merchant.voids(&charge, &whole()).await.assert_status(201);
    let refund = u16::try_from(shop.hub.charge(&charge).await.requests.len()).unwrap();
    for _ in 0..6 {
        shop.hub.pass(DAY).await;
    }
    shop.account.server.treat_all_alike();
    let times = asked(&shop, "/refunds");
    shop.pass(5 * DAY).await;
    assert_eq!((asked(&shop, "/refunds"), times.1), (times, 1));
    assert!(alarms("unknown_outcome", &reference(&charge, refund)) > 0);
    operator::settle(shop.hub.flows(), charge.parse().unwrap(), refund.into(), Verdict::Declined).await.unwrap();
    assert_eq!(merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
    merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.pass(MINUTE).await;
    assert_eq!(merchant.charge_status(&charge).await, "voided");
    shop.assert_books_agree().await;
}
