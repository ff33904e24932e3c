//! The end of keys: a public key is revoked with what descends from it; a session key makes nothing after its session.

use std::time::Duration;

use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, by_pix, card, open_session, session, with},
    session::Session,
};

/// The longest time for which a function may cache a key.
const CACHED: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

async fn key_of(maker: &Merchant, body: &Value) -> Merchant {
    let made = maker.post("/v1/auth", body).await.expect(201);
    maker.with_key(made.text("/publicKey"))
}

/// A caller with a new public key of every scope that `maker` makes.
async fn public_key(maker: &Merchant) -> Merchant {
    key_of(maker, &json!({"scope": "*"})).await
}

/// A shopper with the key of a session that `maker` makes.
async fn sale(maker: &Merchant) -> (Session, Merchant) {
    let order = maker.creates_session(&open_session(&maker.id)).await;
    let shopper = maker.with_key(&order.key);
    (order, shopper)
}

async fn revoke(caller: &Merchant, key: &str) {
    caller.delete(&format!("/v1/auth/{key}")).await.assert_status(204);
}

async fn listed(merchant: &Merchant) -> Vec<Value> {
    let page = merchant.get("/v1/auth?limit=100").await.expect(200);
    page.body["items"].as_array().unwrap().clone()
}

/// The entry of the list whose key ends so.
async fn entry(merchant: &Merchant, key: &Merchant) -> Value {
    let end = key.api_key.get(32..).unwrap();
    listed(merchant).await.into_iter().find(|entry| entry["lastFour"] == end).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn public_keys_are_listed_without_themselves() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    public_key(&stranger).await;
    let parent = key_of(&hub.merchant, &json!({"scope": ["auth", "tokens"], "expires": 600})).await;
    hub.clock().advance(Duration::from_secs(1));
    let child = key_of(&parent, &json!({"scope": "tokens", "expires": 60})).await;
    sale(&hub.merchant).await;

    let page = hub.merchant.get("/v1/auth").await.expect(200);
    assert_eq!(page.body["meta"]["totalItems"], 2, "{}", page.body);
    for key in [&parent, &child] {
        assert!(!page.body.to_string().contains(&key.api_key));
    }
    let (one, two) = (entry(&hub.merchant, &parent).await, entry(&hub.merchant, &child).await);
    assert_eq!((&one["scope"], &two["scope"]), (&json!(["auth", "tokens"]), &json!("tokens")));
    assert_eq!((&one["parentId"], &two["parentId"]), (&Value::Null, &one["id"]));
    assert_eq!((&one["status"], &two["status"]), (&json!("active"), &json!("active")));
    assert!(
        one["createdAt"].as_str() < two["createdAt"].as_str() && two["expiresAt"].as_str() < one["expiresAt"].as_str()
    );
    let last = hub.merchant.get("/v1/auth?page=2&limit=1&sort=DESC").await.expect(200);
    assert_eq!(last.body["items"], json!([one]));

    hub.clock().advance(CACHED);
    assert_eq!(entry(&hub.merchant, &child).await["status"], "expired");
    revoke(&hub.merchant, &parent.api_key).await;
    for key in [&parent, &child] {
        assert_eq!(entry(&hub.merchant, key).await["status"], "revoked");
    }
    // The list is the owner's alone, as is the end of all keys.
    let page = public_key(&hub.merchant).await;
    page.get("/v1/auth").await.assert_status(403);
    page.delete("/v1/auth").await.assert_status(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_by_its_id_in_the_list() {
    let hub = TestHub::build().await;
    let (key, other) = (public_key(&hub.merchant).await, public_key(&hub.merchant).await);
    let stranger = hub.another_merchant().await;
    let id = entry(&hub.merchant, &key).await["id"].as_str().unwrap().to_owned();
    for not_its_owner in [&stranger, &other] {
        not_its_owner.delete(&format!("/v1/auth/{id}")).await.assert_status(404);
    }
    // The id opens nothing.
    hub.merchant.with_key(&id).post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
    revoke(&hub.merchant, &id).await;
    key.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
    hub.merchant.delete(&format!("/v1/auth/{id}")).await.assert_status(404);
    other.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_with_all_that_descends_from_it_and_nothing_else() {
    let hub = TestHub::build().await;
    let parent = public_key(&hub.merchant).await;
    let child = public_key(&parent).await;
    let grandchild = public_key(&child).await;
    let sibling = public_key(&parent).await;
    let (unpaid, unpaid_shopper) = sale(&grandchild).await;
    let (paid, paid_shopper) = sale(&grandchild).await;
    let payment = paid_shopper.post_with_key(&paid.path("/charge"), &by_card(APPROVED), "pay").await.expect(201);
    let (siblings, siblings_shopper) = sale(&sibling).await;

    revoke(&parent, &child.api_key).await;
    hub.clock().advance(CACHED);
    for key in [&child, &grandchild] {
        key.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
        key.get(&unpaid.path("")).await.assert_status(403);
        key.post(&unpaid.path("/charge"), &by_card(APPROVED)).await.assert_status(403);
        key.post("/v1/auth", &json!({"scope": "tokens"})).await.assert_status(403);
    }
    // The unpaid session of a revoked key opens nothing; a paid one shows its payment for a week.
    unpaid_shopper.post(&unpaid.path("/charge"), &by_card(APPROVED)).await.assert_status(403);
    unpaid_shopper.get(&unpaid.path("")).await.assert_status(403);
    unpaid_shopper.post("/v1/sessions/tokens", &card(APPROVED)).await.assert_status(403);
    paid_shopper.get(&paid.path("")).await.assert_status(200);
    let again = paid_shopper.post_with_key(&paid.path("/charge"), &by_card(APPROVED), "pay").await.expect(201);
    assert_eq!(again.body, payment.body);
    // The merchant still has both, and may be paid.
    hub.merchant.get(&unpaid.path("")).await.assert_status(200);
    hub.merchant.post(&unpaid.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    // Keys beside it work.
    for key in [&parent, &sibling] {
        key.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    }
    siblings_shopper.post(&siblings.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    hub.assert_books_agree().await;
}

/// A page's key may live for an hour, and its shopper pays a Pix the day after.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_the_key_that_made_it_where_that_expires() {
    let hub = TestHub::build().await;
    let parent = key_of(&hub.merchant, &json!({"scope": "*", "expires": 600})).await;
    let child = key_of(&parent, &json!({"scope": "*", "expires": 60})).await;
    let (order, shopper) = sale(&child).await;
    hub.clock().advance(DAY);
    for key in [&parent, &child] {
        assert_eq!(entry(&hub.merchant, key).await["status"], "expired");
        key.get(&order.path("")).await.assert_status(403);
        key.post("/v1/sessions", &session(&hub.merchant.id)).await.assert_status(403);
    }
    shopper.get(&order.path("")).await.assert_status(200);
    shopper.post(&order.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    // Revoked, it ends what an expired one leaves.
    let (order, shopper) = sale(&key_of(&hub.merchant, &json!({"scope": "*", "expires": 60})).await).await;
    hub.clock().advance(DAY);
    hub.merchant.delete("/v1/auth").await.assert_status(204);
    hub.clock().advance(CACHED);
    shopper.post(&order.path("/charge"), &by_card(APPROVED)).await.assert_status(403);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_public_keys_of_an_account_are_revoked_at_once_and_new_ones_work() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let theirs = public_key(&stranger).await;
    let parent = public_key(&hub.merchant).await;
    let child = public_key(&parent).await;
    let (unpaid, shopper) = sale(&child).await;
    let (merchants, merchants_shopper) = sale(&hub.merchant).await;

    hub.merchant.delete("/v1/auth").await.assert_status(204);
    let next = public_key(&hub.merchant).await;
    for key in [&parent, &child] {
        key.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
        assert_eq!(entry(&hub.merchant, key).await["status"], "revoked");
    }
    shopper.post(&unpaid.path("/charge"), &by_card(APPROVED)).await.assert_status(403);
    for key in [&theirs, &next] {
        key.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    }
    // A key that the new one makes is of its generation.
    public_key(&next).await.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    merchants_shopper.post(&merchants.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_secret_key_brings_no_revoked_key_back() {
    let hub = TestHub::build().await;
    let id = hub.merchant.client_id.parse().unwrap();
    let old = public_key(&hub.merchant).await;
    let (revoked, rotated) =
        join(hub.merchant.delete("/v1/auth"), flows::account::provision::rotate_key(hub.flows(), id)).await;
    assert!([204, 409].contains(&revoked.status), "{}", revoked.body);
    let merchant = rotated.ok().flatten().map_or(hub.merchant.clone(), |key| hub.merchant.with_key(key.reveal()));
    if revoked.status == 409 {
        // The rotation came first: nothing was revoked yet.
        merchant.delete("/v1/auth").await.assert_status(204);
    }
    hub.clock().advance(CACHED);
    old.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
    public_key(&merchant).await.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_with_a_key_while_it_is_revoked_never_works() {
    let hub = TestHub::build().await;
    for all in [false, true] {
        let parent = public_key(&hub.merchant).await;
        let path = if all { "/v1/auth".to_owned() } else { format!("/v1/auth/{}", parent.api_key) };
        let body = json!({"scope": "*"});
        let first = parent.post("/v1/auth", &body).await.expect(201);
        let first_order = parent.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
        let made = async {
            let mut keys = vec![first];
            for _ in 0..6 {
                keys.push(parent.post("/v1/auth", &body).await);
            }
            keys
        };
        let orders = async {
            let mut orders = vec![first_order];
            for _ in 0..6 {
                orders.push(parent.post("/v1/sessions", &session(&hub.merchant.id)).await);
            }
            orders
        };
        let ((keys, orders), revoked) = join(join(made, orders), hub.merchant.delete(&path)).await;
        revoked.assert_status(204);
        hub.clock().advance(CACHED);
        for key in keys.iter().filter(|key| key.status == 201) {
            let child = hub.merchant.with_key(key.text("/publicKey"));
            child.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
        }
        for order in orders.iter().filter(|order| order.status == 201) {
            let shopper = hub.merchant.with_key(order.text("/publicKey"));
            let path = format!("/v1/sessions/{}/charge", order.text("/id"));
            shopper.post(&path, &by_card(APPROVED)).await.assert_status(403);
        }
    }
}

/// What a session key makes, by routes without the session's id: for each, its path and body.
async fn makes(hub: &TestHub, shopper: &Merchant) -> Vec<(String, Value)> {
    let token = hub.merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let customer = shopper.post("/v1/sessions/customers", &someone("first")).await.expect(201);
    let stored = shopper.post("/v1/sessions/tokens", &card(APPROVED)).await.expect(201);
    let stored = shopper.post("/v1/sessions/cards", &json!({"tokenId": stored.text("/tokenId")})).await.expect(201);
    vec![
        ("/v1/sessions/tokens".to_owned(), card(APPROVED)),
        ("/v1/sessions/cards".to_owned(), json!({"tokenId": token.text("/tokenId")})),
        ("/v1/sessions/customers".to_owned(), someone("second")),
        (format!("/v1/sessions/customers/{}/cards", customer.text("/id")), json!({"cardId": stored.text("/id")})),
    ]
}

fn someone(name: &str) -> Value {
    json!({
        "name": name, "email": format!("{name}@example.com"), "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": "72912053013"},
    })
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Paid,
    Voided,
    Canceled,
    PastDue,
    Inactive,
}

impl End {
    async fn of(self, hub: &TestHub, order: &Session, shopper: &Merchant) {
        match self {
            Self::Paid | Self::Voided => {
                shopper.post_with_key(&order.path("/charge"), &by_card(APPROVED), "pay").await.assert_status(201);
                if self == Self::Voided {
                    hub.merchant.post(&format!("/v1/charges/{}/void", order.id), &json!({})).await.assert_status(201);
                }
            }
            Self::Canceled => hub.merchant.cancels(order).await.assert_status(201),
            Self::PastDue => hub.clock().advance(Duration::from_hours(1)),
            Self::Inactive => hub.merchant.switches(order, false).await.assert_status(200),
        }
    }

    /// The status of what would be made.
    const fn refuses(self) -> u16 {
        match self {
            Self::Paid | Self::Voided => 409,
            Self::Canceled | Self::PastDue | Self::Inactive => 400,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_sessions_end_a_session_key_reads_and_repeats_for_a_week_and_makes_nothing() {
    for end in [End::Paid, End::Voided, End::Canceled, End::PastDue] {
        let hub = TestHub::build().await;
        let (order, shopper) = due_in_an_hour(&hub).await;
        let made = makes(&hub, &shopper).await;
        let mut first: Vec<Answer> = Vec::new();
        for (path, body) in &made {
            first.push(shopper.post_with_key(path, body, "key-1").await);
        }
        end.of(&hub, &order, &shopper).await;
        let stored = hub.everything_stored().await;
        let reads = [order.path(""), order.path("/link"), made[3].0.clone(), made[3].0.replace("/cards", "")];

        // A token lives for two hours, and its answer with it.
        for pause in [Duration::ZERO, Duration::from_mins(30)] {
            hub.clock().advance(pause);
            for path in &reads {
                shopper.get(path).await.assert_status(200);
            }
            for ((path, body), first) in made.iter().zip(&first) {
                let again = shopper.post_with_key(path, body, "key-1").await;
                assert_eq!((again.status, &again.body), (first.status, &first.body), "{end:?} {path}");
            }
            let paid = shopper.post_with_key(&order.path("/charge"), &by_card(APPROVED), "pay").await;
            let is_paid = matches!(end, End::Paid | End::Voided);
            assert_eq!(paid.status, if is_paid { 201 } else { end.refuses() }, "{end:?} {}", paid.body);
            assert!(!is_paid || paid.is_replay());
        }
        assert_nothing_more(&hub, end, &order, &shopper, &made).await;
        assert_eq!(hub.everything_stored().await.len(), stored.len(), "{end:?}");

        hub.clock().advance(7 * DAY);
        for path in &reads {
            shopper.get(path).await.assert_status(403);
        }
        for (path, body) in &made {
            shopper.post_with_key(path, body, "key-1").await.assert_status(403);
        }
        shopper.post_with_key(&order.path("/charge"), &by_card(APPROVED), "pay").await.assert_status(403);
        hub.merchant.get(&order.path("")).await.assert_status(200);
    }
}

/// Nothing new is made with the key, with an idempotency key or without.
async fn assert_nothing_more(hub: &TestHub, end: End, order: &Session, shopper: &Merchant, made: &[(String, Value)]) {
    let asked = hub.bank.operations();
    for (path, body) in &made[..3] {
        for key in [None, Some("key-2")] {
            let bytes = Some(body.to_string().into_bytes());
            let answer = shopper.send(Method::POST, path, bytes, key).await.unwrap();
            assert_eq!(answer.status, end.refuses(), "{end:?} {path} {}", answer.body);
        }
    }
    for body in [by_card(APPROVED), by_pix()] {
        let answer = shopper.post(&order.path("/charge"), &body).await;
        assert_eq!(answer.status, end.refuses(), "{end:?} {}", answer.body);
    }
    assert_eq!(hub.bank.operations(), asked, "a provider was called");
}

async fn due_in_an_hour(hub: &TestHub) -> (Session, Merchant) {
    let due = hub.clock().now().plus(Duration::from_hours(1)).to_string();
    let order = hub.merchant.creates_session(&with(session(&hub.merchant.id), "/dueDate", json!(due))).await;
    let shopper = hub.merchant.with_key(&order.key);
    (order, shopper)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_not_linked_after_the_end() {
    let hub = TestHub::build().await;
    let (order, shopper) = due_in_an_hour(&hub).await;
    let made = makes(&hub, &shopper).await;
    End::Canceled.of(&hub, &order, &shopper).await;
    let (path, body) = &made[3];
    shopper.post(path, body).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_session_is_switched_off_a_session_key_makes_nothing() {
    let hub = TestHub::build().await;
    let (order, shopper) = due_in_an_hour(&hub).await;
    let made = makes(&hub, &shopper).await;
    End::Inactive.of(&hub, &order, &shopper).await;
    assert_nothing_more(&hub, End::Inactive, &order, &shopper, &made).await;
    shopper.get(&order.path("")).await.assert_status(200);
    hub.merchant.switches(&order, true).await.assert_status(200);
    shopper.post("/v1/sessions/tokens", &card(APPROVED)).await.assert_status(201);
    shopper.post(&order.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lineage_of_a_warm_session_costs_no_read() {
    let hub = TestHub::build().await;
    let page = public_key(&hub.merchant).await;
    let (first, shopper) = sale(&page).await;
    shopper.post(&first.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
    let mut counts = Vec::new();
    for maker in [&page, &hub.merchant] {
        let (order, shopper) = sale(maker).await;
        let _ = hub.engine.take_calls();
        shopper.post(&order.path("/charge"), &by_card(APPROVED)).await.assert_status(201);
        counts.push(hub.engine.take_calls().iter().filter(|call| !call.is_write()).count());
    }
    assert_eq!(counts, [1, 1]);
}
