//! The hub dies while it applies a notification.

use tests::{
    fakes::{adyen::Adyen, pagarme::Pagarme},
    shop::interrupted::{
        News::{Paid, PaidBesideACard, Refunded, SessionPaid},
        interrupt_news,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn pagarme_notifies_of_a_pix_that_is_paid() {
    interrupt_news::<Pagarme>(Paid).await;
    interrupt_news::<Pagarme>(SessionPaid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pagarme_notifies_of_a_refund() {
    interrupt_news::<Pagarme>(Refunded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pagarme_notifies_of_a_pix_that_is_paid_beside_a_card() {
    interrupt_news::<Pagarme>(PaidBesideACard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adyen_notifies_of_a_pix_that_is_paid() {
    interrupt_news::<Adyen>(Paid).await;
    interrupt_news::<Adyen>(SessionPaid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adyen_notifies_of_a_refund() {
    interrupt_news::<Adyen>(Refunded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adyen_notifies_of_a_pix_that_is_paid_beside_a_card() {
    interrupt_news::<Adyen>(PaidBesideACard).await;
}
