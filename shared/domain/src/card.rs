//! Card data: what may be kept of a card, and what must never be printed.

mod order;
mod search;
mod stored;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};
use zeroize::Zeroizing;

use crate::time::Timestamp;

pub use order::{CardOrder, TokenOrder, ZeroDollarOrder};
pub use search::{holds_card_number, is_digits_alone};
pub use stored::{Card, CardStatus, Verification, ZeroDollar};

/// A card number: 12 to 19 digits (19 is the end of ISO/IEC 7812-1) whose check digit holds.
///
/// It cannot be displayed or serialised, `Debug` hides it, and its memory is wiped when it is dropped.
pub struct Pan(Zeroizing<String>);

/// Why a text is not a card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardProblem {
    /// Something in it is not a digit; spaces are not taken either.
    #[error("a character of the card number is no digit")]
    NotDigits,
    /// Fewer than 12 digits or more than 19.
    #[error("the card number has fewer than 12 digits or more than 19")]
    Length,
    /// The last digit does not follow from the others by the Luhn formula.
    #[error("the check digit of the card number does not match")]
    CheckDigit,
}

impl Pan {
    /// The card number with these digits.
    ///
    /// # Errors
    /// The first [`CardProblem`] that applies.
    pub fn new(digits: &str) -> Result<Self, CardProblem> {
        if !all_digits(digits) {
            Err(CardProblem::NotDigits)
        } else if !(12..=19).contains(&digits.len()) {
            Err(CardProblem::Length)
        } else if !luhn_holds(digits) {
            Err(CardProblem::CheckDigit)
        } else {
            Ok(Self(Zeroizing::new(digits.to_owned())))
        }
    }

    /// All digits, for the request to a provider and for encryption; for nothing that is logged or answered.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first six digits, which name brand and issuer.
    #[must_use]
    pub fn first6(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// The last four digits, by which a shopper knows the card.
    #[must_use]
    pub fn last4(&self) -> &str {
        self.0.len().checked_sub(4).and_then(|start| self.0.get(start..)).unwrap_or_default()
    }

    /// The brand that the first six digits name.
    #[must_use]
    pub fn brand(&self) -> Brand {
        Brand::of(self.first6())
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pan(****)")
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The value of an ASCII digit.
const fn value(digit: u8) -> u8 {
    digit.saturating_sub(b'0')
}

/// The Luhn formula (ISO/IEC 7812-1, annex B): from the right, every second digit counts twice, cross-summed.
fn luhn_holds(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(value)
        .zip([false, true].into_iter().cycle())
        .map(|(digit, twice)| match (twice, digit) {
            (false, _) => digit,
            (true, 0..=4) => digit.saturating_mul(2),
            (true, _) => digit.saturating_mul(2).saturating_sub(9),
        })
        .map(u32::from)
        .sum();
    sum.is_multiple_of(10)
}

/// A card's brand, as the public API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    #[serde(rename = "American Express")]
    #[strum(serialize = "American Express")]
    AmericanExpress,
    /// Elo.
    Elo,
    /// Discover.
    Discover,
    /// JCB.
    #[serde(rename = "JCB")]
    #[strum(serialize = "JCB")]
    Jcb,
    /// Diners Club.
    Diners,
    /// Hipercard.
    HiperCard,
    /// A range that no brand above is known to own.
    Unknown,
}

impl Brand {
    /// The brand whose numbers start with these six digits; [`Brand::Unknown`] for any other text.
    ///
    /// The ranges are those that the brands publish and that Brazilian acquirers integrate with. Elo and
    /// Hipercard come first: they own islands inside the ranges of the others.
    #[must_use]
    pub fn of(first6: &str) -> Self {
        match first6.parse::<u32>().unwrap_or_default() {
            401_178..=401_179
            | 431_274
            | 438_935
            | 451_416
            | 457_393
            | 457_631..=457_632
            | 504_175
            | 506_699..=506_778
            | 509_000..=509_999
            | 627_780
            | 636_297
            | 636_368..=636_369
            | 650_031..=650_033
            | 650_035..=650_051
            | 650_405..=650_439
            | 650_485..=650_538
            | 650_541..=650_598
            | 650_700..=650_718
            | 650_720..=650_727
            | 650_901..=650_978
            | 651_652..=651_679
            | 655_000..=655_019
            | 655_021..=655_058 => Self::Elo,
            384_100 | 384_140 | 384_160 | 606_282 => Self::HiperCard,
            340_000..=349_999 | 370_000..=379_999 => Self::AmericanExpress,
            300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => Self::Diners,
            352_800..=358_999 => Self::Jcb,
            222_100..=272_099 | 510_000..=559_999 => Self::Mastercard,
            400_000..=499_999 => Self::Visa,
            601_100..=601_199 | 622_126..=622_925 | 644_000..=659_999 => Self::Discover,
            _ => Self::Unknown,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A card's security code: three or four digits.
///
/// It cannot be displayed or serialised, `Debug` hides it, and its memory is wiped when it is dropped.
pub struct Cvv(Zeroizing<String>);

/// The text is not three or four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no security code of three or four digits")]
pub struct NotACvv;

impl Cvv {
    /// The security code with these digits.
    ///
    /// # Errors
    /// [`NotACvv`] for anything but three or four digits.
    pub fn new(digits: &str) -> Result<Self, NotACvv> {
        if all_digits(digits) && matches!(digits.len(), 3 | 4) {
            Ok(Self(Zeroizing::new(digits.to_owned())))
        } else {
            Err(NotACvv)
        }
    }

    /// All digits, for the request to a provider and for encryption; for nothing that is logged or answered.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether cards of `brand` have codes of this length: four digits on American Express, three elsewhere.
    #[must_use]
    pub fn fits(&self, brand: Brand) -> bool {
        self.0.len() == if brand == Brand::AmericanExpress { 4 } else { 3 }
    }
}

impl fmt::Debug for Cvv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cvv(***)")
    }
}

/// Milliseconds by which the last time zone on earth, UTC-12, is later than UTC.
const LAST_TIME_ZONE: i64 = 12 * 60 * 60 * 1000;

/// The last month in which a card is good; printed and stored as `06/2028`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expiry {
    month: u8,
    year: u16,
}

/// The text is not a month and a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no month and year")]
pub struct NotAnExpiry;

impl Expiry {
    /// The month in two digits.
    #[must_use]
    pub fn month(self) -> String {
        format!("{:02}", self.month)
    }

    /// The year in four digits.
    #[must_use]
    pub fn year(self) -> String {
        format!("{:04}", self.year)
    }

    /// Whether the month was over everywhere on earth at `now`: it ends last at UTC-12. Where the issuer sees it
    /// earlier, the issuer declines.
    #[must_use]
    pub fn has_ended(self, now: Timestamp) -> bool {
        // An instant's text starts with its year and month, and text order is time order.
        let last_good = format!("{:04}-{:02}", self.year, self.month);
        let there = Timestamp::from_millis(now.as_millis().saturating_sub(LAST_TIME_ZONE));
        there.to_string().get(..last_good.len()).is_some_and(|this_month| this_month > last_good.as_str())
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:04}", self.month, self.year)
    }
}

impl FromStr for Expiry {
    type Err = NotAnExpiry;

