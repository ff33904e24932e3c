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
    Answer, Client, House,
    bank::{Mood, Notice, Treatment, reference},
    engine::{Call, Fault},
    house::LONG_AFTER,
    log::{alarms, listen},
    order::Order,
    samples::{APPROVED, by_card, by_pix, card_charge, events, pix_charge, reservation, session, told, with},
};

const LOST: Treatment = Treatment::Mood(Mood::LoseRequest);

/// A Pix of 150 minor units that waits for its buyer: its id.
async fn pix(house: &House) -> String {
    create(house, &pix_charge(&house.client.merchant_id)).await
}

async fn create(house: &House, body: &Value) -> String {
    house.client.post("/v1/charges", body).await.expect(201).text("/id").to_owned()
}

async fn read(house: &House, id: &str) -> Answer {
    house.client.get(&format!("/v1/charges/{id}")).await.expect(200)
}

async fn status(house: &House, id: &str) -> String {
    read(house, id).await.text("/status").to_owned()
}

/// The notice that the bank sends when the buyer has paid the whole Pix.
fn pay(house: &House, id: &str) -> Notice {
    house.bank.pay(&reference(id, 1), 150)
}

async fn tell(house: &House, notice: &Notice) {
    assert_eq!(house.client.tell(notice).await.expect(200).body, json!({}));
}

/// A notice that was told, by which the bank's way of writing to this account's Pix provider is known.
async fn letter(house: &House) -> Notice {
    let notice = pay(house, &pix(house).await);
    tell(house, &notice).await;
    notice
}

/// The same sender's signed call with another body.
fn rewritten(house: &House, notice: &Notice, body: &str) -> Notice {
    let mut rewritten = notice.clone();
    body.clone_into(&mut rewritten.body);
    rewritten.signed_at(house.clock().now())
}

fn news(notice: &Notice) -> Value {
    serde_json::from_str::<Value>(&notice.body).unwrap()["notices"][0].clone()
}

fn call_of(notices: &[Value]) -> String {
    json!({"notices": notices}).to_string()
}

/// The same sender's signed call with these news instead.
fn telling(house: &House, notice: &Notice, notices: &[Value]) -> Notice {
    rewritten(house, notice, &call_of(notices))
}

/// How many of the notices that were taken stand so.
async fn notices(house: &House, status: &str) -> usize {
    let is = |item: &String| item.contains("S(\"callback\")") && item.contains(&format!("S(\"{status}\")"));
    house.everything_stored().await.iter().filter(|item| is(item)).count()
}

