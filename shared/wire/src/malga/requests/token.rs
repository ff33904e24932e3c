//! Card tokens.

use domain::{card::TokenOrder, refusal::Refusal, time::Timestamp};
use serde_json::Value;
use utoipa::ToSchema;

use super::payment::{CardFields, card, cvv};
use crate::reader;

/// A token to be created, for one use: a card, or the security code of a stored card alone.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum CreateToken {
    /// A card with its security code.
    Card(CardFields),
    /// A security code.
    Cvv(CvvFields),
}

/// The security code of a stored card, to be named as `tokenCvv` by the charge that uses it.
#[derive(ToSchema)]
#[schema(as = CvvUpdate, rename_all = "camelCase", example = json!({"cvvUpdate": "320"}))]
pub struct CvvFields {
    /// Three digits, four on American Express.
    #[schema(pattern = "^[0-9]{3,4}$")]
    pub cvv_update: String,
}

impl CreateToken {
    /// The card in `body`, good at `now`, or the security code.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<TokenOrder, Refusal> {
        reader::read(body, |body| {
            if body.value("cvvUpdate").is_none() {
                return card(body, now).map(TokenOrder::Card);
            }
            for name in ["cardNumber", "cardCvv", "cardExpirationDate", "cardHolderName"] {
                if body.value(name).is_some() {
                    body.problem(name, "must not come together with cvvUpdate");
                }
            }
            body.required("cvvUpdate", cvv).map(TokenOrder::Cvv)
        })
    }
}
