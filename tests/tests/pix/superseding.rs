//! An unpaid Pix of a bank, or a page of Drip, is superseded by a card, and its shopper pays it all the same.

use tests::{
    fakes::{
        Fault, Reply,
        bcb_pix::{BcbPix, CobStatus},
        drip::Drip,
    },
    hub::LONG_AFTER,
    samples::{APPROVED, by_card, by_drip, by_pix, open_session},
    session::Session,
    shop::{
        Played, Shop,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Rules, Standard},
        reference,
    },
};

use super::{MINUTE, page, spoil};

/// A session, and the unpaid charge that `body` makes of it.
async fn unpaid<F: Played>(shop: &Shop<F>, body: &serde_json::Value) -> (Session, String) {
    let order = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let made = shop.hub.shopper.pays(&order, body).await.expect(201);
    assert_eq!(made.text("/status"), "pending");
    (order, made.text("/chargeId").to_owned())
}

fn status_of<R: Rules>(shop: &Shop<Bank<R>>, charge: &str) -> CobStatus {
    BcbPix::books(shop.fake()).remove(&reference(charge, 1)).unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_supersedes_an_unpaid_pix_and_a_pix_that_comes_all_the_same_is_given_back() {
    let shop = Shop::<Bank<BancoDoBrasil>>::open_with_cards().await;
    let (order, pix) = unpaid(&shop, &by_pix()).await;
    let card = shop.hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(card.text("/status"), "paid");
    assert_eq!(shop.hub.merchant.charge_status(&pix).await, "canceled");
    assert_eq!(status_of(&shop, &pix), CobStatus::RemovidaPeloUsuarioRecebedor);
    // The shopper's bank had the code already.
    let late = shop.fake().pays_anyway(&reference(&pix, 1), 100);
    shop.delivers(&[late.into()]).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.held(&pix).given_back, 100);
    assert_eq!(shop.hub.merchant.sees(&order, &pix).await, "voided, paid");
    shop.assert_books_agree_with_cards().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_was_paid_before_it_could_be_superseded_is_the_payment() {
    let shop = Shop::<Bank<Standard>>::open_with_cards().await;
    let (order, pix) = unpaid(&shop, &by_pix()).await;
    // Its notification has not come yet.
    shop.fake().pays(&reference(&pix, 1), 100);
    shop.hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
    assert_eq!(shop.hub.merchant.sees(&order, &pix).await, "authorized, paid");
    assert!(shop.hub.bank.approved().is_empty(), "the card was not charged");
    shop.hub.merchant.cancels(&order).await.assert_status(409);
    shop.assert_books_agree_with_cards().await;
}

/// A Pix of BS2 can be canceled, and not refunded.
#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_pix_of_bs2_holds_its_session_until_the_merchant_cancels_it() {
    for is_paid in [false, true] {
        let shop = Shop::<Bank<Bs2>>::open_with_cards().await;
        let (order, pix) = unpaid(&shop, &by_pix()).await;
        if is_paid {
            shop.fake().pays(&reference(&pix, 1), 100);
        }
        let asked = shop.account.server.asked().len();
        shop.hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        assert_eq!(shop.account.server.asked().len(), asked);
        shop.hub.merchant.cancels(&order).await.assert_status(if is_paid { 409 } else { 201 });
        let expected = if is_paid { "authorized, paid" } else { "canceled, canceled" };
        assert_eq!(shop.hub.merchant.sees(&order, &pix).await, expected);
        let status = if is_paid { CobStatus::Concluida } else { CobStatus::RemovidaPeloUsuarioRecebedor };
        assert_eq!(status_of(&shop, &pix), status);
        assert!(shop.hub.bank.approved().is_empty(), "the card was not charged");
        shop.assert_books_agree_with_cards().await;
    }
}

async fn unknown_cancel<R: Rules>(fault: Fault, is_done: bool) {
    let shop = Shop::<Bank<R>>::open_with_cards().await;
    let (order, pix) = unpaid(&shop, &by_pix()).await;
    spoil(&shop.hub, &shop.account.server, "PATCH", "/cob/", fault);
    let charges = shop.hub.charges().await.len();
    shop.hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
    assert!(shop.hub.bank.approved().is_empty());
    assert_eq!(shop.hub.charges().await.len(), charges, "nothing of the card is stored");
    if !is_done {
        // It can still be paid, and is.
        shop.fake().pays(&reference(&pix, 1), 100);
    }
    shop.pass(LONG_AFTER).await;
    let expected = if is_done { "canceled, created" } else { "authorized, paid" };
    assert_eq!(shop.hub.merchant.sees(&order, &pix).await, expected);
    let card = shop.hub.shopper.pays(&order, &by_card(APPROVED)).await;
    card.assert_status(if is_done { 201 } else { 409 });
    shop.assert_books_agree_with_cards().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_unknown_whether_a_pix_was_canceled_no_card_is_charged() {
    Box::pin(unknown_cancel::<Standard>(Fault::LoseAnswer, true)).await;
    Box::pin(unknown_cancel::<BancoDoBrasil>(Fault::Instead(page(502)), true)).await;
    Box::pin(unknown_cancel::<Standard>(Fault::Refuse(Reply::empty(500)), false)).await;
    Box::pin(unknown_cancel::<BancoDoBrasil>(Fault::LoseRequest, false)).await;
}

/// Drip cancels no unpaid checkout, and refunds.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_drip_that_a_card_has_superseded_is_refunded_whole_when_it_is_paid() {
    let shop = Shop::<Drip>::open_with_cards().await;
    let (order, drip) = unpaid(&shop, &by_drip()).await;
    let card = shop.hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(card.text("/status"), "paid");
    shop.account.is_paid(&shop.hub, &drip, 100).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!((shop.held(&drip).net, shop.held(&drip).given_back), (0, 100));
    assert_eq!(shop.hub.merchant.sees(&order, &drip).await, "voided, paid");
    assert_eq!(shop.account.server.count("PUT", "/cancel"), 1);
    shop.assert_books_agree_with_cards().await;
}