/// A call that is refused with this status leaves no trace: its answer.
async fn refuse(house: &House, notice: &Notice, status: u16) -> Answer {
    let _ = house.engine.take_calls();
    let answer = house.client.tell(notice).await;
    answer.assert_status(status);
    let written = house.engine.take_calls().into_iter().filter(Call::is_write).count();
    assert_eq!(written, 0, "{} left a trace", notice.body.chars().take(200).collect::<String>());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_tells_of_many_payments() {
    let house = House::build().await;
    let (first, second, rejected, untold) =
        (pix(&house).await, pix(&house).await, pix(&house).await, pix(&house).await);
    let notice = pay(&house, &first);
    let all = [news(&notice), news(&pay(&house, &second)), news(&house.bank.reject(&reference(&rejected, 1)))];
    tell(&house, &telling(&house, &notice, &all)).await;
    for (id, expected) in [(&first, "authorized"), (&second, "authorized"), (&rejected, "failed"), (&untold, "pending")]
    {
        assert_eq!(status(&house, id).await, expected);
    }
    // A hundred at most, of one payment as well as of many; here all about one dispute.
    let contest = with(news(&house.bank.dispute(&reference(&first, 1))), "/dispute", json!("dispute 1"));
    let many: Vec<Value> = (0..101).map(|no| with(contest.clone(), "/id", json!(format!("many {no}")))).collect();
    refuse(&house, &telling(&house, &notice, &many), 400).await;
    assert_eq!(read(&house, &first).await.body["isDispute"], false);
    tell(&house, &telling(&house, &notice, &many[..100])).await;
    assert!(told(&read(&house, &first).await).starts_with("authorized 150: dispute success 150, authorization"));
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_comes_again_is_heard_and_does_nothing() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    tell(&house, &notice).await;
    let paid = read(&house, &id).await;
    for _ in 0..3 {
        tell(&house, &notice).await;
    }
    for answer in join_all((0..20).map(|_| house.client.tell(&notice))).await {
        answer.assert_status(200);
    }
    house.clock().advance(Duration::from_hours(24));
    tell(&house, &notice.clone().signed_at(house.clock().now())).await;
    assert_eq!(read(&house, &id).await.body, paid.body);
    assert_eq!(events(&house, &id).await, ["pending", "authorized"]);
    // Under another id the same is known as well.
    tell(&house, &telling(&house, &notice, &[with(news(&notice), "/id", json!("other"))])).await;
    assert_eq!(read(&house, &id).await.body, paid.body);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_is_told_by_many_at_once_is_done_once() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    house.engine.gather("TransactWriteItems CHARGE CALLBACK", 10);
    for answer in join_all((0..10).map(|_| house.client.tell(&notice))).await {
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
    }
    assert_eq!(told(&read(&house, &id).await), "authorized 150: authorization success 150, pending success 150");
    assert_eq!(events(&house, &id).await, ["pending", "authorized"]);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_notices_of_one_payment_at_once_are_all_done() {
    let house = House::build().await;
    let id = pix(&house).await;
    tell(&house, &pay(&house, &id)).await;
    let refunds: Vec<Notice> = (0..4).map(|_| house.bank.refund(&reference(&id, 1), 30)).collect();
    house.engine.gather("TransactWriteItems CHARGE CALLBACK", 4);
    for (notice, answer) in refunds.iter().zip(join_all(refunds.iter().map(|notice| house.client.tell(notice))).await) {
        if answer.status != 200 {
            // Not heard: its bank tells it again.
            answer.assert_status(409);
            tell(&house, notice).await;
        }
    }
    assert_eq!(read(&house, &id).await.body["amount"], 30);
    assert_eq!(events(&house, &id).await.len(), 6);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_believed_for_five_minutes() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    let now = house.clock().now();
    house.clock().advance(Duration::from_secs(5 * 60 + 1));
    let stale = refuse(&house, &notice, 403).await;
    assert_eq!(stale.body, json!({"message": "Forbidden"}));
    // From the future, too.
    let early = notice.clone().signed_at(house.clock().now().plus(Duration::from_mins(6)));
    refuse(&house, &early, 403).await;
    assert_eq!(status(&house, &id).await, "pending");
    // A bank tells it again, with the instant of that call.
    tell(&house, &notice.clone().signed_at(now.plus(Duration::from_mins(4)))).await;
    assert_eq!(status(&house, &id).await, "authorized");
    house.assert_books_agree().await;
}

/// The call with other headers, as they stand.
fn with_header(notice: &Notice, name: &str, value: Option<&str>) -> Notice {
    let mut changed = notice.clone();
    changed.headers.retain(|(header, _)| header != name);
    changed.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    changed
}

fn header<'a>(notice: &'a Notice, name: &str) -> &'a str {
    &notice.headers.iter().find(|(header, _)| header == name).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_prove_its_sender_is_forbidden() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    let (timestamp, signature) = ("x-sandbox-timestamp", "x-sandbox-signature");
    let good = header(&notice, signature).to_owned();
    let later = (header(&notice, timestamp).parse::<i64>().unwrap() + 1).to_string();
    let mut altered = notice.clone();
    altered.body = altered.body.replace("150", "151");
    let mut spaced = notice.clone();
    spaced.body.push(' ');
    // Another account of the same hub signs, and the address is this one's.
    let stranger = house.another_client().await;
    let body = with(pix_charge(&stranger.merchant_id), "/amount", json!(150));
    let theirs = stranger.post("/v1/charges", &body).await.expect(201);
    let theirs = house.bank.pay(&reference(theirs.text("/id"), 1), 150);
    let mut by_stranger = rewritten(&house, &theirs, &notice.body);
    by_stranger.url.clone_from(&notice.url);
    for (what, forged) in [
        ("without a signature", with_header(&notice, signature, None)),
        ("without a timestamp", with_header(&notice, timestamp, None)),
        ("with nothing", with_header(&with_header(&notice, signature, None), timestamp, None)),
        ("of another instant", with_header(&notice, timestamp, Some(&later))),
        ("of no instant", with_header(&notice, timestamp, Some("now"))),
        ("of another sum", altered),
        ("of one more byte", spaced),
        ("cut", with_header(&notice, signature, Some(&good[..62]))),
        ("empty", with_header(&notice, signature, Some(""))),
        ("of no digits", with_header(&notice, signature, Some(&good.replace(|c: char| c.is_ascii_digit(), "x")))),
        ("of zeros", with_header(&notice, signature, Some(&"0".repeat(64)))),
        ("of another account", by_stranger),
    ] {
        assert_eq!(refuse(&house, &forged, 403).await.body, json!({"message": "Forbidden"}), "{what}");
    }
    assert_eq!(status(&house, &id).await, "pending");
    // In capital letters it is the same signature; the account's own API key is neither needed nor looked at.
    let loud = with_header(&notice, signature, Some(&good.to_uppercase()));
    let headers: Vec<_> = loud.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let client = house.client.with_key("wrong");
    let heard = client.send_beside(Method::POST, loud.path(), &headers, Some(loud.body.clone().into_bytes())).await;
    heard.unwrap().assert_status(200);
    tell(&house, &theirs).await;
    assert_eq!(status(&house, &id).await, "authorized");
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_at_an_address_that_this_hub_did_not_make() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    let (path, token) = (notice.path().to_owned(), notice.path().rsplit('/').next().unwrap().to_owned());
    let base = notice.url.strip_suffix(&path).unwrap().to_owned();
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
        format!("/v1/callbacks/MERCADO_PAGO/{}", house.client.client_id),
        "/v1/callbacks/MERCADO_PAGO/x".to_owned(),
    ];
    // Each of the three ids in it, and each half of the proof.
    wrong.extend([0, 22, 43, 64, 75, 85].map(|at| format!("/v1/callbacks/MERCADO_PAGO/{}", flipped(at))));
    for path in wrong {
        let mut elsewhere = notice.clone();
        elsewhere.url = format!("{base}{path}");
        let answer = refuse(&house, &elsewhere, 404).await;
        assert_eq!(
            answer.text("/error/message"),
            "no provider's calls are taken at this address; nothing was done",
            "{path}"
        );
    }
    assert_eq!(status(&house, &id).await, "pending");
    tell(&house, &notice).await;
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn banks_that_append_pix_to_the_address_are_heard_there() {
    let house = House::build().await;
    let id = pix(&house).await;
    let mut notice = pay(&house, &id);
    notice.url.push_str("/pix");
    tell(&house, &notice).await;
    assert_eq!(status(&house, &id).await, "authorized");
    notice.url.push_str("/pix");
    house.client.tell(&notice).await.assert_status(404);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_a_payment_is_sent_nowhere() {
    let house = House::build().await;
    let notice = letter(&house).await;
    for query in ["", "?", "?to=success", "?reference=1&to=success", &format!("?{}", notice.body)] {
        let answer =
            house.client.send_with(Method::GET, &format!("{}{query}", notice.path()), &[], None).await.unwrap();
        answer.assert_status(404);
        assert!(answer.headers.get("location").is_none());
    }
    house.assert_books_agree().await;
}

const UNREADABLE: &str = "this call, or a notification in it, cannot be read; nothing of that was done. Notifications of it that can be read were noted";

#[tokio::test(flavor = "multi_thread")]
async fn one_notification_that_cannot_be_read_leaves_the_others_of_its_call() {
    let house = House::build().await;
    let (id, other) = (pix(&house).await, pix(&house).await);
    let notice = pay(&house, &id);
    let (good, beside) = (news(&notice), news(&pay(&house, &other)));
    for text in ["", "paid", "null", "7", "[]", "{}", "{\"notices\": null}", "{\"notices\": []}", "{\"notices\": {}}"] {
        let unreadable = refuse(&house, &rewritten(&house, &notice, text), 400).await;
        let said = (unreadable.text("/error/type"), unreadable.text("/error/message"));
        assert_eq!(said, ("invalid_request_error", UNREADABLE), "{text}");
    }
    refuse(&house, &rewritten(&house, &notice, &"[".repeat(10_000)), 400).await;
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
        refuse(&house, &telling(&house, &notice, std::slice::from_ref(&wrong)), 400).await;
        assert_eq!(status(&house, &id).await, "pending");
        // The provider hears of the one that it must mend; the other one is done, and once only.
        house.client.tell(&telling(&house, &notice, &[wrong, beside.clone()])).await.assert_status(400);
        assert_eq!(status(&house, &id).await, "pending");
        assert_eq!(status(&house, &other).await, "authorized");
    }
    let unknown = json!({"id": "no", "reference": reference(&id, 1), "news": "not_paid", "code": "bad_weather"});
    refuse(&house, &telling(&house, &notice, &[unknown]), 400).await;
    assert_eq!(status(&house, &id).await, "pending");
    // What is not known of a notice that can be read is left aside.
    let more = with(good, "/weather", json!({"is": "bad"}));
    tell(&house, &telling(&house, &notice, &[more, beside])).await;
    assert_eq!(
        (status(&house, &id).await, status(&house, &other).await),
        ("authorized".to_owned(), "authorized".to_owned())
    );
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_too_long_is_not_read() {
    let house = House::build().await;
    let id = pix(&house).await;
    let notice = pay(&house, &id);
    let padded = |length: usize| {
        let body = call_of(&[news(&notice)]);
        let room = " ".repeat(length - body.len());
        rewritten(&house, &notice, &format!("{body}{room}"))
    };
    let refused = refuse(&house, &padded(MAX_BODY + 1), 413).await;
    assert_eq!(refused.text("/error/type"), "bad_request");
    refuse(&house, &padded(4 * 1024 * 1024), 413).await;
    assert_eq!(status(&house, &id).await, "pending");
    tell(&house, &padded(MAX_BODY)).await;
    assert_eq!(status(&house, &id).await, "authorized");
    house.assert_books_agree().await;
}

/// It may be about something that the hub learns of only later: it waits a week, and then somebody must look.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_about_nothing_that_is_known_waits_for_seven_days() {
    listen("error");
    let house = House::build().await;
    let letter = letter(&house).await;
    let id = pix(&house).await;
    // No such charge; and no such request of a charge.
    let (nobody, number) = (reference("00000000-1111-4222-8333-444444444444", 1), reference(&id, 9));
    let all: Vec<Value> = [&nobody, &number]
        .iter()
        .map(|about| with(with(news(&letter), "/id", json!(format!("of {about}"))), "/reference", json!(about)))
        .collect();
    tell(&house, &telling(&house, &letter, &all)).await;
    assert_eq!(house.waiting_notices().await.len(), 2);
    // Again: the same two records.
    tell(&house, &telling(&house, &letter, &all)).await;
    house.pass(NOTIFICATION_PATIENCE.saturating_sub(Duration::from_hours(2))).await;
    assert_eq!((house.waiting_notices().await.len(), alarms("unknown_notification", &nobody)), (2, 0));
    house.pass(Duration::from_hours(3)).await;
    house.pass(Duration::from_hours(3)).await;
    assert_eq!((house.waiting_notices().await.len(), notices(&house, "unresolved").await), (0, 2));
    assert_eq!([&nobody, &number].map(|about| alarms("unknown_notification", about)), [1, 1]);
    house.pass(Duration::from_hours(24 * 30)).await;
    assert_eq!([&nobody, &number].map(|about| alarms("unknown_notification", about)), [1, 1], "once");
    house.assert_books_agree().await;
}

