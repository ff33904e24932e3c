//! Stored cards.

use domain::{
    card::{CardOrder, ZeroDollarOrder},
    ids::{CustomerId, MerchantId, TokenId},
    refusal::Refusal,
};
use serde_json::Value;

use super::{
    list::{Paging, Sort},
    query::query,
};
use crate::{
    object::{fields, object},
    rules::{boolean, uuid},
};

fields! {
    /// A card to be stored, and verified (zero dollar) where a merchant is named: flat, or under `zeroDollar`.
    #[example({
        "tokenId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
        "merchantId": "884dd2a3-e400-4525-8188-2955ef403486",
        "cvvCheck": true,
    })]
    pub struct CreateCard(fields) reads CardOrder {
        /// The token that holds the card; the request uses it up.
        "tokenId" => token = required(uuid::<TokenId>()),
        /// Whether it is asked now; otherwise the card waits as `pending`.
        "cvvCheck" => cvv_check = or(boolean(), false),
        /// The merchant whose provider is asked; required where it is asked now.
        "merchantId" => merchant = optional(uuid::<MerchantId>()),
        /// The same two in an object of their own.
        "zeroDollar" => nested = optional(object::<ZeroDollar>()),
    } => {
        let is_flat = ["merchantId", "cvvCheck"].into_iter().any(|name| fields.value(name).is_some());
        if is_flat && fields.value("zeroDollar").is_some() {
            fields.problem("zeroDollar", "must not come together with merchantId or cvvCheck");
        } else if cvv_check == Some(true) && fields.value("merchantId").is_none() {
            fields.missing(uuid::<MerchantId>(), "merchantId");
        }
        let flat = merchant?.map(|merchant| ZeroDollarOrder { merchant, cvv_check: cvv_check == Some(true) });
        Some(CardOrder { token: token?, zero_dollar: nested?.or(flat) })
    }
}

fields! {
    /// A zero-dollar verification.
    struct ZeroDollar reads ZeroDollarOrder {
        /// Whether it is asked now; otherwise the card waits as `pending`.
        "cvvCheck" => cvv_check = or(boolean(), false),
        /// The merchant whose provider is asked.
        "merchantId" => merchant = required(uuid::<MerchantId>()),
    }
}

impl CreateCard {
    /// The card that `body` orders.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardOrder, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

fields! {
    /// A card to be stored with a session's key. The hub does not verify it, because a verification would help to test
    /// stolen cards.
    #[example({"tokenId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1"})]
    pub struct CreateSessionCard reads CardOrder {
        /// The token that holds the card; the request uses it up.
        "tokenId" => token = required(uuid::<TokenId>()),
    } => Some(CardOrder { token: token?, zero_dollar: None })
}

impl CreateSessionCard {
    /// The card that `body` orders.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardOrder, Refusal> {
        super::read(body, |body| {
            for name in ["merchantId", "cvvCheck", "zeroDollar"] {
                if body.value(name).is_some() {
                    body.problem(name, "is not served here: cards are verified by POST /v1/cards");
                }
            }
            body.part(object::<Self>())
        })
    }
}

query! {
    /// Which cards are listed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CardsQuery {
        /// Which part.
        paging: Paging = paging(Sort::Ascending),
        /// Linked to this customer.
        "customerId" => customer: Option<CustomerId> = uuid(),
    }
}
