//! Public keys.

use std::time::Duration;

use domain::{
    limits::MAX_KEY_LIFE,
    refusal::Refusal,
    scope::{Scope, Scopes},
};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema, schema::OneOfBuilder};

use crate::{
    object::{fields, object},
    reader::Fields,
    rules::{Described, Rule, integer, one_of, several},
};

fields! {
    /// A public key to be made.
    #[example({"scope": ["charges", "tokens"], "expires": 3600})]
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CreatePublicKey {
        /// What it may do: one scope, several, or `*` for all.
        "scope" => scopes: Scopes = required(OneOrSeveral),
        /// After how many seconds it ends; 0 means never.
        "expires" => life: Option<Duration> = or(life(), 0),
    }
}

impl CreatePublicKey {
    /// The key that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

fn life() -> impl Rule<Read = Option<Duration>> {
    let seconds = integer::<u64>(0..=MAX_KEY_LIFE.as_secs());
    seconds.map(|seconds| Some(seconds).filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

fn scope() -> impl Rule<Read = Scope> {
    one_of(Scope::ALL, Scope::name)
}

/// One word, or a list of words.
struct OneOrSeveral;

impl Described for OneOrSeveral {
    fn schema(&self) -> RefOr<Schema> {
        OneOfBuilder::new().item(scope().schema()).item(several(scope, Scope::name).schema()).into()
    }
}

impl Rule for OneOrSeveral {
    type Read = Scopes;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Scopes> {
        if value.is_array() {
            several(scope, Scope::name).read(value, at, name).map(Scopes::Many)
        } else {
            scope().read(value, at, name).map(Scopes::One)
        }
    }
}
