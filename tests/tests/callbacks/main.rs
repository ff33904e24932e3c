//! Provider notifications: each has its defined answer, whatever is wrong with it. No valid update is lost, and none is
//! applied twice.

use std::time::Duration;

use domain::limits::{MAX_BODY, NOTIFICATION_PATIENCE};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::{BankReply, ProviderUpdate, Treatment, reference},
    engine::{Call, Fault},
    hub::LONG_AFTER,
    log::{alarms, listen},
    samples::{APPROVED, by_card, by_pix, card_charge, events, pix_charge, reservation, session, summary, with},
};

const LOST: Treatment = Treatment::Reply(BankReply::LoseRequest);

/// The id of an unpaid Pix of 150 minor units.
async fn pix(hub: &TestHub) -> String {
    hub.merchant.charges(&pix_charge(&hub.merchant.id)).await
}

/// The notification that the shopper has paid the whole Pix.
fn pay(hub: &TestHub, id: &str) -> ProviderUpdate {
    hub.bank.pay(&reference(id, 1), 150)
}

/// A notification that was sent, which tests change to make others for this account's Pix provider.
async fn sent_update(hub: &TestHub) -> ProviderUpdate {
    let update = pay(hub, &pix(hub).await);
    hub.provider.notifies(&update).await;
    update
}

/// The same provider's signed notification with another body.
fn rewritten(hub: &TestHub, update: &ProviderUpdate, body: &str) -> ProviderUpdate {
    let mut rewritten = update.clone();
    body.clone_into(&mut rewritten.body);
    rewritten.signed_at(hub.clock().now())
}

fn update_of(update: &ProviderUpdate) -> Value {
    serde_json::from_str::<Value>(&update.body).unwrap()["notices"][0].clone()
}

fn call_of(updates: &[Value]) -> String {
    json!({"notices": updates}).to_string()
}

/// The same provider's signed notification with these updates instead.
fn with_updates(hub: &TestHub, update: &ProviderUpdate, updates: &[Value]) -> ProviderUpdate {
    rewritten(hub, update, &call_of(updates))
}

