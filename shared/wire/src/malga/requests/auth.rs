//! Public keys.

use std::time::Duration;

use domain::{
    limits::MAX_KEY_LIFE,
    refusal::Refusal,
    scope::{Scope, Scopes},
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{malga::schema, reader, rules};

/// A public key to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"scope": ["charges", "tokens"], "expires": 3600}))]
pub struct CreatePublicKey {
    /// What it may do: one scope, several, or `*` for all.
    #[schema(schema_with = schema::scopes)]
    pub scope: Vec<String>,
    /// After how many seconds it ends; 0 means never.
    #[schema(schema_with = schema::key_life, required = false)]
    pub expires: u64,
}

/// A public key to be made, checked field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPublicKey {
    /// What it may do.
    pub scopes: Scopes,
    /// How long it lives; without end where absent.
    pub life: Option<Duration>,
}

impl CreatePublicKey {
    /// The key that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<NewPublicKey, Refusal> {
        reader::read(body, |body| {
            let scopes = body.required("scope", scopes);
            let seconds: Option<u64> = body.optional("expires", rules::integer(0..=MAX_KEY_LIFE.as_secs()));
            let life = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
            Some(NewPublicKey { scopes: scopes?, life })
        })
    }
}

fn scopes(value: &Value) -> Result<Scopes, String> {
    let scope = rules::one_of(Scope::ALL, Scope::name);
    let Some(names) = value.as_array() else { return scope(value).map(Scopes::One) };
    if names.is_empty() {
        return Err("should not be empty".to_owned());
    }
    let mut scopes = Vec::with_capacity(names.len());
    for name in names {
        let scope = scope(name)?;
        if scopes.contains(&scope) {
            return Err(format!("must not name {scope} twice"));
        }
        scopes.push(scope);
    }
    Ok(Scopes::Many(scopes))
}
