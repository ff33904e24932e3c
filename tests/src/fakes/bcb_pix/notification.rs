//! What the bank posts to a webhook, true or not.

use serde_json::{Value, json};

/// The body of one call. The bank posts it to the registered address with `/pix` at its end.
#[derive(Clone, Debug)]
pub struct Notification {
    pix: Vec<Value>,
    is_published: bool,
}

impl Notification {
    pub(super) const fn new(pix: Vec<Value>, is_published: bool) -> Self {
        Self { pix, is_published }
    }

    /// The body. What BS2 posts is not published.
    #[must_use]
    pub fn body(&self) -> Value {
        assert!(self.is_published, "the body of this bank's notifications is not published");
        json!({ "pix": self.pix })
    }

    /// The end-to-end id of its first Pix.
    #[must_use]
    pub fn end_to_end_id(&self) -> &str {
        self.pix[0]["endToEndId"].as_str().unwrap()
    }

    /// The id of the last devolução of its first Pix.
    #[must_use]
    pub fn devolucao_id(&self) -> &str {
        self.pix[0]["devolucoes"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap()
    }

    /// Both in one call, this one first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.pix.extend(other.pix);
        self
    }

    /// `devolucoes` as in the standard's own example: one object, the last devolução.
    #[must_use]
    pub fn with_devolucao_as_object(mut self) -> Self {
        for pix in &mut self.pix {
            let last = pix["devolucoes"].as_array().unwrap().last().unwrap().clone();
            pix["devolucoes"] = last;
        }
        self
    }

    /// A lie: the field of its first Pix at this pointer has this value.
    #[must_use]
    pub fn says(mut self, pointer: &str, value: &Value) -> Self {
        *self.pix[0].pointer_mut(pointer).unwrap() = value.clone();
        self
    }
}
