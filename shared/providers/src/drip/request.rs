//! The hub's requests to Drip.

use std::borrow::Cow;

use domain::{
    charge::request::RequestKind,
    customer::CustomerData,
    document::DocumentKind,
    merchant::ProviderAccount,
    method::{Method, PaidItem},
};
use serde::Serialize;

use super::{BASE_URL, REFERENCE, answer::id};
use crate::{BuildError, Call, Change, Create, HttpRequest, Operation, Query, Verb, decimal, text};

/// The checkout of no payment.
const NO_CHECKOUT: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checkout<'a> {
    amount: String,
    merchant_code: &'a str,
    resolve_url: Cow<'a, str>,
    customer_cpf: &'a str,
    customer_name: &'a str,
    customer_email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_phone: Option<String>,
    #[serde(flatten)]
    address: Address<'a>,
    products: Vec<Product<'a>>,
}

#[derive(Default, Serialize)]
struct Address<'a> {
    #[serde(rename = "customerAddressCep", skip_serializing_if = "Option::is_none")]
    cep: Option<String>,
    #[serde(rename = "customerAddressStreet", skip_serializing_if = "Option::is_none")]
    street: Option<&'a str>,
    #[serde(rename = "customerAddressNumber", skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(rename = "customerAddressComplement", skip_serializing_if = "Option::is_none")]
    complement: Option<&'a str>,
    #[serde(rename = "customerAddressNeighborhood", skip_serializing_if = "Option::is_none")]
    neighborhood: Option<&'a str>,
    #[serde(rename = "customerAddressCity", skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(rename = "customerAddressState", skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Product<'a> {
    id: &'a str,
    name: &'a str,
    quantity: u32,
    amount: String,
    total_amount: String,
}

/// The first call of `operation`.
pub(super) fn first(account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
    match operation {
        Operation::Create(create) => created(account, create).map(Call::with_effect),
        Operation::Void(Change { money, left, .. }) if money != left => Err(BuildError::NoPart),
        Operation::Void(Change { transaction_id, .. }) => read_checkout(account, *transaction_id),
        Operation::Query(Query { transaction_id, asked: RequestKind::Pending | RequestKind::Void, .. }) => {
            read_checkout(account, *transaction_id)
        }
        Operation::Check => read_checkout(account, Some(NO_CHECKOUT)),
        Operation::Capture(_)
        | Operation::Cancel(_)
        | Operation::Verify(_)
        | Operation::Query(_)
        | Operation::Register { .. } => Err(BuildError::NotServed),
    }
}

fn created(account: &ProviderAccount, create: &Create) -> Result<HttpRequest, BuildError> {
    let Method::Drip(drip) = create.method else { return Err(BuildError::NotServed) };
    let customer = create.customer.ok_or(BuildError::NoShopper)?;
    let body = Checkout {
        amount: decimal::written(create.money.amount.minor()),
        merchant_code: create.reference,
        resolve_url: create.updates.map_or(Cow::Borrowed(&drip.success_redirect_url), |updates| {
            Cow::Owned(format!("{}?{REFERENCE}={}", updates.url, create.reference))
        }),
        customer_cpf: cpf(customer).ok_or(BuildError::NoShopper)?,
        customer_name: &customer.name,
        customer_email: &customer.email,
        customer_phone: digits(&customer.phone_number),
        address: address(customer),
        products: drip.items.iter().map(product).collect(),
    };
    HttpRequest::json(Verb::Post, base(account)?, "/checkouts".to_owned(), &body)
}

/// Reads the checkout of this id: nothing but its id names it.
fn read_checkout(account: &ProviderAccount, checkout: Option<&str>) -> Result<Call, BuildError> {
    let checkout = checkout.and_then(id).ok_or(BuildError::NoId)?;
    let request = HttpRequest::bare(Verb::Get, base(account)?, format!("/checkouts/{checkout}"));
    Ok(Call::safe(request))
}

/// Reads the order of a checkout, as the second call.
pub(super) fn read_order(account: &ProviderAccount, order: &str) -> Result<Call, BuildError> {
    let request = HttpRequest::bare(Verb::Get, base(account)?, format!("/merchant/orders/{order}/detail"));
    Ok(Call::safe(request).at(2, Some(order.to_owned())))
}

/// Cancels an order whole, as the third call.
pub(super) fn cancel_order(account: &ProviderAccount, order: &str) -> Result<Call, BuildError> {
    let request = HttpRequest::bare(Verb::Put, base(account)?, format!("/merchant/orders/{order}/cancel"));
    Ok(Call::with_effect(request).at(3, Some(order.to_owned())))
}

fn base(account: &ProviderAccount) -> Result<&str, BuildError> {
    let base = account.credentials.field(BASE_URL).ok_or(BuildError::NoField(BASE_URL))?;
    Ok(base.trim_end_matches('/'))
}

fn product(item: &PaidItem) -> Product<'_> {
    let price = u128::from(item.unit_price.minor());
    Product {
        id: &item.id,
        name: &item.title,
        quantity: item.quantity,
        amount: decimal::written(price),
        total_amount: decimal::written(price.saturating_mul(item.quantity.into())),
    }
}

fn cpf(customer: &CustomerData) -> Option<&str> {
    let document = &customer.document;
    document.number().filter(|_| *document.kind() == DocumentKind::Cpf)
}

fn address(customer: &CustomerData) -> Address<'_> {
    customer.address.as_ref().map_or_else(Address::default, |address| Address {
        cep: address.zip_code.as_deref().and_then(digits),
        street: address.street.as_deref(),
        number: address.street_number.as_deref(),
        complement: address.complement.as_deref(),
        neighborhood: address.district.as_deref(),
        city: address.city.as_deref(),
        state: address.state.as_deref(),
    })
}

/// The digits of a text; none where it has none.
fn digits(text: &str) -> Option<String> {
    Some(text::digits(text)).filter(|digits| !digits.is_empty())
}
