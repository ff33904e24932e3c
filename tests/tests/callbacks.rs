//! Providers' notices: each has its defined answer, whatever is wrong with it; nothing of what is true is lost, and nothing
//! is done twice.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

use std::time::Duration;

use domain::limits::{MAX_BODY, NOTIFICATION_PATIENCE};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Client, TestHub,
    bank::{BankReply, ProviderUpdate, Treatment, reference},
    engine::{Call, Fault},
    hub::LONG_AFTER,
    log::{alarms, listen},
    order::Order,
    samples::{APPROVED, by_card, by_pix, card_charge, events, pix_charge, reservation, session, told, with},
};

const LOST: Treatment = Treatment::BankReply(BankReply::LoseRequest);

/// A Pix of 150 minor units that waits for its buyer: its id.
async fn pix(hub: &TestHub) -> String {
    create(hub, &pix_charge(&hub.client.merchant_id)).await
}

async fn create(hub: &TestHub, body: &Value) -> String {
    hub.client.post("/v1/charges", body).await.expect(201).text("/id").to_owned()
}

async fn read(hub: &TestHub, id: &str) -> Answer {
    hub.client.get(&format!("/v1/charges/{id}")).await.expect(200)
}

async fn status(hub: &TestHub, id: &str) -> String {
    read(hub, id).await.text("/status").to_owned()
}

/// The notice that the bank sends when the buyer has paid the whole Pix.
fn pay(hub: &TestHub, id: &str) -> ProviderUpdate {
    hub.bank.pay(&reference(id, 1), 150)
}

async fn tell(hub: &TestHub, update: &ProviderUpdate) {
    assert_eq!(hub.client.tell(update).await.expect(200).body, json!({}));
}

/// A notice that was told, by which the bank's way of writing to this account's Pix provider is known.
async fn letter(hub: &TestHub) -> ProviderUpdate {
    let update = pay(hub, &pix(hub).await);
    tell(hub, &update).await;
    update
}

/// The same sender's signed call with another body.
fn rewritten(hub: &TestHub, update: &ProviderUpdate, body: &str) -> ProviderUpdate {
    let mut rewritten = update.clone();
    body.clone_into(&mut rewritten.body);
    rewritten.signed_at(hub.clock().now())
}

fn kind(update: &ProviderUpdate) -> Value {
    serde_json::from_str::<Value>(&update.body).unwrap()["notices"][0].clone()
}

fn call_of(updates: &[Value]) -> String {
    json!({"notices": updates}).to_string()
}

/// The same sender's signed call with these news instead.
fn telling(hub: &TestHub, update: &ProviderUpdate, updates: &[Value]) -> ProviderUpdate {
    rewritten(hub, update, &call_of(updates))
}

/// How many of the notices that were taken stand so.
async fn updates(hub: &TestHub, status: &str) -> usize {
    let is = |item: &String| item.contains("S(\"callback\")") && item.contains(&format!("S(\"{status}\")"));
    hub.everything_stored().await.iter().filter(|item| is(item)).count()
}

