//! A merchant with accounts at Pagar.me and Adyen: after a soft decline the second one is tried, after an unknown
//! outcome never.

use flows::charge::operator::{self, Verdict};
use reqwest::Method;
use tests::{
    engine::{self, Call},
    fakes::{
        Fault,
        adyen::{Adyen, REFUSED_CARD, Refusal, Verdict as Said},
        pagarme::{DECLINED, Pagarme},
    },
    log::{alarms, listen},
    samples::{APPROVED, by_card, card_charge, open_session, summary, whole},
    session::Session,
    shop::{Played, TwoShops, reference},
};

use super::{DAY, HOUR, MINUTE};

/// The charge in short.
async fn sees<F: Played, G: Played>(shops: &TwoShops<F, G>, charge: &str) -> String {
    summary(&shops.hub.merchant.reads_charge(charge).await)
}

/// What the merchant has of every payment, and what is reserved: at the first provider and at the second.
fn debits<F: Played, G: Played>(shops: &TwoShops<F, G>) -> (u64, u64) {
    let first = shops.first.fake.books().values().map(tests::shop::Held::debited).sum();
    let second = shops.second.fake.books().values().map(tests::shop::Held::debited).sum();
    (first, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_the_first_declines_is_charged_once_by_the_second() {
    let shops = TwoShops::<Pagarme, Adyen>::open().await;
    let charge = shops.hub.merchant.charges(&card_charge(&shops.hub.merchant.id, DECLINED)).await;
    let end = "authorized 150: authorization success 150, authorization failed 150";
    assert_eq!(sees(&shops, &charge).await, end);
    shops.pass(HOUR).await;
    assert_eq!(debits(&shops), (0, 150));
    shops.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shops.pass(HOUR).await;
    assert_eq!((debits(&shops), shops.hub.merchant.charge_status(&charge).await.as_str()), ((0, 0), "voided"));
    shops.assert_books_agree().await;

    let shops = TwoShops::<Adyen, Pagarme>::open().await;
    let charge = shops.hub.merchant.charges(&card_charge(&shops.hub.merchant.id, REFUSED_CARD)).await;
    assert_eq!(sees(&shops, &charge).await, end);
    shops.pass(HOUR).await;
    assert_eq!(debits(&shops), (0, 150));
    shops.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_both_decline_is_charged_by_none() {
    let shops = TwoShops::<Pagarme, Adyen>::open().await;
    shops.second.fake.expect([Said::Refused(Refusal::NOT_ENOUGH_BALANCE)]);
    let charge = shops.hub.merchant.charges(&card_charge(&shops.hub.merchant.id, DECLINED)).await;
    shops.pass(HOUR).await;
    assert_eq!(sees(&shops, &charge).await, "failed 150: authorization failed 150, authorization failed 150");
    assert_eq!(debits(&shops), (0, 0));
    shops.assert_books_agree().await;
}

/// The answers of both are lost, of either in turn: an unknown outcome is never tried elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn after_an_unknown_outcome_the_second_is_not_tried() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer, Fault::Instead(Pagarme::failure())] {
        let shops = TwoShops::<Pagarme, Adyen>::open().await;
        shops.first.server.treat_next("POST", "/orders", fault.clone());
        let charge = shops.hub.merchant.charges(&card_charge(&shops.hub.merchant.id, DECLINED)).await;
        assert_eq!(sees(&shops, &charge).await, "pending 150: authorization processing 150", "{fault:?}");
        shops.pass(HOUR).await;
        // The card was declined, as the read says; that is no time for another try.
        assert_eq!(sees(&shops, &charge).await, "failed 150: authorization failed 150", "{fault:?}");
        assert_eq!(shops.second.server.asked().len(), 0);
        shops.assert_books_agree().await;
    }
    let shops = TwoShops::<Adyen, Pagarme>::open().await;
    shops.first.server.treat(|asked| asked.path.ends_with("/payments").then_some(Fault::LoseAnswer));
    let session = shops.hub.merchant.creates_session(&open_session(&shops.hub.merchant.id)).await;
    shops.hub.shopper.pays(&session, &by_card(APPROVED)).await.assert_status(201);
    shops.hub.shopper.pays(&session, &by_card(APPROVED)).await.assert_status(409);
    shops.pass(HOUR).await;
    assert_eq!((debits(&shops), shops.second.server.asked().len()), ((100, 0), 0));
    assert_eq!(shops.hub.merchant.session_status(&session).await, "paid");
    shops.assert_books_agree().await;
}

/// Adyen refuses a card, the other account charges it, and Adyen's issuer approves it after all.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_comes_after_the_second_has_charged_is_given_back() {
    let shops = TwoShops::<Adyen, Pagarme>::open().await;
    let session = shops.hub.merchant.creates_session(&open_session(&shops.hub.merchant.id)).await;
    let paid = shops.hub.shopper.pays(&session, &by_card(REFUSED_CARD)).await.expect(201);
    assert_eq!((paid.text("/status"), debits(&shops)), ("paid", (0, 100)));
    shops.first.goes_on(&shops.hub).await;
    shops.first.fake.pay(&shops.first.fake.payments()[0].psp_reference);
    assert_eq!(debits(&shops), (100, 100));
    shops.pass(2 * MINUTE).await;
    shops.pass(2 * MINUTE).await;
    assert_eq!(debits(&shops), (0, 100), "{}", sees(&shops, paid.text("/chargeId")).await);
    assert_eq!(shops.hub.merchant.session_status(&session).await, "paid");
    shops.assert_books_agree().await;
}

