//! What a page says of the payment that it prepares, and what it does not want to get.

use domain::{money::Currency, refusal::Refusal};
use serde_json::{Map, Value};

use super::values::{flag, needed, number, required};
use crate::{
    reader::{self, Fields},
    rules::{Rule, currency, rule, string},
};

/// The payment that a page prepares, as far as it decides which products can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Where the shopper is: two upper-case letters.
    pub country: String,
    /// In which currency the payment is.
    pub currency: Currency,
    /// Its amount, always with two decimals.
    pub amount: Option<u64>,
    /// Whether the product must serve recurring payments.
    pub is_recurring: bool,
    /// Whether the product must serve payments in installments.
    pub is_installments: bool,
}

/// A language in which products are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// For everyone else.
    English,
    /// For who asks for it.
    Portuguese,
}

impl Language {
    /// The language of a locale such as `pt_BR`; English of any other.
    fn of(locale: &str) -> Self {
        let language = locale.split(['_', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("pt") { Self::Portuguese } else { Self::English }
    }
}

/// What an answer about products leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the public API, and none a state")]
pub struct Hide {
    /// The fields of products.
    pub fields: bool,
    /// The stored cards of the shopper.
    pub accounts_on_file: bool,
    /// Every text for the shopper.
    pub translations: bool,
    /// Products that need data of the shopper. Worldline calls it `productsWithoutFields`.
    pub with_fields: bool,
    /// Products that show instructions. Worldline calls it `productsWithoutInstructions`.
    pub with_instructions: bool,
    /// Products that send the shopper elsewhere.
    pub with_redirects: bool,
}

impl Hide {
    fn add(&mut self, word: &str) {
        match word {
            "fields" => self.fields = true,
            "accountsOnFile" => self.accounts_on_file = true,
            "translations" => self.translations = true,
            "productsWithoutFields" => self.with_fields = true,
            "productsWithoutInstructions" => self.with_instructions = true,
            "productsWithRedirects" => self.with_redirects = true,
            _ => {}
        }
    }
}

/// A question about products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// The payment that is prepared.
    pub context: Context,
    /// In which language the page is.
    pub language: Language,
    /// What it does not want.
    pub hide: Hide,
}

impl ProductQuery {
    /// The question in these decoded `name=value` pairs. Names and words that are not known are ignored.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let query = texts(pairs);
        let context = reader::read(&query, None, |fields| Context::read(fields, Money::read))?;
        let language = Language::of(query.get("locale").and_then(Value::as_str).unwrap_or_default());
        let mut hide = Hide::default();
        let hidden = pairs.iter().filter(|(name, _)| name == "hide");
        hidden.flat_map(|(_, words)| words.split(',')).for_each(|word| hide.add(word));
        Ok(Self { context, language, hide })
    }
}

/// A query as an object of texts. The first value of a name counts, and an empty one is none.
fn texts(pairs: &[(String, String)]) -> Value {
    let last_to_first = pairs.iter().rev().filter(|(_, value)| !value.is_empty());
    Value::Object(last_to_first.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>())
}

impl Context {
    /// The context in the body of a request, where the money is an object of its own.
    pub(super) fn in_body(fields: &mut Fields<'_>) -> Option<Self> {
        Self::read(fields, |fields| required(fields, "amountOfMoney", Money::read))
    }

    fn read(fields: &mut Fields<'_>, money: impl FnOnce(&mut Fields<'_>) -> Option<Money>) -> Option<Self> {
        let country = needed(fields, country(), "countryCode");
        let money = money(fields);
        let is_recurring = fields.optional(flag(), "isRecurring");
        let is_installments = fields.optional(flag(), "isInstallments");
        let Money { currency, amount } = money?;
        Some(Self {
            country: country?,
            currency,
            amount,
            is_recurring: is_recurring?.unwrap_or_default(),
            is_installments: is_installments?.unwrap_or_default(),
        })
    }
}

/// What a page says of the money.
struct Money {
    currency: Currency,
    amount: Option<u64>,
}

impl Money {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let amount = fields.optional(number(0..=u64::MAX), "amount");
        let currency = needed(fields, currency(), "currencyCode");
        Some(Self { currency: currency?, amount: amount? })
    }
}