/// A call that is refused with this status leaves no trace: its answer.
async fn refuse(hub: &TestHub, update: &ProviderUpdate, status: u16) -> Answer {
    let _ = hub.engine.take_calls();
    let answer = hub.client.tell(update).await;
    answer.assert_status(status);
    let written = hub.engine.take_calls().into_iter().filter(Call::is_write).count();
    assert_eq!(written, 0, "{} left a trace", update.body.chars().take(200).collect::<String>());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_tells_of_many_payments() {
    let hub = TestHub::build().await;
    let (first, second, rejected, untold) = (pix(&hub).await, pix(&hub).await, pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &first);
    let all = [kind(&update), kind(&pay(&hub, &second)), kind(&hub.bank.reject(&reference(&rejected, 1)))];
    tell(&hub, &telling(&hub, &update, &all)).await;
    for (id, expected) in [(&first, "authorized"), (&second, "authorized"), (&rejected, "failed"), (&untold, "pending")]
    {
        assert_eq!(status(&hub, id).await, expected);
    }
    // A hundred at most, of one payment as well as of many; here all about one dispute.
    let contest = with(kind(&hub.bank.dispute(&reference(&first, 1))), "/dispute", json!("dispute 1"));
    let many: Vec<Value> = (0..101).map(|no| with(contest.clone(), "/id", json!(format!("many {no}")))).collect();
    refuse(&hub, &telling(&hub, &update, &many), 400).await;
    assert_eq!(read(&hub, &first).await.body["isDispute"], false);
    tell(&hub, &telling(&hub, &update, &many[..100])).await;
    assert!(told(&read(&hub, &first).await).starts_with("authorized 150: dispute success 150, authorization"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_update_that_comes_again_is_heard_and_does_nothing() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    tell(&hub, &update).await;
    let paid = read(&hub, &id).await;
    for _ in 0..3 {
        tell(&hub, &update).await;
    }
    for answer in join_all((0..20).map(|_| hub.client.tell(&update))).await {
        answer.assert_status(200);
    }
    hub.clock().advance(Duration::from_hours(24));
    tell(&hub, &update.clone().signed_at(hub.clock().now())).await;
    assert_eq!(read(&hub, &id).await.body, paid.body);
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    // Under another id the same is known as well.
    tell(&hub, &telling(&hub, &update, &[with(kind(&update), "/id", json!("other"))])).await;
    assert_eq!(read(&hub, &id).await.body, paid.body);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_update_that_is_told_by_many_at_once_is_done_once() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 10);
    for answer in join_all((0..10).map(|_| hub.client.tell(&update))).await {
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
    }
    assert_eq!(told(&read(&hub, &id).await), "authorized 150: authorization success 150, pending success 150");
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_updates_of_one_payment_at_once_are_all_done() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    tell(&hub, &pay(&hub, &id)).await;
    let refunds: Vec<ProviderUpdate> = (0..4).map(|_| hub.bank.refund(&reference(&id, 1), 30)).collect();
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 4);
    for (update, answer) in refunds.iter().zip(join_all(refunds.iter().map(|update| hub.client.tell(update))).await) {
        if answer.status != 200 {
            // Not heard: its bank tells it again.
            answer.assert_status(409);
            tell(&hub, update).await;
        }
    }
    assert_eq!(read(&hub, &id).await.body["amount"], 30);
    assert_eq!(events(&hub, &id).await.len(), 6);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_believed_for_five_minutes() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let now = hub.clock().now();
    hub.clock().advance(Duration::from_secs(5 * 60 + 1));
    let stale = refuse(&hub, &update, 403).await;
    assert_eq!(stale.body, json!({"message": "Forbidden"}));
    // From the future, too.
    let early = update.clone().signed_at(hub.clock().now().plus(Duration::from_mins(6)));
    refuse(&hub, &early, 403).await;
    assert_eq!(status(&hub, &id).await, "pending");
    // A bank tells it again, with the instant of that call.
    tell(&hub, &update.clone().signed_at(now.plus(Duration::from_mins(4)))).await;
    assert_eq!(status(&hub, &id).await, "authorized");
    hub.assert_books_agree().await;
}

/// The call with other headers, as they stand.
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
async fn a_call_that_does_not_prove_its_sender_is_forbidden() {
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
    // Another account of the same hub signs, and the address is this one's.
    let stranger = hub.another_client().await;
    let body = with(pix_charge(&stranger.merchant_id), "/amount", json!(150));
    let theirs = stranger.post("/v1/charges", &body).await.expect(201);
    let theirs = hub.bank.pay(&reference(theirs.text("/id"), 1), 150);
    let mut by_stranger = rewritten(&hub, &theirs, &update.body);
    by_stranger.url.clone_from(&update.url);
    for (what, forged) in [
        ("without a signature", with_header(&update, signature, None)),
        ("without a timestamp", with_header(&update, timestamp, None)),
        ("with nothing", with_header(&with_header(&update, signature, None), timestamp, None)),
        ("of another instant", with_header(&update, timestamp, Some(&later))),
        ("of no instant", with_header(&update, timestamp, Some("now"))),
        ("of another sum", altered),
        ("of one more byte", spaced),
        ("cut", with_header(&update, signature, Some(&good[..62]))),
        ("empty", with_header(&update, signature, Some(""))),
        ("of no digits", with_header(&update, signature, Some(&good.replace(|c: char| c.is_ascii_digit(), "x")))),
        ("of zeros", with_header(&update, signature, Some(&"0".repeat(64)))),
        ("of another account", by_stranger),
    ] {
        assert_eq!(refuse(&hub, &forged, 403).await.body, json!({"message": "Forbidden"}), "{what}");
    }
    assert_eq!(status(&hub, &id).await, "pending");
    // In capital letters it is the same signature; the account's own API key is neither needed nor looked at.
    let loud = with_header(&update, signature, Some(&good.to_uppercase()));
    let headers: Vec<_> = loud.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let client = hub.client.with_key("wrong");
    let heard = client.send_beside(Method::POST, loud.path(), &headers, Some(loud.body.clone().into_bytes())).await;
    heard.unwrap().assert_status(200);
    tell(&hub, &theirs).await;
    assert_eq!(status(&hub, &id).await, "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_at_an_address_that_this_hub_did_not_make() {
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
        path.replace("/MERCADO_PAGO/", "/NOBODY/"),
        format!("/v1/callbacks/MERCADO_PAGO/{}", &token[..token.len() - 1]),
        format!("/v1/callbacks/MERCADO_PAGO/{token}A"),
        format!("/v1/callbacks/MERCADO_PAGO/{}", "A".repeat(token.len())),
        format!("/v1/callbacks/MERCADO_PAGO/{}", hub.client.client_id),
        "/v1/callbacks/MERCADO_PAGO/x".to_owned(),
    ];
    // Each of the three ids in it, and each half of the proof.
    wrong.extend([0, 22, 43, 64, 75, 85].map(|at| format!("/v1/callbacks/MERCADO_PAGO/{}", flipped(at))));
    for path in wrong {
        let mut elsewhere = update.clone();
        elsewhere.url = format!("{base}{path}");
        let answer = refuse(&hub, &elsewhere, 404).await;
        assert_eq!(
            answer.text("/error/message"),
            "no provider's calls are taken at this address; nothing was done",
            "{path}"
        );
    }
    assert_eq!(status(&hub, &id).await, "pending");
    tell(&hub, &update).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn banks_that_append_pix_to_the_address_are_heard_there() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let mut update = pay(&hub, &id);
    update.url.push_str("/pix");
    tell(&hub, &update).await;
    assert_eq!(status(&hub, &id).await, "authorized");
    update.url.push_str("/pix");
    hub.client.tell(&update).await.assert_status(404);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_a_payment_is_sent_nowhere() {
    let hub = TestHub::build().await;
    let update = letter(&hub).await;
    for query in ["", "?", "?to=success", "?reference=1&to=success", &format!("?{}", update.body)] {
        let answer = hub.client.send_with(Method::GET, &format!("{}{query}", update.path()), &[], None).await.unwrap();
        answer.assert_status(404);
        assert!(answer.headers.get("location").is_none());
    }
    hub.assert_books_agree().await;
}

const UNREADABLE: &str = "this call, or a notification in it, cannot be read; nothing of that was done. Notifications of it that can be read were noted";

#[tokio::test(flavor = "multi_thread")]
async fn one_notification_that_cannot_be_read_leaves_the_others_of_its_call() {
    let hub = TestHub::build().await;
    let (id, other) = (pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &id);
    let (good, beside) = (kind(&update), kind(&pay(&hub, &other)));
    for text in ["", "paid", "null", "7", "[]", "{}", "{\"notices\": null}", "{\"notices\": []}", "{\"notices\": {}}"] {
        let unreadable = refuse(&hub, &rewritten(&hub, &update, text), 400).await;
        let said = (unreadable.text("/error/type"), unreadable.text("/error/message"));
        assert_eq!(said, ("invalid_request_error", UNREADABLE), "{text}");
    }
    refuse(&hub, &rewritten(&hub, &update, &"[".repeat(10_000)), 400).await;
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
        refuse(&hub, &telling(&hub, &update, std::slice::from_ref(&wrong)), 400).await;
        assert_eq!(status(&hub, &id).await, "pending");
        // The provider hears of the one that it must mend; the other one is done, and once only.
        hub.client.tell(&telling(&hub, &update, &[wrong, beside.clone()])).await.assert_status(400);
        assert_eq!(status(&hub, &id).await, "pending");
        assert_eq!(status(&hub, &other).await, "authorized");
    }
    let unknown = json!({"id": "no", "reference": reference(&id, 1), "news": "not_paid", "code": "bad_weather"});
    refuse(&hub, &telling(&hub, &update, &[unknown]), 400).await;
    assert_eq!(status(&hub, &id).await, "pending");
    // What is not known of a notice that can be read is left aside.
    let more = with(good, "/weather", json!({"is": "bad"}));
    tell(&hub, &telling(&hub, &update, &[more, beside])).await;
    assert_eq!(
        (status(&hub, &id).await, status(&hub, &other).await),
        ("authorized".to_owned(), "authorized".to_owned())
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_too_long_is_not_read() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let padded = |length: usize| {
        let body = call_of(&[kind(&update)]);
        let room = " ".repeat(length - body.len());
        rewritten(&hub, &update, &format!("{body}{room}"))
    };
    let refused = refuse(&hub, &padded(MAX_BODY + 1), 413).await;
    assert_eq!(refused.text("/error/type"), "bad_request");
    refuse(&hub, &padded(4 * 1024 * 1024), 413).await;
    assert_eq!(status(&hub, &id).await, "pending");
    tell(&hub, &padded(MAX_BODY)).await;
    assert_eq!(status(&hub, &id).await, "authorized");
    hub.assert_books_agree().await;
}

/// It may be about something that the hub learns of only later: it waits a week, and then somebody must look.
#[tokio::test(flavor = "multi_thread")]
async fn a_update_about_nothing_that_is_known_waits_for_seven_days() {
    listen("error");
    let hub = TestHub::build().await;
    let letter = letter(&hub).await;
    let id = pix(&hub).await;
    // No such charge; and no such request of a charge.
    let (nobody, number) = (reference("00000000-1111-4222-8333-444444444444", 1), reference(&id, 9));
    let all: Vec<Value> = [&nobody, &number]
        .iter()
        .map(|about| with(with(kind(&letter), "/id", json!(format!("of {about}"))), "/reference", json!(about)))
        .collect();
    tell(&hub, &telling(&hub, &letter, &all)).await;
    assert_eq!(hub.waiting_updates().await.len(), 2);
    // Again: the same two records.
    tell(&hub, &telling(&hub, &letter, &all)).await;
    hub.pass(NOTIFICATION_PATIENCE.saturating_sub(Duration::from_hours(2))).await;
    assert_eq!((hub.waiting_updates().await.len(), alarms("unknown_notification", &nobody)), (2, 0));
    hub.pass(Duration::from_hours(3)).await;
    hub.pass(Duration::from_hours(3)).await;
    assert_eq!((hub.waiting_updates().await.len(), updates(&hub, "unresolved").await), (0, 2));
    assert_eq!([&nobody, &number].map(|about| alarms("unknown_notification", about)), [1, 1]);
    hub.pass(Duration::from_hours(24 * 30)).await;
    assert_eq!([&nobody, &number].map(|about| alarms("unknown_notification", about)), [1, 1], "once");
    hub.assert_books_agree().await;
}

/// It presupposes the payment, about which its provider is asked at once; while that is not reached, it waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_before_its_payment_makes_the_hub_ask_about_the_payment() {
    let mut hub = TestHub::build().await;
    for is_reached in [true, false] {
        let id = pix(&hub).await;
        let (paid, refunded) = (pay(&hub, &id), hub.bank.refund(&reference(&id, 1), 50));
        let is_lost = move |request: &Value| (!is_reached && request["operation"] == "query").then_some(LOST);
        hub.bank.treat(is_lost);
        // Its create cannot be under way any more.
        hub.pass(Duration::from_secs(30)).await;
        tell(&hub, &refunded).await;
        assert_eq!(hub.bank.queries_of(&reference(&id, 1)), 1);
        let waiting = usize::from(!is_reached);
        let expected = if is_reached { "authorized" } else { "pending" };
        assert_eq!((status(&hub, &id).await.as_str(), hub.waiting_updates().await.len()), (expected, waiting));
        hub.kill_and_restart().await;
        tell(&hub, &paid).await;
        let requests = "void success 50, authorization success 150, pending success 150";
        assert_eq!(told(&read(&hub, &id).await), format!("authorized 100: {requests}"));
        tell(&hub, &refunded.clone().signed_at(hub.clock().now())).await;
        assert_eq!(read(&hub, &id).await.body["amount"], 100);
        assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided"]);
        hub.assert_books_agree().await;
    }
}

/// Everything that can be told of a payment, told in the opposite order.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_that_is_told_backwards_ends_the_same() {
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
        tell(&hub, update).await;
    }
    for _ in 0..12 {
        hub.pass(Duration::from_hours(1)).await;
    }
    let ended = read(&hub, &id).await;
    assert_eq!((ended.text("/status"), &ended.body["amount"]), ("charged_back", &json!(100)), "{}", told(&ended));
    hub.assert_books_agree().await;
}

