//! Refunds: devoluções of the hub, of the merchant at its bank, and of the shopper's bank.

use std::time::Duration;

use domain::{charge::update::Reference, money::Amount};
use flows::charge::operator::{self, Verdict};
use serde_json::json;
use tests::{
    fakes::{
        Fault, Reply,
        bcb_pix::{DevolucaoStatus, Profile},
    },
    hub::LONG_AFTER,
    log,
    samples::{part, whole},
};

use super::{DAY, Shop, txid};

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_paid_and_refunded_in_parts() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let shop = Shop::open(profile).await;
        let (charge, end_to_end_id) = shop.sells().await;
        for amount in [50, 100] {
            let asked = shop.voids(&charge, &part(amount)).await;
            assert_eq!(asked.text("/status"), "refund_pending");
            let (id, status) = shop.devolucao(&charge);
            assert_eq!(status, DevolucaoStatus::EmProcessamento);
            shop.delivers(&shop.bank.settles(&end_to_end_id, &id)).await;
        }
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided");
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_refund_is_read_and_a_lost_refund_is_sent_again() {
    for (fault, sent) in [(Fault::LoseAnswer, 1), (Fault::HalfAnswer, 1), (Fault::LoseRequest, 2)] {
        let shop = Shop::open(Profile::Standard).await;
        let (charge, end_to_end_id) = shop.sells().await;
        let is_first = std::sync::atomic::AtomicBool::new(true);
        shop.server.treat(move |asked| {
            let is_it = asked.method == "PUT" && asked.path.contains("/devolucao/");
            (is_it && is_first.swap(false, std::sync::atomic::Ordering::SeqCst)).then(|| fault.clone())
        });
        assert_eq!(shop.voids(&charge, &part(50)).await.text("/status"), "refund_pending");
        shop.hub.pass(LONG_AFTER).await;
        let (id, _) = shop.devolucao(&charge);
        let asked = shop.server.asked();
        let puts: Vec<_> = asked.iter().filter(|asked| asked.method == "PUT" && asked.path.ends_with(&id)).collect();
        assert_eq!(puts.len(), sent, "under one id");
        assert!(puts.iter().all(|put| put.body == puts[0].body && put.query == puts[0].query), "a retry is the same");
        shop.delivers(&shop.bank.settles(&end_to_end_id, &id)).await;
        let shown = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(100)));
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_later_or_for_lack_of_money_leaves_the_payment() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    shop.voids(&charge, &whole()).await;
    let (id, _) = shop.devolucao(&charge);
    shop.delivers(&shop.bank.fails(&end_to_end_id, &id, "Conta encerrada")).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.bank.withdraws(150);
    let refused = shop.voids(&charge, &whole()).await;
    assert_eq!(
        (refused.text("/status"), refused.text("/transactionRequests/0/requestStatus")),
        ("authorized", "failed")
    );
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pix_of_the_same_code_is_refunded_by_the_hub() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, first) = shop.sells().await;
    let second = shop.bank.pays_anyway(&txid(&charge), 150);
    shop.delivers(&second).await;
    shop.hub.pass(Duration::from_mins(1)).await;
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    let by_id = |id: &str| booked.received.iter().find(|received| received.end_to_end_id == id).unwrap();
    assert!(by_id(&first).devolucoes.is_empty());
    let given_back = &by_id(second.end_to_end_id()).devolucoes;
    assert_eq!(given_back.iter().map(|one| one.cents).collect::<Vec<_>>(), [150]);
    shop.delivers(&shop.bank.settles(second.end_to_end_id(), &given_back[0].id)).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_own_refund_is_tried_again_under_another_id_until_there_is_money() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, _) = shop.sells().await;
    let second = shop.bank.pays_anyway(&txid(&charge), 150);
    shop.bank.withdraws(300);
    shop.delivers(&second).await;
    shop.hub.pass(Duration::from_mins(1)).await;
    // The shopper of another payment brings money.
    shop.sells().await;
    shop.hub.pass(DAY + Duration::from_mins(5)).await;
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    let devolucoes: Vec<_> = booked.received.iter().flat_map(|received| &received.devolucoes).collect();
    let statuses: Vec<_> = devolucoes.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [DevolucaoStatus::NaoRealizado, DevolucaoStatus::EmProcessamento]);
    assert_ne!(devolucoes[0].id, devolucoes[1].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_med_is_a_chargeback_and_counts_once() {
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    let (charge, end_to_end_id) = shop.sells().await;
    let taken = shop.bank.takes_back(&end_to_end_id, 60, "MED_FRAUDE");
    shop.delivers(&taken).await;
    shop.delivers(&taken).await;
    let shown = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((shown.text("/status"), &shown.body["amount"]), ("charged_back", &json!(150)));
    shop.hub.merchant.voids(&charge, &part(91)).await.assert_status(409);
    shop.voids(&charge, &part(90)).await;
}

/// Every later read of the payment shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_devolucao_at_the_bank_that_an_operator_recorded_counts_once() {
    log::listen("error");
    for amount in [50, 150] {
        let shop = Shop::open(Profile::Standard).await;
        let (charge, end_to_end_id) = shop.sells().await;
        let made = shop.bank.takes_back(&end_to_end_id, amount, "ORIGINAL");
        let found = Verdict::Refunded(Amount::new(amount).ok());
        operator::settle(shop.hub.flows(), charge.parse().unwrap(), 1, found).await.unwrap();
        let recorded = shop.sees(&charge).await;
        shop.delivers(&made).await;
        assert_eq!(shop.sees(&charge).await, recorded);
        assert_eq!(log::alarms("refund_above_residual", &charge), 0);
        shop.assert_books_agree().await;
    }
    // Another one of the same amount is one more.
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    let found = Verdict::Refunded(Amount::new(50).ok());
    operator::settle(shop.hub.flows(), charge.parse().unwrap(), 1, found).await.unwrap();
    for _ in 0..2 {
        shop.delivers(&shop.bank.takes_back(&end_to_end_id, 50, "ORIGINAL")).await;
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alarm_about_an_unknown_outcome_says_where_the_bank_shows_the_payment() {
    log::listen("error");
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    shop.server.treat(|asked| asked.path.contains("/pix/v2/").then(|| Fault::Refuse(Reply::empty(500))));
    assert_eq!(shop.voids(&charge, &part(50)).await.text("/status"), "refund_pending");
    shop.hub.pass(DAY + Duration::from_mins(5)).await;
    let lines = log::lines_of("unknown_outcome");
    let line = lines.iter().find(|line| line.contains(&charge)).expect("the alarm is not raised");
    let of_refund = Reference { charge: charge.parse().unwrap(), number: 3 };
    assert!(line.contains(&format!("\"reference\":\"{of_refund}\"")), "{line}");
    let look_up = format!(
        " (sandbox), look for the void {of_refund} of the payment with the reference {} or the provider's own id \
         {end_to_end_id}: the account's Pix at the bank",
        txid(&charge)
    );
    assert!(line.contains(&look_up), "{line}");
}
