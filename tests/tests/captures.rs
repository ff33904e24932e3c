//! Captures: reserved money is captured once, in full or in part. And for every change of a charge: its idempotent
//! replay has the same answer, and no fault of the table or death of the hub makes it happen twice.

use std::time::Duration;

use domain::limits::{HOLD_LIFE, STALE_INTENT};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, BookedStatus, reference},
    engine::{Call, Fault},
    hub::LONG_AFTER,
    payment::request_status,
    refused::assert_error,
    samples::{
        APPROVED, DECLINED, by_card, card_charge, drip_charge, events, pix_charge, reservation, session, summary, with,
    },
    session::Session,
};

/// A session of 150 minor units with a pre-authorized card payment, and the id of that charge.
async fn reserve_for_order(hub: &TestHub) -> (Session, String) {
    let body = with(with(session(&hub.merchant.id), "/amount", json!(150)), "/capture", json!(false));
    let order = hub.merchant.creates_session(&body).await;
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(
        (paid.text("/status"), hub.merchant.session_status(&order).await.as_str()),
        ("pre_authorized", "created")
    );
    (order, paid.text("/chargeId").to_owned())
}

fn capture_of(id: &str) -> String {
    format!("/v1/charges/{id}/capture")
}

fn void_of(id: &str) -> String {
    format!("/v1/charges/{id}/void")
}

