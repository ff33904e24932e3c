//! An unpaid Pix is canceled with its session, or superseded by a card, and the hub dies at any step. The shopper may
//! pay the Pix just then.

use std::{collections::HashMap, time::Duration};

use reqwest::Method;
use serde_json::Value;
use tests::{
    Answer,
    engine::{self, Call},
    fakes::{
        self,
        bcb_pix::{BcbPix, CobStatus, Profile},
    },
    hub::LONG_AFTER,
    samples::{APPROVED, by_card, by_pix, open_session},
    session::Session,
    shop::{
        Shop,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Rules, Standard},
        reference,
    },
};

const MINUTE: Duration = Duration::from_mins(1);

/// What ends an unpaid Pix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The merchant cancels the session.
    Cancel,
    /// A card pays the session.
    Card,
}

/// A step at which the hub dies.
#[derive(Clone, Debug)]
enum Death {
    Write { what: String, nth: usize, fault: engine::Fault },
    Call(fakes::Fault),
}

/// A session with an unpaid Pix.
struct Unpaid {
    order: Session,
    pix: String,
    end: End,
    key: String,
}

impl Unpaid {
    async fn new<R: Rules>(shop: &Shop<Bank<R>>, end: End, key: &str) -> Self {
        let order = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
        let made = shop.hub.shopper.pays(&order, &by_pix()).await.expect(201);
        assert_eq!(made.text("/status"), "pending");
        // A comma would be a header that came twice.
        Self { order, pix: made.text("/chargeId").to_owned(), end, key: key.replace(',', ";") }
    }

    /// Asks for the end; no answer where the hub dies.
    async fn ask<R: Rules>(&self, shop: &Shop<Bank<R>>, key: &str) -> Option<Answer> {
        let (path, body) = match self.end {
            End::Cancel => (self.order.path("/cancel"), Value::Null),
            End::Card => (self.order.path("/charge"), by_card(APPROVED)),
        };
        shop.hub.merchant.send(Method::POST, &path, Some(body.to_string().into_bytes()), Some(key)).await.ok()
    }
}

/// The writes of an end without faults, each by its kind and its number among those of that kind.
async fn writes_of<R: Rules>(shop: &Shop<Bank<R>>, end: End) -> Vec<(String, usize)> {
    let unpaid = Unpaid::new(shop, end, &format!("{end:?} dry run")).await;
    let _ = shop.hub.engine.take_calls();
    let patches = shop.account.server.count("PATCH", &reference(&unpaid.pix, 1));
    unpaid.ask(shop, &unpaid.key).await.unwrap().assert_status(201);
    assert_eq!(shop.account.server.count("PATCH", &reference(&unpaid.pix, 1)), patches + 1);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let writes = shop.hub.engine.take_calls().into_iter().filter(Call::is_write).map(|call| {
        let nth = seen.entry(call.what()).or_default();
        *nth += 1;
        (call.what(), *nth)
    });
    let writes: Vec<_> = writes.collect();
    assert!(writes.len() >= 2, "an intent and an outcome at least: {writes:?}");
    writes
}

async fn die<R: Rules>(shop: &mut Shop<Bank<R>>, unpaid: &Unpaid, death: &Death) {
    let server = shop.account.server.clone();
    let seen = server.asked().len();
    match death {
        Death::Write { what, nth, fault } => shop.hub.engine.fail_write_of(what, *nth, *fault),
        Death::Call(fault) => server.treat_next("PATCH", "", fault.clone()),
    }
    let struck = async {
        match death {
            Death::Write { .. } => shop.hub.engine.has_killed().await,
            Death::Call(_) => server.has_seen(seen + 1).await,
        }
    };
    let died = tokio::select! { () = struck => true, _ = unpaid.ask(shop, &unpaid.key) => false };
    assert!(died, "{:?} was answered although the hub was to die at {death:?}", unpaid.end);
    server.treat_all_alike();
    shop.hub.kill_and_restart().await;
}

/// So long that every outcome is known, and the Pix has not expired.
async fn recover<R: Rules>(shop: &Shop<Bank<R>>) {
    for time in [2 * MINUTE, LONG_AFTER, 10 * MINUTE] {
        shop.pass(time).await;
    }
}