/// It presupposes the payment, about which its provider is asked at once; while that is not reached, it waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_before_its_payment_makes_the_hub_ask_about_the_payment() {
    let mut house = House::build().await;
    for is_reached in [true, false] {
        let id = pix(&house).await;
        let (paid, refunded) = (pay(&house, &id), house.bank.refund(&reference(&id, 1), 50));
        let is_lost = move |request: &Value| (!is_reached && request["operation"] == "query").then_some(LOST);
        house.bank.treat(is_lost);
        // Its create cannot be under way any more.
        house.pass(Duration::from_secs(30)).await;
        tell(&house, &refunded).await;
        assert_eq!(house.bank.queries_of(&reference(&id, 1)), 1);
        let waiting = usize::from(!is_reached);
        let expected = if is_reached { "authorized" } else { "pending" };
        assert_eq!((status(&house, &id).await.as_str(), house.waiting_notices().await.len()), (expected, waiting));
        house.kill_and_restart().await;
        tell(&house, &paid).await;
        let requests = "void success 50, authorization success 150, pending success 150";
        assert_eq!(told(&read(&house, &id).await), format!("authorized 100: {requests}"));
        tell(&house, &refunded.clone().signed_at(house.clock().now())).await;
        assert_eq!(read(&house, &id).await.body["amount"], 100);
        assert_eq!(events(&house, &id).await, ["pending", "authorized", "voided"]);
        house.assert_books_agree().await;
    }
}

