//! Whole lives of payments at Pagar.me and Adyen, and what hostile notifications and answers make of them. In the end
//! the books of the provider are the hub's, and whoever paid has paid once.

mod ends;
mod keys;
mod lies;
mod order;
mod two_accounts;

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    samples::pix_charge,
    session::Session,
    shop::{Played, Shop, of_a_customer},
};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The payment of a session by this method, which is not a card.
fn by_customer(merchant: &str, method: &Value) -> Value {
    let source = pix_charge(merchant)["paymentSource"].clone();
    of_a_customer(json!({"paymentMethod": method, "paymentSource": source}))
}

/// A session whose shopper has chosen this method, and the charge.
async fn session_by<F: Played>(shop: &Shop<F>, method: Value) -> (Session, String) {
    shop.hub.merchant.opens_locked_session(&by_customer(&shop.hub.merchant.id, &method)).await
}

fn pix() -> Value {
    json!({"paymentType": "pix", "expiresIn": 3600})
}

fn boleto() -> Value {
    json!({"paymentType": "boleto"})
}
