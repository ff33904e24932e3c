//! Why a payment was declined.

use domain::{
    card::Brand,
    charge::decline::{Decline, DeclineCode},
};

use super::answer::Charge;
use crate::{
    abecs,
    text::{MAX_CODE, kept},
};

/// The reason of a declined `charge`, paid by a card of `brand`. Since August 2026 its code is that of the card's
/// network; before, it had four digits.
pub(super) fn of(charge: &Charge, brand: Option<Brand>) -> Decline {
    if charge.is_refused_by_the_gateway() {
        return DeclineCode::InvalidData.into();
    }
    let code = kept(charge.last_transaction.acquirer_return_code.clone(), MAX_CODE);
    let Some(code) = code else { return DeclineCode::Generic.into() };
    let known = abecs::decline(brand.unwrap_or(Brand::Unknown), &code);
    known.unwrap_or_else(|| Decline::new(own(&code), Some(code)))
}

/// One of Pagar.me's own codes.
fn own(code: &str) -> DeclineCode {
    match code {
        "1016" => DeclineCode::InsufficientFunds,
        _ => DeclineCode::Generic,
    }
}
