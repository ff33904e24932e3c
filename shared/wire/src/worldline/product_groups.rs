//! `GET /client/v1/{customerId}/productgroups` and `…/productgroups/{id}` (Worldline, "Get payment product groups").
//! There is one group, of all cards.

use domain::client_session::ClientSession;
use serde::Serialize;

use super::{
    context::{Language, ProductQuery},
    fields::{self, Field},
    image,
    product::{CARDS, Offer},
    products::{AccountOnFile, ProductHints, accounts_on_file, language, place},
};

/// Every group of which a client session offers a product.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProductGroups {
    /// The groups.
    pub payment_product_groups: Vec<PaymentProductGroup>,
}

impl PaymentProductGroups {
    /// Those of `offer`.
    #[must_use]
    pub fn new(offer: &Offer<'_>, query: &ProductQuery, session: &ClientSession) -> Self {
        Self { payment_product_groups: PaymentProductGroup::new(CARDS, offer, query, session).into_iter().collect() }
    }
}

/// A group of products that have the same fields.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProductGroup {
    /// The stored cards of the shopper that are of its products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts_on_file: Vec<AccountOnFile>,
    /// Whether it can be paid in installments.
    pub allows_installments: bool,
    /// Always false.
    pub device_fingerprint_enabled: bool,
    /// How a page shows it.
    pub display_hints: ProductHints,
    /// What the shopper is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<Field>>,
    /// Its name.
    pub id: &'static str,
}

impl PaymentProductGroup {
    /// The group of this name, where `offer` has one of its products.
    #[must_use]
    pub fn new(name: &str, offer: &Offer<'_>, query: &ProductQuery, session: &ClientSession) -> Option<Self> {
        let first = offer.products().find(|product| product.group() == Some(name))?;
        let language = language(query);
        Some(Self {
            accounts_on_file: accounts_on_file(query, session, |product| offer.has(product)),
            allows_installments: true,
            device_fingerprint_enabled: false,
            display_hints: ProductHints {
                display_order: place(first),
                label: language.map(name_of_cards),
                logo: image::CARDS_PATH.to_owned(),
            },
            fields: (!query.hide.fields).then(|| fields::of_cards(language)),
            id: CARDS,
        })
    }
}

const fn name_of_cards(language: Language) -> &'static str {
    match language {
        Language::English => "Cards",
        Language::Portuguese => "Cartões",
    }
}