/// A provider that names a refund of its own by one id: its end may be told first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_the_bank_whose_end_is_told_first_does_not_begin_again() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    tell(&hub, &pay(&hub, &id)).await;
    let (begun, done) = (hub.bank.begin_refund(&reference(&id, 1), 40), hub.bank.refund(&reference(&id, 1), 40));
    let [begun, done] = [begun, done].map(|update| {
        let named = with(kind(&update), "/id", json!("refund 1"));
        telling(&hub, &update, &[named])
    });
    tell(&hub, &done).await;
    tell(&hub, &begun).await;
    let requests = "void success 40, authorization success 150, pending success 150";
    assert_eq!(told(&read(&hub, &id).await), format!("authorized 110: {requests}"));
    hub.assert_books_agree().await;
}

/// A Pix whose time was over when its buyer paid: the money came all the same.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_time_was_over_is_taken() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.pass(Duration::from_hours(2)).await;
    assert_eq!(status(&hub, &id).await, "failed");
    tell(&hub, &pay(&hub, &id)).await;
    let late = read(&hub, &id).await;
    let requests = "authorization success 150, authorization failed 150, pending success 150";
    assert_eq!(told(&late), format!("authorized 150: {requests}"));
    assert_eq!(events(&hub, &id).await, ["pending", "failed", "authorized"]);

    let order = Order::create(&hub.client, &session(&hub.client.merchant_id)).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    tell(&hub, &hub.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!((status(&hub, &late).await.as_str(), order.status().await.as_str()), ("authorized", "paid"));

    // Paid by somebody else meanwhile: the second payment is given back.
    let order = Order::create(&hub.client, &session(&hub.client.merchant_id)).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    tell(&hub, &hub.bank.pay(&reference(&late, 1), 100)).await;
    hub.pass(Duration::from_secs(1)).await;
    assert_eq!(status(&hub, &late).await, "refund_pending");
    let refund = hub.bank.bookings().into_iter().find(|booking| booking.result == "processing").unwrap();
    tell(&hub, &hub.bank.finish_refund(&refund.reference)).await;
    assert_eq!((status(&hub, &late).await.as_str(), order.status().await.as_str()), ("voided", "paid"));
    hub.assert_books_agree().await;
}

