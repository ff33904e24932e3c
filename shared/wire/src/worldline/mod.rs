//! The part of Worldline Connect's API that the hub speaks. One file a resource.
//!
//! Its shapes are Worldline's, documented by Worldline and in `docs/worldline.md`; `openapi.json` describes Malga's alone.

mod amount;
mod card;
pub mod context;
pub mod errors;
mod fields;
mod id;
pub mod iin;
pub mod image;
mod jwe;
mod part;
pub mod payment;
pub mod product;
pub mod product_groups;
pub mod products;
pub mod public_key;
pub mod refund;
pub mod session;
mod status;
mod values;

pub use id::{NotAnId, PaymentId, RefundId};
pub use jwe::{CustomerInput, DecryptedInput, Jwe};
pub use payment::typed_card;
use serde_json::Value;
pub use status::{PaymentStatus, StatusOutput, StatusWords};

use crate::{
    normal::{NormalBody, NormalText},
    texts::has_no_card_number,
};

/// Whether `text`, which is no text of a body, holds the number of a card.
#[must_use]
pub fn has_card_number(text: &str) -> bool {
    has_no_card_number(text).is_err()
}

/// The normal form of a body, the same for all: a request under the key of an earlier one is that one, whatever it says
/// itself (Worldline, "Idempotent requests").
#[must_use]
pub fn normal_form() -> NormalBody {
    NormalBody { text: NormalText::new(Value::Null, &[]), card_number: None, token: None }
}
