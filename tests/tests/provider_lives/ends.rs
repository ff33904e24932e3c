//! How unpaid payments end, what comes late, and what is refunded because it is not kept.

use domain::method::PaymentType::Boleto;
use tests::{
    fakes::{
        adyen::{Adyen, DisputeEvent, Kind, Progress},
        pagarme::Pagarme,
    },
    log::{alarms, listen},
    samples::{APPROVED, by_card, charge_by, events},
    session::Session,
    shop::{Played, Shop, of_a_customer, reference},
};

use super::{DAY, HOUR, MINUTE, boleto, pix, session_by};

/// The session is paid by card; returns the charge.
async fn pays_by_card<F: Played>(shop: &Shop<F>, session: &Session) -> String {
    let paid = shop.hub.shopper.pays(session, &by_card(APPROVED)).await.expect(201);
    paid.text("/chargeId").to_owned()
}

/// A boleto is not paid by its end. It is paid all the same, a month later.
async fn a_boleto_is_paid_late<F: Played>() {
    let shop = Shop::<F>::open().await;
    let charge = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Boleto))).await;
    for _ in 0..20 {
        shop.pass(DAY).await;
    }
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.assert_books_agree().await;
    shop.pass(10 * DAY).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    shop.pass(HOUR).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
    assert_eq!(events(&shop.hub, &charge).await, ["pending", "failed", "authorized"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_of_pagarme_expires_and_is_paid_late() {
    a_boleto_is_paid_late::<Pagarme>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_of_adyen_expires_and_is_paid_late() {
    a_boleto_is_paid_late::<Adyen>().await;
}

/// A Pix gives its session to a card, or ran out before that; its shopper pays it afterwards. The hub refunds it.
async fn a_pix_beside_a_card_is_refunded<F: Played>(has_expired: bool) {
    let shop = Shop::<F>::open().await;
    let (session, late) = session_by(&shop, pix()).await;
    if has_expired {
        shop.pass(2 * HOUR).await;
        assert_eq!(shop.hub.merchant.sees(&session, &late).await, "failed, created");
    }
    let card = pays_by_card(&shop, &session).await;
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
    shop.account.is_paid(&shop.hub, &late, 100).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!((shop.held(&late).debited(), shop.held(&late).given_back), (0, 100), "{}", shop.sees(&late).await);
    shop.pass(DAY).await;
    assert_eq!(shop.held(&card).debited(), 100);
    assert_eq!(shop.hub.merchant.sees(&session, &late).await, "voided, paid");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_of_pagarme_that_is_paid_beside_a_card_is_refunded() {
    a_pix_beside_a_card_is_refunded::<Pagarme>(false).await;
    a_pix_beside_a_card_is_refunded::<Pagarme>(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_of_adyen_that_is_paid_beside_a_card_is_refunded() {
    a_pix_beside_a_card_is_refunded::<Adyen>(false).await;
    a_pix_beside_a_card_is_refunded::<Adyen>(true).await;
}

/// An expired Pix of a session that was not paid meanwhile pays it.
async fn a_late_pix_pays_its_session<F: Played>() {
    let shop = Shop::<F>::open().await;
    let (session, late) = session_by(&shop, pix()).await;
    shop.pass(2 * HOUR).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    shop.pass(HOUR).await;
    assert_eq!(shop.hub.merchant.sees(&session, &late).await, "authorized, paid");
    shop.hub.shopper.pays(&session, &by_card(APPROVED)).await.assert_status(409);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_pix_pays_its_session_that_is_still_open() {
    a_late_pix_pays_its_session::<Pagarme>().await;
    a_late_pix_pays_its_session::<Adyen>().await;
}

/// The hub's refund of a payment that is not kept fails at the provider: it is tried again daily.
#[tokio::test(flavor = "multi_thread")]
async fn the_refund_of_a_pix_beside_a_card_that_fails_is_tried_again() {
    let shop = Shop::<Pagarme>::open().await;
    let (session, late) = session_by(&shop, pix()).await;
    let card = pays_by_card(&shop, &session).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    for _ in 0..2 {
        shop.hub.pass(MINUTE).await;
        let name = reference(&late, 1);
        assert_eq!(shop.fake().of(&name).refunding, 100);
        shop.fake().refund_fails(&name);
        shop.hub.pass(HOUR).await;
        assert_eq!((shop.fake().of(&name).refunding, shop.held(&late).net), (0, 100));
        shop.hub.pass(DAY).await;
    }
    shop.pass(DAY).await;
    assert_eq!((shop.held(&late).net, shop.held(&card).debited()), (0, 100), "{}", shop.sees(&late).await);
    shop.assert_books_agree().await;
}

/// Adyen confirms that refund, and the money comes back to the merchant later: it is refunded again.
#[tokio::test(flavor = "multi_thread")]
async fn the_refund_of_a_pix_beside_a_card_that_comes_back_is_made_again() {
    let shop = Shop::<Adyen>::open().await;
    let (session, late) = session_by(&shop, pix()).await;
    let card = pays_by_card(&shop, &session).await;
    shop.account.is_paid(&shop.hub, &late, 100).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.held(&late).given_back, 100);
    let done = |shop: &Shop<Adyen>| {
        let changes = shop.fake().modifications().into_iter();
        let mut done = changes.filter(|change| change.kind == Kind::Refund && change.progress == Progress::Done);
        done.next_back().unwrap().psp_reference
    };
    shop.fake().fail_refund(&done(&shop));
    shop.account.goes_on(&shop.hub).await;
    shop.pass(2 * DAY).await;
    assert_eq!((shop.held(&late).net, shop.held(&card).debited()), (0, 100), "{}", shop.sees(&late).await);
    shop.fake().reverse_refund(&done(&shop));
    shop.account.goes_on(&shop.hub).await;
    shop.pass(2 * DAY).await;
    assert_eq!((shop.held(&late).net, shop.held(&card).debited()), (0, 100), "{}", shop.sees(&late).await);
    shop.assert_books_agree().await;
}

/// A boleto gives its session to a card at once, and is paid all the same. Neither provider refunds a boleto: it stays
/// paid, and an alarm says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_is_paid_beside_a_card_is_left_to_an_operator() {
    async fn stays<F: Played>() {
        let shop = Shop::<F>::open().await;
        let (session, late) = session_by(&shop, boleto()).await;
        let card = pays_by_card(&shop, &session).await;
        shop.pass(HOUR).await;
        shop.account.is_paid(&shop.hub, &late, 100).await;
        shop.pass(HOUR).await;
        assert!(alarms("duplicate_payment", &late) > 0);
        assert_eq!(shop.hub.merchant.sees(&session, &late).await, "authorized, paid");
        assert_eq!((shop.held(&late).net, shop.held(&card).debited()), (100, 100));
    }
    listen("error");
    stays::<Pagarme>().await;
    stays::<Adyen>().await;
}

/// Everything that a card payment can live through at Adyen, with its events.
#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_payment_is_published_step_by_step() {
    let shop = Shop::<Adyen>::open().await;
    let charge = shop.hub.merchant.charges(&tests::samples::card_charge(&shop.hub.merchant.id, APPROVED)).await;
    shop.pass(HOUR).await;
    let dispute = shop.fake().dispute(&shop.fake().payments()[0].psp_reference, 150);
    let story = [
        (DisputeEvent::RequestForInformation, "authorized", 150),
        (DisputeEvent::NotificationOfChargeback, "authorized", 150),
        (DisputeEvent::Chargeback, "charged_back", 0),
        (DisputeEvent::ChargebackReversed, "authorized", 150),
        (DisputeEvent::SecondChargeback, "charged_back", 0),
        (DisputeEvent::PrearbitrationWon, "authorized", 150),
    ];
    for (event, status, net) in story {
        shop.fake().dispute_goes_on(&dispute, event);
        shop.pass(MINUTE).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, status, "{event:?}: {}", shop.sees(&charge).await);
        assert_eq!(shop.held(&charge).net, net, "{event:?}");
        shop.assert_books_agree().await;
    }
    let published = events(&shop.hub, &charge).await;
    let of = |name: &str| published.iter().filter(|other| **other == name).count();
    assert_eq!((of("charged_back"), of("dispute"), of("dispute_closed")), (2, 1, 2), "{published:?}");
    // What is back can be refunded.
    shop.hub.merchant.voids(&charge, &tests::samples::whole()).await.assert_status(201);
    shop.pass(MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided");
    shop.assert_books_agree().await;
}

/// An unpaid Pix is not paid by the end of its session: nothing is left that can be paid twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_session_refunds_the_pix_that_is_paid_afterwards() {
    async fn canceled<F: Played>() {
        let shop = Shop::<F>::open().await;
        let (session, late) = session_by(&shop, pix()).await;
        shop.hub.merchant.cancels(&session).await.assert_status(201);
        shop.account.is_paid(&shop.hub, &late, 100).await;
        shop.pass(2 * MINUTE).await;
        assert_eq!(shop.held(&late).debited(), 0, "{}", shop.sees(&late).await);
        assert_eq!(shop.hub.merchant.session_status(&session).await, "canceled");
        shop.assert_books_agree().await;
    }
    canceled::<Pagarme>().await;
    canceled::<Adyen>().await;
}

/// A Pix is created whose answer is lost. Its shopper has no code; the session is locked until the hub knows more.
#[tokio::test(flavor = "multi_thread")]
async fn a_pix_whose_answer_is_lost_locks_its_session_until_it_is_known() {
    use tests::fakes::Fault;

    async fn lost<F: Played>(code_is_read: bool) {
        let shop = Shop::<F>::open().await;
        shop.account.server.treat(|asked| (asked.method == "POST").then_some(Fault::LoseAnswer));
        let (session, charge) = session_by(&shop, pix()).await;
        shop.account.server.treat_all_alike();
        shop.hub.shopper.pays(&session, &by_card(APPROVED)).await.assert_status(409);
        shop.pass(2 * MINUTE).await;
        let read = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!(!read.text("/paymentMethod/qrCodeData").is_empty(), code_is_read, "{}", read.body);
        shop.pass(2 * HOUR).await;
        assert_eq!(shop.hub.merchant.sees(&session, &charge).await, "failed, created");
        pays_by_card(&shop, &session).await;
        shop.pass(HOUR).await;
        shop.assert_books_agree().await;
    }
    lost::<Pagarme>(true).await;
    lost::<Adyen>(false).await;
}

/// The reservation runs out at the provider before it is captured.
#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_ran_out_is_not_captured() {
    let shop = Shop::<Pagarme>::open().await;
    let charge = shop.hub.merchant.charges(&tests::samples::reservation(&shop.hub.merchant.id)).await;
    shop.hub.clock().advance(5 * DAY);
    shop.hub.merchant.captures(&charge, &tests::samples::whole()).await.assert_status(201);
    assert_eq!(shop.sees(&charge).await.split(',').next().unwrap(), "pre_authorized 150: capture failed 150");
    assert_eq!(shop.held(&charge).net, 0);
    shop.hub.merchant.voids(&charge, &tests::samples::whole()).await.assert_status(201);
    shop.pass(HOUR).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "canceled");
    shop.assert_books_agree().await;
}