/// Everything that can be told of a payment, told in the opposite order.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_that_is_told_backwards_ends_the_same() {
    let house = House::build().await;
    let id = pix(&house).await;
    let payment = reference(&id, 1);
    let mut life = vec![
        pay(&house, &id),
        house.bank.refund(&payment, 40),
        house.bank.refund(&payment, 30),
        house.bank.revert_refund(&payment, 20),
        house.bank.dispute(&payment),
        house.bank.close_dispute(&payment),
        house.bank.charge_back(&payment, 100),
    ];
    life.reverse();
    for notice in &life {
        tell(&house, notice).await;
    }
    for _ in 0..12 {
        house.pass(Duration::from_hours(1)).await;
    }
    let ended = read(&house, &id).await;
    assert_eq!((ended.text("/status"), &ended.body["amount"]), ("charged_back", &json!(100)), "{}", told(&ended));
    house.assert_books_agree().await;
}

/// A provider that names a refund of its own by one id: its end may be told first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_the_bank_whose_end_is_told_first_does_not_begin_again() {
    let house = House::build().await;
    let id = pix(&house).await;
    tell(&house, &pay(&house, &id)).await;
    let (begun, done) = (house.bank.begin_refund(&reference(&id, 1), 40), house.bank.refund(&reference(&id, 1), 40));
    let [begun, done] = [begun, done].map(|notice| {
        let named = with(news(&notice), "/id", json!("refund 1"));
        telling(&house, &notice, &[named])
    });
    tell(&house, &done).await;
    tell(&house, &begun).await;
    let requests = "void success 40, authorization success 150, pending success 150";
    assert_eq!(told(&read(&house, &id).await), format!("authorized 110: {requests}"));
    house.assert_books_agree().await;
}