/// What its own answer has not told yet: the notice is faster, or the answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_update_of_a_payment_whose_answer_is_not_there_is_believed() {
    let mut hub = TestHub::build().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let lost = pix(&hub).await;
    assert_eq!(told(&read(&hub, &lost).await), "pending 150: pending processing 150");
    tell(&hub, &pay(&hub, &lost)).await;
    assert_eq!(told(&read(&hub, &lost).await), "authorized 150: authorization success 150, pending success 150");

    // And one whose create the bank has not answered yet.
    hub.bank.expect([BankReply::HoldAfterBooking]);
    let (body, seen) = (pix_charge(&hub.client.merchant_id), hub.bank.operations() + 1);
    let create = || hub.client.post_with_key("/v1/charges", &body, "held");
    tokio::select! {
        first = create() => unreachable!("the bank holds it: {first:?}"),
        () = async {
            hub.bank.has_seen(seen).await;
            let held = hub.bank.books().into_keys().find(|payment| *payment != reference(&lost, 1)).unwrap();
            tell(&hub, &hub.bank.pay(&held, 150)).await;
        } => {}
    }
    hub.kill_and_restart().await;
    let again = hub.client.post_with_key("/v1/charges", &body, "held").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(status(&hub, again.text("/id")).await, "authorized");
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}

