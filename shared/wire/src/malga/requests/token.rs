//! Card tokens.

use domain::{card::CardData, refusal::Refusal, time::Timestamp};
use serde_json::Value;
use utoipa::ToSchema;

use super::payment::{CardFields, card};
use crate::reader;

/// A card that waits to be used once.
#[derive(ToSchema)]
pub struct CreateToken(pub CardFields);

impl CreateToken {
    /// The card in `body`, good at `now`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<CardData, Refusal> {
        reader::read(body, |body| {
            if body.value("cvvUpdate").is_some() {
                body.problem("cvvUpdate", "is not served yet by this version: send the whole card");
                return None;
            }
            card(body, now)
        })
    }
}