    /// Reads `MM/YYYY`, and `M/YYYY` and `MM/YY` as cards and forms print it; two digits are 2000 to 2099.
    fn from_str(text: &str) -> Result<Self, NotAnExpiry> {
        let (month, year) = text.split_once('/').ok_or(NotAnExpiry)?;
        if !all_digits(month) || !all_digits(year) || !matches!((month.len(), year.len()), (1 | 2, 2 | 4)) {
            return Err(NotAnExpiry);
        }
        let month = month.parse::<u8>().map_err(|_| NotAnExpiry)?;
        let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
        let year = year.parse::<u16>().map_err(|_| NotAnExpiry)?;
        if (1..=12).contains(&month) { Ok(Self { month, year }) } else { Err(NotAnExpiry) }
    }
}

impl TryFrom<String> for Expiry {
    type Error = NotAnExpiry;

    fn try_from(text: String) -> Result<Self, NotAnExpiry> {
        text.parse()
    }
}

impl From<Expiry> for String {
    fn from(expiry: Expiry) -> Self {
        expiry.to_string()
    }
}

/// What a charge may keep and show of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardSnapshot {
    /// The brand.
    pub brand: Brand,
    /// The first six digits of the number.
    pub first6: String,
    /// The last four digits of the number.
    pub last4: String,
    /// The name on the card.
    pub holder: String,
    /// The last month in which the card is good.
    pub expiry: Expiry,
}

/// A card as its holder typed it: in memory only, or encrypted.
#[derive(Debug)]
pub struct CardData {
    /// The number.
    pub pan: Pan,
    /// The security code, as long as it may be held: until the first use.
    pub cvv: Option<Cvv>,
    /// The name on the card.
    pub holder: String,
    /// The last month in which the card is good.
    pub expiry: Expiry,
}