const BUSY: &str = "another capture or void of this charge is under way; nothing was sent. Wait until it ends";

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_takes_the_whole_reserved_amount() {
    let hub = TestHub::build().await;
    for body in [json!({}), json!({"amount": 150})] {
        let id = hub.merchant.reserves(150).await;
        let captured = hub.merchant.captures(&id, &body).await.expect(201);
        assert_eq!(summary(&captured), "authorized 150: capture success 150, pre_authorization success 150", "{body}");
        assert_eq!((captured.text("/id"), &captured.body["originalAmount"]), (id.as_str(), &json!(150)));
        assert_eq!(captured.body["capture"], false, "as it was sent");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, captured.body, "as it was answered");
        assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "authorized"]);
    }
    // Client libraries send a JSON content type without a body. A null amount is not the whole amount.
    let id = hub.merchant.reserves(150).await;
    let refused = hub.refuses(hub.merchant.captures(&id, &json!({"amount": null})), 400).await;
    let problems = json!(["amount must be an integer number", "amount should not be empty"]);
    assert_eq!(refused.body["error"]["details"], problems);
    let captured = hub.merchant.send(Method::POST, &capture_of(&id), None, None).await.unwrap().expect(201);
    assert_eq!(captured.text("/status"), "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_capture_releases_the_rest_and_keeps_the_original_amount() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let captured = hub.merchant.captures(&id, &json!({"amount": 100})).await.expect(201);
    assert_eq!(summary(&captured), "authorized 100: capture success 100, pre_authorization success 150");
    assert_eq!(captured.body["originalAmount"], 150);
    let request = &captured.body["transactionRequests"][0];
    assert_eq!(request["idempotencyKey"], captured.body["transactionRequests"][1]["idempotencyKey"]);
    assert_eq!((&request["providerType"], &request["providerError"]), (&json!("STRIPE"), &json!(null)));
    assert!(!captured.text("/transactionRequests/0/transactionId").is_empty());
    assert!(captured.text("/transactionRequests/0/responseTs").ends_with("ms"));
    let holding = hub.bank.books().remove(&reference(&id, 1)).unwrap();
    assert_eq!((holding.status, holding.ledger.taken), (BookedStatus::Taken, Some(100)));
    // Only the captured amount can be refunded.
    let above = hub.merchant.voids(&id, &json!({"amount": 101})).await.expect(400);
    let message = "amount is more than the 100 that are left of this charge; nothing was sent";
    assert_error(&above, "invalid_request_error", message);
    assert_eq!(hub.merchant.voids(&id, &json!({})).await.expect(201).text("/status"), "voided");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_captured_once() {
    let hub = TestHub::build().await;
    for amount in [100, 150] {
        let id = hub.merchant.reserves(150).await;
        hub.merchant.captures(&id, &json!({"amount": amount})).await.assert_status(201);
        for again in [json!({}), json!({"amount": 50}), json!({"amount": amount})] {
            let refused = hub.refuses(hub.merchant.captures(&id, &again), 400).await;
            let message = "a charge that is authorized cannot be captured; nothing was sent";
            assert_error(&refused, "invalid_request_error", message);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_at_the_same_time_are_one_capture() {
    let hub = TestHub::build().await;
    for _ in 0..5 {
        let id = hub.merchant.reserves(150).await;
        hub.engine.gather("PutItem CHARGE", 3);
        let [ten, twenty, all] = [json!({"amount": 10}), json!({"amount": 20}), json!({})];
        let answers = tokio::join!(
            hub.merchant.captures(&id, &ten),
            hub.merchant.captures(&id, &twenty),
            hub.merchant.captures(&id, &all)
        );
        let (done, refused): (Vec<_>, Vec<_>) =
            [answers.0, answers.1, answers.2].into_iter().partition(|answer| answer.status == 201);
        assert_eq!(done.len(), 1, "{done:?}");
        // The others find a capture under way, or a finished one.
        assert!(refused.iter().all(|answer| answer.status == 409 || answer.status == 400), "{refused:?}");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, done[0].body);
    }
    assert_eq!(hub.bank.bookings().iter().filter(|booking| booking.operation == "capture").count(), 5);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_is_at_least_one_and_at_most_what_is_reserved() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let above = hub.refuses(hub.merchant.captures(&id, &json!({"amount": 151})), 400).await;
    let message = |left: u64| format!("amount is more than the {left} that are left of this charge; nothing was sent");
    assert_error(&above, "invalid_request_error", &message(150));
    for amount in [json!(0), json!(-1), json!(1.5), json!("100"), json!(1_000_000_000_000_u64), json!([100])] {
        let refused = hub.refuses(hub.merchant.captures(&id, &json!({"amount": amount})), 400).await;
        assert_error(&refused, "bad_request", "Bad Request Exception");
        let details = refused.body["error"]["details"].as_array().unwrap();
        assert!(details.len() == 1 && details[0].as_str().unwrap().starts_with("amount "), "{amount}: {details:?}");
    }
    hub.merchant.voids(&id, &json!({"amount": 40})).await.assert_status(201);
    let above = hub.refuses(hub.merchant.captures(&id, &json!({"amount": 111})), 400).await;
    assert_error(&above, "invalid_request_error", &message(110));
    let captured = hub.merchant.captures(&id, &json!({"amount": 110})).await.expect(201);
    let requests = "capture success 110, void success 40, pre_authorization success 150";
    assert_eq!(summary(&captured), format!("authorized 110: {requests}"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_reserved_money_is_captured() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant.id;
    let made = |body: Value| {
        let client = hub.merchant.clone();
        async move { client.charges(&body).await }
    };
    let pending = made(pix_charge(merchant)).await;
    let authorized = made(card_charge(merchant, APPROVED)).await;
    let failed = made(with(card_charge(merchant, DECLINED), "/capture", json!(false))).await;
    let (canceled, voided, charged_back) = (
        hub.merchant.reserves(150).await,
        made(card_charge(merchant, APPROVED)).await,
        hub.merchant.reserves(150).await,
    );
    hub.merchant.voids(&canceled, &json!({})).await.assert_status(201);
    hub.merchant.voids(&voided, &json!({})).await.assert_status(201);
    hub.merchant.captures(&charged_back, &json!({})).await.assert_status(201);
    hub.provider.notifies(&hub.bank.charge_back(&reference(&charged_back, 1), 150)).await;
    let refunding = made(pix_charge(merchant)).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&refunding, 1), 150)).await;
    hub.merchant.voids(&refunding, &json!({})).await.assert_status(201);
    for (id, status) in [
        (&pending, "pending"),
        (&authorized, "authorized"),
        (&failed, "failed"),
        (&canceled, "canceled"),
        (&voided, "voided"),
        (&charged_back, "charged_back"),
        (&refunding, "refund_pending"),
    ] {
        let refused = hub.refuses(hub.merchant.captures(id, &json!({})), 400).await;
        let message = format!("a charge that is {status} cannot be captured; nothing was sent");
        assert_error(&refused, "invalid_request_error", &message);
        assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), status);
    }
    hub.provider.notifies(&hub.bank.finish_refund(&reference(&refunding, 3))).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_of_another_account_and_none_at_all_are_not_found() {
    let hub = TestHub::build().await;
    let (id, stranger) = (hub.merchant.reserves(150).await, hub.another_merchant().await);
    let nothing = "00000000-0000-4000-8000-000000000000";
    for path in [capture_of(&id), void_of(&id), capture_of(nothing), void_of(nothing)] {
        let unknown = stranger.post(&path, &json!({})).await.expect(404);
        assert_error(&unknown, "entity_not_found", "charge not found");
    }
    hub.merchant.post("/v1/charges/7/capture", &json!({})).await.assert_status(400);
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), "pre_authorized");
    hub.assert_books_agree().await;
}

