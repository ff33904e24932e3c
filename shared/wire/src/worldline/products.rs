//! `GET /client/v1/{customerId}/products` and `…/products/{id}` (Worldline, "Get payment products").

use domain::client_session::{ClientSession, KnownCard};
use serde::Serialize;

use super::{
    card::{masked, month_and_year},
    context::{Language, ProductQuery},
    fields::{self, Field},
    image,
    product::{Offer, Product},
};

/// Every product that a client session offers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProducts {
    /// The products.
    pub payment_products: Vec<PaymentProduct>,
}

impl PaymentProducts {
    /// Those of `offer` that `query` does not hide.
    #[must_use]
    pub fn new(offer: &Offer<'_>, query: &ProductQuery, session: &ClientSession) -> Self {
        let shown = offer.products().filter(|product| !is_hidden(*product, query));
        Self { payment_products: shown.map(|product| PaymentProduct::new(product, query, session)).collect() }
    }
}

/// Whether the list leaves the product out. Every product has fields that the shopper fills in.
fn is_hidden(product: Product, query: &ProductQuery) -> bool {
    let hide = query.hide;
    hide.with_fields
        || (hide.with_instructions && product == Product::Boleto)
        || (hide.with_redirects && product == Product::Pix)
}

/// A product.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of the public API")]
pub struct PaymentProduct {
    /// The stored cards of the shopper that are of this product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts_on_file: Vec<AccountOnFile>,
    /// Whether it can be paid in installments.
    pub allows_installments: bool,
    /// Whether it can be charged again without the shopper.
    pub allows_recurring: bool,
    /// Whether it can be stored.
    pub allows_tokenization: bool,
    /// Whether it is stored without being asked for.
    pub auto_tokenized: bool,
    /// Always false.
    pub device_fingerprint_enabled: bool,
    /// How a page shows it.
    pub display_hints: ProductHints,
    /// What the shopper is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<Field>>,
    /// Its number.
    pub id: u32,
    /// Always `OPTIMISED_SUPPORT`: the page is the merchant's own.
    pub mobile_integration_level: &'static str,
    /// The kind of payment.
    pub payment_method: &'static str,
    /// The group that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_product_group: Option<&'static str>,
    /// Whether the shopper pays elsewhere.
    pub uses_redirection_to3rd_party: bool,
}

/// How a page shows a product or a group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductHints {
    /// Its place.
    pub display_order: usize,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'static str>,
    /// The address of its logo, after that of the assets.
    pub logo: String,
}

impl PaymentProduct {
    /// The product, with those of the session's cards that are of it.
    #[must_use]
    pub fn new(product: Product, query: &ProductQuery, session: &ClientSession) -> Self {
        let (language, is_card) = (language(query), product.is_card());
        Self {
            accounts_on_file: accounts_on_file(query, session, |of| of == product),
            allows_installments: is_card,
            allows_recurring: is_card,
            allows_tokenization: is_card,
            auto_tokenized: false,
            device_fingerprint_enabled: false,
            display_hints: ProductHints {
                display_order: place(product),
                label: language.map(|_| product.name()),
                logo: image::logo_path(product),
            },
            fields: (!query.hide.fields).then(|| fields::of(product, language)),
            id: product.id(),
            mobile_integration_level: "OPTIMISED_SUPPORT",
            payment_method: payment_method(product),
            payment_product_group: product.group(),
            uses_redirection_to3rd_party: product == Product::Pix,
        }
    }
}

/// The language of the texts, where there are any.
pub(super) fn language(query: &ProductQuery) -> Option<Language> {
    (!query.hide.translations).then_some(query.language)
}

/// The place of the product among all.
pub(super) fn place(product: Product) -> usize {
    Product::ALL.iter().position(|one| *one == product).unwrap_or_default()
}

fn payment_method(product: Product) -> &'static str {
    match product {
        Product::Boleto => "cash",
        Product::Pix => "redirect",
        Product::Visa
        | Product::Mastercard
        | Product::Elo
        | Product::AmericanExpress
        | Product::HiperCard
        | Product::Diners
        | Product::Discover
        | Product::Jcb => "card",
    }
}

/// A stored card of the shopper.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountOnFile {
    /// Its number in the client session, from 1: the page names it so in what it encrypts.
    pub id: usize,
    /// The number of its product.
    pub payment_product_id: u32,
    /// How a page shows it.
    pub display_hints: AccountHints,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
}

/// How a page shows a stored card.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountHints {
    /// Which attributes name it.
    pub label_template: [LabelPart; 1],
    /// The address of the logo of its product, after that of the assets.
    pub logo: String,
}

/// A part of the name of a stored card.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelPart {
    /// The attribute.
    pub attribute_key: &'static str,
    /// How its value is grouped.
    pub mask: &'static str,
}

/// What is known of a stored card. The shopper changes none of it.
#[derive(Clone, Debug, Serialize)]
pub struct Attribute {
    /// The name of the field that would ask for it.
    pub key: &'static str,
    /// The value.
    pub value: String,
    /// Always `READ_ONLY`.
    pub status: &'static str,
}

/// The session's cards of the products that `is_shown` admits.
pub(super) fn accounts_on_file(
    query: &ProductQuery,
    session: &ClientSession,
    is_shown: impl Fn(Product) -> bool,
) -> Vec<AccountOnFile> {
    if query.hide.accounts_on_file {
        return Vec::new();
    }
    let numbered = session.cards.iter().zip(1..);
    let of_product = |(card, id): (&KnownCard, usize)| {
        let product = Product::of_brand(card.snapshot.brand).filter(|product| is_shown(*product))?;
        Some(account_on_file(id, product, card))
    };
    numbered.filter_map(of_product).collect()
}

fn account_on_file(id: usize, product: Product, card: &KnownCard) -> AccountOnFile {
    let number = masked(&card.snapshot);
    let attribute = |key, value| Attribute { key, value, status: "READ_ONLY" };
    AccountOnFile {
        id,
        payment_product_id: product.id(),
        display_hints: AccountHints {
            label_template: [LabelPart { attribute_key: "alias", mask: "{{9999}} {{9999}} {{9999}} {{9999}}" }],
            logo: image::logo_path(product),
        },
        attributes: vec![
            attribute("alias", number.clone()),
            attribute("cardholderName", card.snapshot.holder.clone()),
            attribute("cardNumber", number),
            attribute("expiryDate", month_and_year(&card.snapshot)),
        ],
    }
}
