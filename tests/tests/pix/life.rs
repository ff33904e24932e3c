//! What takes long: refunds that lack money, what the shopper's bank takes back, expiry, and late payments.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use tests::{
    fakes::{
        Fault,
        bcb_pix::{CobStatus, Devolucao, DevolucaoStatus},
    },
    log::alarms,
    samples::{by_pix, part, pix_charge, session, whole},
    session::Session,
    shop::{
        Shop,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Rules, Standard},
        reference,
    },
};

use super::{DAY, HOUR, MINUTE, listen, page};

/// A Pix of 150 minor units that is paid, and its end-to-end id.
async fn sells<R: Rules>(shop: &Shop<Bank<R>>) -> (String, String) {
    let charge = shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await;
    let paid = shop.fake().pays(&reference(&charge, 1), 150);
    let pix = paid.end_to_end_id().to_owned();
    shop.delivers(&[paid.into()]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    (charge, pix)
}

/// The devoluções of a Pix.
fn refunds<R: Rules>(shop: &Shop<Bank<R>>, charge: &str, pix: &str) -> Vec<Devolucao> {
    let booked = shop.fake().books().remove(&reference(charge, 1)).unwrap();
    booked.received.into_iter().find(|received| received.end_to_end_id == pix).unwrap().devolucoes
}

/// A charge that was paid twice, whose second Pix the hub cannot give back: the account holds nothing.
async fn owes<R: Rules>(shop: &Shop<Bank<R>>) -> (String, String) {
    let (charge, _) = sells(shop).await;
    let second = shop.fake().pays_anyway(&reference(&charge, 1), 150);
    let pix = second.end_to_end_id().to_owned();
    shop.fake().withdraws(300);
    shop.delivers(&[second.into()]).await;
    shop.hub.pass(MINUTE).await;
    assert_eq!(refunds(shop, &charge, &pix).len(), 1);
    (charge, pix)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_lacks_money_is_tried_daily_under_new_ids_for_ninety_days() {
    listen();
    let shop = Shop::<Bank<Standard>>::open().await;
    let (charge, pix) = owes(&shop).await;
    let before = alarms("duplicate_payment", &charge);
    let mut tries = 1;
    // The hub was not running for most of the time.
    for days in [1, 1, 1, 83, 1, 1] {
        shop.hub.pass(days * DAY).await;
        tries += 1;
        assert_eq!(refunds(&shop, &charge, &pix).len(), tries, "once a day");
        assert_eq!(alarms("duplicate_payment", &charge), before + tries - 1, "each refusal is an alarm");
    }
    for _ in 0..4 {
        shop.hub.pass(DAY).await;
    }
    let refunded = refunds(&shop, &charge, &pix);
    let ids: BTreeSet<&str> = refunded.iter().map(|refund| refund.id.as_str()).collect();
    assert_eq!(ids.len(), refunded.len(), "each under an id of its own");
    assert!(refunded.iter().all(|refund| refund.status == DevolucaoStatus::NaoRealizado));
    assert!(refunded.len() <= tries + 2, "after 90 days no more is tried");
    let refused = before + refunded.len() - 1;
    assert!(alarms("duplicate_payment", &charge) > refused, "an operator refunds it");
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_lacked_money_is_made_once_there_is_some() {
    let shop = Shop::<Bank<BancoDoBrasil>>::open().await;
    let (charge, pix) = owes(&shop).await;
    shop.hub.pass(DAY).await;
    // A shopper of another charge brings money.
    sells(&shop).await;
    shop.pass(DAY).await;
    let tried: Vec<_> = refunds(&shop, &charge, &pix).iter().map(|refund| refund.status).collect();
    let [missed, again, made] = tried.as_slice() else { panic!("{tried:?}") };
    assert_eq!(
        (missed, again, made),
        (&DevolucaoStatus::NaoRealizado, &DevolucaoStatus::NaoRealizado, &DevolucaoStatus::Devolvido)
    );
    shop.pass(DAY).await;
    assert_eq!(refunds(&shop, &charge, &pix).len(), 3, "it is made once");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_and_what_the_shoppers_bank_takes_have_one_cap() {
    let shop = Shop::<Bank<BancoDoBrasil>>::open().await;
    let (charge, pix) = sells(&shop).await;
    shop.hub.merchant.voids(&charge, &part(30)).await.assert_status(201);
    // Twice the same amount: two debits.
    for natureza in ["MED_FRAUDE", "MED_OPERACIONAL"] {
        shop.delivers(&[shop.fake().takes_back(&pix, 40, natureza).into()]).await;
    }
    shop.hub.merchant.voids(&charge, &part(41)).await.assert_status(409);
    shop.hub.merchant.voids(&charge, &part(15)).await.assert_status(201);
    shop.pass(MINUTE).await;
    // Without an amount all that is left is refunded.
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.pass(MINUTE).await;
    let shown = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((shown.text("/status"), &shown.body["amount"]), ("charged_back", &json!(80)));
    let made = refunds(&shop, &charge, &pix);
    assert_eq!(made.iter().map(|refund| refund.cents).sum::<u64>(), 150);
    assert!(made.iter().all(|refund| refund.status == DevolucaoStatus::Devolvido));
    shop.assert_books_agree().await;
}

/// The first notification of a Pix says at once that it was paid, refunded at the bank, and taken back.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_before_the_hub_knew_of_the_payment_counts() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let charge = shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await;
    let paid = shop.fake().pays(&reference(&charge, 1), 150);
    let taken = shop.fake().takes_back(paid.end_to_end_id(), 150, "MED_FRAUDE");
    shop.delivers(&[taken.into(), paid.into()]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "charged_back");
    shop.hub.merchant.voids(&charge, &part(1)).await.assert_status(409);
    shop.assert_books_agree().await;
}

async fn expires_only_after_a_read<R: Rules>() {
    let shop = Shop::<Bank<R>>::open().await;
    let merchant = &shop.hub.merchant;
    let (unpaid, paid) =
        (merchant.charges(&pix_charge(&merchant.id)).await, merchant.charges(&pix_charge(&merchant.id)).await);
    shop.account.server.treat(|asked| (asked.method == "GET").then(|| Fault::Refuse(page(503))));
    shop.fake().pays(&reference(&paid, 1), 150);
    shop.hub.pass(2 * HOUR).await;
    for charge in [&unpaid, &paid] {
        assert_eq!(merchant.charge_status(charge).await, "pending", "it cannot be read");
    }
    shop.account.server.treat_all_alike();
    shop.pass(6 * HOUR).await;
    assert_eq!(merchant.charge_status(&unpaid).await, "failed");
    assert_eq!(merchant.charge_status(&paid).await, "authorized");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_expires_only_once_it_was_read_after_its_end() {
    expires_only_after_a_read::<Standard>().await;
    expires_only_after_a_read::<Bs2>().await;
}

/// A session whose first Pix has expired.
async fn expired(shop: &Shop<Bank<Standard>>) -> (Session, String) {
    let order = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
    let charge = asks_for_a_code(shop, &order).await;
    shop.hub.pass(HOUR + MINUTE).await;
    assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "failed, created");
    (order, charge)
}

async fn asks_for_a_code(shop: &Shop<Bank<Standard>>, order: &Session) -> String {
    shop.hub.shopper.pays(order, &by_pix()).await.expect(201).text("/chargeId").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_pix_takes_a_session_that_is_free() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let (order, late) = expired(&shop).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    assert_eq!(shop.hub.merchant.sees(&order, &late).await, "authorized, paid");
    shop.hub.shopper.pays(&order, &by_pix()).await.assert_status(409);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_pix_takes_a_session_whose_next_code_is_canceled_first() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let (order, late) = expired(&shop).await;
    let next = asks_for_a_code(&shop, &order).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    assert_eq!(shop.hub.merchant.sees(&order, &late).await, "authorized, paid");
    assert_eq!(shop.hub.merchant.charge_status(&next).await, "canceled");
    let removed = shop.fake().books().remove(&reference(&next, 1)).unwrap();
    assert_eq!(removed.status, CobStatus::RemovidaPeloUsuarioRecebedor);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_pix_waits_while_the_next_code_cannot_be_canceled() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let (order, late) = expired(&shop).await;
    let next = asks_for_a_code(&shop, &order).await;
    shop.account.server.treat(|asked| (asked.method == "PATCH").then(|| Fault::Refuse(page(503))));
    shop.account.is_paid(&shop.hub, &late, 100).await;
    assert_eq!(shop.hub.merchant.charge_status(&late).await, "failed");
    // Its shopper pays the next code as well: the late one is given back.
    shop.account.is_paid(&shop.hub, &next, 100).await;
    shop.account.server.treat_all_alike();
    for time in [30 * MINUTE, 2 * HOUR, DAY] {
        shop.pass(time).await;
    }
    assert_eq!(shop.hub.merchant.session_status(&order).await, "paid");
    let held = [&late, &next].map(|charge| shop.held(charge).net);
    assert_eq!(held.iter().sum::<u64>(), 100, "one net debit: {held:?}");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_pix_of_a_session_that_is_paid_is_given_back() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let (order, late) = expired(&shop).await;
    let next = asks_for_a_code(&shop, &order).await;
    shop.account.is_paid(&shop.hub, &next, 100).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.sees(&order, &next).await, "authorized, paid");
    assert_eq!(shop.hub.merchant.charge_status(&late).await, "voided");
    assert_eq!([&late, &next].map(|charge| shop.held(charge).net), [0, 100]);
    shop.assert_books_agree().await;
}

/// No notification comes of a late payment at BS2, and its window of reads is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_the_bank_removes_has_failed() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let order = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
    let charge = asks_for_a_code(&shop, &order).await;
    shop.fake().removes(&reference(&charge, 1));
    shop.hub.pass(Duration::from_mins(6)).await;
    assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "failed, created");
    let again = asks_for_a_code(&shop, &order).await;
    assert_ne!(again, charge);
    shop.account.is_paid(&shop.hub, &again, 100).await;
    assert_eq!(shop.hub.merchant.sees(&order, &again).await, "authorized, paid");
    shop.assert_books_agree().await;
}