/// A step of a payment that the first account declines and the second takes.
#[derive(Clone, Debug)]
enum Death {
    Write(usize, engine::Fault),
    First(Fault),
    Second(Fault),
}

/// The hub dies at `death` while a session is paid, and another one starts.
async fn dies<F: Played, G: Played>(shops: &mut TwoShops<F, G>, session: &Session, card: &str, death: &Death) {
    let seen = (shops.first.server.asked().len(), shops.second.server.asked().len());
    // By the secret key: this card is declined more often than a browser may have it declined.
    let (path, body) = (session.path("/charge"), by_card(card).to_string().into_bytes());
    let paying = async { shops.hub.merchant.send(Method::POST, &path, Some(body), None).await.ok() };
    let answer = match death {
        Death::Write(number, fault) => {
            shops.hub.engine.fail_write(*number, *fault);
            tokio::select! { () = shops.hub.engine.has_killed() => None, answer = paying => answer }
        }
        Death::First(fault) => {
            shops.first.server.treat_calls(1..=1, fault.clone());
            tokio::select! { () = shops.first.server.has_seen(seen.0 + 1) => None, answer = paying => answer }
        }
        Death::Second(fault) => {
            shops.second.server.treat_calls(1..=1, fault.clone());
            tokio::select! { () = shops.second.server.has_seen(seen.1 + 1) => None, answer = paying => answer }
        }
    };
    assert!(answer.is_none(), "it was answered, and the hub was to die at {death:?}");
    shops.first.server.treat_all_alike();
    shops.second.server.treat_all_alike();
    shops.hub.kill_and_restart().await;
}

/// The requests without an end, by their references.
async fn open<F: Played, G: Played>(shops: &TwoShops<F, G>) -> Vec<(String, usize)> {
    let mut open = Vec::new();
    for charge in shops.hub.charges().await {
        let numbers = (1..).zip(&charge.requests).filter(|(_, request)| !request.is_final());
        open.extend(numbers.map(|(number, _)| (charge.id.to_string(), number)));
    }
    open
}

async fn dies_everywhere<F: Played, G: Played>(card: &str) {
    listen("error");
    let mut shops = TwoShops::<F, G>::open().await;
    let session = shops.hub.merchant.creates_session(&open_session(&shops.hub.merchant.id)).await;
    let _ = shops.hub.engine.take_calls();
    shops.hub.merchant.post(&session.path("/charge"), &by_card(card)).await.assert_status(201);
    let writes = shops.hub.engine.take_calls().into_iter().filter(Call::is_write).count();
    let at_writes = (1..=writes).flat_map(|number| {
        [engine::Fault::DieBefore, engine::Fault::DieAfter].map(|fault| Death::Write(number, fault))
    });
    let at_calls = [Fault::HoldBefore, Fault::HoldAfter]
        .into_iter()
        .flat_map(|fault| [Death::First(fault.clone()), Death::Second(fault)]);
    let mut sessions = Vec::new();
    for death in at_writes.chain(at_calls) {
        let session = shops.hub.merchant.creates_session(&open_session(&shops.hub.merchant.id)).await;
        dies(&mut shops, &session, card, &death).await;
        sessions.push((session, death));
    }
    shops.pass(HOUR).await;
    shops.pass(2 * DAY).await;
    // What Adyen has never received, an operator ends.
    for (charge, number) in open(&shops).await {
        let name = reference(&charge, u16::try_from(number).unwrap());
        assert!(alarms("unknown_outcome", &name) > 0, "no operator knows of {name}");
        let has_it = shops.first.fake.books().contains_key(&name) || shops.second.fake.books().contains_key(&name);
        assert!(!has_it, "{name} is not ended by itself");
        operator::settle(shops.hub.flows(), charge.parse().unwrap(), number, Verdict::Declined).await.unwrap();
    }
    shops.pass(HOUR).await;
    shops.assert_books_agree().await;
    for (session, death) in sessions {
        let is_paid = shops.hub.merchant.session_status(&session).await == "paid";
        let again = shops.hub.shopper.pays(&session, &by_card(APPROVED)).await;
        again.assert_status(if is_paid { 409 } else { 201 });
        assert_eq!(shops.hub.merchant.session_status(&session).await, "paid", "{death:?}");
    }
    shops.pass(HOUR).await;
    shops.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_pagarme_and_adyen_charges_no_session_twice() {
    Box::pin(dies_everywhere::<Pagarme, Adyen>(DECLINED)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_adyen_and_pagarme_charges_no_session_twice() {
    Box::pin(dies_everywhere::<Adyen, Pagarme>(REFUSED_CARD)).await;
}
