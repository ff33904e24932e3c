//! Notifications in every order, late and repeated, come to the same.

use domain::{charge::update::Reference, method::PaymentType::Credit};
use tests::{
    fakes::{
        adyen::{Adyen, DisputeEvent, Kind},
        pagarme::Pagarme,
    },
    samples::{charge_by, part},
    shop::{Notice, Played, Shop, reference},
};

use super::{HOUR, MINUTE};

/// What happens at a provider to a charge of 150 that is paid: the notifications, of which none was delivered.
trait Story<F> {
    async fn happens(&self, shop: &Shop<F>, charge: &str) -> Vec<Notice>;
}

impl<F, T: AsyncFn(&Shop<F>, &str) -> Vec<Notice>> Story<F> for T {
    async fn happens(&self, shop: &Shop<F>, charge: &str) -> Vec<Notice> {
        self(shop, charge).await
    }
}

/// The story of one charge for each order of its notifications. Each is delivered in its order; later all of them come
/// again, the newest first.
async fn comes_to_the_same<F: Played>(story: impl Story<F>, end: &str) {
    let shop = Shop::<F>::open().await;
    let (mut number, mut ordered) = (0, Vec::new());
    loop {
        let charge = shop.hub.merchant.charges(&charge_by(&shop.hub.merchant.id, Credit)).await;
        let notices = story.happens(&shop, &charge).await;
        let Some(order) = permutation(number, notices.len()) else { break };
        for place in &order {
            shop.delivers(&notices[*place..=*place]).await;
        }
        ordered.push((charge, order, notices));
        number += 1;
    }
    shop.pass(HOUR).await;
    for (charge, order, _) in &ordered {
        let seen = shop.sees(charge).await;
        assert_eq!(seen.split(':').next().unwrap(), end, "{order:?}: {seen}");
    }
    for (charge, _, notices) in ordered {
        let before = shop.sees(&charge).await;
        let again: Vec<Notice> = notices.into_iter().rev().collect();
        shop.delivers(&again).await;
        assert_eq!(shop.sees(&charge).await, before);
    }
    shop.pass(MINUTE).await;
    // The notifications of the last charge are not used.
    shop.delivers(&shop.fake().goes_on()).await;
    assert!(shop.hub.waiting_updates().await.is_empty(), "{:?}", shop.hub.waiting_updates().await);
}

/// The order at `number` of so many things; none after the last order.
fn permutation(mut number: usize, count: usize) -> Option<Vec<usize>> {
    let mut left: Vec<usize> = (0..count).collect();
    let mut orders: usize = (1..=count).product();
    if number >= orders {
        return None;
    }
    let mut order = Vec::new();
    while !left.is_empty() {
        orders /= left.len();
        order.push(left.remove(number / orders));
        number %= orders;
    }
    Some(order)
}

/// What Adyen has to say of this charge.
fn of_it(shop: &Shop<Adyen>, charge: &str) -> Vec<Notice> {
    let all = shop.fake().take_notifications().into_iter();
    let is_of_it = |reference: &str| reference.parse::<Reference>().is_ok_and(|it| it.charge.to_string() == charge);
    all.filter(|one| is_of_it(&one.merchant_reference)).map(Notice::from).collect()
}

/// The charge is captured by Adyen, and 50 of it are refunded.
async fn refunds_a_part(shop: &Shop<Adyen>, charge: &str) {
    shop.hub.clock().advance(HOUR);
    shop.hub.merchant.voids(charge, &part(50)).await.assert_status(201);
    shop.fake().settle_all();
}

fn dispute(shop: &Shop<Adyen>, charge: &str, value: i64, events: &[DisputeEvent]) {
    let payments = shop.fake().payments();
    let payment = payments.iter().find(|payment| payment.reference == reference(charge, 1)).unwrap();
    let dispute = shop.fake().dispute(&payment.psp_reference, value);
    for event in events {
        shop.fake().dispute_goes_on(&dispute, *event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_later() {
    let story = async |shop: &Shop<Adyen>, charge: &str| {
        refunds_a_part(shop, charge).await;
        let changes = shop.fake().modifications();
        let refund = changes.iter().rfind(|change| change.kind == Kind::Refund).unwrap();
        shop.fake().fail_refund(&refund.psp_reference);
        of_it(shop, charge)
    };
    comes_to_the_same(story, "authorized 150").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_and_a_chargeback_of_the_rest() {
    let story = async |shop: &Shop<Adyen>, charge: &str| {
        refunds_a_part(shop, charge).await;
        dispute(shop, charge, 100, &[DisputeEvent::Chargeback]);
        of_it(shop, charge)
    };
    comes_to_the_same(story, "charged_back 100").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_won() {
    let story = async |shop: &Shop<Adyen>, charge: &str| {
        shop.hub.clock().advance(HOUR);
        let _captured = shop.fake().take_notifications();
        let events = [
            DisputeEvent::NotificationOfChargeback,
            DisputeEvent::Chargeback,
            DisputeEvent::ChargebackReversed,
            DisputeEvent::IssuerResponseTimeframeExpired,
        ];
        dispute(shop, charge, 150, &events);
        of_it(shop, charge)
    };
    comes_to_the_same(story, "authorized 150").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_lost() {
    let story = async |shop: &Shop<Adyen>, charge: &str| {
        shop.hub.clock().advance(HOUR);
        let _captured = shop.fake().take_notifications();
        let events = [DisputeEvent::Chargeback, DisputeEvent::ChargebackReversed, DisputeEvent::SecondChargeback];
        dispute(shop, charge, 150, &events);
        of_it(shop, charge)
    };
    comes_to_the_same(story, "charged_back 150").await;
}

/// Each notification makes the hub read the charge, so that the first one that comes says everything.
#[tokio::test(flavor = "multi_thread")]
async fn what_pagarme_notifies_of() {
    let story = async |shop: &Shop<Pagarme>, charge: &str| {
        let name = reference(charge, 1);
        let mut notices = vec![Notice::from(shop.fake().notifies("charge.paid", &name))];
        shop.hub.merchant.voids(charge, &part(50)).await.assert_status(201);
        notices.push(shop.fake().notifies("charge.partial_canceled", &name).into());
        notices.push(shop.fake().notifies("order.paid", &name).into());
        notices.push(shop.fake().charges_back(&name).into());
        notices
    };
    comes_to_the_same(story, "charged_back 100").await;
}
