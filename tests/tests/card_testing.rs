//! Card testing: strangers who hold a public key, or open a checkout, try cards and security codes until one is
//! approved.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use aws_local::engine::HUB_TABLE;
use domain::{
    card_testing::CountingWindow,
    limits::{
        MAX_ACCOUNT_DECLINES_PER_HOUR, MAX_ADDRESS_DECLINES_PER_HOUR, MAX_CARD_DECLINES_PER_HOUR,
        MAX_CARD_DECLINES_PER_MONTH,
    },
};
use futures::future::{join, join_all};
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::{BankReply, Treatment, reference},
    engine::Fault,
    hub::LONG_AFTER,
    log,
    samples::{APPROVED, DECLINED, by_card, by_pix, card, card_charge, from_token, session, summary, with},
    session::Session,
};

const HOUR: Duration = Duration::from_hours(1);
const MONTH: Duration = Duration::from_hours(30 * 24);
const CARD: usize = MAX_CARD_DECLINES_PER_HOUR as usize;
const ADDRESS: usize = MAX_ADDRESS_DECLINES_PER_HOUR as usize;

/// A hub at the first moment of an hour and of 30 days, and a public key of everything.
async fn open() -> (TestHub, Merchant) {
    let hub = TestHub::build().await;
    let now = hub.clock().now();
    hub.clock().advance(CountingWindow::Month.end(now).since(now));
    let page = public_key(&hub.merchant).await;
    (hub, page)
}

async fn public_key(maker: &Merchant) -> Merchant {
    let made = maker.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await.expect(201);
    maker.with_key(made.text("/publicKey"))
}

async fn token(caller: &Merchant, number: &str) -> String {
    caller.post("/v1/tokens", &card(number)).await.expect(201).text("/tokenId").to_owned()
}

/// The verification of a card: no session key asks for one.
async fn verify(caller: &Merchant, number: &str) -> Answer {
    let token = token(caller, number).await;
    let zero_dollar = json!({"merchantId": caller.id, "cvvCheck": true});
    caller.post("/v1/cards", &json!({"tokenId": token, "zeroDollar": zero_dollar})).await
}

/// A charge without a session, by a token; `description` may hold a guess of its card's number.
async fn guess(caller: &Merchant, token: &str, description: &str) -> Answer {
    let charge = with(card_charge(&caller.id, APPROVED), "/description", json!(description));
    caller.post("/v1/charges", &from_token(charge, token)).await
}

/// A charge without a session.
async fn charge(caller: &Merchant, number: &str) -> Answer {
    caller.post("/v1/charges", &card_charge(&caller.id, number)).await
}

async fn pay(caller: &Merchant, session: &Session, body: &Value) -> Answer {
    caller.post(&session.path("/charge"), body).await
}

/// Cards that the sandbox declines: their last digit is that of [`DECLINED`].
fn declined_cards() -> impl Iterator<Item = String> {
    cards(2)
}

/// Cards with this last digit, which is their check digit.
fn cards(last: u32) -> impl Iterator<Item = String> {
    let sum = |(place, digit): (usize, char)| {
        let digit = digit.to_digit(10).unwrap();
        if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    };
    let is_card = move |number: &String| number.chars().rev().enumerate().map(sum).sum::<u32>() % 10 == 0;
    (0..).map(move |number| format!("49168781{number:07}{last}")).filter(is_card)
}

/// The refusal of a full counter: its message.
#[track_caller]
fn refused(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.text("/error/type")), (429, "too_many_requests"), "{}", answer.body);
    assert_eq!(answer.body["error"]["code"], json!(429));
    answer.text("/error/message").to_owned()
}