/// A Pix whose time was over when its buyer paid: the money came all the same.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_time_was_over_is_taken() {
    let house = House::build().await;
    let id = pix(&house).await;
    house.pass(Duration::from_hours(2)).await;
    assert_eq!(status(&house, &id).await, "failed");
    tell(&house, &pay(&house, &id)).await;
    let late = read(&house, &id).await;
    let requests = "authorization success 150, authorization failed 150, pending success 150";
    assert_eq!(told(&late), format!("authorized 150: {requests}"));
    assert_eq!(events(&house, &id).await, ["pending", "failed", "authorized"]);

    let order = Order::create(&house.client, &session(&house.client.merchant_id)).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(Duration::from_hours(2)).await;
    tell(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!((status(&house, &late).await.as_str(), order.status().await.as_str()), ("authorized", "paid"));

    // Paid by somebody else meanwhile: the second payment is given back.
    let order = Order::create(&house.client, &session(&house.client.merchant_id)).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(Duration::from_hours(2)).await;
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    tell(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
    house.pass(Duration::from_secs(1)).await;
    assert_eq!(status(&house, &late).await, "refund_pending");
    let refund = house.bank.bookings().into_iter().find(|booking| booking.result == "processing").unwrap();
    tell(&house, &house.bank.finish_refund(&refund.reference)).await;
    assert_eq!((status(&house, &late).await.as_str(), order.status().await.as_str()), ("voided", "paid"));
    house.assert_books_agree().await;
}

/// What its own answer has not told yet: the notice is faster, or the answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_a_payment_whose_answer_is_not_there_is_believed() {
    let mut house = House::build().await;
    house.bank.expect([Mood::LoseAnswer]);
    let lost = pix(&house).await;
    assert_eq!(told(&read(&house, &lost).await), "pending 150: pending processing 150");
    tell(&house, &pay(&house, &lost)).await;
    assert_eq!(told(&read(&house, &lost).await), "authorized 150: authorization success 150, pending success 150");

    // And one whose create the bank has not answered yet.
    house.bank.expect([Mood::HoldAfterBooking]);
    let (body, seen) = (pix_charge(&house.client.merchant_id), house.bank.operations() + 1);
    let create = || house.client.post_with_key("/v1/charges", &body, "held");
    tokio::select! {
        first = create() => unreachable!("the bank holds it: {first:?}"),
        () = async {
            house.bank.has_seen(seen).await;
            let held = house.bank.books().into_keys().find(|payment| *payment != reference(&lost, 1)).unwrap();
            tell(&house, &house.bank.pay(&held, 150)).await;
        } => {}
    }
    house.kill_and_restart().await;
    let again = house.client.post_with_key("/v1/charges", &body, "held").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(status(&house, again.text("/id")).await, "authorized");
    house.pass(LONG_AFTER).await;
    house.assert_books_agree().await;
}

