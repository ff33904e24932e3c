//! How far the payment of a session is, and the payment that its shopper comes back to.

use domain::limits::MAX_ATTEMPTS;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, DECLINED, by_boleto, by_card, by_pix, open_session, session, with},
    session::Session,
};

async fn status(caller: &Merchant, order: &Session) -> Value {
    caller.get(&order.path("/status")).await.expect(200).body
}

/// The id of the charge that a browser comes back to, its status, and its payment method.
async fn charge(browser: &Merchant, order: &Session) -> [String; 3] {
    let shown = browser.get(&order.path("/charge")).await.expect(200);
    assert_eq!(shown.text("/id"), order.id);
    ["/chargeId", "/status", "/paymentMethod/paymentType"].map(|pointer| shown.text(pointer).to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sees_how_far_its_session_is() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&open_session(&hub.merchant.id)).await;
    let browser = hub.merchant.with_key(&order.key);
    let expected = |status: &str, active: Value, left: usize, at: &Answer| {
        json!({
            "id": order.id, "status": status, "isActive": true, "dueDate": "2999-01-01T00:00:00.000Z",
            "payableUntil": "2999-01-01T00:00:00.000Z", "activeCharge": active, "hasCharge": left < MAX_ATTEMPTS,
            "attemptsLeft": left, "updatedAt": at.body["updatedAt"],
        })
    };
    let read = hub.merchant.reads_session(&order).await;
    assert_eq!(status(&browser, &order).await, expected("created", Value::Null, MAX_ATTEMPTS, &read));
    hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
    let read = hub.merchant.reads_session(&order).await;
    assert_eq!(status(&browser, &order).await, expected("created", Value::Null, MAX_ATTEMPTS - 1, &read));
    let pix = hub.shopper.pays(&order, &by_pix()).await.expect(201);
    let (read, active) = (hub.merchant.reads_session(&order).await, json!({"id": pix.text("/chargeId")}));
    for caller in [&browser, &hub.merchant] {
        assert_eq!(status(caller, &order).await, expected("created", active.clone(), MAX_ATTEMPTS - 2, &read));
    }
    // What a page reads first says so too.
    let link = browser.get(&order.path("/link")).await.expect(200);
    assert_eq!((&link.body["activeCharge"], &link.body["attemptsLeft"]), (&active, &json!(MAX_ATTEMPTS - 2)));
    hub.is_paid(pix.text("/chargeId"), 100).await;
    let read = hub.merchant.reads_session(&order).await;
    assert_eq!(status(&browser, &order).await, expected("paid", active, MAX_ATTEMPTS - 2, &read));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sees_until_when_its_session_may_be_paid_and_whether_there_is_a_payment() {
    let hub = TestHub::build().await;
    for (due, printed, until) in [
        ("2999-01-01", "2999-01-01T23:59:59.999Z", "2999-01-02T03:00:00.000Z"),
        ("2999-01-01T23:59:59.999Z", "2999-01-01T23:59:59.999Z", "2999-01-01T23:59:59.999Z"),
    ] {
        let body = with(session(&hub.merchant.id), "/dueDate", json!(due));
        let order = hub.merchant.creates_session(&body).await;
        let browser = hub.merchant.with_key(&order.key);
        let sees = async |has_charge: bool| {
            for path in ["/status", "/link"] {
                let seen = browser.get(&order.path(path)).await.expect(200);
                assert_eq!((seen.text("/dueDate"), seen.text("/payableUntil")), (printed, until), "{path}");
                assert_eq!(seen.body["hasCharge"], has_charge, "{path}");
            }
        };
        sees(false).await;
        hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
        sees(true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_comes_back_to_the_payment_that_counts() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.creates_session(&open_session(&hub.merchant.id)).await;
    let browser = hub.merchant.with_key(&order.key);
    let none = browser.get(&order.path("/charge")).await.expect(404);
    assert_eq!((none.text("/error/type"), none.text("/error/message")), ("entity_not_found", "charge not found"));

    let declined = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201);
    assert_eq!(charge(&browser, &order).await, [declined.text("/chargeId"), "failed", "credit"]);
    assert_eq!(browser.get(&order.path("/charge")).await.body, declined.body, "it is the answer of the payment");
    let pix = hub.shopper.pays(&order, &by_pix()).await.expect(201);
    assert_eq!(charge(&browser, &order).await, [pix.text("/chargeId"), "pending", "pix"]);
    assert_eq!(browser.get(&order.path("/charge")).await.body, pix.body);
    // The last attempt fails, and no charge holds the lock.
    let failed = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201);
    assert_eq!(charge(&browser, &order).await, [failed.text("/chargeId"), "failed", "credit"]);
    let boleto = hub.shopper.pays(&order, &by_boleto()).await.expect(201);
    assert_eq!(charge(&browser, &order).await, [boleto.text("/chargeId"), "pending", "boleto"]);
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(charge(&browser, &order).await, [paid.text("/chargeId"), "paid", "credit"]);
    hub.merchant.voids(paid.text("/chargeId"), &json!({})).await.assert_status(201);
    assert_eq!(charge(&browser, &order).await, [paid.text("/chargeId"), "voided", "credit"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_keys_see_neither() {
    let hub = TestHub::build().await;
    let (order, pix) = hub.merchant.opens_locked_session(&by_pix()).await;
    let other = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let stranger = hub.another_merchant().await;
    let key = async |scope: &str| {
        let made = hub.merchant.post("/v1/auth", &json!({"scope": [scope], "expires": 0})).await.expect(201);
        hub.merchant.with_key(made.text("/publicKey"))
    };
    let callers = [
        ("no key", hub.merchant.with_key(""), 403),
        ("the key of another session", hub.merchant.with_key(&other.key), 403),
        ("another account", stranger.clone(), 404),
        ("the session's key at another account", stranger.with_key(&order.key), 403),
        ("a public key that did not make it", key("sessions").await, 404),
        ("a public key of another scope", key("tokens").await, 403),
    ];
    for (who, caller, refused) in &callers {
        let answer = caller.get(&order.path("/status")).await;
        assert_eq!(answer.status, *refused, "{who}");
        let answer = caller.get(&order.path("/charge")).await;
        assert!([403, 404].contains(&answer.status), "{who}: {}", answer.status);
        assert!(!answer.body.to_string().contains(&pix), "{who}");
    }
    hub.clock().advance(std::time::Duration::from_hours(24 * 366 * 1000));
    let ended = hub.merchant.with_key(&order.key);
    for path in ["/status", "/charge"] {
        ended.get(&order.path(path)).await.assert_status(403);
    }
}
