//! What a caller wants done with a card, checked field by field.

use super::{CardData, Cvv};
use crate::ids::{MerchantId, TokenId};

/// What a token is to hold.
#[derive(Debug)]
pub enum TokenOrder {
    /// A card with its security code.
    Card(CardData),
    /// The security code of a stored card, alone.
    Cvv(Cvv),
}

/// A card that is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardOrder {
    /// The token that holds it.
    pub token: TokenId,
    /// How it is to be verified, if at all.
    pub zero_dollar: Option<ZeroDollarOrder>,
}

/// A verification by a payment of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroDollarOrder {
    /// The merchant whose provider is asked.
    pub merchant: MerchantId,
    /// Whether it is asked now.
    pub cvv_check: bool,
}