/// How many of the stored updates have this status.
async fn updates(hub: &TestHub, status: &str) -> usize {
    let is = |item: &String| item.contains("S(\"callback\")") && item.contains(&format!("S(\"{status}\")"));
    hub.everything_stored().await.iter().filter(|item| is(item)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_notification_has_updates_of_many_payments() {
    let hub = TestHub::build().await;
    let (first, second, rejected, unpaid) = (pix(&hub).await, pix(&hub).await, pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &first);
    let all =
        [update_of(&update), update_of(&pay(&hub, &second)), update_of(&hub.bank.reject(&reference(&rejected, 1)))];
    hub.provider.notifies(&with_updates(&hub, &update, &all)).await;
    for (id, expected) in [(&first, "authorized"), (&second, "authorized"), (&rejected, "failed"), (&unpaid, "pending")]
    {
        assert_eq!(hub.merchant.charge_status(id).await, expected);
    }
    // At most a hundred updates, of one payment or of many; here all about one dispute.
    let contest = with(update_of(&hub.bank.dispute(&reference(&first, 1))), "/dispute", json!("dispute 1"));
    let many: Vec<Value> = (0..101).map(|no| with(contest.clone(), "/id", json!(format!("many {no}")))).collect();
    hub.refuses(hub.provider.sends(&with_updates(&hub, &update, &many)), 400).await;
    assert_eq!(hub.merchant.reads_charge(&first).await.body["isDispute"], false);
    hub.provider.notifies(&with_updates(&hub, &update, &many[..100])).await;
    assert!(
        summary(&hub.merchant.reads_charge(&first).await)
            .starts_with("authorized 150: dispute success 150, authorization")
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_update_is_accepted_and_changes_nothing() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    hub.provider.notifies(&update).await;
    let paid = hub.merchant.reads_charge(&id).await;
    for _ in 0..3 {
        hub.provider.notifies(&update).await;
    }
    for answer in join_all((0..20).map(|_| hub.provider.sends(&update))).await {
        answer.assert_status(200);
    }
    hub.clock().advance(Duration::from_hours(24));
    hub.provider.notifies(&update.clone().signed_at(hub.clock().now())).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    // The hub recognises the same update with another id.
    hub.provider.notifies(&with_updates(&hub, &update, &[with(update_of(&update), "/id", json!("other"))])).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_arrives_many_times_at_once_is_applied_once() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 10);
    for answer in join_all((0..10).map(|_| hub.provider.sends(&update))).await {
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
    }
    assert_eq!(
        summary(&hub.merchant.reads_charge(&id).await),
        "authorized 150: authorization success 150, pending success 150"
    );
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_updates_of_one_payment_at_once_are_all_applied() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let refunds: Vec<ProviderUpdate> = (0..4).map(|_| hub.bank.refund(&reference(&id, 1), 30)).collect();
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 4);
    for (update, answer) in refunds.iter().zip(join_all(refunds.iter().map(|update| hub.provider.sends(update))).await)
    {
        if answer.status != 200 {
            // Not accepted: the bank sends it again.
            answer.assert_status(409);
            hub.provider.notifies(update).await;
        }
    }
    assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 30);
    assert_eq!(events(&hub, &id).await.len(), 6);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_valid_for_five_minutes() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let now = hub.clock().now();
    hub.clock().advance(Duration::from_secs(5 * 60 + 1));
    let stale = hub.refuses(hub.provider.sends(&update), 403).await;
    assert_eq!(stale.body, json!({"message": "Forbidden"}));
    // A timestamp in the future is refused too.
    let early = update.clone().signed_at(hub.clock().now().plus(Duration::from_mins(6)));
    hub.refuses(hub.provider.sends(&early), 403).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    // A bank sends it again, with the time of that call.
    hub.provider.notifies(&update.clone().signed_at(now.plus(Duration::from_mins(4)))).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    hub.assert_books_agree().await;
}

/// The notification with another value of this header, or without the header.
fn with_header(update: &ProviderUpdate, name: &str, value: Option<&str>) -> ProviderUpdate {
    let mut changed = update.clone();
    changed.headers.retain(|(header, _)| header != name);
    changed.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    changed
}

