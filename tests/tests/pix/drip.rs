//! Drip: unknown outcomes, expiry, late payments, and calls that lie.

use domain::limits::CALL_WINDOW;
use flows::charge::operator::{self, Verdict};
use tests::{
    fakes::{Fault, drip::Drip},
    hub::LONG_AFTER,
    log::alarms,
    payment::request_status,
    samples::{by_drip, drip_charge, open_session, whole},
    session::Session,
    shop::{Notice, Shop, drip::called, reference},
};

use super::{DAY, HOUR, MINUTE, SILENCE, done, faults, heal, listen, page, spoil};

/// A charge of 150 minor units that is paid.
async fn sells(shop: &Shop<Drip>) -> String {
    let charge = shop.hub.merchant.charges(&drip_charge(&shop.hub.merchant.id)).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    charge
}

/// A session of 100 minor units, and its checkout.
async fn unpaid(shop: &Shop<Drip>) -> (Session, String) {
    let order = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let made = shop.hub.shopper.pays(&order, &by_drip()).await.expect(201);
    (order, made.text("/chargeId").to_owned())
}

fn checkout(shop: &Shop<Drip>, charge: &str) -> String {
    shop.fake().of(&reference(charge, 1))[0].checkout.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_without_an_id_holds_its_session_for_a_day_and_fails_then() {
    let shop = Shop::<Drip>::open().await;
    let mut made = Vec::new();
    for (fault, is_done) in faults() {
        let name = format!("{fault:?}");
        let checkouts = shop.fake().booked().len();
        spoil(&shop.hub, &shop.account.server, "POST", "/checkouts", fault);
        let (order, charge) = unpaid(&shop).await;
        let shown = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!((shown.text("/status"), request_status(&shown)), ("pending", "processing"), "{name}");
        heal(&shop.hub, &shop.account.server);
        assert_eq!(shop.fake().booked().len(), checkouts + usize::from(is_done), "{name}");
        shop.hub.shopper.pays(&order, &by_drip()).await.assert_status(409);
        made.push((name, order, charge));
    }
    let sent = shop.account.server.count("POST", "/checkouts");
    shop.pass(23 * HOUR).await;
    for (name, order, charge) in &made {
        assert_eq!(shop.hub.merchant.sees(order, charge).await, "pending, created", "{name}");
    }
    shop.pass(HOUR + 10 * MINUTE).await;
    for (name, order, charge) in &made {
        assert_eq!(shop.hub.merchant.sees(order, charge).await, "failed, created", "{name}");
    }
    assert_eq!(shop.account.server.count("POST", "/checkouts"), sent, "none is sent again");
    let (_, order, _) = &made[0];
    shop.hub.shopper.pays(order, &by_drip()).await.assert_status(201);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_with_an_unknown_outcome_is_read_in_its_order_and_never_repeated() {
    let shop = Shop::<Drip>::open().await;
    let mut asked = Vec::new();
    // A cancellation is answered without a body: no half of it is missing.
    for (fault, is_done) in faults().filter(|(fault, _)| !matches!(fault, Fault::HalfAnswer)) {
        let name = format!("{fault:?}");
        let charge = sells(&shop).await;
        let silent = matches!(fault, Fault::HoldBefore | Fault::HoldAfter);
        let once = std::sync::Mutex::new(Some(fault));
        let clock = shop.hub.clock().clone();
        shop.account.server.treat(move |asked| {
            // The order is read before it is canceled: then the time for the call is nearly over.
            if silent && asked.path.ends_with("/detail") {
                clock.advance(CALL_WINDOW.checked_sub(SILENCE).unwrap());
            }
            asked.path.ends_with("/cancel").then(|| once.lock().unwrap().take()).flatten()
        });
        let answer = shop.hub.merchant.voids(&charge, &whole()).await.expect(201);
        assert_eq!((answer.text("/status"), request_status(&answer)), ("authorized", "processing"), "{name}");
        heal(&shop.hub, &shop.account.server);
        asked.push((name, charge, is_done));
    }
    shop.pass(LONG_AFTER).await;
    for (name, charge, is_done) in &asked {
        let expected = if *is_done { "voided" } else { "authorized" };
        assert_eq!(shop.hub.merchant.charge_status(charge).await, expected, "{name}");
    }
    assert_eq!(shop.account.server.count("PUT", "/cancel"), asked.len(), "none is sent again");
    shop.assert_books_agree().await;
    for (name, charge, _) in asked.iter().filter(|(_, _, is_done)| !is_done) {
        // The merchant asks again.
        shop.hub.merchant.voids(charge, &whole()).await.assert_status(201);
        assert_eq!(shop.hub.merchant.charge_status(charge).await, "voided", "{name}");
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_cannot_be_read_alarms_after_a_day_and_an_operator_settles_it() {
    listen();
    for (fault, is_done) in [(done()[0].clone(), true), (Fault::LoseRequest, false)] {
        let shop = Shop::<Drip>::open().await;
        let charge = sells(&shop).await;
        spoil(&shop.hub, &shop.account.server, "PUT", "/cancel", fault);
        shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        shop.account.server.treat(|_| Some(Fault::Refuse(page(503))));
        let refund = reference(&charge, 3);
        shop.hub.pass(23 * HOUR).await;
        assert_eq!(
            (alarms("unknown_outcome", &refund), request_status(&shop.hub.merchant.reads_charge(&charge).await)),
            (0, "processing")
        );
        shop.hub.pass(7 * HOUR).await;
        assert!(alarms("unknown_outcome", &refund) > 0, "the alarm names the reference");
        let verdict = if is_done { Verdict::Approved { id: None } } else { Verdict::Declined };
        operator::settle(shop.hub.flows(), charge.parse().unwrap(), 3, verdict).await.unwrap();
        heal(&shop.hub, &shop.account.server);
        shop.pass(HOUR).await;
        let expected = if is_done { "voided" } else { "authorized" };
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, expected);
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_expires_only_once_it_was_read_after_its_end_and_a_late_payment_takes_its_session() {
    let shop = Shop::<Drip>::open().await;
    let (order, charge) = unpaid(&shop).await;
    let (paid_order, paid) = unpaid(&shop).await;
    shop.account.server.treat(|asked| (asked.method == "GET").then(|| Fault::Refuse(page(503))));
    let _ = shop.fake().pays(&checkout(&shop, &paid));
    shop.hub.pass(25 * HOUR).await;
    for (order, charge) in [(&order, &charge), (&paid_order, &paid)] {
        assert_eq!(shop.hub.merchant.sees(order, charge).await, "pending, created");
    }
    shop.account.server.treat_all_alike();
    shop.pass(DAY).await;
    assert_eq!(shop.hub.merchant.sees(&paid_order, &paid).await, "authorized, paid");
    assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "failed, created");
    shop.delivers(&[called(&shop.fake().expires(&checkout(&shop, &charge)))]).await;
    assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "failed, created");
    shop.account.is_paid(&shop.hub, &charge, 100).await;
    // The calls of ten seconds are two reads.
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "authorized, paid");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_pages_of_one_session_that_are_both_paid_one_is_refunded_whole() {
    let shop = Shop::<Drip>::open().await;
    let (order, first) = unpaid(&shop).await;
    shop.pass(DAY + HOUR).await;
    assert_eq!(shop.hub.merchant.sees(&order, &first).await, "failed, created");
    let second = shop.hub.shopper.pays(&order, &by_drip()).await.expect(201).text("/chargeId").to_owned();
    shop.account.is_paid(&shop.hub, &second, 100).await;
    shop.account.is_paid(&shop.hub, &first, 100).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.sees(&order, &second).await, "authorized, paid");
    assert_eq!(shop.hub.merchant.charge_status(&first).await, "voided");
    assert_eq!([&first, &second].map(|charge| shop.held(charge).net), [0, 100]);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_lies_changes_nothing_whichever_checkout_it_names() {
    let shop = Shop::<Drip>::open().await;
    let (paid, unpaid) = (sells(&shop).await, shop.hub.merchant.charges(&drip_charge(&shop.hub.merchant.id)).await);
    let (own, others) = (checkout(&shop, &unpaid), checkout(&shop, &paid));
    let call = |query: String| Notice { path: query, headers: Vec::new(), body: Vec::new() };
    let (unpaid_reference, paid_reference) = (reference(&unpaid, 1), reference(&paid, 1));
    for query in [
        format!("?reference={unpaid_reference}&checkoutId={others}"),
        format!("?reference={unpaid_reference}&checkoutId={own}&status=OK"),
        format!("?reference={paid_reference}&checkoutId={own}"),
        "?reference=c3e0e7a4e7f1469a9f782d3d4999343c001&checkoutId=1".to_owned(),
        "?reference=%00&checkoutId=../../x".to_owned(),
        format!("?checkoutId={own}"),
        String::new(),
    ] {
        for _ in 0..2 {
            let answer = shop.account.sends(&shop.hub, &call(query.clone())).await.unwrap();
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        }
        assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "pending", "{query}");
        assert_eq!(shop.hub.merchant.charge_status(&paid).await, "authorized", "{query}");
    }
    shop.account.is_paid(&shop.hub, &unpaid, 150).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "authorized");
    assert_eq!(shop.fake().net(), 300);
}
