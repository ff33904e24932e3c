//! The checkout: its pages, what they load, and how far the payment of a session is. What a shopper sees in a browser
//! is in tests/browser.

mod assets;
mod browser;
mod currencies;
mod link;
mod modules;
mod pages;
mod progress;
mod reports;

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    hub::PUBLIC_URL,
    samples::{session, with},
};

/// The origin of a merchant's page.
const SHOP: &str = "https://shop.example";

/// A session with a link.
fn linked(merchant: &str) -> Value {
    with(session(merchant), "/createLink", json!(true))
}

async fn changes_settings(merchant: &Merchant, change: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("x-merchant-id", merchant.id.as_str())];
    merchant.send_beside(Method::PATCH, "/v1/settings", &headers, Some(change.to_string().into_bytes())).await.unwrap()
}

/// A browser opens this path: the answer, and what it shows.
async fn opens(hub: &TestHub, path: &str, headers: &[(&str, &str)]) -> (Answer, String) {
    let (answer, file) = hub.shopper.opens(&format!("{PUBLIC_URL}{path}"), headers).await;
    (answer, String::from_utf8(file).unwrap())
}

/// The directives of an answer's policy.
fn policy(answer: &Answer) -> HashMap<String, String> {
    let mut policies = answer.headers.get_all("content-security-policy").iter();
    let policy = policies.next().unwrap().to_str().unwrap();
    assert!(policies.next().is_none(), "two policies");
    let directive = |text: &str| {
        let (name, sources) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        (name.to_owned(), sources.to_owned())
    };
    policy.split(';').map(directive).collect()
}
