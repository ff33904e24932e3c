//! `POST /client/v1/{customerId}/services/getIINdetails` (Worldline, "Get IIN details"): what the BIN of a
//! card says of it.

use domain::{card::Brand, refusal::Refusal};
use serde::Serialize;
use serde_json::Value;

use super::{context::Context, product::Product, values::within};
use crate::reader;

/// The digits that name the brand, which the library sends at least.
const LEAST: usize = 6;
/// The longest card number.
const MOST: usize = 19;
/// The country of an issuer that is not known.
const NO_COUNTRY: &str = "99";

/// A question about a card.
#[derive(Clone, PartialEq, Eq)]
pub struct IinRequest {
    /// The brand that its first digits name. The digits themselves go no further.
    pub brand: Brand,
    /// The payment that is prepared.
    pub context: Option<Context>,
}

impl IinRequest {
    /// The question in `body`. No problem repeats a digit.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        reader::read(body, None, |fields| {
            let brand = match fields.value("bin") {
                None => fields.refuse("bin", "should not be empty"),
                Some(bin) => match bin.as_str().and_then(brand) {
                    None => fields.refuse("bin", "must be the first digits of a card number, six or more"),
                    brand => brand,
                },
            };
            let context = within(fields, "paymentContext", Context::in_body);
            Some(Self { brand: brand?, context: context? })
        })
    }
}

fn brand(bin: &str) -> Option<Brand> {
    let digits: String = bin.chars().filter(|letter| *letter != ' ').collect();
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_digit());
    let first6 = digits.get(..LEAST).filter(|_| are_digits && digits.len() <= MOST)?;
    Some(Brand::of(first6))
}

/// What is known of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IinDetails {
    /// The country of its issuer: always `99`, the word for one that is not known.
    pub country_code: &'static str,
    /// Whether it may be used for the payment that is prepared; absent where the page did not say of which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_allowed_in_context: Option<bool>,
    /// The number of its product. The hub knows no card of two brands.
    pub payment_product_id: u32,
}

impl IinDetails {
    /// What is known of the cards of `product`.
    #[must_use]
    pub const fn new(product: Product, is_allowed_in_context: Option<bool>) -> Self {
        Self { country_code: NO_COUNTRY, is_allowed_in_context, payment_product_id: product.id() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(body: &Value) -> Vec<String> {
        match IinRequest::read(body) {
            Err(Refusal::Invalid(problems)) => problems,
            other => panic!("{:?}", other.map(|read| read.brand)),
        }
    }

    #[test]
    fn the_request_of_the_library_is_read() {
        let body = json!({"bin": "45673500", "paymentContext": {"countryCode": "NL", "isRecurring": false,
            "isInstallments": true, "amountOfMoney": {"amount": 1000, "currencyCode": "EUR"}}, "accountOnFileId": 1});
        let read = IinRequest::read(&body).ok().unwrap();
        assert_eq!(read.brand, Brand::Visa);
        let context = Context {
            country: "NL".to_owned(),
            currency: "EUR".parse().unwrap(),
            amount: Some(1000),
            is_recurring: false,
            is_installments: true,
        };
        assert_eq!(read.context, Some(context));
    }

    #[test]
    fn six_digits_name_a_brand_and_more_say_no_more() {
        for (bin, brand) in [
            ("456735", Brand::Visa),
            ("4567 3500", Brand::Visa),
            ("4567350000427977", Brand::Visa),
            ("50670000", Brand::Elo),
            ("999999", Brand::Unknown),
        ] {
            let read = IinRequest::read(&json!({"bin": bin})).ok().unwrap();
            assert_eq!((read.brand, read.context), (brand, None), "{bin}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_without_a_digit_of_the_card() {
        assert_eq!(problems(&json!({})), ["bin should not be empty"]);
        for bin in [json!("45673"), json!("45673x"), json!("٤٥٦٧٣٥"), json!(456_735), json!("45673500004279774567")]
        {
            assert_eq!(problems(&json!({"bin": bin})), ["bin must be the first digits of a card number, six or more"]);
        }
        let body = json!({"bin": "456735", "paymentContext": {"countryCode": "Brazil", "isRecurring": "no",
            "amountOfMoney": {"amount": 50.3}}});
        assert_eq!(
            problems(&body),
            [
                "paymentContext.countryCode must be a country code of two letters",
                "paymentContext.amountOfMoney.amount must be a whole number",
                "paymentContext.amountOfMoney.currencyCode should not be empty",
                "paymentContext.isRecurring must be a boolean value",
            ]
        );
        let body = json!({"bin": "456735", "paymentContext": {"countryCode": "BR"}});
        assert_eq!(problems(&body), ["paymentContext.amountOfMoney should not be empty"]);
        assert_eq!(problems(&json!({"bin": "456735", "paymentContext": 1})), ["paymentContext must be an object"]);
    }

    #[test]
    fn an_answer_without_a_context_does_not_say_whether_the_card_may_be_used() {
        let printed = |allowed| serde_json::to_value(IinDetails::new(Product::Elo, allowed)).unwrap();
        assert_eq!(printed(None), json!({"countryCode": "99", "paymentProductId": 147}));
        let expected = json!({"countryCode": "99", "paymentProductId": 147, "isAllowedInContext": false});
        assert_eq!(printed(Some(false)), expected);
    }
}