/// The sandbox declines amounts of 991.
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_capture_is_listed_first_and_changes_nothing() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(1000).await;
    let refused = hub.merchant.captures(&id, &json!({"amount": 991})).await.expect(201);
    assert_eq!(summary(&refused), "pre_authorized 1000: capture failed 991, pre_authorization success 1000");
    let error = &refused.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!("generic"), &json!(false)));
    assert_eq!(hub.merchant.reads_charge(&id).await.body, refused.body);
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized"], "no event");
    let captured = hub.merchant.captures(&id, &json!({"amount": 990})).await.expect(201);
    let requests = "capture success 990, capture failed 991, pre_authorization success 1000";
    assert_eq!(summary(&captured), format!("authorized 990: {requests}"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_authorized_session_is_paid_by_its_capture() {
    let hub = TestHub::build().await;
    for (body, left) in [(json!({}), 150), (json!({"amount": 60}), 60)] {
        let (order, id) = reserve_for_order(&hub).await;
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");
        // By the session's id as well as by the charge's.
        let captured = hub.merchant.captures(&order.id, &body).await.expect(201);
        assert_eq!(
            (captured.text("/id"), captured.text("/sessionId"), captured.text("/status"), &captured.body["amount"]),
            (id.as_str(), order.id.as_str(), "authorized", &json!(left))
        );
        assert_eq!(hub.merchant.session_status(&order).await, "paid");
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");
        hub.refuses(hub.merchant.captures(&order.id, &json!({})), 400).await;
    }
    let (order, _) = reserve_for_order(&hub).await;
    hub.merchant.captures(&order.id, &json!({"amount": 151})).await.assert_status(400);
    assert_eq!(hub.merchant.session_status(&order).await, "created");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_waits_for_a_void_with_an_unknown_outcome_and_a_void_for_a_capture() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let open = hub.merchant.voids(&id, &json!({"amount": 50})).await.expect(201);
    assert_eq!(summary(&open), "pre_authorized 150: void processing 50, pre_authorization success 150");
    assert_error(&hub.refuses(hub.merchant.captures(&id, &json!({"amount": 1})), 409).await, "conflict", BUSY);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&id).await),
        "pre_authorized 100: void success 50, pre_authorization success 150"
    );

    hub.bank.expect([BankReply::LoseAnswer]);
    let open = hub.merchant.captures(&id, &json!({"amount": 70})).await.expect(201);
    let before = "void success 50, pre_authorization success 150";
    assert_eq!(summary(&open), format!("pre_authorized 100: capture processing 70, {before}"));
    assert_error(&hub.refuses(hub.merchant.captures(&id, &json!({"amount": 70})), 409).await, "conflict", BUSY);
    assert_error(&hub.merchant.voids(&id, &json!({"amount": 1})).await.expect(409), "conflict", BUSY);
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "voided"]);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 70: capture success 70, {before}"));
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "voided", "authorized"]);
    hub.assert_books_agree().await;
}