fn header<'a>(update: &'a ProviderUpdate, name: &str) -> &'a str {
    &update.headers.iter().find(|(header, _)| header == name).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_without_a_valid_signature_is_forbidden() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let (timestamp, signature) = ("x-sandbox-timestamp", "x-sandbox-signature");
    let good = header(&update, signature).to_owned();
    let later = (header(&update, timestamp).parse::<i64>().unwrap() + 1).to_string();
    let mut altered = update.clone();
    altered.body = altered.body.replace("150", "151");
    let mut spaced = update.clone();
    spaced.body.push(' ');
    // Signed with the key of another account, at the address of this account.
    let stranger = hub.another_merchant().await;
    let body = with(pix_charge(&stranger.id), "/amount", json!(150));
    let theirs = stranger.creates_charge(&body).await;
    let theirs = hub.bank.pay(&reference(theirs.text("/id"), 1), 150);
    let mut by_stranger = rewritten(&hub, &theirs, &update.body);
    by_stranger.url.clone_from(&update.url);
    for (what, forged) in [
        ("without a signature", with_header(&update, signature, None)),
        ("without a timestamp", with_header(&update, timestamp, None)),
        ("with nothing", with_header(&with_header(&update, signature, None), timestamp, None)),
        ("of another instant", with_header(&update, timestamp, Some(&later))),
        ("of no instant", with_header(&update, timestamp, Some("now"))),
        ("of another amount", altered),
        ("of one more byte", spaced),
        ("cut", with_header(&update, signature, Some(&good[..62]))),
        ("empty", with_header(&update, signature, Some(""))),
        ("of no digits", with_header(&update, signature, Some(&good.replace(|c: char| c.is_ascii_digit(), "x")))),
        ("of zeros", with_header(&update, signature, Some(&"0".repeat(64)))),
        ("of another account", by_stranger),
    ] {
        assert_eq!(hub.refuses(hub.provider.sends(&forged), 403).await.body, json!({"message": "Forbidden"}), "{what}");
    }
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    // The signature may have capital letters. The account's API key is neither needed nor checked.
    let loud = with_header(&update, signature, Some(&good.to_uppercase()));
    let headers: Vec<_> = loud.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let merchant = hub.merchant.with_key("wrong");
    let accepted =
        merchant.send_beside(Method::POST, loud.path(), &headers, Some(loud.body.clone().into_bytes())).await;
    accepted.unwrap().assert_status(200);
    hub.provider.notifies(&theirs).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_this_hub_did_not_make_is_not_found() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let (path, token) = (update.path().to_owned(), update.path().rsplit('/').next().unwrap().to_owned());
    let base = update.url.strip_suffix(&path).unwrap().to_owned();
    let flipped = |at: usize| {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    };
    let mut wrong = vec![
        path.replace("/MERCADO_PAGO/", "/PAGARME/"),
        path.replace("/MERCADO_PAGO/", "/mercado_pago/"),
        path.replace("/MERCADO_PAGO/", "/STRIPE/"),
        path.replace("/MERCADO_PAGO/", "/UNKNOWN/"),
        format!("/v1/callbacks/MERCADO_PAGO/{}", &token[..token.len() - 1]),
        format!("/v1/callbacks/MERCADO_PAGO/{token}A"),
        format!("/v1/callbacks/MERCADO_PAGO/{}", "A".repeat(token.len())),
        format!("/v1/callbacks/MERCADO_PAGO/{}", hub.merchant.client_id),
        "/v1/callbacks/MERCADO_PAGO/x".to_owned(),
    ];
    // Each of the three ids in the token, and both halves of its signature.
    wrong.extend([0, 22, 43, 64, 75, 85].map(|at| format!("/v1/callbacks/MERCADO_PAGO/{}", flipped(at))));
    for path in wrong {
        let mut elsewhere = update.clone();
        elsewhere.url = format!("{base}{path}");
        let answer = hub.refuses(hub.provider.sends(&elsewhere), 404).await;
        assert_eq!(
            answer.text("/error/message"),
            "no provider's calls are taken at this address; nothing was done",
            "{path}"
        );
    }
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    hub.provider.notifies(&update).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn banks_may_append_pix_to_the_address() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let mut update = pay(&hub, &id);
    update.url.push_str("/pix");
    hub.provider.notifies(&update).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    update.url.push_str("/pix");
    hub.provider.sends(&update).await.assert_status(404);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_a_payment_is_not_redirected() {
    let hub = TestHub::build().await;
    let update = sent_update(&hub).await;
    for query in ["", "?", "?to=success", "?reference=1&to=success", &format!("?{}", update.body)] {
        let answer =
            hub.merchant.send_with(Method::GET, &format!("{}{query}", update.path()), &[], None).await.unwrap();
        answer.assert_status(404);
        assert!(answer.headers.get("location").is_none());
    }
    hub.assert_books_agree().await;
}

