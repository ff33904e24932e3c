//! The fields of a card, which come in the clear or encrypted, and the payment products that cards are.

use domain::{
    card::{Brand, CardData, CardProblem, CardSnapshot, Cvv, Expiry, Pan, is_digits_alone},
    limits::MAX_TEXT,
    time::Timestamp,
};
use serde_json::Value;

use super::{product::Product, values::needed};
use crate::{
    problems::Worded,
    reader::Fields,
    rules::{Rule, rule, string},
    texts::filled,
};

/// The problem of a number whose check digit does not hold: it has an error code of its own.
pub(super) const NOT_LUHN: &str = "did not pass the Luhn check";
/// The problem of a card that has expired: it has an error code of its own.
pub(super) const IN_THE_PAST: &str = "is in the past or not in the correct MMYY format";

/// The card in `fields`. Without a name on it, it has that of the `customer`; it must be good at `now`.
pub(super) fn read(fields: &mut Fields<'_>, customer: Option<&str>, now: Timestamp) -> Option<CardData> {
    let pan = needed(fields, card_number(), "cardNumber");
    let cvv = cvv(fields);
    if let (Some(pan), Some(Some(cvv))) = (&pan, &cvv)
        && !cvv.fits(pan.brand())
    {
        fields.problem("cvv", "must have 4 digits on American Express and 3 on other cards");
    }
    let expiry = needed(fields, expiry(now), "expiryDate");
    let holder = match customer.filter(|_| fields.value("cardholderName").is_none()) {
        Some(customer) => Some(customer.to_owned()),
        None => needed(fields, name(), "cardholderName"),
    };
    Some(CardData { pan: pan?, cvv: cvv?, holder: holder?, expiry: expiry? })
}

/// The name on a card.
pub(super) fn name() -> impl Rule<Read = String> {
    filled(MAX_TEXT)
        .without_card_numbers()
        .check(|holder: &String| if is_digits_alone(holder) { Err("must not be a number".to_owned()) } else { Ok(()) })
}

/// The CVV in `fields`, if there is one.
#[expect(clippy::option_option, reason = "the outer one is that of every field")]
pub(super) fn cvv(fields: &mut Fields<'_>) -> Option<Option<Cvv>> {
    let read = |value: &Value| Cvv::new(value.as_str().unwrap_or_default()).map_err(|problem| problem.worded());
    fields.optional(rule(read, string), "cvv")
}

/// The card whose number is in `fields`.
pub(super) fn number_in(fields: &Value) -> Option<Pan> {
    Pan::new(&digits(fields.get("cardNumber")?)?).ok()
}

/// Pages show a number in groups, and a library without their mask sends it so.
fn digits(value: &Value) -> Option<zeroize::Zeroizing<String>> {
    Some(zeroize::Zeroizing::new(value.as_str()?.chars().filter(|c| *c != ' ').collect()))
}

fn card_number() -> impl Rule<Read = Pan> {
    let read = |value: &Value| {
        Pan::new(&digits(value).unwrap_or_default()).map_err(|problem| match problem {
            CardProblem::CheckDigit => NOT_LUHN.to_owned(),
            CardProblem::NotDigits | CardProblem::Length => "must be 12 to 19 digits".to_owned(),
        })
    };
    rule(read, string)
}

/// `MMYY`, or `MMYYYY`, also with a slash as pages show it.
fn expiry(now: Timestamp) -> impl Rule<Read = Expiry> {
    let read = move |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let (month, year) = match text.split_once('/') {
            Some(parts) => parts,
            None => text.split_at_checked(2).unwrap_or_default(),
        };
        let expiry = format!("{month}/{year}").parse::<Expiry>();
        expiry.ok().filter(|expiry| !expiry.has_ended(now)).ok_or_else(|| IN_THE_PAST.to_owned())
    };
    rule(read, string)
}

/// The number of a card as answers show it: its last four digits, after twelve stars.
pub(super) fn masked(card: &CardSnapshot) -> String {
    format!("************{}", card.last4)
}

/// Whether the number and the expiry date in `fields`, where they come, may be those of the stored `card`: a page may
/// send them as answers show them, and never another whole number.
pub(super) fn may_be(fields: &Fields<'_>, card: &CardSnapshot) -> bool {
    let ends = |name: &str, end: &str| {
        let Some(value) = fields.value(name) else { return true };
        let digits: Option<String> = value.as_str().map(|text| text.chars().filter(char::is_ascii_digit).collect());
        digits.is_some_and(|digits| digits == end)
    };
    ends("cardNumber", &card.last4) && ends("expiryDate", &month_and_year(card))
}

/// The last good month of a card as answers show it: `MMYY`.
pub(super) fn month_and_year(card: &CardSnapshot) -> String {
    format!("{}{}", card.expiry.month(), card.expiry.year().get(2..).unwrap_or_default())
}

/// Whether cards of this brand may be of this product: some brands have one more for their debit cards.
pub(super) fn is_of(product: u32, brand: Brand) -> bool {
    let debit: &[u32] = match brand {
        Brand::Visa => &[114, 122],
        Brand::Mastercard => &[117, 119],
        Brand::HiperCard => &[163],
        Brand::AmericanExpress | Brand::Jcb | Brand::Discover | Brand::Diners | Brand::Elo | Brand::Unknown => &[],
    };
    Product::of_brand(brand).is_none_or(|own| own.id() == product) || debit.contains(&product)
}
