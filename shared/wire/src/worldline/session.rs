//! `POST /v1/{merchantId}/sessions`: client sessions (Worldline, "Create session").

use domain::{
    client_session::{ClientSession, ProductFilter, ProductFilters},
    limits::MAX_SESSION_TOKENS,
    refusal::Refusal,
};
use serde::Serialize;
use serde_json::Value;

use super::values::within;
use crate::{
    reader::{self, Fields},
    texts::has_no_card_number,
};

/// What a merchant asks of a client session: its filters, and stored cards. Every field may be absent; unknown ones are
/// ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRequest {
    /// `paymentProductFilters`.
    pub filters: ProductFilters,
    /// `tokens`.
    pub tokens: Vec<String>,
}

impl SessionRequest {
    /// The request in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        reader::read(body, None, |fields| {
            for name in FILTERS {
                if fields.value(name).is_some() {
                    fields.problem(name, "must be in paymentProductFilters: here it bounds nothing");
                }
            }
            let filters = part(fields, "paymentProductFilters", &FILTERS, |filters| ProductFilters {
                restrict_to: part(filters, "restrictTo", &FILTER, filter),
                exclude: part(filters, "exclude", &FILTER, filter),
            });
            let tokens = list(fields, "tokens", word);
            if tokens.len() > MAX_SESSION_TOKENS {
                fields.problem("tokens", &format!("must contain no more than {MAX_SESSION_TOKENS} elements"));
            }
            Some(Self { filters, tokens })
        })
    }
}

fn filter(fields: &mut Fields<'_>) -> ProductFilter {
    let number = |product: &Value| {
        let number = product.as_u64().and_then(|product| u32::try_from(product).ok());
        number.ok_or_else(|| "must be the number of a payment product".to_owned())
    };
    ProductFilter { groups: list(fields, "groups", word), products: list(fields, "products", number) }
}

/// A text. It is stored, and a token that is none is sent back: no number of a card may be.
fn word(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| "must be a string".to_owned())?;
    has_no_card_number(text).map(|()| text.to_owned())
}

/// The fields of `paymentProductFilters`.
const FILTERS: [&str; 2] = ["restrictTo", "exclude"];
/// The fields of a filter.
const FILTER: [&str; 2] = ["groups", "products"];

/// The object in the field `name`, or what an absent one is. It has `known` fields alone: another one was to bound what
/// the session offers, and would not.
fn part<T: Default>(fields: &mut Fields<'_>, name: &str, known: &[&str], read: impl FnOnce(&mut Fields<'_>) -> T) -> T {
    let read = within(fields, name, |inside| Some((inside.are_all_of(known), read(inside))));
    let Some((is_known, read)) = read.flatten() else { return T::default() };
    if !is_known {
        fields.problem(name, &format!("must have no field but {}", known.join(" and ")));
    }
    read
}

/// The elements of the list in the field `name`; those that `read` does not take are problems.
fn list<T>(fields: &mut Fields<'_>, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Vec<T> {
    let Some(value) = fields.value(name) else { return Vec::new() };
    let Some(elements) = value.as_array() else {
        fields.problem(name, "must be an array");
        return Vec::new();
    };
    let mut found = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        match read(element) {
            Ok(element) => found.push(element),
            Err(problem) => fields.problem(&format!("{name}.{index}"), &problem),
        }
    }
    found
}

/// The answer: where a shopper's page finds the client API, and with what it opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponse {
    /// What the addresses of logos begin with.
    pub asset_url: String,
    /// What the addresses of the client API begin with.
    pub client_api_url: String,
    /// The id of the session, which opens it.
    pub client_session_id: String,
    /// The shopper, as the addresses of the client API name it.
    pub customer_id: String,
    /// The tokens of the request that cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid_tokens: Vec<String>,
    /// Deprecated by Worldline, and required by old libraries.
    pub region: &'static str,
}

impl SessionResponse {
    /// Of the session with this id, at the hub with this public address.
    #[must_use]
    pub fn new(id: &str, session: &ClientSession, public_url: &str) -> Self {
        Self {
            asset_url: format!("{public_url}/"),
            client_api_url: format!("{public_url}/client"),
            client_session_id: id.to_owned(),
            customer_id: customer_id(session),
            invalid_tokens: session.invalid_tokens.clone(),
            region: "EU",
        }
    }
}

/// How the addresses of the client API name the shopper of a session.
#[must_use]
pub fn customer_id(session: &ClientSession) -> String {
    format!("{}-{}", session.merchant, session.shopper.simple())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_may_say_nothing_or_everything() {
        assert_eq!(SessionRequest::read(&json!({})), Ok(SessionRequest::default()));
        let nothing = json!({"tokens": null, "paymentProductFilters": {"exclude": null}, "foo": "bar"});
        assert_eq!(SessionRequest::read(&nothing), Ok(SessionRequest::default()));
        let body = json!({
            "tokens": ["a", "b", "a"],
            "paymentProductFilters": {
                "restrictTo": {"groups": ["cards"], "products": [809]},
                "exclude": {"products": [2, 2_147_483_647]},
            },
        });
        let filter = |groups: &[&str], products: &[u32]| ProductFilter {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            products: products.to_vec(),
        };
        let filters =
            ProductFilters { restrict_to: filter(&["cards"], &[809]), exclude: filter(&[], &[2, 2_147_483_647]) };
        let tokens = ["a", "b", "a"].map(str::to_owned).to_vec();
        assert_eq!(SessionRequest::read(&body), Ok(SessionRequest { filters, tokens }));
    }

    #[test]
    fn a_filter_that_would_bound_nothing_is_a_problem() {
        let products = json!({"products": [3]});
        for (body, problem) in [
            (json!({"restrictTo": products}), "restrictTo must be in paymentProductFilters: here it bounds nothing"),
            (
                json!({"paymentProductFilters": products}),
                "paymentProductFilters must have no field but restrictTo and exclude",
            ),
            (
                json!({"paymentProductFilters": {"restrictTo": {"productIds": [3]}}}),
                "paymentProductFilters.restrictTo must have no field but groups and products",
            ),
        ] {
            assert_eq!(SessionRequest::read(&body), Err(Refusal::Invalid(vec![problem.to_owned()])));
        }
    }

    #[test]
    fn every_wrong_type_is_a_problem() {
        let body = json!({
            "tokens": ["a", 7],
            "paymentProductFilters": {"restrictTo": [], "exclude": {"groups": "cards", "products": ["1", -1, 1.5]}},
        });
        let product =
            |index| format!("paymentProductFilters.exclude.products.{index} must be the number of a payment product");
        assert_eq!(
            SessionRequest::read(&body),
            Err(Refusal::Invalid(vec![
                "paymentProductFilters.restrictTo must be an object".to_owned(),
                "paymentProductFilters.exclude.groups must be an array".to_owned(),
                product(0),
                product(1),
                product(2),
                "tokens.1 must be a string".to_owned(),
            ]))
        );
        let many = json!({"tokens": vec!["a"; MAX_SESSION_TOKENS + 1]});
        assert!(SessionRequest::read(&many).is_err());
    }
}
