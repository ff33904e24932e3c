//! Who may notify the hub: the signature, the address and the account of a notification.

use std::time::Duration;

use domain::limits::NOTIFICATION_PATIENCE;
use reqwest::Method;
use serde_json::json;
use tests::{
    TestHub,
    bank::{ProviderUpdate, reference},
    hub::PUBLIC_URL,
    samples::{APPROVED, OTHER_ADDRESS, by_pix, card_charge, pix_charge, with},
};

use super::{pay, pix, rewritten, sent_update, with_updates};

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
async fn notifications_go_to_the_public_address_whatever_the_headers_of_a_request_name() {
    let hub = TestHub::build().await;
    let headers = [&[("content-type", "application/json")], &OTHER_ADDRESS[..]].concat();
    let session = hub.merchant.opens_session().await;
    let shopper = hub.merchant.with_key(&session.key);
    let paying = session.path("/charge");
    for (caller, path, body) in
        [(&hub.merchant, "/v1/charges", pix_charge(&hub.merchant.id)), (&shopper, paying.as_str(), by_pix())]
    {
        let body = Some(body.to_string().into_bytes());
        let made = caller.send_beside(Method::POST, path, &headers, body).await.unwrap().expect(201);
        let charge = if made.text("/chargeId").is_empty() { made.text("/id") } else { made.text("/chargeId") };
        let update = pay(&hub, charge);
        assert!(update.url.starts_with(&format!("{PUBLIC_URL}/v1/callbacks/")), "{path}: {}", update.url);
    }
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
