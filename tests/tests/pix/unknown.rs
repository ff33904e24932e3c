//! Outcomes that are unknown, at banks: each ends by itself, by a read under the hub's own reference.

use flows::charge::operator::{self, Verdict};
use reqwest::Method;
use serde_json::json;
use tests::{
    Answer,
    fakes::{
        Fault,
        bcb_pix::{CobStatus, Profile},
    },
    hub::LONG_AFTER,
    log::alarms,
    payment::request_status,
    samples::{by_pix, part, pix_charge, session, whole},
    shop::{
        Shop,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Rules, Standard},
        reference,
    },
};

use super::{DAY, HOUR, MINUTE, done, failed_calls, faults, heal, listen, page, spoil};

/// How a bank is asked to create a cob.
const fn creates<R: Rules>() -> (&'static str, &'static str) {
    match R::PROFILE {
        Profile::Standard | Profile::BancoDoBrasil => ("PUT", "/cob/"),
        Profile::Bs2 => ("POST", "/qrcodes/dinamico"),
    }
}

/// How many requests with this method the bank has had whose path has this part.
fn count<R: Rules>(shop: &Shop<Bank<R>>, method: &str, part: &str) -> usize {
    shop.account.server.asked().iter().filter(|asked| asked.method == method && asked.path.contains(part)).count()
}

/// A shop whose hub has a token.
async fn open<R: Rules>() -> Shop<Bank<R>> {
    let shop = Shop::open().await;
    shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await;
    shop
}

/// A Pix of 150 minor units that is paid.
async fn sells<R: Rules>(shop: &Shop<Bank<R>>) -> String {
    let charge = shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    charge
}

fn has_code(answer: &Answer) -> bool {
    answer.text("/paymentMethod/qrCodeData").starts_with("000201")
}