/// How many payments of the session are kept: of the Pix, and of its cards.
async fn kept<R: Rules>(shop: &Shop<Bank<R>>, unpaid: &Unpaid) -> usize {
    let approved = shop.hub.bank.approved();
    let charges = shop.hub.charges().await.into_iter();
    let cards = charges.filter(|charge| {
        let is_of_it = charge.session.is_some_and(|session| session.to_string() == unpaid.order.id);
        is_of_it && approved.iter().any(|card| card.reference == charge.reference(1).to_string())
    });
    cards.count() + usize::from(shop.held(&unpaid.pix).net > 0)
}

/// The end is asked for again: at last the session has what was asked for, once.
async fn assert_ended<R: Rules>(shop: &Shop<Bank<R>>, unpaid: &Unpaid) {
    let again = unpaid.ask(shop, &unpaid.key).await.unwrap().expect(201);
    recover(shop).await;
    // A card payment that its bank never saw has failed by now: it is made anew.
    if unpaid.end == End::Card && shop.hub.merchant.session_status(&unpaid.order).await == "created" {
        unpaid.ask(shop, &format!("{} anew", unpaid.key)).await.unwrap().assert_status(201);
        recover(shop).await;
    }
    let (expected, cards) = match unpaid.end {
        End::Cancel => ("canceled, canceled", 0),
        End::Card => ("canceled, paid", 1),
    };
    assert_eq!(shop.hub.merchant.sees(&unpaid.order, &unpaid.pix).await, expected, "{}", unpaid.key);
    assert_eq!(kept(shop, unpaid).await, cards, "{}", unpaid.key);
    let cob = BcbPix::books(shop.fake()).remove(&reference(&unpaid.pix, 1)).unwrap();
    assert_eq!(cob.status, CobStatus::RemovidaPeloUsuarioRecebedor, "{}", unpaid.key);
    assert_eq!(unpaid.ask(shop, &unpaid.key).await.unwrap().expect(201).body, again.body, "{}", unpaid.key);
    shop.assert_books_agree_with_cards().await;
}

/// The shopper has paid the Pix while the hub was dead: one payment of the session is kept.
async fn assert_paid_once<R: Rules>(shop: &Shop<Bank<R>>, unpaid: &Unpaid) {
    let again = unpaid.ask(shop, &unpaid.key).await.unwrap();
    assert!(matches!(again.status, 201 | 400 | 409), "{}: {}", unpaid.key, again.body);
    recover(shop).await;
    let status = shop.hub.merchant.session_status(&unpaid.order).await;
    assert!(status == "paid" || (status == "canceled" && unpaid.end == End::Cancel), "{}: {status}", unpaid.key);
    assert_eq!(kept(shop, unpaid).await, usize::from(status == "paid"), "{}: {}", unpaid.key, again.body);
    shop.assert_books_agree_with_cards().await;
}

async fn dies_everywhere<R: Rules>(end: End) {
    let mut shop = Shop::<Bank<R>>::open_with_cards().await;
    let writes = writes_of(&shop, end).await.into_iter();
    let at_writes = writes.flat_map(|(what, nth)| {
        [engine::Fault::DieBefore, engine::Fault::DieAfter].map(|fault| Death::Write { what: what.clone(), nth, fault })
    });
    let at_calls = [fakes::Fault::HoldBefore, fakes::Fault::HoldAfter].map(Death::Call);
    for death in at_writes.chain(at_calls) {
        // A Pix of BS2 is not given back.
        let can_be_paid = R::PROFILE != Profile::Bs2;
        for is_paid in std::iter::once(false).chain(can_be_paid.then_some(true)) {
            let unpaid = Unpaid::new(&shop, end, &format!("{end:?} {death:?} {is_paid}")).await;
            die(&mut shop, &unpaid, &death).await;
            if is_paid {
                let paid = shop.fake().pays_anyway(&reference(&unpaid.pix, 1), 100);
                shop.delivers(&[paid.into()]).await;
                recover(&shop).await;
                assert_paid_once(&shop, &unpaid).await;
            } else {
                recover(&shop).await;
                assert_ended(&shop, &unpaid).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_session_with_a_pix_at_any_bank() {
    Box::pin(dies_everywhere::<Standard>(End::Cancel)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_session_with_a_pix_at_banco_do_brasil() {
    Box::pin(dies_everywhere::<BancoDoBrasil>(End::Cancel)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_session_with_a_pix_at_bs2() {
    Box::pin(dies_everywhere::<Bs2>(End::Cancel)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_supersedes_a_pix_at_any_bank() {
    Box::pin(dies_everywhere::<Standard>(End::Card)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_supersedes_a_pix_at_banco_do_brasil() {
    Box::pin(dies_everywhere::<BancoDoBrasil>(End::Card)).await;
}