/// What a notice says of the money is held against what can be: beyond that, nothing changes and somebody must look.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_a_sum_that_cannot_be_changes_nothing() {
    listen("error");
    let house = House::build().await;
    let letter = letter(&house).await;
    let about = |id: &str, news: &str, amount: u64| json!({"id": format!("{news} {amount} {id}"), "reference": reference(id, 1), "news": news, "amount": amount});
    let id = pix(&house).await;
    tell(&house, &pay(&house, &id)).await;
    let before = read(&house, &id).await;
    for wrong in [about(&id, "refunded", 151), about(&id, "refund_begun", 151), about(&id, "refund_reverted", 151)] {
        tell(&house, &telling(&house, &letter, &[wrong])).await;
        assert_eq!(read(&house, &id).await.body, before.body);
    }
    assert_eq!((notices(&house, "unresolved").await, house.waiting_notices().await.len()), (3, 0));
    assert_eq!((alarms("refund_above_residual", &id), alarms("reversal_above_refunds", &id)), (2, 1));
    // Money that is only reserved cannot come back.
    let reserved = create(&house, &reservation(&house.client.merchant_id)).await;
    let card = create(&house, &card_charge(&house.client.merchant_id, APPROVED)).await;
    let of_card = house.bank.dispute(&reference(&card, 1));
    let wrong = [about(&reserved, "refund_reverted", 1), about(&reserved, "refund_begun", 1)];
    tell(&house, &telling(&house, &of_card, &wrong)).await;
    assert_eq!(
        (status(&house, &reserved).await.as_str(), alarms("refund_of_reserved_money", &reserved)),
        ("pre_authorized", 2)
    );
    tell(&house, &of_card).await;
    house.assert_books_agree().await;
}