async fn a_create_ends<R: Rules>() {
    let shop = open::<R>().await;
    let ((method, path), mut made) = (creates::<R>(), Vec::new());
    for (fault, is_done) in faults() {
        let name = format!("{} {fault:?}", R::KIND);
        let order = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
        spoil(&shop.hub, &shop.account.server, method, path, fault);
        let answer = shop.hub.shopper.pays(&order, &by_pix()).await.expect(201);
        assert_eq!((answer.text("/status"), request_status(&answer)), ("pending", "processing"), "{name}");
        assert!(!has_code(&answer));
        shop.hub.shopper.pays(&order, &by_pix()).await.assert_status(409);
        heal(&shop.hub, &shop.account.server);
        made.push((name, order, answer.text("/chargeId").to_owned(), is_done));
    }
    let sent = count(&shop, method, path);
    shop.pass(LONG_AFTER).await;
    assert_eq!(count(&shop, method, path), sent, "a create is not sent again");
    for (name, order, charge, is_done) in &made {
        let shown = shop.hub.merchant.reads_charge(charge).await;
        assert_eq!(has_code(&shown), *is_done, "{name}: {}", shown.body);
        if *is_done {
            shop.account.is_paid(&shop.hub, charge, 100).await;
        } else {
            assert_eq!(shop.hub.merchant.sees(order, charge).await, "failed, created", "{name}");
            let again = shop.hub.shopper.pays(order, &by_pix()).await.expect(201);
            assert!(has_code(&again) && again.text("/chargeId") != charge, "{name}");
        }
    }
    shop.pass(HOUR).await;
    for (name, order, charge, is_done) in &made {
        let expected = if *is_done { "authorized, paid" } else { "failed, created" };
        assert_eq!(shop.hub.merchant.sees(order, charge).await, expected, "{name}");
        assert_eq!(shop.held(charge).debits, usize::from(*is_done), "{name}");
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_with_an_unknown_outcome_is_read_by_its_txid_at_any_bank() {
    Box::pin(a_create_ends::<Standard>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_with_an_unknown_outcome_is_read_by_its_txid_at_banco_do_brasil() {
    Box::pin(a_create_ends::<BancoDoBrasil>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_with_an_unknown_outcome_is_read_by_its_txid_at_bs2() {
    Box::pin(a_create_ends::<Bs2>()).await;
}

async fn a_refund_ends<R: Rules>() {
    let shop = open::<R>().await;
    let mut asked = Vec::new();
    for (fault, is_done) in faults() {
        let name = format!("{} {fault:?}", R::KIND);
        let charge = sells(&shop).await;
        spoil(&shop.hub, &shop.account.server, "PUT", "/devolucao/", fault);
        let answer = shop.hub.merchant.voids(&charge, &part(50)).await.expect(201);
        assert_eq!((answer.text("/status"), request_status(&answer)), ("refund_pending", "processing"), "{name}");
        heal(&shop.hub, &shop.account.server);
        asked.push((name, charge, is_done));
    }
    shop.hub.pass(LONG_AFTER).await;
    for (name, charge, is_done) in &asked {
        let id = reference(charge, 3);
        let [puts, reads] = ["PUT", "GET"].map(|method| count(&shop, method, &format!("/devolucao/{id}")));
        assert_eq!(puts, if *is_done { 1 } else { 2 }, "{name}: under one id");
        assert!(reads >= 1, "{name}: it is read before it is sent again");
    }
    // The money arrives, and the bank notifies.
    shop.pass(MINUTE).await;
    for (name, charge, _) in &asked {
        let shown = shop.hub.merchant.reads_charge(charge).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(100)), "{name}");
        assert_eq!(shop.held(charge).given_back, 50, "{name}");
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_with_an_unknown_outcome_is_read_and_then_sent_again_under_its_id_at_any_bank() {
    Box::pin(a_refund_ends::<Standard>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_with_an_unknown_outcome_is_read_and_then_sent_again_under_its_id_at_banco_do_brasil() {
    Box::pin(a_refund_ends::<BancoDoBrasil>()).await;
}

async fn a_cancel_ends<R: Rules>() {
    let shop = open::<R>().await;
    let mut canceled = Vec::new();
    // A cancel has six seconds of its own: no deadline comes soon.
    let is_silent = |fault: &Fault| matches!(fault, Fault::HoldBefore | Fault::HoldAfter);
    for (fault, is_done) in faults().filter(|(fault, _)| !is_silent(fault)) {
        let name = format!("{} {fault:?}", R::KIND);
        let order = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
        let charge = shop.hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
        spoil(&shop.hub, &shop.account.server, "PATCH", "/cob/", fault);
        // The session ends whatever its bank answers: what is paid all the same is a late payment.
        shop.hub.merchant.cancels(&order).await.assert_status(201);
        assert_eq!(shop.hub.merchant.sees(&order, &charge).await, "pending, canceled", "{name}");
        heal(&shop.hub, &shop.account.server);
        canceled.push((name, order, charge, is_done));
    }
    shop.pass(2 * MINUTE).await;
    for (name, order, charge, is_done) in &canceled {
        let expected = if *is_done { "canceled, canceled" } else { "pending, canceled" };
        assert_eq!(shop.hub.merchant.sees(order, charge).await, expected, "{name}");
    }
    // The bank has not had the others: the hub cancels them once more, by itself.
    shop.pass(LONG_AFTER).await;
    shop.pass(LONG_AFTER.saturating_sub(5 * MINUTE)).await;
    for (name, order, charge, _) in &canceled {
        assert_eq!(shop.hub.merchant.sees(order, charge).await, "canceled, canceled", "{name}");
        let booked = shop.fake().books().remove(&reference(charge, 1)).unwrap();
        assert_eq!(booked.status, CobStatus::RemovidaPeloUsuarioRecebedor, "{name}");
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_with_an_unknown_outcome_is_read_in_its_cob() {
    Box::pin(a_cancel_ends::<Standard>()).await;
    Box::pin(a_cancel_ends::<Bs2>()).await;
}

/// While its cob cannot be read either, a payment stays unknown: it alarms after a day, and ends with the first read.
async fn a_create_that_cannot_be_read_alarms<R: Rules>() {
    listen();
    let shop = open::<R>().await;
    let (method, path) = creates::<R>();
    for (fault, is_done) in [(Fault::LoseAnswer, true), (Fault::LoseRequest, false)] {
        spoil(&shop.hub, &shop.account.server, method, path, fault);
        let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
        let charge = made.text("/id").to_owned();
        let txid = reference(&charge, 1);
        shop.account.server.treat(|asked| (asked.method == "GET").then(|| Fault::Refuse(page(503))));
        for _ in 0..3 {
            shop.pass(7 * HOUR).await;
            assert_eq!(
                (shop.sees(&charge).await.as_str(), alarms("unknown_outcome", &txid)),
                ("pending 150: pending processing 150", 0)
            );
        }
        shop.pass(7 * HOUR).await;
        assert!(alarms("unknown_outcome", &txid) > 0, "the alarm names the reference");
        assert!(!failed_calls(&[&txid, "query", "provider_failed", R::KIND.name()]).is_empty());
        heal(&shop.hub, &shop.account.server);
        shop.pass(DAY).await;
        // Its code is known now, and its time is over: it is read once more.
        shop.pass(2 * MINUTE).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
        assert_eq!(shop.fake().books().contains_key(&txid), is_done);
        // A shopper's bank may still pay what it has read in time.
        if is_done {
            shop.account.is_paid(&shop.hub, &charge, 150).await;
            if R::PROFILE != Profile::Bs2 {
                assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_cannot_be_read_alarms_after_a_day_and_ends_with_the_first_read() {
    Box::pin(a_create_that_cannot_be_read_alarms::<Standard>()).await;
    Box::pin(a_create_that_cannot_be_read_alarms::<Bs2>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_cannot_be_read_alarms_after_a_day_and_an_operator_settles_it() {
    listen();
    for fault in done().into_iter().take(1).chain([Fault::LoseRequest]) {
        let is_done = matches!(fault, Fault::Instead(_));
        let shop = open::<BancoDoBrasil>().await;
        let charge = sells(&shop).await;
        spoil(&shop.hub, &shop.account.server, "PUT", "/devolucao/", fault);
        shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        shop.account.server.treat(|asked| {
            let is_about_a_refund = asked.path.contains("/devolucao/") || asked.method == "GET";
            is_about_a_refund.then(|| Fault::Refuse(page(503)))
        });
        let refund = reference(&charge, 3);
        shop.hub.pass(23 * HOUR).await;
        assert_eq!(alarms("unknown_outcome", &refund), 0);
        shop.hub.pass(7 * HOUR).await;
        assert!(alarms("unknown_outcome", &refund) > 0);
        let verdict = if is_done { Verdict::Approved { id: None } } else { Verdict::Declined };
        operator::settle(shop.hub.flows(), charge.parse().unwrap(), 3, verdict).await.unwrap();
        heal(&shop.hub, &shop.account.server);
        shop.pass(HOUR).await;
        let expected = if is_done { "voided" } else { "authorized" };
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, expected);
        shop.assert_books_agree().await;
    }
}

/// To ask a bank about a refund that it does not have is to make it: the hub asks about none that has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_names_a_refund_that_an_operator_gave_up_makes_no_refund() {
    listen();
    let shop = open::<Standard>().await;
    let charge = sells(&shop).await;
    spoil(&shop.hub, &shop.account.server, "PUT", "/devolucao/", Fault::LoseRequest);
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.account.server.treat(|asked| asked.path.contains("/devolucao/").then(|| Fault::Refuse(page(503))));
    shop.hub.pass(HOUR).await;
    operator::settle(shop.hub.flows(), charge.parse().unwrap(), 3, Verdict::Declined).await.unwrap();
    heal(&shop.hub, &shop.account.server);
    let sent = count(&shop, "PUT", "/devolucao/");
    shop.delivers(&[shop.fake().invents(&reference(&charge, 3), 50).into()]).await;
    shop.pass(DAY).await;
    assert_eq!(count(&shop, "PUT", "/devolucao/"), sent);
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
}

fn throttled(retry_after: &str) -> Fault {
    let headers =
        vec![("retry-after", retry_after.to_owned()), ("content-type", "application/problem+json".to_owned())];
    Fault::Refuse(tests::fakes::Reply { status: 429, headers, body: b"{\"title\":\"Muitas\",\"status\":429}".to_vec() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_names_a_pause_is_not_asked_before_its_end_and_an_hour_at_most_is_waited() {
    for (named, pause) in [("1800", 30 * MINUTE), ("900000", HOUR)] {
        let shop = open::<Standard>().await;
        spoil(&shop.hub, &shop.account.server, "PUT", "/cob/", throttled(named));
        let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
        let asked = |shop: &Shop<Bank<Standard>>| count(shop, "GET", &reference(made.text("/id"), 1));
        heal(&shop.hub, &shop.account.server);
        shop.hub.pass(pause.checked_sub(2 * MINUTE).unwrap()).await;
        assert_eq!(asked(&shop), 0, "{named}");
        shop.hub.pass(4 * MINUTE).await;
        assert!(asked(&shop) > 0, "{named}");
    }
}

/// 429 says nothing about what was done: nothing of it is documented.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_throttled_is_asked_about() {
    listen();
    let shop = open::<Standard>().await;
    spoil(&shop.hub, &shop.account.server, "PUT", "/cob/", throttled("30"));
    let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
    assert_eq!((made.text("/status"), request_status(&made)), ("pending", "processing"));
    let refused = made.text("/id").to_owned();
    assert_eq!(failed_calls(&[&reference(&refused, 1), r#""cause":"throttled""#]).len(), 1);
    let charge = sells(&shop).await;
    spoil(&shop.hub, &shop.account.server, "PUT", "/devolucao/", throttled("30"));
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    heal(&shop.hub, &shop.account.server);
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided", "the refund was sent again under its id");
    shop.pass(LONG_AFTER).await;
    assert_eq!(shop.hub.merchant.charge_status(&refused).await, "failed");
    shop.assert_books_agree().await;
}

/// A method that the hub never uses at a bank.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_bs2_is_refused_and_nothing_is_sent() {
    let shop = open::<Bs2>().await;
    let charge = shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    shop.pass(6 * MINUTE).await;
    let asked = shop.account.server.asked().len();
    for body in [whole(), part(50)] {
        let path = format!("/v1/charges/{charge}/void");
        let refused = shop.hub.merchant.send(Method::POST, &path, Some(body.to_string().into_bytes()), None).await;
        assert_eq!(refused.unwrap().expect(400).text("/error/type"), "invalid_request_error");
    }
    assert_eq!(shop.account.server.asked().len(), asked);
    shop.assert_books_agree().await;
}
