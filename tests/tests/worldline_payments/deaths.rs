//! The hub dies at every write.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::json;
use tests::{
    engine::Fault,
    hub::LONG_AFTER,
    samples::APPROVED,
    worldline_shop::{encrypted, plain},
};

use crate::answers::{open, refused, standing};

/// The hub dies at every write of a payment by an encrypted input. The same request then gets the outcome, or pays: the
/// input is used up for it alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_survives_a_death_at_every_write() {
    let (mut hub, mut server) = open().await;
    let page = server.opens(&json!({})).await;
    let _ = hub.engine.take_calls();
    server.post_with_key("/payments", &encrypted(&page.encrypts(APPROVED)), "dry run").await.assert_status(201);
    let writes: Vec<String> =
        hub.engine.take_calls().into_iter().filter(tests::engine::Call::is_write).map(|call| call.what()).collect();
    assert!(writes.len() >= 4, "input, intent, card, outcome: {writes:?}");
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for what in &writes {
        let nth = seen.entry(what).or_default();
        *nth += 1;
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let page = server.opens(&json!({})).await; // time passes, and a session ends
            let (body, key) = (encrypted(&page.encrypts(APPROVED)), format!("{what} {nth} {fault:?}").replace('#', ""));
            let approved = hub.bank.approved().len();
            hub.engine.fail_write_of(what, *nth, fault);
            let sent = server.send(Method::POST, "/payments", Some(&body), Some(&key));
            let died = tokio::select! { () = hub.engine.has_killed() => true, _ = sent => false };
            assert!(died, "answered although the hub was to die: {key}");
            hub.kill_and_restart().await;
            server = server.at(&hub);
            hub.pass(LONG_AFTER).await;
            let again = server.post_with_key("/payments", &body, &key).await;
            assert!([201, 402].contains(&again.status), "{key}: {}", again.body);
            // The answer is what became of it at the bank, which took it once at most.
            let taken = hub.bank.approved().len() - approved;
            let said = if taken == 1 { &again.body["payment"] } else { &again.body["paymentResult"]["payment"] };
            let expected = if taken == 1 { "PENDING_APPROVAL 600 t/t/f" } else { "REJECTED 100 f/f/f" };
            assert_eq!((taken, standing(said).as_str()), (usize::from(again.status == 201), expected), "{key}");
            if what.contains("WLSESSION") {
                assert_eq!(again.status, 201, "the input is used up for this payment alone: {key}");
            }
            assert_eq!(server.post_with_key("/payments", &body, &key).await.status, again.status, "{key}");
        }
    }
    hub.assert_books_agree().await;
}

/// The hub dies at every write of an approval, a cancel and a refund: the same request then gets the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_death_at_every_write() {
    let (mut hub, mut server) = open().await;
    for (action, before) in [("approve", None), ("cancel", None), ("refund", Some("approve"))] {
        for nth in [1, 2] {
            for fault in [Fault::DieBefore, Fault::DieAfter] {
                let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
                if let Some(before) = before {
                    server.post_nothing(&format!("{path}/{before}")).await.assert_status(200);
                }
                let (path, key) = (format!("{path}/{action}"), format!("{action} {nth} {fault:?}"));
                let _ = hub.engine.take_calls();
                hub.engine.fail_write(nth, fault);
                let sent = server.send(Method::POST, &path, None, Some(&key));
                let died = tokio::select! { () = hub.engine.has_killed() => true, _ = sent => false };
                assert!(died, "answered although the hub was to die: {key}");
                hub.kill_and_restart().await;
                server = server.at(&hub);
                hub.pass(LONG_AFTER).await;
                let again = server.send(Method::POST, &path, None, Some(&key)).await.unwrap();
                // Only after its intent was stored, and before its call, is a change known not to have been made.
                let is_lost = nth == 1 && fault == Fault::DieAfter;
                let (status, now) = match (action, is_lost) {
                    ("approve", false) => (200, "CAPTURED 900 t/f/t"),
                    ("cancel", false) => (200, "CANCELLED 99999 f/f/f"),
                    ("refund", false) => (201, "REFUNDED null f/f/f"),
                    ("refund", true) => (402, "CAPTURED 900 t/f/t"),
                    (_, _) => (402, "PENDING_APPROVAL 600 t/t/f"),
                };
                again.assert_status(status);
                if is_lost {
                    assert_eq!(refused(&again, 402).0, "430330", "{key}");
                }
                let payment = server.get(path.rsplit_once('/').unwrap().0).await.expect(200);
                assert_eq!(standing(&payment.body), now, "{key}");
            }
        }
    }
    hub.assert_books_agree().await;
}
