//! Tokens at banks: at BS2, whose new token ends the one before, all functions share one.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Method;
use tests::{
    engine,
    fakes::{Fault, bcb_pix::Profile},
    hub::LONG_AFTER,
    samples::pix_charge,
    shop::bcb_pix::{BancoDoBrasil, Bs2, Rules, Standard},
};

use super::{
    MINUTE,
    at_bank::{AtBank, Setup, assert_payable},
};

/// How many functions call the bank at once.
const AT_ONCE: usize = 50;
/// Longer than the lease of whoever fetches a token.
const LEASE: Duration = Duration::from_secs(11);

/// So many functions create a charge at once.
async fn functions_charge(shop: &AtBank) {
    for made in join_all((0..AT_ONCE).map(|_| shop.charges())).await {
        assert_payable(&made);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_at_once_ask_bs2_for_one_token_of_each_life() {
    let shop = Setup { is_cold: true, ..Setup::default() }.open::<Bs2>().await;
    for life in 1..=3 {
        functions_charge(&shop).await;
        assert_eq!((shop.tokens(), shop.bank.books().len()), (life, life * AT_ONCE));
        shop.hub.clock().advance(Profile::Bs2.token_life());
    }
    // What is stored is encrypted.
    let stored = shop.hub.everything_stored().await.join("\n");
    assert!(stored.contains("OAUTH#") && !stored.contains("token0000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_bs2_has_revoked_is_renewed_once_by_all_functions() {
    let shop = Setup { is_cold: true, ..Setup::default() }.open::<Bs2>().await;
    functions_charge(&shop).await;
    shop.bank.revoke_tokens();
    functions_charge(&shop).await;
    assert_eq!((shop.tokens(), shop.bank.books().len()), (2, 2 * AT_ONCE));
}

async fn is_renewed_once_in_one_process<R: Rules>() {
    let shop = Setup::default().open::<R>().await;
    functions_charge(&shop).await;
    assert_eq!(shop.tokens(), 1, "{}", R::KIND);
    shop.bank.revoke_tokens();
    functions_charge(&shop).await;
    assert_eq!((shop.tokens(), shop.bank.books().len()), (2, 2 * AT_ONCE), "{}", R::KIND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_bank_has_revoked_is_renewed_once_in_one_process() {
    is_renewed_once_in_one_process::<Standard>().await;
    is_renewed_once_in_one_process::<BancoDoBrasil>().await;
    is_renewed_once_in_one_process::<Bs2>().await;
}

/// When a function dies.
enum Death {
    /// Once the bank has its call for a token.
    Calls(Fault),
    /// At the `nth` write of the token that is shared: the first is its lease.
    Writes(usize, engine::Fault),
}

/// A function dies while it creates a charge, and the hub starts again.
async fn dies(shop: &mut AtBank, death: Death) {
    let asked = shop.server.asked().len();
    match &death {
        Death::Calls(fault) => shop.server.treat_next("POST", "/token", fault.clone()),
        Death::Writes(nth, fault) => shop.hub.engine.fail_write_of("PutItem OAUTH", *nth, *fault),
    }
    let struck = async {
        match death {
            Death::Calls(_) => shop.server.has_seen(asked + 1).await,
            Death::Writes(..) => shop.hub.engine.has_killed().await,
        }
    };
    let body = pix_charge(&shop.hub.merchant.id).to_string().into_bytes();
    let call = shop.hub.merchant.send(Method::POST, "/v1/charges", Some(body), None);
    let has_died = tokio::select! { () = struck => true, _ = call => false };
    assert!(has_died, "the charge was answered");
    shop.hub.kill_and_restart().await;
}

/// Whoever had the lease is dead. The next function waits until the lease is over, and fetches a token itself.
async fn assert_another_takes_over(shop: &AtBank, tokens: usize) {
    assert_eq!(shop.tokens(), tokens);
    shop.hub.clock().advance(LEASE);
    functions_charge(shop).await;
    assert_eq!((shop.tokens(), shop.bank.books().len()), (tokens + 1, AT_ONCE));
    // The charge of the dead function was never sent.
    shop.hub.pass(LONG_AFTER).await;
    let charges = shop.hub.charges().await;
    let failed = charges.iter().filter(|charge| charge.status().name() == "failed").count();
    assert!(charges.len() <= AT_ONCE + 1 && failed == charges.len() - AT_ONCE, "{failed} of {}", charges.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_dies_while_it_fetches_a_token_is_replaced_when_its_lease_is_over() {
    for (death, tokens) in [
        (Death::Calls(Fault::HoldBefore), 1),
        (Death::Calls(Fault::HoldAfter), 1),
        (Death::Writes(1, engine::Fault::DieBefore), 0),
        (Death::Writes(1, engine::Fault::DieAfter), 0),
        (Death::Writes(2, engine::Fault::DieBefore), 1),
    ] {
        let mut shop = Setup { is_cold: true, ..Setup::default() }.open::<Bs2>().await;
        dies(&mut shop, death).await;
        assert_another_takes_over(&shop, tokens).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_function_has_stored_before_it_died_is_used() {
    let mut shop = Setup { is_cold: true, ..Setup::default() }.open::<Bs2>().await;
    dies(&mut shop, Death::Writes(2, engine::Fault::DieAfter)).await;
    functions_charge(&shop).await;
    assert_eq!(shop.tokens(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_the_token_endpoint_is_no_token_and_the_next_call_gets_one() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer, Fault::Instead(super::page(200))] {
        let shop = Setup::default().open::<Bs2>().await;
        shop.server.treat_next("POST", "/token", fault);
        super::at_bank::assert_not_sent(&shop.charges().await);
        assert!(shop.bank.books().is_empty());
        shop.hub.clock().advance(MINUTE);
        assert_payable(&shop.charges().await);
        assert_eq!(shop.tokens(), 2);
    }
}