const UNREADABLE: &str = "this call, or a notification in it, cannot be read; nothing of that was done. Notifications of it that can be read were noted";

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_update_does_not_stop_the_others_of_its_notification() {
    let hub = TestHub::build().await;
    let (id, other) = (pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &id);
    let (good, beside) = (update_of(&update), update_of(&pay(&hub, &other)));
    for text in ["", "paid", "null", "7", "[]", "{}", "{\"notices\": null}", "{\"notices\": []}", "{\"notices\": {}}"] {
        let unreadable = hub.refuses(hub.provider.sends(&rewritten(&hub, &update, text)), 400).await;
        let error = (unreadable.text("/error/type"), unreadable.text("/error/message"));
        assert_eq!(error, ("invalid_request_error", UNREADABLE), "{text}");
    }
    hub.refuses(hub.provider.sends(&rewritten(&hub, &update, &"[".repeat(10_000))), 400).await;
    for (field, value) in [
        ("id", json!(null)),
        ("id", json!("")),
        ("id", json!("x".repeat(65))),
        ("id", json!("a\"b")),
        ("id", json!("olá")),
        ("id", json!(7)),
        ("reference", json!(null)),
        ("reference", json!(id)),
        ("reference", json!(reference(&id, 1).to_uppercase())),
        ("reference", json!(format!("{}1", reference(&id, 1)))),
        ("news", json!("payed")),
        ("news", json!(null)),
        ("amount", json!(null)),
        ("amount", json!(0)),
        ("amount", json!(-150)),
        ("amount", json!(150.5)),
        ("amount", json!("150")),
        ("amount", json!(1_000_000_000_000_u64)),
    ] {
        let wrong = with(good.clone(), &format!("/{field}"), value);
        hub.refuses(hub.provider.sends(&with_updates(&hub, &update, std::slice::from_ref(&wrong))), 400).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "pending");
        // The provider gets 400 for the invalid update; the hub applies the valid one, and only once.
        hub.provider.sends(&with_updates(&hub, &update, &[wrong, beside.clone()])).await.assert_status(400);
        assert_eq!(hub.merchant.charge_status(&id).await, "pending");
        assert_eq!(hub.merchant.charge_status(&other).await, "authorized");
    }
    let unknown = json!({"id": "no", "reference": reference(&id, 1), "news": "not_paid", "code": "bad_weather"});
    hub.refuses(hub.provider.sends(&with_updates(&hub, &update, &[unknown])), 400).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    // Unknown fields of a valid update are ignored.
    let more = with(good, "/weather", json!({"is": "bad"}));
    hub.provider.notifies(&with_updates(&hub, &update, &[more, beside])).await;
    assert_eq!(
        (hub.merchant.charge_status(&id).await, hub.merchant.charge_status(&other).await),
        ("authorized".to_owned(), "authorized".to_owned())
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_too_large_is_refused() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let padded = |length: usize| {
        let body = call_of(&[update_of(&update)]);
        let room = " ".repeat(length - body.len());
        rewritten(&hub, &update, &format!("{body}{room}"))
    };
    let refused = hub.refuses(hub.provider.sends(&padded(MAX_BODY + 1)), 413).await;
    assert_eq!(refused.text("/error/type"), "bad_request");
    hub.refuses(hub.provider.sends(&padded(4 * 1024 * 1024)), 413).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    hub.provider.notifies(&padded(MAX_BODY)).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    hub.assert_books_agree().await;
}

/// The hub may learn of the payment later: the update waits a week, and then an alarm calls the operator.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_about_an_unknown_payment_waits_for_seven_days() {
    listen("error");
    let hub = TestHub::build().await;
    let sent = sent_update(&hub).await;
    let id = pix(&hub).await;
    // An unknown charge, and an unknown request of a known charge.
    let (unknown, number) = (reference("00000000-1111-4222-8333-444444444444", 1), reference(&id, 9));
    let all: Vec<Value> = [&unknown, &number]
        .iter()
        .map(|about| with(with(update_of(&sent), "/id", json!(format!("of {about}"))), "/reference", json!(about)))
        .collect();
    hub.provider.notifies(&with_updates(&hub, &sent, &all)).await;
    assert_eq!(hub.waiting_updates().await.len(), 2);
    // The repetition adds no record.
    hub.provider.notifies(&with_updates(&hub, &sent, &all)).await;
    hub.pass(NOTIFICATION_PATIENCE.saturating_sub(Duration::from_hours(2))).await;
    assert_eq!((hub.waiting_updates().await.len(), alarms("unknown_notification", &unknown)), (2, 0));
    hub.pass(Duration::from_hours(3)).await;
    hub.pass(Duration::from_hours(3)).await;
    assert_eq!((hub.waiting_updates().await.len(), updates(&hub, "unresolved").await), (0, 2));
    assert_eq!([&unknown, &number].map(|about| alarms("unknown_notification", about)), [1, 1]);
    hub.pass(Duration::from_hours(24 * 30)).await;
    assert_eq!([&unknown, &number].map(|about| alarms("unknown_notification", about)), [1, 1], "once");
    hub.assert_books_agree().await;
}

