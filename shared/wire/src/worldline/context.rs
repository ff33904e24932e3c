//! What a page says of the payment that it prepares, and what it does not want to get.

use domain::{money::Currency, refusal::Refusal};
use serde_json::Value;

use super::values::{truth, truth_in, whole, whole_in};
use crate::reader::Fields;

const NO_COUNTRY: &str = "must be a country code of two letters";
const NO_CURRENCY: &str = "must be a currency code of three letters";
const NO_AMOUNT: &str = "must be a number of cents";
const NO_FLAG: &str = "must be true or false";
const MISSING: &str = "should not be empty";

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
        let mut problems = Vec::new();
        let value = |name: &str| {
            let found = pairs.iter().find(|(known, value)| known == name && !value.is_empty());
            found.map(|(_, value)| value.as_str())
        };
        let context = {
            let mut read = Reading { problems: &mut problems };
            let country = read.required("countryCode", value("countryCode"), country, NO_COUNTRY);
            let currency = read.required("currencyCode", value("currencyCode"), currency, NO_CURRENCY);
            let amount = read.optional("amount", value("amount"), whole_in, NO_AMOUNT);
            let is_recurring = read.optional("isRecurring", value("isRecurring"), truth_in, NO_FLAG);
            let is_installments = read.optional("isInstallments", value("isInstallments"), truth_in, NO_FLAG);
            country.zip(currency).map(|(country, currency)| Context {
                country,
                currency,
                amount,
                is_recurring: is_recurring.unwrap_or_default(),
                is_installments: is_installments.unwrap_or_default(),
            })
        };
        let mut hide = Hide::default();
        let hidden = pairs.iter().filter(|(name, _)| name == "hide");
        hidden.flat_map(|(_, words)| words.split(',')).for_each(|word| hide.add(word));
        match context {
            Some(context) if problems.is_empty() => {
                Ok(Self { context, language: Language::of(value("locale").unwrap_or_default()), hide })
            }
            Some(_) | None => Err(Refusal::Invalid(problems)),
        }
    }
}

/// The problems of a query.
struct Reading<'a> {
    problems: &'a mut Vec<String>,
}

impl Reading<'_> {
    fn required<T>(
        &mut self,
        name: &str,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Option<T>,
        problem: &str,
    ) -> Option<T> {
        if text.is_none() {
            self.problems.push(format!("{name} {MISSING}"));
        }
        self.optional(name, text, read, problem)
    }

    fn optional<T>(
        &mut self,
        name: &str,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Option<T>,
        problem: &str,
    ) -> Option<T> {
        let found = read(text?);
        if found.is_none() {
            self.problems.push(format!("{name} {problem}"));
        }
        found
    }
}

/// The context in the fields of an object, as the body of a request has it.
pub(super) fn in_body(fields: &mut Fields<'_>) -> Option<Context> {
    let country = text(fields, "countryCode", country, NO_COUNTRY);
    let money = match fields.value("amountOfMoney") {
        Some(money) => fields.inside("amountOfMoney", money).map(|mut money| {
            let amount = optional(&mut money, "amount", whole, NO_AMOUNT);
            (text(&mut money, "currencyCode", currency, NO_CURRENCY), amount)
        }),
        None => fields.refuse("amountOfMoney", MISSING),
    };
    let is_recurring = optional(fields, "isRecurring", truth, NO_FLAG);
    let is_installments = optional(fields, "isInstallments", truth, NO_FLAG);
    let (currency, amount) = money?;
    Some(Context {
        country: country?,
        currency: currency?,
        amount,
        is_recurring: is_recurring.unwrap_or_default(),
        is_installments: is_installments.unwrap_or_default(),
    })
}

fn text<T>(fields: &mut Fields<'_>, name: &str, read: fn(&str) -> Option<T>, problem: &str) -> Option<T> {
    if fields.value(name).is_none() {
        return fields.refuse(name, MISSING);
    }
    optional(fields, name, |value| value.as_str().and_then(read), problem)
}

fn optional<T>(
    fields: &mut Fields<'_>,
    name: &str,
    read: impl FnOnce(&Value) -> Option<T>,
    problem: &str,
) -> Option<T> {
    let found = read(fields.value(name)?);
    if found.is_none() {
        fields.problem(name, problem);
    }
    found
}

fn country(text: &str) -> Option<String> {
    let is_code = text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase())
}

fn currency(text: &str) -> Option<Currency> {
    text.to_ascii_uppercase().parse().ok()
}

#[cfg(test)]
mod tests {
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
            ("currencyCode", "brl"),
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
                "currencyCode must be a currency code of three letters",
                "amount must be a number of cents",
                "isRecurring must be true or false",
                "isInstallments must be true or false",
            ]
        );
    }
}