/// The statuses of this many charges of a declined card.
async fn declines(caller: &Merchant, count: usize) {
    for _ in 0..count {
        assert_eq!(charge(caller, DECLINED).await.expect(201).text("/status"), "failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_tries_few_security_codes_of_a_card_by_verifications() {
    let (hub, page) = open().await;
    for code in 100..350 {
        let body = with(card(APPROVED), "/cardCvv", json!(code.to_string()));
        let token = page.post("/v1/tokens", &body).await.expect(201);
        let order = json!({"tokenId": token.text("/tokenId"), "merchantId": page.id, "cvvCheck": true});
        let made = page.post("/v1/cards", &order).await;
        if made.status != 201 {
            let message = refused(&made);
            assert!(message.starts_with("this card was tried too often (declined or unanswered payments"), "{message}");
        }
    }
    assert_eq!(hub.bank.verifications(), CARD);
    // What is refused is neither stored nor counted, and spends no token.
    let stored = hub.merchant.get("/v1/cards?limit=100").await.expect(200);
    assert_eq!(stored.body["meta"]["totalItems"], json!(CARD));
    let kept = token(&page, APPROVED).await;
    let order = json!({"tokenId": kept, "merchantId": page.id, "cvvCheck": true});
    let _ = refused(&page.post("/v1/cards", &order).await);
    let unverified = page.post("/v1/cards", &json!({"tokenId": kept})).await.expect(201);
    assert_eq!(unverified.text("/status"), "active");
    // Verifications that succeed count too.
    let good = cards(9).next().unwrap();
    for _ in 0..CARD {
        assert_eq!(verify(&page, &good).await.expect(201).text("/status"), "active");
    }
    let _ = refused(&verify(&page, &good).await);
}

/// The first six digits and the last four of another shopper's card are shown: a refusal that is free would tell the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_counter_says_nothing_of_a_guess_of_the_number() {
    let (_hub, page) = open().await;
    declines(&page, CARD).await;
    let token = token(&page, DECLINED).await;
    let wrong = refused(&guess(&page, &token, "36757624613710").await);
    assert_eq!(refused(&guess(&page, &token, &format!("x{DECLINED}")).await), wrong);
    let order = json!({"tokenId": token, "merchantId": page.id, "cvvCheck": true});
    for key in ["36757624613710", DECLINED] {
        let _ = refused(&page.post_with_key("/v1/cards", &order, key).await);
    }
}

/// Guesses that something else refuses, after the comparison: each costs a place, right or wrong.
#[tokio::test(flavor = "multi_thread")]
async fn every_comparison_with_the_number_of_a_card_costs_a_place() {
    for (is_hit, text) in [(true, format!("x{DECLINED}")), (false, "36757624613710".to_owned())] {
        let (hub, page) = open().await;
        let stored = page.post("/v1/cards", &json!({"tokenId": token(&page, DECLINED).await})).await.expect(201);
        let code = page.post("/v1/tokens", &json!({"cvvUpdate": "320"})).await.expect(201);
        let source = |code: &Answer| json!({"sourceType": "card", "cardId": stored.text("/id"), "tokenCvv": code.text("/tokenId")});
        let body = with(card_charge(&page.id, DECLINED), "/paymentSource", source(&code));
        let guess = with(body.clone(), "/description", json!(text));
        // The intent meets other writes.
        hub.engine.fail(|operation, body| {
            let puts = body.pointer("/TransactItems/0/Put/ConditionExpression").and_then(Value::as_str);
            let is_intent = operation == "TransactWriteItems" && puts == Some("attribute_not_exists(PK)");
            if is_intent { Fault::Conflict } else { Fault::None }
        });
        page.post("/v1/charges", &guess).await.assert_status(if is_hit { 400 } else { 409 });
        hub.engine.heal();
        assert_eq!(counted(&hub).await, 1, "{text}");
        // A payment that supersedes a Pix, whose cancel has an unknown outcome.
        let (order, _) = page.opens_locked_session(&by_pix()).await;
        hub.bank.expect([BankReply::LoseRequest]);
        let code = page.post("/v1/tokens", &json!({"cvvUpdate": "320"})).await.expect(201);
        let body = with(by_card(DECLINED), "/paymentSource", source(&code));
        let guess = with(body, "/description", json!(text));
        let refused = pay(&page, &order, &guess).await;
        refused.assert_status(if is_hit { 400 } else { 409 });
        assert_eq!(counted(&hub).await, 2, "{text}");
    }
}

/// A used key is recognised before the card of the request is opened: nothing is compared.
#[tokio::test(flavor = "multi_thread")]
async fn a_used_key_says_nothing_of_a_guess_of_the_number() {
    let (hub, page) = open().await;
    let first = from_token(card_charge(&page.id, APPROVED), &token(&page, APPROVED).await);
    let made = page.post_with_key("/v1/charges", &first, "used").await.expect(201);
    let other = from_token(card_charge(&page.id, DECLINED), &token(&page, DECLINED).await);
    for text in [&*format!("x{DECLINED}"), "36757624613710"] {
        let guess = with(other.clone(), "/description", json!(text));
        let _ = hub.engine.take_calls();
        page.post_with_key("/v1/charges", &guess, "used").await.assert_status(422);
        assert!(!hub.engine.take_calls().iter().any(tests::engine::Call::is_write), "{text}");
    }
    let again = page.post_with_key("/v1/charges", &first, "used").await.expect(201);
    assert_eq!((again.is_replay(), again.body, counted(&hub).await), (true, made.body, 0));
    // So it is with a card.
    let order = json!({"tokenId": token(&page, APPROVED).await});
    page.post_with_key("/v1/cards", &order, DECLINED).await.assert_status(201);
    let guess = json!({"tokenId": token(&page, DECLINED).await});
    page.post_with_key("/v1/cards", &guess, DECLINED).await.assert_status(422);
    assert_eq!(counted(&hub).await, 0);
}

/// The number of a token's card is guessed by idempotency keys, without a verification.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_guesses_few_numbers_by_cards_that_are_not_verified() {
    let (hub, page) = open().await;
    let order = json!({"tokenId": token(&page, DECLINED).await});
    for tried in 1..=CARD {
        page.post_with_key("/v1/cards", &order, DECLINED).await.assert_status(400);
        assert_eq!(counted(&hub).await as usize, tried);
    }
    for key in [DECLINED, "36757624613710"] {
        let _ = refused(&page.post_with_key("/v1/cards", &order, key).await);
    }
    // A card that is made gives its place back; the secret key is not counted.
    let (hub, page) = open().await;
    let order = json!({"tokenId": token(&page, DECLINED).await});
    page.post_with_key("/v1/cards", &order, "key").await.assert_status(201);
    let order = json!({"tokenId": token(&page, DECLINED).await});
    hub.merchant.post_with_key("/v1/cards", &order, DECLINED).await.assert_status(400);
    assert_eq!(counted(&hub).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn verifications_at_once_are_no_more() {
    let (hub, page) = open().await;
    let answers = join_all((0..3 * CARD).map(|_| verify(&page, DECLINED))).await;
    assert!(answers.iter().all(|answer| [201, 409, 429].contains(&answer.status)));
    // Those that met another at the counter are a 409, and may come again.
    for _ in 0..CARD {
        let _ = verify(&page, DECLINED).await;
    }
    assert_eq!(hub.bank.verifications(), CARD);
}

/// This payment, again where it met another one at a counter.
async fn pays(caller: &Merchant, path: &str, body: &Value) -> Answer {
    loop {
        let answer = caller.post(path, body).await;
        if answer.status != 409 {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_at_once_are_no_more() {
    let (hub, page) = open().await;
    let count = 4 * CARD;
    hub.bank.expect((0..count).map(|_| BankReply::AnswerLate));
    let mut paths = vec!["/v1/charges".to_owned(); count / 2];
    for _ in 0..count / 2 {
        paths.push(page.creates_session(&session(&page.id)).await.path("/charge"));
    }
    let ended = AtomicUsize::new(0);
    let burst = join_all(paths.iter().map(async |path| {
        let body = if path == "/v1/charges" { card_charge(&page.id, DECLINED) } else { by_card(DECLINED) };
        let answer = pays(&page, path, &body).await;
        ended.fetch_add(1, Ordering::SeqCst);
        answer
    }));
    // The bank answers when every payment has been refused, or is there.
    let answering = async {
        while ended.load(Ordering::SeqCst) + hub.bank.creates() < count {
            tokio::task::yield_now().await;
        }
        hub.bank.let_answer();
    };
    let (answers, ()) = join(burst, answering).await;
    let (declined, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((declined.len(), hub.bank.creates()), (CARD, CARD));
    assert!(declined.iter().all(|answer| answer.text("/status") == "failed"));
    for answer in others {
        drop(refused(answer));
    }
    // What is refused stores nothing, the card that came with it included.
    let stored = hub.everything_stored().await.len();
    let _ = refused(&charge(&page, DECLINED).await);
    assert_eq!(hub.everything_stored().await.len(), stored);
    hub.assert_books_agree().await;
}

/// The same key at a merchant with five accounts, who has a soft decline retried at the next one.
async fn at_five_providers(hub: &TestHub, page: &Merchant) -> Merchant {
    let names = ["STRIPE", "ADYEN", "PAGARME", "ZOOP", "GETNET"];
    let account = |(name, priority)| json!({"name": name, "priority": priority, "methods": ["credit"], "credentials": {"type": "sandbox"}});
    let providers: Vec<Value> = names.into_iter().zip(1..).map(account).collect();
    let body = json!({"mcc": "5912", "retryOnDecline": true, "providers": providers});
    let made = hub.merchant.post("/v1/merchants", &body).await.expect(201);
    let mut page = page.clone();
    made.text("/id").clone_into(&mut page.id);
    page
}

const SOFT_DECLINE: BankReply = BankReply::Decline("try_again");

/// From now on the bank declines every card, and the next provider may be tried.
fn decline_softly(hub: &TestHub) {
    hub.bank.treat(|asked| (asked["operation"] == "create").then_some(Treatment::Reply(SOFT_DECLINE)));
}

/// What the counters of cards and of addresses hold, in both windows: of one card from one address it is the same.
async fn counted(hub: &TestHub) -> u32 {
    let items = hub.everything_stored().await.into_iter();
    let counters = items.filter(|item| item.contains("LIMIT#") && !item.contains("#account#"));
    let counted = |item: String| -> u32 {
        let (_, counted) = item.split_once("\"counted\": N(\"").unwrap();
        counted.split_once('"').unwrap().0.parse().unwrap()
    };
    let mut counted: Vec<u32> = counters.map(counted).collect();
    assert!([0, 4].contains(&counted.len()), "{counted:?}");
    counted.dedup();
    assert!(counted.len() <= 1, "the counters differ: {counted:?}");
    counted.pop().unwrap_or_default()
}

/// How many attempts a declined charge has.
fn attempts(charge: &Answer) -> usize {
    assert_eq!(charge.text("/status"), "failed", "{}", charge.body);
    let attempts = charge.body["transactionRequests"].as_array().unwrap();
    assert!(attempts.iter().all(|attempt| attempt["requestStatus"] == "failed"), "{}", charge.body);
    attempts.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_at_once_are_no_more_where_each_is_attempted_at_five_providers() {
    let (hub, page) = open().await;
    let page = at_five_providers(&hub, &page).await;
    decline_softly(&hub);
    let body = card_charge(&page.id, APPROVED);
    // As many payments as there is room for are stored before the first one is declined.
    hub.engine.gather("TransactWriteItems CHARGE LIMIT LIMIT LIMIT LIMIT", CARD);
    let answers = join_all((0..CARD + 4).map(|_| pays(&page, "/v1/charges", &body))).await;
    let (declined, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((declined.len(), hub.bank.creates()), (CARD, CARD));
    // The counter is full: each payment has the decline of its first attempt.
    assert!(declined.into_iter().all(|answer| attempts(answer) == 1));
    for answer in others {
        drop(refused(answer));
    }
    assert_eq!(counted(&hub).await as usize, CARD);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_of_a_payment_is_counted_before_it_is_sent() {
    let (hub, page) = open().await;
    let page = at_five_providers(&hub, &page).await;
    hub.bank.expect([SOFT_DECLINE; 5]);
    assert_eq!(attempts(&charge(&page, APPROVED).await.expect(201)), 5);
    assert_eq!(counted(&hub).await, 5);
    // An approval gives back its own attempt, and leaves those that were declined.
    hub.bank.expect([SOFT_DECLINE, SOFT_DECLINE]);
    let order = page.creates_session(&session(&page.id)).await;
    assert_eq!(pay(&page.with_key(&order.key), &order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    assert_eq!(counted(&hub).await, 7);
    // An unknown outcome may be a decline, and stays counted.
    hub.bank.expect([SOFT_DECLINE, BankReply::LoseAnswer]);
    assert_eq!(charge(&page, APPROVED).await.expect(201).text("/status"), "pending");
    assert_eq!(counted(&hub).await, 9);
    // Where the counter is full, the payment ends with the decline that it has: the session can be paid again.
    decline_softly(&hub);
    let order = page.creates_session(&session(&page.id)).await;
    let declined = pay(&page, &order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(attempts(&declined), 1);
    let sees = hub.merchant.sees(&order, declined.text("/chargeId")).await;
    assert_eq!((counted(&hub).await, hub.bank.creates(), &*sees), (10, 11, "failed, created"));
    let _ = refused(&charge(&page, APPROVED).await);
    // The secret key is not refused, and its attempts count for nothing.
    let server = page.with_key(&hub.merchant.api_key);
    assert_eq!(attempts(&charge(&server, APPROVED).await.expect(201)), 5);
    assert_eq!(counted(&hub).await, 10);
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_that_were_never_sent_count_for_nothing() {
    let (mut hub, page) = open().await;
    let page = at_five_providers(&hub, &page).await;
    hub.kill_and_restart_without_bank().await;
    let unsent = charge(&page.at(hub.merchant.url()), APPROVED).await.expect(201);
    let attempts = unsent.body["transactionRequests"].as_array().unwrap();
    assert!(attempts.len() == 5 && attempts.iter().all(|attempt| attempt["requestStatus"] == "internal_error"));
    assert_eq!(counted(&hub).await, 0);
}

/// The write that stores and counts the next attempt of a payment.
fn is_next_attempt(operation: &str, body: &Value) -> bool {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    operation == "TransactWriteItems"
        && text("/TransactItems/0/Put/ConditionExpression") == "version = :version"
        && text("/TransactItems/1/Update/Key/PK/S").starts_with("LIMIT#")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_write_fails_is_neither_lost_nor_counted_twice() {
    let next = "authorized 150: authorization success 150, authorization failed 150";
    let none = "failed 150: authorization failed 150";
    let unsent = "pending 150: authorization running 150, authorization failed 150";
    for (fault, times, status, expected, left, at_last) in [
        (Fault::LoseAnswer, 1, 201, next, 1, 1),
        (Fault::Conflict, 2, 201, next, 1, 1),
        // The next attempt was not stored: the payment ends with the decline that it has.
        (Fault::Conflict, 9, 201, none, 1, 1),
        (Fault::LoseRequest, 9, 201, none, 1, 1),
        // It was, and the hub cannot know it: the attempt is never sent, and counted until the provider says so.
        (Fault::LoseAnswer, 9, 409, unsent, 2, 1),
    ] {
        let case = format!("{fault:?} {times}");
        let (hub, page) = open().await;
        let page = at_five_providers(&hub, &page).await;
        hub.bank.expect([SOFT_DECLINE]);
        let mut failures = 0;
        hub.engine.fail(move |operation, body| {
            failures += usize::from(is_next_attempt(operation, body));
            if is_next_attempt(operation, body) && failures <= times { fault } else { Fault::None }
        });
        assert_eq!(charge(&page, APPROVED).await.status, status, "{case}");
        hub.engine.heal();
        let id = hub.charges().await.pop().unwrap().id.to_string();
        assert_eq!(summary(&hub.merchant.reads_charge(&id).await), expected, "{case}");
        let creates = if expected == next { 2 } else { 1 };
        assert_eq!((counted(&hub).await, hub.bank.creates()), (left, creates), "{case}");
        hub.pass(LONG_AFTER).await;
        assert_ne!(hub.merchant.reads_charge(&id).await.text("/status"), "pending", "{case}");
        assert_eq!((counted(&hub).await, hub.bank.creates()), (at_last, creates), "{case}");
        hub.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_gives_back_what_was_counted() {
    let (_hub, page) = open().await;
    for _ in 0..3 * CARD {
        assert_eq!(charge(&page, APPROVED).await.expect(201).text("/status"), "authorized");
    }
    for _ in 0..3 {
        let order = page.creates_session(&session(&page.id)).await;
        let paid = page.with_key(&order.key).post(&order.path("/charge"), &by_card(APPROVED)).await.expect(201);
        assert_eq!(paid.text("/status"), "paid");
    }
    // Nothing is left of them, in any window: as many declines as ever fill the counter of the address.
    for number in declined_cards().take(ADDRESS) {
        assert_eq!(charge(&page, &number).await.expect(201).text("/status"), "failed", "{number}");
    }
    let _ = refused(&charge(&page, APPROVED).await);
}

/// A bank's outage fills no counter for longer than the outcomes are unknown.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_learnt_later_to_be_no_decline_is_given_back_once() {
    for reply in [BankReply::LoseAnswer, BankReply::LoseRequest] {
        let (hub, page) = open().await;
        // A decline of the same card, which stays counted.
        hub.bank.expect([BankReply::Decline("generic")]);
        assert_eq!(charge(&page, APPROVED).await.expect(201).text("/status"), "failed");
        hub.bank.expect([reply; CARD - 1]);
        let mut made = Vec::new();
        for _ in 1..CARD {
            made.push(charge(&page, APPROVED).await.expect(201).text("/id").to_owned());
        }
        let message = refused(&charge(&page, APPROVED).await);
        assert!(message.contains("unanswered"), "{message}");
        // The first outcome is learnt by a notification, the others by the sweeper.
        if reply == BankReply::LoseAnswer {
            let update = hub.bank.update(&reference(&made[0], 1), &json!({"news": "paid", "amount": 150}));
            for _ in 0..2 {
                hub.provider.notifies(&update).await;
                assert_eq!(counted(&hub).await as usize, CARD - 1);
            }
        }
        for _ in 0..2 {
            hub.pass(LONG_AFTER).await;
            assert_eq!(counted(&hub).await, 1, "{reply:?}");
        }
        let status = if reply == BankReply::LoseAnswer { "authorized" } else { "failed" };
        for id in made {
            assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), status);
        }
        hub.assert_books_agree().await;
    }
}

/// The hour of the payment has ended, and its counters are removed: those of 30 days are given back all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_is_not_there_keeps_nothing_from_the_others() {
    let (hub, page) = open().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    charge(&page, APPROVED).await.assert_status(201);
    let tables = hub.engine.direct();
    let items = tables.scan().table_name(HUB_TABLE).send().await.unwrap().items.unwrap();
    for item in items {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        if text("PK").starts_with("LIMIT#") && text("SK").starts_with("HOUR#") {
            let key = ["PK", "SK"].map(|name| (name.to_owned(), item[name].clone()));
            tables.delete_item().table_name(HUB_TABLE).set_key(Some(key.into())).send().await.unwrap();
        }
    }
    hub.pass(LONG_AFTER).await;
    let counters: Vec<String> =
        hub.everything_stored().await.into_iter().filter(|item| item.contains("LIMIT#")).collect();
    assert_eq!((counters.len(), counters.iter().filter(|item| item.contains("\"counted\": N(\"0\")")).count()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_that_is_learnt_later_counts() {
    let (hub, page) = open().await;
    let unknown = with(card_charge(&page.id, APPROVED), "/amount", json!(993));
    let mut made = Vec::new();
    for _ in 0..CARD {
        let charge = page.post("/v1/charges", &unknown).await.expect(201);
        assert_eq!(charge.text("/status"), "pending");
        made.push(charge.text("/id").to_owned());
    }
    let _ = refused(&page.post("/v1/charges", &unknown).await);
    hub.pass(Duration::from_mins(5)).await;
    for id in made {
        assert_eq!(hub.merchant.get(&format!("/v1/charges/{id}")).await.expect(200).text("/status"), "failed");
    }
    let _ = refused(&page.post("/v1/charges", &unknown).await);
    assert_eq!(hub.bank.creates(), CARD);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payment_supersedes_nothing() {
    let (hub, page) = open().await;
    let order = page.creates_session(&session(&page.id)).await;
    let key = page.with_key(&order.key);
    assert_eq!(pay(&key, &order, &by_pix()).await.expect(201).text("/status"), "pending");
    declines(&page, CARD).await;
    let _ = refused(&pay(&key, &order, &by_card(DECLINED)).await);
    assert_eq!(hub.bank.count("cancel"), 0);
    assert_eq!(pay(&key, &order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
}

/// A counter that becomes full while the unpaid Pix is canceled refuses others: this payment has its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_its_place_before_another_one_is_superseded() {
    let (hub, page) = open().await;
    let (order, pix) = page.opens_locked_session(&by_pix()).await;
    declines(&page, CARD - 1).await;
    let operations = hub.bank.operations();
    hub.bank.expect([BankReply::AnswerLate]);
    let key = page.with_key(&order.key);
    let body = by_card(DECLINED);
    let meanwhile = async {
        hub.bank.has_seen(operations + 1).await;
        let answer = charge(&page, DECLINED).await;
        hub.bank.let_answer();
        answer
    };
    let (paid, other) = join(pay(&key, &order, &body), meanwhile).await;
    let _ = refused(&other);
    assert_eq!((paid.expect(201).text("/status"), hub.bank.creates()), ("failed", CARD + 1));
    assert_eq!((hub.merchant.sees(&order, &pix).await, counted(&hub).await), ("canceled, created".to_owned(), 10));
    // A full counter supersedes nothing.
    assert_eq!(pay(&key, &order, &by_pix()).await.expect(201).text("/status"), "pending");
    let _ = refused(&pay(&key, &order, &body).await);
    assert_eq!(hub.bank.count("cancel"), 1);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_supersedes_is_counted_once() {
    for (number, fault, status, left) in [
        (APPROVED, Fault::None, "paid", 0),
        (DECLINED, Fault::None, "failed", 1),
        (APPROVED, Fault::LoseAnswer, "paid", 0),
        (DECLINED, Fault::LoseAnswer, "failed", 1),
        (DECLINED, Fault::Conflict, "failed", 1),
    ] {
        let (hub, page) = open().await;
        let (order, pix) = page.opens_locked_session(&by_pix()).await;
        hub.engine.fail_write_of("TransactWriteItems LIMIT LIMIT LIMIT LIMIT", 1, fault);
        let paid = pay(&page.with_key(&order.key), &order, &by_card(number)).await.expect(201);
        assert_eq!((paid.text("/status"), counted(&hub).await), (status, left), "{fault:?}");
        assert!(hub.merchant.sees(&order, &pix).await.starts_with("canceled"), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_supersedes_and_does_not_take_place_gives_back_what_was_counted() {
    let (hub, page) = open().await;
    let card = by_card(APPROVED);
    // The outcome of the cancel is unknown.
    let (order, _) = page.opens_locked_session(&by_pix()).await;
    hub.bank.expect([BankReply::LoseRequest]);
    pay(&page.with_key(&order.key), &order, &card).await.assert_status(409);
    assert_eq!(counted(&hub).await, 0);
    // The Pix was paid first.
    let (order, pix) = page.opens_locked_session(&by_pix()).await;
    let _ = hub.bank.pay(&reference(&pix, 1), 100);
    pay(&page.with_key(&order.key), &order, &card).await.assert_status(409);
    assert_eq!((hub.merchant.sees(&order, &pix).await, counted(&hub).await), ("authorized, paid".to_owned(), 0));
    // The session is disabled during the cancel.
    let (order, _) = page.opens_locked_session(&by_pix()).await;
    let operations = hub.bank.operations();
    hub.bank.expect([BankReply::AnswerLate]);
    let key = page.with_key(&order.key);
    let meanwhile = async {
        hub.bank.has_seen(operations + 1).await;
        assert_eq!(counted(&hub).await, 1);
        hub.merchant.switches(&order, false).await.assert_status(200);
        hub.bank.let_answer();
    };
    let (refused, ()) = join(pay(&key, &order, &card), meanwhile).await;
    refused.assert_status(400);
    assert_eq!((counted(&hub).await, hub.bank.approved().len()), (0, 1));
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}

/// The write that locks a session.
fn is_lock(operation: &str, body: &Value) -> bool {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    operation == "TransactWriteItems"
        && text("/TransactItems/0/Put/ConditionExpression") == "attribute_not_exists(PK)"
        && text("/TransactItems/1/Update/Key/PK/S").starts_with("SESSION#")
}

/// Whether the lock has landed or not, the payment is never sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_supersedes_and_whose_lock_fails_gives_back_what_was_counted() {
    for (fault, status) in [(Fault::LoseRequest, 503), (Fault::LoseAnswer, 503), (Fault::Conflict, 409)] {
        let (hub, page) = open().await;
        let (order, pix) = page.opens_locked_session(&by_pix()).await;
        hub.engine.fail(move |operation, body| if is_lock(operation, body) { fault } else { Fault::None });
        let key = page.with_key(&order.key);
        pay(&key, &order, &by_card(DECLINED)).await.assert_status(status);
        hub.engine.heal();
        assert_eq!((counted(&hub).await, hub.bank.creates()), (0, 1), "{fault:?}");
        hub.pass(LONG_AFTER).await;
        assert_eq!(hub.merchant.sees(&order, &pix).await, "canceled, created", "{fault:?}");
        assert_eq!((counted(&hub).await, hub.bank.creates()), (0, 1), "{fault:?}");
        assert_eq!(pay(&key, &order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid", "{fault:?}");
        hub.assert_books_agree().await;
    }
}

/// A death between the count and the payment leaves the counters fuller by one, never emptier.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_dies_before_the_payment_leaves_it_counted() {
    let (mut hub, page) = open().await;
    let (order, pix) = page.opens_locked_session(&by_pix()).await;
    hub.engine.fail_write_of("TransactWriteItems LIMIT LIMIT LIMIT LIMIT", 1, Fault::DieAfter);
    let card = by_card(APPROVED);
    let shopper = page.shopper();
    tokio::select! {
        answer = shopper.pays_mortal(&order, &card) => panic!("the hub is dead: {answer:?}"),
        () = hub.engine.has_killed() => {}
    }
    hub.kill_and_restart().await;
    assert_eq!((hub.merchant.sees(&order, &pix).await, counted(&hub).await), ("pending, created".to_owned(), 1));
    assert_eq!(hub.shopper.pays(&order, &card).await.expect(201).text("/status"), "paid");
    assert_eq!(counted(&hub).await, 1);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_tries_few_security_codes_of_a_card_by_payments_of_any_kind() {
    let (hub, page) = open().await;
    let stored = page.post("/v1/cards", &json!({"tokenId": token(&page, DECLINED).await})).await.expect(201);
    let stored = json!({"sourceType": "card", "cardId": stored.text("/id"), "cardCvv": "320"});
    let order = page.creates_session(&session(&page.id)).await;
    let key = page.with_key(&order.key);
    let mut tried = 0;
    for _ in 0..25 {
        let by_token = from_token(card_charge(&page.id, DECLINED), &token(&page, DECLINED).await);
        let by_stored = with(card_charge(&page.id, DECLINED), "/paymentSource", stored.clone());
        for answer in [
            charge(&page, DECLINED).await,
            page.post("/v1/charges", &by_token).await,
            page.post("/v1/charges", &by_stored).await,
            pay(&page, &order, &by_card(DECLINED)).await,
            pay(&key, &order, &by_card(DECLINED)).await,
            verify(&page, DECLINED).await,
        ] {
            if answer.status == 429 {
                let _ = refused(&answer);
            } else {
                assert_eq!((answer.status, answer.text("/status")), (201, "failed"), "{}", answer.body);
                tried += 1;
            }
        }
    }
    assert_eq!((tried, hub.bank.creates() + hub.bank.verifications()), (CARD, CARD));
    // Another card, and every other payment method, pays on.
    assert_eq!(charge(&page, APPROVED).await.expect(201).text("/status"), "authorized");
    assert_eq!(pay(&key, &order, &by_pix()).await.expect(201).text("/status"), "pending");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stranger_locks_the_merchants_server_or_its_sessions() {
    let (hub, page) = open().await;
    for number in std::iter::repeat_n(DECLINED.to_owned(), CARD).chain(declined_cards().take(ADDRESS - CARD)) {
        assert_eq!(charge(&page, &number).await.expect(201).text("/status"), "failed");
    }
    let _ = (refused(&charge(&page, DECLINED).await), refused(&charge(&page, APPROVED).await));
    // The secret key is never refused, and neither is a session that it made: not even for that card and that address.
    for _ in 0..2 * CARD {
        assert_eq!(charge(&hub.merchant, DECLINED).await.expect(201).text("/status"), "failed");
        assert_eq!(verify(&hub.merchant, DECLINED).await.expect(201).text("/status"), "failed");
    }
    let order = hub.merchant.creates_session(&session(&page.id)).await;
    for _ in 0..9 {
        assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
    }
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shopper_of_the_merchants_sessions_is_declined_counts_for_the_card() {
    let (hub, page) = open().await;
    let order = hub.merchant.creates_session(&session(&page.id)).await;
    for _ in 0..10 {
        assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
    }
    let _ = refused(&charge(&page, DECLINED).await);
    // The secret key's own declines count for nothing.
    declines(&hub.merchant, CARD).await;
    hub.clock().advance(HOUR);
    declines(&page, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_tries_few_cards_from_one_address() {
    let (hub, page) = open().await;
    let child = public_key(&page).await;
    for (index, number) in declined_cards().take(ADDRESS).enumerate() {
        let caller = if index % 2 == 0 { &page } else { &child };
        assert_eq!(charge(caller, &number).await.expect(201).text("/status"), "failed", "{number}");
    }
    let order = page.creates_session(&session(&page.id)).await;
    let key = page.with_key(&order.key);
    for answer in [
        charge(&page, APPROVED).await,
        charge(&child, APPROVED).await,
        charge(&public_key(&child).await, APPROVED).await,
        pay(&page, &order, &by_card(APPROVED)).await,
        pay(&key, &order, &by_card(APPROVED)).await,
        verify(&page, APPROVED).await,
    ] {
        let message = refused(&answer);
        assert!(message.starts_with("cards were tried too often from this address"), "{message}");
    }
    // No header names the address.
    let headers =
        [("x-client-id", &*page.client_id), ("x-api-key", &*page.api_key), ("x-forwarded-for", "198.51.100.7")];
    let body = card_charge(&page.id, APPROVED).to_string().into_bytes();
    let answer = page.send_with(reqwest::Method::POST, "/v1/charges", &headers, Some(body)).await.unwrap();
    let _ = refused(&answer);
    // Another address, and another public key, pay on.
    let elsewhere = page.from_address([127, 0, 0, 2].into());
    assert_eq!(charge(&elsewhere, APPROVED).await.expect(201).text("/status"), "authorized");
    assert_eq!(charge(&public_key(&hub.merchant).await, APPROVED).await.expect(201).text("/status"), "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_begins_anew_after_its_hour_until_its_30_days_are_full() {
    let (hub, page) = open().await;
    let start = CountingWindow::Month.start(hub.clock().now());
    declines(&page, CARD).await;
    let message = refused(&charge(&page, DECLINED).await);
    assert!(message.ends_with(&format!("try again after {}", start.plus(HOUR))), "{message}");
    hub.clock().advance(HOUR);
    declines(&page, MAX_CARD_DECLINES_PER_MONTH as usize - CARD).await;
    for _ in 0..3 {
        let message = refused(&charge(&page, DECLINED).await);
        assert!(message.ends_with(&format!("try again after {}", start.plus(MONTH))), "{message}");
        hub.clock().advance(HOUR);
    }
    hub.clock().advance(MONTH);
    declines(&page, 1).await;
    // Each counter is an item that its time to live removes.
    let counters: Vec<String> =
        hub.everything_stored().await.into_iter().filter(|item| item.contains("LIMIT#")).collect();
    assert!(!counters.is_empty() && counters.iter().all(|item| item.contains("expiresAt")), "{counters:?}");
    assert!(counters.iter().all(|item| !item.contains("127.0.0.1") && !item.contains(DECLINED)), "{counters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_tokens_and_what_was_never_sent_count_for_nothing() {
    let (mut hub, page) = open().await;
    for _ in 0..2 * CARD {
        assert_eq!(charge(&page, APPROVED).await.expect(201).text("/status"), "authorized");
        let _ = token(&page, DECLINED).await;
    }
    hub.kill_and_restart_without_bank().await;
    let page = page.at(hub.merchant.url());
    for _ in 0..2 * CARD {
        assert_eq!(charge(&page, DECLINED).await.expect(201).text("/status"), "failed");
    }
    hub.kill_and_restart().await;
    declines(&page.at(hub.merchant.url()), CARD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_answered_whatever_is_full() {
    let (hub, page) = open().await;
    let order = page.creates_session(&session(&page.id)).await;
    let key = page.with_key(&order.key);
    let alone = card_charge(&page.id, DECLINED);
    let first = page.post_with_key("/v1/charges", &alone, "alone").await.expect(201);
    let paid = key.post_with_key(&order.path("/charge"), &by_card(DECLINED), "paid").await.expect(201);
    let zero_dollar = json!({"merchantId": page.id, "cvvCheck": true});
    let verification = json!({"tokenId": token(&page, DECLINED).await, "zeroDollar": zero_dollar});
    let verified = page.post_with_key("/v1/cards", &verification, "verified").await.expect(201);
    declines(&page, CARD - 3).await;
    let _ = refused(&charge(&page, DECLINED).await);
    for (caller, path, body, key, answer) in [
        (&page, "/v1/charges", &alone, "alone", first),
        (&key, &*order.path("/charge"), &by_card(DECLINED), "paid", paid),
        (&page, "/v1/cards", &verification, "verified", verified),
    ] {
        let again = caller.post_with_key(path, body, key).await.expect(201);
        assert_eq!((again.is_replay(), again.body), (true, answer.body), "{path}");
    }
    assert_eq!(hub.bank.creates() + hub.bank.verifications(), CARD);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_declines_of_an_account_alarm_once_an_hour() {
    log::listen("error");
    let (hub, page) = open().await;
    let alarms = || log::alarms("card_testing", &page.client_id);
    let address = |index: usize| page.from_address([127, 0, 1, u8::try_from(index / ADDRESS + 1).unwrap()].into());
    let most = MAX_ACCOUNT_DECLINES_PER_HOUR as usize;
    for (index, number) in declined_cards().take(most - 1).enumerate() {
        let caller = address(index);
        let status = if index % 2 == 0 { charge(&caller, &number).await } else { verify(&caller, &number).await };
        assert_eq!(status.expect(201).text("/status"), "failed", "{index}");
    }
    assert_eq!(alarms(), 0);
    let order = hub.merchant.creates_session(&session(&page.id)).await;
    for _ in 0..5 {
        assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
        assert_eq!(alarms(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_cannot_be_written_does_not_keep_the_account_from_counting() {
    let (hub, _) = open().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let mut is_lost = false;
    hub.engine.fail(move |operation, body| {
        let key = body.pointer("/Key/PK/S").and_then(Value::as_str).filter(|_| operation == "UpdateItem");
        match key {
            Some(key) if key.contains("#card#") => Fault::Conflict,
            // Its answer is lost once: it counts once all the same.
            Some(key) if key.contains("#account#") && !std::mem::replace(&mut is_lost, true) => Fault::LoseAnswer,
            _ => Fault::None,
        }
    });
    for _ in 0..2 {
        assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
    }
    let counters = hub.everything_stored().await.into_iter().filter(|item| item.contains("LIMIT#"));
    let counters: Vec<String> = counters.collect();
    let of_account = counters.iter().filter(|item| item.contains("#account#") && item.contains("N(\"2\")")).count();
    assert_eq!((counters.len(), of_account), (1, 1), "{counters:?}");
}