/// The acquirer releases an uncaptured amount after 7 days; then the session can be paid again.
#[tokio::test(flavor = "multi_thread")]
async fn reserved_money_is_reconciled_after_seven_days() {
    let hub = TestHub::build().await;
    let ((released, first), (kept, second)) = (reserve_for_order(&hub).await, reserve_for_order(&hub).await);
    hub.pass(HOLD_LIFE.saturating_sub(Duration::from_hours(1))).await;
    hub.bank.release(&reference(&first, 1));
    assert_eq!(hub.merchant.reads_charge(&first).await.text("/status"), "pre_authorized", "not reconciled yet");
    hub.pass(Duration::from_hours(1)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&first).await),
        "canceled 0: void success 150, pre_authorization success 150"
    );
    assert_eq!(events(&hub, &first).await, ["pending", "pre_authorized", "canceled"]);
    assert_eq!(hub.merchant.session_status(&released).await, "created");
    assert_eq!(hub.shopper.pays(&released, &by_card(APPROVED)).await.expect(201).text("/status"), "pre_authorized");
    assert_eq!(hub.merchant.reads_charge(&second).await.text("/status"), "pre_authorized");
    hub.merchant.captures(&kept.id, &json!({})).await.assert_status(201);
    assert_eq!(hub.merchant.session_status(&kept).await, "paid");
    hub.assert_books_agree().await;
}

/// A capture or a void, each of a charge that is made for it.
#[derive(Clone, Copy, Debug)]
enum Change {
    Capture,
    CaptureOfOrder,
    Release,
    ReleaseOfOrder,
    Void,
    VoidOfOrder,
    PixVoid,
    DripVoid,
}

impl Change {
    const ALL: [Self; 8] = [
        Self::Capture,
        Self::CaptureOfOrder,
        Self::Release,
        Self::ReleaseOfOrder,
        Self::Void,
        Self::VoidOfOrder,
        Self::PixVoid,
        Self::DripVoid,
    ];

    /// The id of a new charge of 150 minor units that allows this change.
    async fn charge(self, hub: &TestHub) -> String {
        let merchant = &hub.merchant.id;
        let body = match self {
            Self::Capture | Self::Release => return hub.merchant.reserves(150).await,
            Self::CaptureOfOrder | Self::ReleaseOfOrder => return reserve_for_order(hub).await.1,
            Self::VoidOfOrder => {
                let (order, id) = reserve_for_order(hub).await;
                hub.merchant.captures(&order.id, &json!({})).await.assert_status(201);
                return id;
            }
            Self::Void => card_charge(merchant, APPROVED),
            Self::PixVoid => pix_charge(merchant),
            Self::DripVoid => drip_charge(merchant),
        };
        let id = hub.merchant.charges(&body).await;
        if !matches!(self, Self::Void) {
            hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), 150)).await;
        }
        id
    }

    /// The path and the body of the request.
    fn request(self, id: &str) -> (String, Value) {
        match self {
            Self::Capture | Self::CaptureOfOrder => (capture_of(id), json!({"amount": 100})),
            Self::Release | Self::Void | Self::PixVoid | Self::DripVoid => (void_of(id), json!({"amount": 100})),
            Self::ReleaseOfOrder | Self::VoidOfOrder => (void_of(id), json!({})),
        }
    }

    /// The start of the summary once it is done, before the charge's older requests.
    const fn done(self) -> &'static str {
        match self {
            Self::Capture | Self::CaptureOfOrder => "authorized 100: capture success 100",
            Self::Release => "pre_authorized 50: void success 100",
            Self::ReleaseOfOrder => "canceled 0: void success 150",
            Self::Void | Self::DripVoid => "authorized 50: void success 100",
            Self::VoidOfOrder => "voided 0: void success 150",
            Self::PixVoid => "refund_pending 150: void processing 100",
        }
    }

    async fn send(self, hub: &TestHub, id: &str, key: &str) -> Answer {
        let (path, body) = self.request(id);
        hub.merchant.post_with_key(&path, &body, key).await
    }

    /// Fails unless `answer` says that it is done.
    #[track_caller]
    fn assert_done(self, answer: &Answer) {
        answer.assert_status(201);
        let summary = summary(answer);
        assert!(summary.starts_with(self.done()), "{self:?}: {summary}");
    }

    /// Fails unless its session, if it has one, has the status after this change.
    async fn assert_session_follows(self, hub: &TestHub, answer: &Answer) {
        let session = answer.text("/sessionId");
        let status = match self {
            Self::CaptureOfOrder => "paid",
            Self::ReleaseOfOrder | Self::VoidOfOrder => "voided",
            Self::Capture | Self::Release | Self::Void | Self::PixVoid | Self::DripVoid => {
                return assert_eq!(session, "");
            }
        };
        assert_eq!(hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200).text("/status"), status);
    }
}

