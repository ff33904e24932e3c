//! A client session: what a shopper's page may read of a merchant's payment methods, and encrypt for one payment.
//!
//! Unlike a [session](crate::session) it has no amount and is not paid: it only opens, for two hours, what the merchant's
//! filters leave.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    card::CardSnapshot,
    ids::{CardId, ClientId, MerchantId},
    limits::{CLIENT_SESSION_LIFE, CLIENT_SESSION_MEMORY},
    time::Timestamp,
};

/// A client session. Its id is its secret, and is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSession {
    /// The account that it belongs to.
    pub client: ClientId,
    /// The merchant whose payment methods it shows.
    pub merchant: MerchantId,
    /// The shopper for whom it was made, whom nothing else names.
    pub shopper: Uuid,
    /// Which products it shows.
    #[serde(default)]
    pub filters: ProductFilters,
    /// The stored cards that the shopper may pay with, in the merchant's order.
    #[serde(default)]
    pub cards: Vec<KnownCard>,
    /// The tokens that name no card that can pay, as the merchant sent them.
    #[serde(default)]
    pub invalid_tokens: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A stored card, and what may be shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCard {
    /// Its id.
    pub id: CardId,
    /// What may be shown.
    pub snapshot: CardSnapshot,
}

impl ClientSession {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.created_at.plus(CLIENT_SESSION_LIFE)
    }

    /// Until when a request that made it is answered as before.
    #[must_use]
    pub fn remembered_until(&self) -> Timestamp {
        self.created_at.plus(CLIENT_SESSION_MEMORY)
    }
}

/// Which payment products a client session shows, of those that the merchant has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductFilters {
    /// At most these, where it names any.
    #[serde(default)]
    pub restrict_to: ProductFilter,
    /// None of these, whatever `restrict_to` says.
    #[serde(default)]
    pub exclude: ProductFilter,
}

/// Products by their numbers, and whole groups of products by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFilter {
    /// Names of groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Numbers of products.
    #[serde(default)]
    pub products: Vec<u32>,
}

impl ProductFilters {
    /// Whether they leave the product with this number, which is in `group` if in any.
    #[must_use]
    pub fn admit(&self, product: u32, group: Option<&str>) -> bool {
        let restricts = !self.restrict_to.groups.is_empty() || !self.restrict_to.products.is_empty();
        !self.exclude.names(product, group) && (!restricts || self.restrict_to.names(product, group))
    }
}

impl ProductFilter {
    fn names(&self, product: u32, group: Option<&str>) -> bool {
        self.products.contains(&product) || group.is_some_and(|group| self.groups.iter().any(|named| named == group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: Option<&str> = Some("cards");

    fn filter(groups: &[&str], products: &[u32]) -> ProductFilter {
        ProductFilter { groups: groups.iter().map(|&group| group.to_owned()).collect(), products: products.to_vec() }
    }

    #[test]
    fn exclude_wins_and_restrict_to_is_a_union_and_an_upper_bound() {
        let none = ProductFilter::default();
        for (restrict_to, exclude, visa, amex, ideal) in [
            (none.clone(), none.clone(), true, true, true),
            (filter(&["cards"], &[]), none.clone(), true, true, false),
            (filter(&["cards"], &[809]), none.clone(), true, true, true),
            (filter(&[], &[1, 9999]), none.clone(), true, false, false),
            (filter(&["cards"], &[]), filter(&[], &[2]), true, false, false),
            (filter(&[], &[1, 2]), filter(&["cards"], &[]), false, false, false),
            (none.clone(), filter(&["cards"], &[]), false, false, true),
            (filter(&["wallets"], &[]), none, false, false, false),
        ] {
            let filters = ProductFilters { restrict_to, exclude };
            let admitted = [(1, CARDS), (2, CARDS), (809, None)].map(|(product, group)| filters.admit(product, group));
            assert_eq!(admitted, [visa, amex, ideal], "{filters:?}");
        }
    }

    #[test]
    fn it_opens_for_two_hours_and_is_remembered_for_a_day() {
        let created_at = Timestamp::from_millis(1_000);
        let id = Uuid::nil();
        let session = ClientSession {
            client: ClientId::new(id),
            merchant: MerchantId::new(id),
            shopper: id,
            filters: ProductFilters::default(),
            cards: Vec::new(),
            invalid_tokens: Vec::new(),
            created_at,
        };
        let hours = |hours: i64| Timestamp::from_millis(1_000 + hours * 3_600_000);
        assert!(session.is_live(created_at) && session.is_live(Timestamp::from_millis(7_200_999)));
        assert!(!session.is_live(hours(2)));
        assert_eq!(session.remembered_until(), hours(24));
    }
}
