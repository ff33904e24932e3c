//! Stored cards.

use domain::{
    card::{CardOrder, ZeroDollarOrder},
    ids::CustomerId,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::list::{Paging, Query};
use crate::{
    reader::{self, Fields},
    rules,
};

/// A card to be stored, and verified (zero dollar) where a merchant is named: flat, or under `zeroDollar`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "tokenId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
    "merchantId": "884dd2a3-e400-4525-8188-2955ef403486",
    "cvvCheck": true,
}))]
pub struct CreateCard {
    /// The token that holds the card; the request uses it up.
    pub token_id: Uuid,
    /// The merchant whose provider is asked.
    pub merchant_id: Option<Uuid>,
    /// Whether it is asked now; otherwise the card waits as `pending`.
    #[schema(default = false, required = false)]
    pub cvv_check: bool,
    /// The same two in an object of their own.
    pub zero_dollar: Option<ZeroDollarFields>,
}

/// A zero-dollar verification.
#[derive(ToSchema)]
#[schema(as = ZeroDollar, rename_all = "camelCase")]
pub struct ZeroDollarFields {
    /// The merchant whose provider is asked.
    pub merchant_id: Uuid,
    /// Whether it is asked now; otherwise the card waits as `pending`.
    #[schema(default = false, required = false)]
    pub cvv_check: bool,
}

impl CreateCard {
    /// The card that `body` orders.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardOrder, Refusal> {
        reader::read(body, |body| {
            let token = body.required("tokenId", rules::uuid);
            let is_flat = body.value("merchantId").is_some() || body.value("cvvCheck").is_some();
            if is_flat && body.value("zeroDollar").is_some() {
                body.problem("zeroDollar", "must not come together with merchantId or cvvCheck");
            }
            let zero_dollar = match body.optional_object("zeroDollar") {
                Some(mut fields) => zero_dollar(&mut fields, true),
                None => zero_dollar(body, false),
            };
            Some(CardOrder { token: token?, zero_dollar })
        })
    }
}

/// The verification that is ordered. The merchant is required under `zeroDollar`, and where the hub verifies at once.
fn zero_dollar(fields: &mut Fields<'_>, is_nested: bool) -> Option<ZeroDollarOrder> {
    let cvv_check = fields.optional("cvvCheck", rules::boolean).unwrap_or(false);
    let merchant = if is_nested || cvv_check {
        fields.required("merchantId", rules::uuid)
    } else {
        fields.optional("merchantId", rules::uuid)
    };
    merchant.map(|merchant| ZeroDollarOrder { merchant, cvv_check })
}

/// A card to be stored with a session's key. The hub does not verify it, because a verification would help to test
/// stolen cards.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"tokenId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1"}))]
pub struct CreateSessionCard {
    /// The token that holds the card; the request uses it up.
    pub token_id: Uuid,
}

impl CreateSessionCard {
    /// The card that `body` orders.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardOrder, Refusal> {
        reader::read(body, |body| {
            for name in ["merchantId", "cvvCheck", "zeroDollar"] {
                if body.value(name).is_some() {
                    body.problem(name, "is not served here: cards are verified by POST /v1/cards");
                }
            }
            let token = body.required("tokenId", rules::uuid)?;
            Some(CardOrder { token, zero_dollar: None })
        })
    }
}

/// Which cards are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardsQuery {
    /// Which part.
    pub paging: Paging,
    /// Linked to this customer.
    pub customer: Option<CustomerId>,
}

impl CardsQuery {
    /// The query in these decoded `name=value` pairs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let cards = Self { paging: query.paging(), customer: query.one("customerId", "must be a UUID") };
        query.finish(cards)
    }
}