/// A refund requires a payment: the hub reconciles the payment at once. Where the bank is not reached, the update
/// waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_before_its_payment_makes_the_hub_reconcile_the_payment() {
    let mut hub = TestHub::build().await;
    for is_reached in [true, false] {
        let id = pix(&hub).await;
        let (paid, refunded) = (pay(&hub, &id), hub.bank.refund(&reference(&id, 1), 50));
        let is_lost = move |request: &Value| (!is_reached && request["operation"] == "query").then_some(LOST);
        hub.bank.treat(is_lost);
        // The call window of the create is over.
        hub.pass(Duration::from_secs(30)).await;
        hub.provider.notifies(&refunded).await;
        assert_eq!(hub.bank.queries_of(&reference(&id, 1)), 1);
        let waiting = usize::from(!is_reached);
        let expected = if is_reached { "authorized" } else { "pending" };
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()),
            (expected, waiting)
        );
        hub.kill_and_restart().await;
        hub.provider.notifies(&paid).await;
        let requests = "void success 50, authorization success 150, pending success 150";
        assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 100: {requests}"));
        hub.provider.notifies(&refunded.clone().signed_at(hub.clock().now())).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 100);
        assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided"]);
        hub.assert_books_agree().await;
    }
}

/// Every kind of update of a payment, in the opposite order.
#[tokio::test(flavor = "multi_thread")]
async fn updates_in_the_opposite_order_end_the_same() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let payment = reference(&id, 1);
    let mut life = vec![
        pay(&hub, &id),
        hub.bank.refund(&payment, 40),
        hub.bank.refund(&payment, 30),
        hub.bank.revert_refund(&payment, 20),
        hub.bank.dispute(&payment),
        hub.bank.close_dispute(&payment),
        hub.bank.charge_back(&payment, 100),
    ];
    life.reverse();
    for update in &life {
        hub.provider.notifies(update).await;
    }
    for _ in 0..12 {
        hub.pass(Duration::from_hours(1)).await;
    }
    let ended = hub.merchant.reads_charge(&id).await;
    assert_eq!((ended.text("/status"), &ended.body["amount"]), ("charged_back", &json!(100)), "{}", summary(&ended));
    hub.assert_books_agree().await;
}

/// A provider names its own refund by one id, and may notify the end of the refund first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_the_bank_whose_end_is_notified_first_does_not_begin_again() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let (begun, done) = (hub.bank.begin_refund(&reference(&id, 1), 40), hub.bank.refund(&reference(&id, 1), 40));
    let [begun, done] = [begun, done].map(|update| {
        let named = with(update_of(&update), "/id", json!("refund 1"));
        with_updates(&hub, &update, &[named])
    });
    hub.provider.notifies(&done).await;
    hub.provider.notifies(&begun).await;
    let requests = "void success 40, authorization success 150, pending success 150";
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 110: {requests}"));
    hub.assert_books_agree().await;
}