impl CardData {
    /// The part that may be kept and shown.
    #[must_use]
    pub fn snapshot(&self) -> CardSnapshot {
        CardSnapshot {
            brand: self.pan.brand(),
            first6: self.pan.first6().to_owned(),
            last4: self.pan.last4().to_owned(),
            holder: self.holder.clone(),
            expiry: self.expiry,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::{
        IntoDeserializer,
        value::{Error, StrDeserializer},
    };

    use super::*;

    /// The test cards of the public API's client library, as number/CVV.
    const TEST_CARDS: [(Brand, &str); 5] = [
        (
            Brand::Mastercard,
            "5214254988499590/220 5171407375927752/300 5402839904300856/130 5491266201550748/260 \
             5521448129190195/880 5597251149584267/340 5462320441541663/830 5240675434648372/231",
        ),
        (
            Brand::Visa,
            "4916745120294124/560 4916878170842862/650 4485401945979546/600 4556613630132678/850 \
             4556684530238865/440 4485406132091427/170 4532552729063643/660 4716866286004545/965",
        ),
        (
            Brand::AmericanExpress,
            "371511430434941/6560 346924402646172/8460 372763217194656/3290 379769909235288/3240 \
             341033144189205/4990 342582504975297/6820 377134064055173/6240 340035263979895/7552",
        ),
        (
            Brand::HiperCard,
            "6062829302997360/980 6062820734125142/520 6062828660520236/970 6062827833068438/720 \
             6062825739079475/530 6062824159779557/480 6062820196712783/840 6062823576109778/347",
        ),
        (
            Brand::Diners,
            "36757624613710/490 30306641444422/900 30308603779936/540 30392608411448/410 \
             30089464740585/180 36176932295997/660 38955717860903/230 30383606498545/138",
        ),
    ];

    fn good_until(text: &str) -> Expiry {
        text.parse().unwrap()
    }

    fn american_express() -> CardData {
        CardData {
            pan: Pan::new("371511430434941").unwrap(),
            cvv: Some(Cvv::new("6560").unwrap()),
            holder: "JOAO DA SILVA".to_owned(),
            expiry: good_until("06/2028"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn every_test_card_is_taken_and_its_brand_known() {
        for (brand, cards) in TEST_CARDS {
            let cards: Vec<_> = cards.split(' ').map(|card| card.split_once('/').unwrap()).collect();
            assert_eq!(cards.len(), 8, "{brand:?}");
            for (number, code) in cards {
                let (pan, cvv) = (Pan::new(number).unwrap(), Cvv::new(code).unwrap());
                assert_eq!(pan.brand(), brand, "{number}");
                assert_eq!(pan.reveal(), number);
                assert!(cvv.fits(brand), "{number}");
            }
        }
    }

    #[test]
    fn the_cards_of_the_source_documents_are_taken() {
        let visa = Pan::new("4929564637987814").unwrap();
        assert_eq!((visa.brand(), visa.first6(), visa.last4()), (Brand::Visa, "492956", "7814"));
        let mastercard = Pan::new("5261424250184574").unwrap();
        assert_eq!(
            (mastercard.brand(), mastercard.first6(), mastercard.last4()),
            (Brand::Mastercard, "526142", "4574")
        );
    }

    #[test]
    fn a_number_is_12_to_19_digits_with_a_check_digit_and_no_spaces() {
        let refusal = |text| Pan::new(text).err();
        assert_eq!(refusal("4929564637987815"), Some(CardProblem::CheckDigit));
        assert_eq!(refusal("4929564637987841"), Some(CardProblem::CheckDigit));
        assert_eq!(refusal("00000000000"), Some(CardProblem::Length));
        assert_eq!(refusal("000000000000"), None);
        assert_eq!(refusal("0000000000000000000"), None);
        assert_eq!(refusal("00000000000000000000"), Some(CardProblem::Length));
        assert_eq!(refusal(""), Some(CardProblem::Length));
        for text in ["4929 5646 3798 7814", " 4929564637987814", "4929-5646-3798-7814", "٤929564637987814", "card"] {
            assert_eq!(refusal(text), Some(CardProblem::NotDigits), "{text}");
        }
    }

    #[test]
    fn elo_and_hipercard_win_over_the_ranges_around_them_and_the_others_keep_theirs() {
        for (brand, first6) in [
            (Brand::Elo, "401178 401179 457632 506699 506778 509999 636368 650035 650978 655058"),
            (Brand::HiperCard, "384100 384140 384160 606282"),
            (Brand::Visa, "401177 401180 457630 499999"),
            (Brand::Mastercard, "222100 272099 510000 559999"),
            (Brand::AmericanExpress, "340000 379999"),
            (Brand::Diners, "300000 305999 309500 384101 399999"),
            (Brand::Jcb, "352800 358999"),
            (Brand::Discover, "601100 622925 644000 650034 655020 659999"),
            (Brand::Unknown, "222099 272100 306000 352799 359000 506698 506779 560000 606283 660000 1 card"),
        ] {
            for first6 in first6.split(' ') {
                assert_eq!(Brand::of(first6), brand, "{first6}");
            }
        }
    }

    #[test]
    fn a_brand_is_stored_under_its_name() {
        struct Stored(Brand);
        impl fmt::Display for Stored {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.serialize(f)
            }
        }
        for (name, brand) in [
            ("Visa", Brand::Visa),
            ("Mastercard", Brand::Mastercard),
            ("American Express", Brand::AmericanExpress),
            ("Elo", Brand::Elo),
            ("Discover", Brand::Discover),
            ("JCB", Brand::Jcb),
            ("Diners", Brand::Diners),
            ("HiperCard", Brand::HiperCard),
            ("Unknown", Brand::Unknown),
        ] {
            assert_eq!((brand.name(), Stored(brand).to_string().as_str()), (name, name));
            let stored: StrDeserializer<'_, Error> = name.into_deserializer();
            assert_eq!(Brand::deserialize(stored), Ok(brand));
        }
    }

    #[test]
    fn a_security_code_is_three_digits_or_four_on_american_express() {
        let (three, four) = (Cvv::new("123").unwrap(), Cvv::new("1230").unwrap());
        assert!(three.fits(Brand::Visa) && three.fits(Brand::Unknown) && !three.fits(Brand::AmericanExpress));
        assert!(four.fits(Brand::AmericanExpress) && !four.fits(Brand::Elo));
        assert_eq!((three.reveal(), four.reveal()), ("123", "1230"));
        for text in ["12", "12345", "12a", " 123", "١٢٣", ""] {
            assert_eq!(Cvv::new(text).err(), Some(NotACvv), "{text}");
        }
    }

    #[test]
    fn debug_prints_neither_number_nor_code() {
        let card = american_express();
        let whole = format!("{card:?} {card:#?}");
        assert!(whole.contains("Pan(****)") && whole.contains("Cvv(***)"), "{whole}");
        for text in [format!("{:?}", card.pan), format!("{:#?}", card.cvv)] {
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
        }
        assert!(!whole.contains("3715") && !whole.contains("6560"), "{whole}");
    }

    #[test]
    fn a_snapshot_keeps_the_ends_of_the_number_only() {
        let expected = CardSnapshot {
            brand: Brand::AmericanExpress,
            first6: "371511".to_owned(),
            last4: "4941".to_owned(),
            holder: "JOAO DA SILVA".to_owned(),
            expiry: good_until("06/2028"),
        };
        assert_eq!(american_express().snapshot(), expected);
    }

    #[test]
    fn an_expiry_is_read_in_three_forms_and_printed_in_one() {
        for text in ["06/2028", "6/2028", "06/28"] {
            let expiry = good_until(text);
            assert_eq!(String::from(expiry), "06/2028", "{text}");
            assert_eq!((expiry.month(), expiry.year()), ("06".to_owned(), "2028".to_owned()), "{text}");
        }
        for text in ["00/2028", "13/2028", "06/028", "006/2028", "06-2028", "2028/06", "+6/2028", "06/2028 ", "/", ""] {
            assert_eq!(text.parse::<Expiry>(), Err(NotAnExpiry), "{text}");
        }
    }

    #[test]
    fn a_card_is_good_through_the_last_millisecond_of_its_month_everywhere_on_earth() {
        assert!(!good_until("06/2028").has_ended(at("2028-07-01T11:59:59.999Z")));
        assert!(good_until("06/2028").has_ended(at("2028-07-01T12:00:00Z")));
        assert!(!good_until("12/2028").has_ended(at("2029-01-01T11:59:59.999Z")));
        assert!(good_until("12/2028").has_ended(at("2029-01-01T12:00:00Z")));
        assert!(!good_until("01/2029").has_ended(at("2028-12-01T00:00:00Z")));
        assert!(!good_until("06/2028").has_ended(at("2028-06-30T23:59:59.999-12:00")));
        assert!(good_until("06/2028").has_ended(at("2028-07-01T00:00:00-12:00")));
    }
}