/// How often the bank received a capture or a void of this charge.
fn asked(hub: &TestHub, id: &str) -> u32 {
    let changes = hub.bank.bookings().into_iter().filter(|booking| booking.operation != "create");
    changes.filter(|booking| booking.payment == reference(id, 1)).map(|booking| booking.times).sum()
}

/// The status and the bytes of an answer, and whether it is an idempotent replay.
async fn bytes(hub: &TestHub, path: &str, body: &Value, key: &str) -> (u16, Vec<u8>, bool) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("{}{path}", hub.merchant.url())).body(body.to_string());
    let request = request.header("x-client-id", &hub.merchant.client_id).header("x-api-key", &hub.merchant.api_key);
    let answer = request.header("x-idempotency-key", key).send().await.unwrap();
    let is_replay = answer.headers().contains_key("idempotent-replayed");
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec(), is_replay)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_is_answered_byte_for_byte_as_the_first_and_changes_nothing() {
    let hub = TestHub::build().await;
    for change in Change::ALL {
        let id = change.charge(&hub).await;
        let before = asked(&hub, &id);
        let (path, body) = change.request(&id);
        let (status, first, is_replay) = bytes(&hub, &path, &body, "key").await;
        assert_eq!((status, is_replay), (201, false), "{change:?}");
        for key in ["key", "key"] {
            assert_eq!(bytes(&hub, &path, &body, key).await, (201, first.clone(), true), "{change:?}");
        }
        let other = hub.merchant.post_with_key(&path, &json!({"amount": 99}), "key").await.expect(422);
        assert_eq!(other.text("/error/type"), "invalid_request_error");
        assert_eq!(asked(&hub, &id), before + 1, "{change:?}");
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

/// The replay has the first answer, with its transaction request first, whatever happened later.
#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_has_the_first_answer_whatever_happened_since() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let (captures, voids) = (capture_of(&id), void_of(&id));
    let steps = [
        (&voids, json!({"amount": 10}), "pre_authorized 140: void success 10, pre_authorization success 150"),
        (
            &captures,
            json!({"amount": 100}),
            "authorized 100: capture success 100, void success 10, pre_authorization success 150",
        ),
        (
            &voids,
            json!({"amount": 30}),
            "authorized 70: void success 30, capture success 100, void success 10, pre_authorization success 150",
        ),
        (
            &voids,
            json!({}),
            "voided 0: void success 70, void success 30, capture success 100, void success 10, \
             pre_authorization success 150",
        ),
    ];
    let mut firsts = Vec::new();
    for (number, (path, body, expected)) in steps.iter().enumerate() {
        let first = hub.merchant.post_with_key(path, body, &format!("step {number}")).await.expect(201);
        assert_eq!(summary(&first), *expected);
        firsts.push(first);
    }
    hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 20)).await;
    hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 20)).await;
    hub.provider.notifies(&hub.bank.dispute(&reference(&id, 1))).await;
    for (number, ((path, body, _), first)) in steps.iter().zip(&firsts).enumerate() {
        let again = hub.merchant.post_with_key(path, body, &format!("step {number}")).await.expect(201);
        assert_eq!((again.is_replay(), &again.body), (true, &first.body));
    }
    // At another route the same key is another key.
    let other = hub.merchant.post_with_key(&captures, &json!({"amount": 10}), "step 0").await.expect(400);
    assert_error(&other, "invalid_request_error", "a charge that is charged_back cannot be captured; nothing was sent");
    assert_eq!(asked(&hub, &id), 4);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_during_the_call_gets_409_and_forty_seconds_later_the_outcome() {
    let mut hub = TestHub::build().await;
    for change in Change::ALL {
        for reply in [BankReply::HoldAfterBooking, BankReply::HoldBeforeBooking] {
            let (id, key) = (change.charge(&hub).await, format!("{change:?} {reply:?}"));
            let seen = hub.bank.operations() + 1;
            hub.bank.expect([reply]);
            let early = tokio::select! {
                first = change.send(&hub, &id, &key) => unreachable!("the bank holds it: {first:?}"),
                second = async {
                    hub.bank.has_seen(seen).await;
                    change.send(&hub, &id, &key).await
                } => second.expect(409),
            };
            assert_error(&early, "conflict", "Transaction is processing");
            hub.kill_and_restart().await;
            assert_error(&change.send(&hub, &id, &key).await.expect(409), "conflict", "Transaction is processing");
            hub.clock().advance(STALE_INTENT + Duration::from_secs(1));
            let later = change.send(&hub, &id, &key).await.expect(201);
            assert!(later.is_replay());
            let is_booked = reply == BankReply::HoldAfterBooking;
            if is_booked {
                change.assert_done(&later);
                change.assert_session_follows(&hub, &later).await;
            } else {
                // The bank may not know of the request yet.
                assert_eq!(request_status(&later), "processing", "{key}");
            }
            hub.pass(LONG_AFTER).await;
            let ended = hub.merchant.reads_charge(&id).await;
            assert_eq!(asked(&hub, &id), u32::from(is_booked) + u32::from(matches!(change, Change::VoidOfOrder)));
            if !is_booked {
                assert_eq!((&ended.body["amount"], request_status(&ended)), (&json!(150), "failed"), "{key}");
            }
            assert_eq!(change.send(&hub, &id, &key).await.expect(201).body, later.body, "{key}");
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_meets_every_fault_of_the_table_and_is_done_once() {
    let hub = TestHub::build().await;
    for change in Change::ALL {
        for write in [1, 2] {
            for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
                let (id, key) = (change.charge(&hub).await, format!("{change:?} {write} {fault:?}"));
                let (before, faults) = (asked(&hub, &id), hub.engine.faults());
                hub.engine.fail_write(write, fault);
                let answer = change.send(&hub, &id, &key).await;
                hub.engine.heal();
                assert_eq!(hub.engine.faults(), faults + 1, "{key}");
                change.assert_done(&answer);
                assert!(!answer.is_replay(), "{key}");
                change.assert_session_follows(&hub, &answer).await;
                let again = change.send(&hub, &id, &key).await;
                assert_eq!((again.is_replay(), &again.body), (true, &answer.body), "{key}");
                assert_eq!(asked(&hub, &id), before + 1, "{key}");
            }
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_death_at_each_of_its_writes() {
    let mut hub = TestHub::build().await;
    for change in Change::ALL {
        for (write, fault) in [(1, Fault::DieBefore), (1, Fault::DieAfter), (2, Fault::DieBefore), (2, Fault::DieAfter)]
        {
            let (id, key) = (change.charge(&hub).await, format!("{change:?} {write} {fault:?}"));
            let before = asked(&hub, &id);
            hub.engine.fail_write(write, fault);
            let died = tokio::select! {
                () = hub.engine.has_killed() => true,
                _ = change.send(&hub, &id, &key) => false,
            };
            assert!(died, "{key} was answered although the hub was to die");
            hub.kill_and_restart().await;
            hub.pass(LONG_AFTER).await;
            let again = change.send(&hub, &id, &key).await;
            let (was_stored, was_sent) = ((write, fault) != (1, Fault::DieBefore), write == 2);
            assert_eq!(again.is_replay(), was_stored, "{key}");
            // A change that reached the bank is reconciled where its answer was lost.
            if was_sent || !was_stored {
                change.assert_done(&again);
                change.assert_session_follows(&hub, &again).await;
            } else {
                assert_eq!(request_status(&again), "failed", "{key}");
            }
            assert_eq!(asked(&hub, &id), before + u32::from(was_sent || !was_stored), "{key}");
            assert_eq!(change.send(&hub, &id, &key).await.expect(201).body, again.body, "{key}");
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_cannot_be_reached_has_changed_nothing() {
    let mut hub = TestHub::build().await;
    let mut changes = Vec::new();
    for change in Change::ALL {
        changes.push((change, change.charge(&hub).await));
    }
    hub.kill_and_restart_without_bank().await;
    let mut firsts = Vec::new();
    for (change, id) in &changes {
        let before = hub.merchant.reads_charge(id).await;
        let first = change.send(&hub, id, "without").await.expect(201);
        assert_eq!(request_status(&first), "internal_error", "{change:?}");
        assert_eq!((first.text("/status"), &first.body["amount"]), (before.text("/status"), &before.body["amount"]));
        firsts.push(first);
    }
    hub.kill_and_restart().await;
    for ((change, id), first) in changes.iter().zip(firsts) {
        assert_eq!(change.send(&hub, id, "without").await.expect(201).body, first.body, "{change:?}");
        change.assert_done(&change.send(&hub, id, "with").await);
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}
