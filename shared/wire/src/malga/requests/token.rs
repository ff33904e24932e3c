//! Card tokens.

use domain::{card::TokenOrder, refusal::Refusal, time::Timestamp};
use serde_json::Value;

use super::payment::{Card, cvv};
use crate::object::{choice, fields, object};

choice! {
    /// A token to be created, for one use: a card, or the security code of a stored card alone.
    pub struct CreateToken: one_of {
        named::<Card>(),
        named::<CvvUpdate>(),
    }
}

fields! {
    /// The security code of a stored card, to be named as `tokenCvv` by the charge that uses it.
    #[example({"cvvUpdate": "320"})]
    struct CvvUpdate reads TokenOrder {
        /// Three digits, four on American Express.
        "cvvUpdate" => cvv = required(cvv()),
    } => cvv.map(TokenOrder::Cvv)
}

impl CreateToken {
    /// The card in `body`, good at `now`, or the security code.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<TokenOrder, Refusal> {
        super::read(body, |body| {
            if body.value("cvvUpdate").is_none() {
                return body.part(object::<Card>().given(now)).map(TokenOrder::Card);
            }
            for name in ["cardNumber", "cardCvv", "cardExpirationDate", "cardHolderName"] {
                if body.value(name).is_some() {
                    body.problem(name, "must not come together with cvvUpdate");
                }
            }
            body.part(object::<CvvUpdate>())
        })
    }
}