/// What a notice says of the money is held against what can be: beyond that, nothing changes and somebody must look.
#[tokio::test(flavor = "multi_thread")]
async fn a_update_of_a_sum_that_cannot_be_changes_nothing() {
    listen("error");
    let hub = TestHub::build().await;
    let letter = letter(&hub).await;
    let about = |id: &str, kind: &str, amount: u64| json!({"id": format!("{kind} {amount} {id}"), "reference": reference(id, 1), "news": kind, "amount": amount});
    let id = pix(&hub).await;
    tell(&hub, &pay(&hub, &id)).await;
    let before = read(&hub, &id).await;
    for wrong in [about(&id, "refunded", 151), about(&id, "refund_begun", 151), about(&id, "refund_reverted", 151)] {
        tell(&hub, &telling(&hub, &letter, &[wrong])).await;
        assert_eq!(read(&hub, &id).await.body, before.body);
    }
    assert_eq!((updates(&hub, "unresolved").await, hub.waiting_updates().await.len()), (3, 0));
    assert_eq!((alarms("refund_above_residual", &id), alarms("reversal_above_refunds", &id)), (2, 1));
    // Money that is only reserved cannot come back.
    let reserved = create(&hub, &reservation(&hub.client.merchant_id)).await;
    let card = create(&hub, &card_charge(&hub.client.merchant_id, APPROVED)).await;
    let of_card = hub.bank.dispute(&reference(&card, 1));
    let wrong = [about(&reserved, "refund_reverted", 1), about(&reserved, "refund_begun", 1)];
    tell(&hub, &telling(&hub, &of_card, &wrong)).await;
    assert_eq!(
        (status(&hub, &reserved).await.as_str(), alarms("refund_of_reserved_money", &reserved)),
        ("pre_authorized", 2)
    );
    tell(&hub, &of_card).await;
    hub.assert_books_agree().await;
}

