//! The part of Worldline Connect's API that the hub speaks. One file a resource.
//!
//! Its shapes are Worldline's, documented there and in `docs/worldline.md`; `openapi.json` describes Malga's alone.

pub mod context;
pub mod errors;
mod fields;
pub mod iin;
pub mod picture;
pub mod product;
pub mod product_groups;
pub mod products;
pub mod public_key;
pub mod session;

use serde_json::Value;

use crate::normal::{NormalBody, NormalText};

/// The normal form of a body, the same for all: a request under the key of an earlier one is that one, whatever it says
/// itself (Worldline, "Idempotent requests").
#[must_use]
pub fn normal_form() -> NormalBody {
    NormalBody { text: NormalText::new(Value::Null, &[]), card_number: None, token: None }
}