/// A late payment of an expired Pix.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_after_the_expiry_is_accepted() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.pass(Duration::from_hours(2)).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "failed");
    hub.provider.notifies(&pay(&hub, &id)).await;
    let late = hub.merchant.reads_charge(&id).await;
    let requests = "authorization success 150, authorization failed 150, pending success 150";
    assert_eq!(summary(&late), format!("authorized 150: {requests}"));
    assert_eq!(events(&hub, &id).await, ["pending", "failed", "authorized"]);

    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!(
        (hub.merchant.charge_status(&late).await.as_str(), hub.merchant.session_status(&order).await.as_str()),
        ("authorized", "paid")
    );

    // The session was paid by card meanwhile: the duplicate payment is refunded.
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    hub.pass(Duration::from_secs(1)).await;
    assert_eq!(hub.merchant.charge_status(&late).await, "refund_pending");
    let refund = hub.bank.bookings().into_iter().find(|booking| booking.result == "processing").unwrap();
    hub.provider.notifies(&hub.bank.finish_refund(&refund.reference)).await;
    assert_eq!(
        (hub.merchant.charge_status(&late).await.as_str(), hub.merchant.session_status(&order).await.as_str()),
        ("voided", "paid")
    );
    hub.assert_books_agree().await;
}

/// The notification arrives before the answer to the request, or that answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_payment_without_an_answer_is_applied() {
    let mut hub = TestHub::build().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let lost = pix(&hub).await;
    assert_eq!(summary(&hub.merchant.reads_charge(&lost).await), "pending 150: pending processing 150");
    hub.provider.notifies(&pay(&hub, &lost)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&lost).await),
        "authorized 150: authorization success 150, pending success 150"
    );

    // The same for a create that the bank has not answered yet.
    hub.bank.expect([BankReply::HoldAfterBooking]);
    let (body, seen) = (pix_charge(&hub.merchant.id), hub.bank.operations() + 1);
    let create = || hub.merchant.post_with_key("/v1/charges", &body, "held");
    tokio::select! {
        first = create() => unreachable!("the bank holds it: {first:?}"),
        () = async {
            hub.bank.has_seen(seen).await;
            let held = hub.bank.books().into_keys().find(|payment| *payment != reference(&lost, 1)).unwrap();
            hub.provider.notifies(&hub.bank.pay(&held, 150)).await;
        } => {}
    }
    hub.kill_and_restart().await;
    let again = hub.merchant.post_with_key("/v1/charges", &body, "held").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(hub.merchant.charge_status(again.text("/id")).await, "authorized");
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}

/// An update with an impossible amount changes nothing, and an alarm calls the operator.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_with_an_impossible_amount_changes_nothing() {
    listen("error");
    let hub = TestHub::build().await;
    let sent = sent_update(&hub).await;
    let about = |id: &str, kind: &str, amount: u64| json!({"id": format!("{kind} {amount} {id}"), "reference": reference(id, 1), "news": kind, "amount": amount});
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let before = hub.merchant.reads_charge(&id).await;
    for wrong in [about(&id, "refunded", 151), about(&id, "refund_begun", 151), about(&id, "refund_reverted", 151)] {
        hub.provider.notifies(&with_updates(&hub, &sent, &[wrong])).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
    }
    assert_eq!((updates(&hub, "unresolved").await, hub.waiting_updates().await.len()), (3, 0));
    assert_eq!((alarms("refund_above_residual", &id), alarms("reversal_above_refunds", &id)), (2, 1));
    // Reserved money cannot be refunded.
    let reserved = hub.merchant.charges(&reservation(&hub.merchant.id)).await;
    let card = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    let of_card = hub.bank.dispute(&reference(&card, 1));
    let wrong = [about(&reserved, "refund_reverted", 1), about(&reserved, "refund_begun", 1)];
    hub.provider.notifies(&with_updates(&hub, &of_card, &wrong)).await;
    assert_eq!(
        (hub.merchant.charge_status(&reserved).await.as_str(), alarms("refund_of_reserved_money", &reserved)),
        ("pre_authorized", 2)
    );
    hub.provider.notifies(&of_card).await;
    hub.assert_books_agree().await;
}

