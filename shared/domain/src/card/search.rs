//! Card numbers inside other texts.

use zeroize::Zeroizing;

use super::{Brand, Pan, all_digits, luhn_holds};

/// Whether `text` holds a card number in all likelihood: 15 or 16 digits of a known brand whose check digit holds.
///
/// They are one word, or groups of digits with a blank or a hyphen between them, as cards print them. A part of a longer
/// run of digits is none, and neither is a part of an id that has letters: UUIDs would often be refused.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let text = plain(text);
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(is_card_number) || text.split(|c: char| !is_of_a_phrase(c)).any(has_groups_of_a_card)
}

/// Whether `text` consists of digits, blanks and hyphens alone: so is a card number that was typed into another field.
#[must_use]
pub fn is_digits_alone(text: &str) -> bool {
    plain(text).chars().all(|c| c.is_numeric() || c.is_whitespace() || c == '-')
}

impl Pan {
    /// Whether `text` holds the digits of this number in their order, whatever else is between them.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let digits: Zeroizing<String> = Zeroizing::new(plain(text).chars().filter(char::is_ascii_digit).collect());
        digits.contains(self.reveal())
    }
}

/// The zeros of all scripts outside ASCII that write numbers in base ten: nine more digits follow each of them (Unicode,
/// general category Nd).
const ZEROS: [char; 74] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{10d40}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{116d0}',
    '\u{116da}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11bf0}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{11f50}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{16d70}',
    '\u{1ccf0}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e4f0}',
    '\u{1e5f1}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// `text` as a reader sees its digits: those of other scripts as ASCII, and nothing that takes no room.
fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| !is_invisible(*c)).map(|c| ascii_digit(c).unwrap_or(c)).collect())
}

fn ascii_digit(c: char) -> Option<char> {
    let before = ZEROS.partition_point(|zero| *zero <= c).checked_sub(1)?;
    let digit = u32::from(c).checked_sub(u32::from(*ZEROS.get(before)?))?;
    char::from_digit(digit, 10)
}

/// What is drawn with no width: joiners, marks of direction, soft hyphens, selectors of a variation, the frame of a key.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20e3}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_of_a_phrase(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || c == '-'
}

fn has_groups_of_a_card(phrase: &str) -> bool {
    let words: Vec<&str> = phrase.split(char::is_whitespace).collect();
    let mut runs = words.split(|word| !is_groups_of_digits(word));
    runs.any(|run| is_card_number(&run.concat().replace('-', "")))
}

fn is_groups_of_digits(word: &str) -> bool {
    word.split('-').all(|group| !group.is_empty() && all_digits(group))
}

fn is_card_number(word: &str) -> bool {
    let first6 = word.get(..6).unwrap_or_default();
    matches!(word.len(), 15 | 16) && all_digits(word) && Brand::of(first6) != Brand::Unknown && luhn_holds(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_found_as_one_word_and_in_groups() {
        for text in [
            "4929564637987814",
            "371511430434941",
            "JOAO 4929564637987814",
            "Pedido #4929564637987814, loja",
            "4929 5646 3798 7814",
            "JOAO 4929-5646-3798-7814 DA SILVA",
            "3715 114304 34941",
            "4929\u{a0}5646\u{a0}3798\u{a0}7814",
            "PED-4929564637987814-1",
            "NF 12 4929564637987814",
            "４９２９５６４６３７９８７８１４",
            "Pedido ٤٩٢٩ ٥٦٤٦ ٣٧٩٨ ٧٨١٤",
            "𝟒𝟗𝟐𝟗𝟓𝟔𝟒𝟔𝟑𝟕𝟗𝟖𝟕𝟖𝟏𝟒",
            "4929\u{200b}5646\u{200c}3798\u{200d}7814",
            "4\u{2060}929564637987\u{feff}81\u{ad}4",
            "4\u{fe0f}\u{20e3}929564637987814",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_and_ids_are_no_card_numbers() {
        for text in [
            "",
            "JOAO DA SILVA",
            // A wrong check digit, no brand, and too many or too few digits.
            "4929564637987815",
            "1234567812345670",
            "14929564637987814",
            "36757624613710",
            "7 4929 5646 3798 7814",
            "4929  5646 3798 7814",
            "4929.5646.3798.7814",
            // Parts of ids.
            "32c68ff7-902c-408b-b464-cf487c7cda97",
            "ab492956-4637-4987-814f-123456789012",
            "a4929564637987814",
            "4929564637987814f",
            "34191790010104351004791020150008291070026000",
        ] {
            assert!(!holds_card_number(text), "{text}");
        }
    }

    #[test]
    fn the_number_of_one_card_is_found_whatever_is_between_its_digits() {
        let card = Pan::new("36757624613710").unwrap();
        for text in [
            "36757624613710",
            "x3675-7624-6137-10",
            "https://loja.example/?a=367576&b=24613710",
            "1367576246137102",
            "pay-36757624613710x",
            "36/75.76  24_6137\u{200b}10",
            "３６７５７６２４６１３７１０",
            "۳۶۷۵۷۶۲۴۶۱۳۷۱۰",
        ] {
            assert!(card.is_in(text), "{text}");
        }
        for text in ["", "36757624613711", "3675762461371", "Rua 36757624, 61371"] {
            assert!(!card.is_in(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_digits_is_none() {
        for text in ["", " ", "4929", "4929 5646-3798", "４９２９", "49\u{200b}29"] {
            assert!(is_digits_alone(text), "{text}");
        }
        for text in ["J", "JOAO 2", "4929.5646", "李"] {
            assert!(!is_digits_alone(text), "{text}");
        }
    }
}