/// Only the account that took a payment can tell of it, now or later.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_tells_of_a_payment_that_another_took() {
    let hub = TestHub::build().await;
    let (id, stranger) = (pix(&hub).await, hub.another_client().await);
    let theirs = stranger.post("/v1/charges", &pix_charge(&stranger.merchant_id)).await.expect(201);
    let of_stranger = hub.bank.pay(&reference(theirs.text("/id"), 1), 150);
    tell(&hub, &of_stranger).await;
    // The same merchant's account at another provider.
    let card = create(&hub, &card_charge(&hub.client.merchant_id, APPROVED)).await;
    let of_card = hub.bank.dispute(&reference(&card, 1));
    tell(&hub, &of_card).await;
    let paid = json!({"id": "foreign", "reference": reference(&id, 1), "news": "paid", "amount": 150});
    for sender in [&of_stranger, &of_card] {
        tell(&hub, &telling(&hub, sender, std::slice::from_ref(&paid))).await;
        assert_eq!(status(&hub, &id).await, "pending");
    }
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!((status(&hub, &id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 2));
    hub.pass(NOTIFICATION_PATIENCE).await;
    hub.pass(Duration::from_hours(2)).await;
    assert_eq!((status(&hub, &id).await.as_str(), hub.waiting_updates().await.len()), ("failed", 0));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_update_meets_every_fault_of_the_table_and_is_done_once() {
    let hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            let faults = hub.engine.faults();
            hub.engine.fail_write(1, fault);
            tell(&hub, &update).await;
            hub.engine.heal();
            assert_eq!(hub.engine.faults(), faults + 1, "{fault:?}");
            let paid = read(&hub, &id).await;
            let requests = format!("authorization success {amount}, pending success {amount}");
            assert_eq!(told(&paid), format!("authorized {amount}: {requests}"), "{fault:?}");
            tell(&hub, &update).await;
            assert_eq!(read(&hub, &id).await.body, paid.body);
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"], "{fault:?}");
        }
    }
    hub.assert_books_agree().await;
}