/// A country, in either case of letters.
fn country() -> impl Rule<Read = String> {
    let is_code = |text: &&str| text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
    let read = move |value: &Value| {
        let code = value.as_str().filter(is_code).map(str::to_ascii_uppercase);
        code.ok_or_else(|| "must be a country code of two letters".to_owned())
    };
    rule(read, string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn problems(query: &[(&str, &str)]) -> Vec<String> {
        match ProductQuery::read(&pairs(query)) {
            Err(Refusal::Invalid(problems)) => problems,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_query_of_the_library_is_read() {
        let query = pairs(&[
            ("countryCode", "NL"),
            ("isRecurring", "false"),
            ("amount", "1000"),
            ("currencyCode", "EUR"),
            ("locale", "en_GB"),
            ("cacheBust", "1795166363636"),
            ("hide", "fields"),
        ]);
        let context = Context {
            country: "NL".to_owned(),
            currency: "EUR".parse().unwrap(),
            amount: Some(1000),
            is_recurring: false,
            is_installments: false,
        };
        let hide = Hide { fields: true, ..Hide::default() };
        assert_eq!(ProductQuery::read(&query), Ok(ProductQuery { context, language: Language::English, hide }));
    }

    #[test]
    fn words_to_hide_may_come_in_one_text_or_in_several_and_unknown_ones_are_ignored() {
        let query = pairs(&[
            ("countryCode", "br"),
            ("currencyCode", "BRL"),
            ("locale", "pt_BR"),
            ("isRecurring", "True"),
            ("isInstallments", "true"),
            ("hide", "accountsOnFile,translations"),
            ("hide", "productsWithoutFields"),
            ("hide", "productsWithoutInstructions"),
            ("hide", "productsWithRedirects"),
            ("hide", "clickToPayConfigurationFields"),
        ]);
        let read = ProductQuery::read(&query).unwrap();
        assert_eq!((read.context.country.as_str(), read.context.currency), ("BR", Currency::BRL));
        assert_eq!((read.context.amount, read.context.is_recurring, read.context.is_installments), (None, true, true));
        assert_eq!(read.language, Language::Portuguese);
        let all = Hide {
            fields: false,
            accounts_on_file: true,
            translations: true,
            with_fields: true,
            with_instructions: true,
            with_redirects: true,
        };
        assert_eq!(read.hide, all);
    }

    #[test]
    fn a_language_that_is_not_served_is_english() {
        for (locale, language) in [
            ("pt", Language::Portuguese),
            ("pt-PT", Language::Portuguese),
            ("nl_NL", Language::English),
            ("", Language::English),
            ("pta_XX", Language::English),
        ] {
            assert_eq!(Language::of(locale), language, "{locale}");
        }
    }

    #[test]
    fn a_query_is_read_as_a_body_is_and_the_first_value_of_a_name_counts() {
        let query = [("countryCode", "br"), ("countryCode", "NL"), ("currencyCode", "BRL"), ("amount", "")];
        let query = pairs(&[&query[..], &[("isRecurring", "True"), ("isRecurring", "")]].concat());
        let body = json!({"countryCode": "br", "isRecurring": "True", "amountOfMoney": {"currencyCode": "BRL"}});
        let read = reader::read(&body, None, Context::in_body).unwrap();
        assert_eq!(ProductQuery::read(&query).unwrap().context, read);
        assert_eq!((read.country.as_str(), read.amount, read.is_recurring), ("BR", None, true));
    }

    #[test]
    fn every_problem_is_named_by_its_parameter() {
        assert_eq!(problems(&[]), ["countryCode should not be empty", "currencyCode should not be empty"]);
        let query = [
            ("countryCode", "BRA"),
            ("currencyCode", "XX"),
            ("amount", "50.3"),
            ("isRecurring", "maybe"),
            ("isInstallments", "1"),
        ];
        assert_eq!(
            problems(&query),
            [
                "countryCode must be a country code of two letters",
                "amount must be a whole number",
                "currencyCode must be a valid ISO4217 currency code",
                "isRecurring must be a boolean value",
                "isInstallments must be a boolean value",
            ]
        );
    }
}