/// Only the account that took a payment can tell of it, now or later.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_tells_of_a_payment_that_another_took() {
    let house = House::build().await;
    let (id, stranger) = (pix(&house).await, house.another_client().await);
    let theirs = stranger.post("/v1/charges", &pix_charge(&stranger.merchant_id)).await.expect(201);
    let of_stranger = house.bank.pay(&reference(theirs.text("/id"), 1), 150);
    tell(&house, &of_stranger).await;
    // The same merchant's account at another provider.
    let card = create(&house, &card_charge(&house.client.merchant_id, APPROVED)).await;
    let of_card = house.bank.dispute(&reference(&card, 1));
    tell(&house, &of_card).await;
    let paid = json!({"id": "foreign", "reference": reference(&id, 1), "news": "paid", "amount": 150});
    for sender in [&of_stranger, &of_card] {
        tell(&house, &telling(&house, sender, std::slice::from_ref(&paid))).await;
        assert_eq!(status(&house, &id).await, "pending");
    }
    house.pass(Duration::from_mins(2)).await;
    assert_eq!((status(&house, &id).await.as_str(), house.waiting_notices().await.len()), ("pending", 2));
    house.pass(NOTIFICATION_PATIENCE).await;
    house.pass(Duration::from_hours(2)).await;
    assert_eq!((status(&house, &id).await.as_str(), house.waiting_notices().await.len()), ("failed", 0));
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_meets_every_fault_of_the_table_and_is_done_once() {
    let house = House::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
            let (id, amount) = waiting(&house, pays_order).await;
            let notice = house.bank.pay(&reference(&id, 1), amount);
            let faults = house.engine.faults();
            house.engine.fail_write(1, fault);
            tell(&house, &notice).await;
            house.engine.heal();
            assert_eq!(house.engine.faults(), faults + 1, "{fault:?}");
            let paid = read(&house, &id).await;
            let requests = format!("authorization success {amount}, pending success {amount}");
            assert_eq!(told(&paid), format!("authorized {amount}: {requests}"), "{fault:?}");
            tell(&house, &notice).await;
            assert_eq!(read(&house, &id).await.body, paid.body);
            assert_eq!(events(&house, &id).await, ["pending", "authorized"], "{fault:?}");
        }
    }
    house.assert_books_agree().await;
}

/// A Pix that waits for its buyer, for a session or not, and its amount.
async fn waiting(house: &House, pays_order: bool) -> (String, u64) {
    if !pays_order {
        return (pix(house).await, 150);
    }
    let order = Order::create(&house.client, &session(&house.client.merchant_id)).await;
    (order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned(), 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_survives_the_death_of_the_hub_because_it_is_told_again() {
    let mut house = House::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let (id, amount) = waiting(&house, pays_order).await;
            let notice = house.bank.pay(&reference(&id, 1), amount);
            house.engine.fail_write(1, fault);
            let died = tokio::select! {
                () = house.engine.has_killed() => true,
                _ = send_to_mortal(&house.client, &notice) => false,
            };
            assert!(died, "{fault:?}");
            house.kill_and_restart().await;
            assert_eq!(status(&house, &id).await, if fault == Fault::DieAfter { "authorized" } else { "pending" });
            tell(&house, &notice).await;
            assert_eq!(status(&house, &id).await, "authorized");
            assert_eq!(events(&house, &id).await, ["pending", "authorized"]);
        }
    }
    house.assert_books_agree().await;
}

async fn send_to_mortal(client: &Client, notice: &Notice) -> Option<Answer> {
    let headers: Vec<_> = notice.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.send_with(Method::POST, notice.path(), &headers, Some(notice.body.clone().into_bytes())).await.ok()
}

/// 200 says that it was noted: a hub that cannot note it says something else, and is told again.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_out_of_reach_is_no_reason_to_forget_a_notice() {
    let house = House::build().await;
    let (id, letter) = (pix(&house).await, letter(&house).await);
    let unknown = with(with(news(&letter), "/id", json!("unknown")), "/reference", json!(reference(&id, 7)));
    let all = [pay(&house, &id), telling(&house, &letter, &[unknown])];
    for notice in &all {
        house.engine.fail(|_, _| Fault::LoseRequest);
        house.client.tell(notice).await.assert_status(503);
        house.engine.heal();
    }
    assert_eq!((status(&house, &id).await.as_str(), house.waiting_notices().await.len()), ("pending", 0));
    for notice in &all {
        tell(&house, notice).await;
    }
    assert_eq!((status(&house, &id).await.as_str(), house.waiting_notices().await.len()), ("authorized", 1));
    house.pass(NOTIFICATION_PATIENCE).await;
    house.pass(Duration::from_hours(2)).await;
    house.assert_books_agree().await;
}