/// Only the provider account that took a payment can notify the hub about it, now or later.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_account_cannot_notify_about_a_payment_of_another() {
    let hub = TestHub::build().await;
    let (id, stranger) = (pix(&hub).await, hub.another_merchant().await);
    let theirs = stranger.creates_charge(&pix_charge(&stranger.id)).await;
    let of_stranger = hub.bank.pay(&reference(theirs.text("/id"), 1), 150);
    hub.provider.notifies(&of_stranger).await;
    // The same merchant's account at another provider.
    let card = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    let of_card = hub.bank.dispute(&reference(&card, 1));
    hub.provider.notifies(&of_card).await;
    let paid = json!({"id": "foreign", "reference": reference(&id, 1), "news": "paid", "amount": 150});
    for sender in [&of_stranger, &of_card] {
        hub.provider.notifies(&with_updates(&hub, sender, std::slice::from_ref(&paid))).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    }
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 2));
    hub.pass(NOTIFICATION_PATIENCE).await;
    hub.pass(Duration::from_hours(2)).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("failed", 0));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_meets_every_fault_of_the_table_and_is_applied_once() {
    let hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            let faults = hub.engine.faults();
            hub.engine.fail_write(1, fault);
            hub.provider.notifies(&update).await;
            hub.engine.heal();
            assert_eq!(hub.engine.faults(), faults + 1, "{fault:?}");
            let paid = hub.merchant.reads_charge(&id).await;
            let requests = format!("authorization success {amount}, pending success {amount}");
            assert_eq!(summary(&paid), format!("authorized {amount}: {requests}"), "{fault:?}");
            hub.provider.notifies(&update).await;
            assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"], "{fault:?}");
        }
    }
    hub.assert_books_agree().await;
}

/// An unpaid Pix, of a session or not, and its amount.
async fn waiting(hub: &TestHub, pays_order: bool) -> (String, u64) {
    if !pays_order {
        return (pix(hub).await, 150);
    }
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    (hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned(), 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_survives_the_death_of_the_hub_because_the_bank_sends_it_again() {
    let mut hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            hub.engine.fail_write(1, fault);
            let died = tokio::select! {
                () = hub.engine.has_killed() => true,
                _ = send_to_mortal(&hub.merchant, &update) => false,
            };
            assert!(died, "{fault:?}");
            hub.kill_and_restart().await;
            assert_eq!(
                hub.merchant.charge_status(&id).await,
                if fault == Fault::DieAfter { "authorized" } else { "pending" }
            );
            hub.provider.notifies(&update).await;
            assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
        }
    }
    hub.assert_books_agree().await;
}

async fn send_to_mortal(merchant: &Merchant, update: &ProviderUpdate) -> Option<Answer> {
    let headers: Vec<_> = update.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    merchant.send_with(Method::POST, update.path(), &headers, Some(update.body.clone().into_bytes())).await.ok()
}

/// The hub answers 200 only where it has stored the update: otherwise the bank sends it again.
#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_table_loses_no_update() {
    let hub = TestHub::build().await;
    let (id, sent) = (pix(&hub).await, sent_update(&hub).await);
    let unknown = with(with(update_of(&sent), "/id", json!("unknown")), "/reference", json!(reference(&id, 7)));
    let all = [pay(&hub, &id), with_updates(&hub, &sent, &[unknown])];
    for update in &all {
        hub.engine.fail(|_, _| Fault::LoseRequest);
        hub.provider.sends(update).await.assert_status(503);
        hub.engine.heal();
    }
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 0));
    for update in &all {
        hub.provider.notifies(update).await;
    }
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("authorized", 1));
    hub.pass(NOTIFICATION_PATIENCE).await;
    hub.pass(Duration::from_hours(2)).await;
    hub.assert_books_agree().await;
}