/// A Pix that waits for its buyer, for a session or not, and its amount.
async fn waiting(hub: &TestHub, pays_order: bool) -> (String, u64) {
    if !pays_order {
        return (pix(hub).await, 150);
    }
    let order = Order::create(&hub.client, &session(&hub.client.merchant_id)).await;
    (order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned(), 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_update_survives_the_death_of_the_hub_because_it_is_told_again() {
    let mut hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            hub.engine.fail_write(1, fault);
            let died = tokio::select! {
                () = hub.engine.has_killed() => true,
                _ = send_to_mortal(&hub.client, &update) => false,
            };
            assert!(died, "{fault:?}");
            hub.kill_and_restart().await;
            assert_eq!(status(&hub, &id).await, if fault == Fault::DieAfter { "authorized" } else { "pending" });
            tell(&hub, &update).await;
            assert_eq!(status(&hub, &id).await, "authorized");
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
        }
    }
    hub.assert_books_agree().await;
}

async fn send_to_mortal(client: &Client, update: &ProviderUpdate) -> Option<Answer> {
    let headers: Vec<_> = update.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.send_with(Method::POST, update.path(), &headers, Some(update.body.clone().into_bytes())).await.ok()
}

/// 200 says that it was noted: a hub that cannot note it says something else, and is told again.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_out_of_reach_is_no_reason_to_forget_a_update() {
    let hub = TestHub::build().await;
    let (id, letter) = (pix(&hub).await, letter(&hub).await);
    let unknown = with(with(kind(&letter), "/id", json!("unknown")), "/reference", json!(reference(&id, 7)));
    let all = [pay(&hub, &id), telling(&hub, &letter, &[unknown])];
    for update in &all {
        hub.engine.fail(|_, _| Fault::LoseRequest);
        hub.client.tell(update).await.assert_status(503);
        hub.engine.heal();
    }
    assert_eq!((status(&hub, &id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 0));
    for update in &all {
        tell(&hub, update).await;
    }
    assert_eq!((status(&hub, &id).await.as_str(), hub.waiting_updates().await.len()), ("authorized", 1));
    hub.pass(NOTIFICATION_PATIENCE).await;
    hub.pass(Duration::from_hours(2)).await;
    hub.assert_books_agree().await;
}
