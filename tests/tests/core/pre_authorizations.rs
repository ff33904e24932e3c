//! Provider updates about a pre-authorization: it is captured, it is released, or it is captured after its release.

use serde_json::json;
use tests::{
    TestHub,
    bank::{BankReply, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, by_card, events, open_session, part, whole, with},
    session::Session,
};

use super::{AT_ONCE, DAY, HOUR, alarmed, answers_no_query, entries, hub, refunded_by_the_hub, shown, voids};

/// A session whose card is only pre-authorized, and its charge.
async fn pre_authorized_session(hub: &TestHub) -> (Session, String) {
    let body = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let order = hub.merchant.creates_session(&body).await;
    let charge = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    assert_eq!(hub.merchant.sees(&order, &charge).await, "pre_authorized, created");
    (order, charge)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_update_of_a_pre_authorization_is_a_capture_at_the_provider() {
    let hub = hub().await;
    let (order, charge) = pre_authorized_session(&hub).await;
    hub.provider.notifies(&hub.bank.take(&reference(&charge, 1), &reference(&charge, 1), 100)).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    assert_eq!(shown(&hub, &charge).await, "authorized 100: capture success 100, pre_authorization success 100");
    assert_eq!(events(&hub, &charge).await, ["pending", "pre_authorized", "authorized"]);
    // It is refunded like any captured amount.
    hub.merchant.captures(&charge, &whole()).await.assert_status(400);
    hub.merchant.voids(&charge, &part(40)).await.assert_status(201);
    hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, voided");
    hub.assert_books_agree().await;

    // A partial capture.
    let id = hub.merchant.reserves(150).await;
    hub.provider.notifies(&hub.bank.take(&reference(&id, 1), &reference(&id, 1), 90)).await;
    assert_eq!(shown(&hub, &id).await, "authorized 90: capture success 90, pre_authorization success 150");
    hub.merchant.voids(&id, &whole()).await.assert_status(201);
    assert_eq!(hub.merchant.charge_status(&id).await, "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_update_ends_a_capture_of_unknown_outcome() {
    let hub = hub().await;
    for number in [1, 2] {
        let (order, charge) = pre_authorized_session(&hub).await;
        hub.bank.treat(answers_no_query);
        hub.bank.expect([BankReply::LoseRequest]);
        assert_eq!(hub.merchant.captures(&charge, &whole()).await.expect(201).text("/status"), "pre_authorized");
        hub.provider.notifies(&hub.bank.take(&reference(&charge, 1), &reference(&charge, number), 100)).await;
        hub.bank.treat_all_alike();
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{number}");
        assert_eq!(entries(&hub, &charge, "capture success 100").await, 1, "{number}");
        for _ in 0..3 {
            hub.pass(HOUR).await;
        }
        assert_eq!(entries(&hub, &charge, "capture success 100").await, 1, "{number}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
        assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_update_after_a_failed_capture_is_recorded_as_a_capture() {
    let hub = hub().await;
    for (number, refused) in [(1, false), (2, false), (1, true), (2, true)] {
        let (order, charge) = pre_authorized_session(&hub).await;
        hub.bank.expect([if refused { BankReply::Decline("generic") } else { BankReply::LoseRequest }]);
        hub.merchant.captures(&charge, &whole()).await.assert_status(201);
        hub.pass(LONG_AFTER).await;
        let failed = "pre_authorized 100: capture failed 100, pre_authorization success 100";
        assert_eq!(shown(&hub, &charge).await, failed);
        hub.provider.notifies(&hub.bank.take(&reference(&charge, 1), &reference(&charge, number), 100)).await;
        let done = "authorized 100: capture success 100, capture failed 100, pre_authorization success 100";
        assert_eq!(shown(&hub, &charge).await, done, "{number}");
        assert_eq!(hub.merchant.session_status(&order).await, "paid");
        assert_eq!(events(&hub, &charge).await.last(), Some(&"authorized"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_update_of_a_canceled_pre_authorization_is_recorded_and_refunded() {
    let hub = hub().await;
    for how in ["voided", "released"] {
        let (order, charge) = pre_authorized_session(&hub).await;
        if how == "voided" {
            hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        } else {
            hub.bank.release(&reference(&charge, 1));
            hub.pass(8 * DAY).await;
        }
        assert_eq!(hub.merchant.charge_status(&charge).await, "canceled");
        let session = hub.merchant.session_status(&order).await;
        let paid = hub.bank.pay(&reference(&charge, 1), 100);
        // The bank captures what it had released.
        hub.provider.notifies(&paid).await;
        assert_eq!(alarmed("late_payment", &charge), 1, "{how}");
        assert_eq!(entries(&hub, &charge, "authorization success 100").await, 1, "{how}");
        refunded_by_the_hub(&hub, &charge).await;
        assert_eq!(hub.merchant.charge_status(&charge).await, "voided", "{how}");
        assert_eq!(
            voids(&hub, &charge).last().map(|void| (void.amount, void.payment.clone())),
            Some((100, reference(&charge, 1)))
        );
        assert_eq!(hub.merchant.session_status(&order).await, session, "{how}: the session is not touched");
        assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_authorization_that_its_acquirer_releases_is_canceled_whether_notified_or_queried() {
    let hub = hub().await;
    for notified in [true, false] {
        let (order, charge) = pre_authorized_session(&hub).await;
        if notified {
            hub.provider.notifies(&hub.bank.refund(&reference(&charge, 1), 100)).await;
        } else {
            hub.bank.release(&reference(&charge, 1));
            hub.pass(8 * DAY).await;
        }
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created", "notified: {notified}");
        assert_eq!(shown(&hub, &charge).await, "canceled 0: void success 100, pre_authorization success 100");
        assert_eq!(events(&hub, &charge).await, ["pending", "pre_authorized", "canceled"]);
        let again = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
        assert_eq!(again.text("/status"), "pre_authorized", "notified: {notified}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_authorization_that_is_released_in_parts_frees_its_session_with_the_last_part() {
    let hub = hub().await;
    let (order, charge) = pre_authorized_session(&hub).await;
    hub.provider.notifies(&hub.bank.refund(&reference(&charge, 1), 40)).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "pre_authorized, created");
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
    hub.provider.notifies(&hub.bank.refund(&reference(&charge, 1), 60)).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created");
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.pass(AT_ONCE).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_full_void_of_a_pre_authorization_ends_its_charge() {
    let hub = hub().await;
    let id = hub
        .merchant
        .charges(&with(tests::samples::card_charge(&hub.merchant.id, APPROVED), "/capture", json!(false)))
        .await;
    assert_eq!(hub.merchant.voids(&id, &whole()).await.expect(201).text("/status"), "canceled");
    hub.pass(8 * DAY).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), voids(&hub, &id).len()), ("canceled", 1));
}
