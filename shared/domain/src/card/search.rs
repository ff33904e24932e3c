//! Card numbers inside other texts.

use zeroize::Zeroizing;

use super::{Brand, Pan, all_digits, luhn_holds};

/// Whether `text` holds a card number in all likelihood: 15 or 16 digits of a known brand whose check digit holds.
///
/// They are one word, or groups of digits with a blank or a hyphen between them, as cards print them. A part of a longer
/// run of digits is none, and neither is a part of an id that has letters: UUIDs would often be refused.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(is_card_number) || text.split(|c: char| !is_of_a_phrase(c)).any(has_groups_of_a_card)
}

/// Whether `text` consists of digits, blanks and hyphens alone: so is a card number that was typed into another field.
#[must_use]
pub fn is_digits_alone(text: &str) -> bool {
    text.chars().all(|c| c.is_numeric() || c.is_whitespace() || c == '-')
}

impl Pan {
    /// Whether `text` holds the digits of this number in their order, whatever else is between them.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect());
        digits.contains(self.reveal())
    }
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
        for text in
            ["36757624613710", "x3675-7624-6137-10", "https://loja.example/?a=367576&b=24613710", "1367576246137102"]
        {
            assert!(card.is_in(text), "{text}");
        }
        for text in ["", "36757624613711", "3675762461371", "Rua 36757624, 61371"] {
            assert!(!card.is_in(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_digits_is_none() {
        for text in ["", " ", "4929", "4929 5646-3798", "４９２９"] {
            assert!(is_digits_alone(text), "{text}");
        }
        for text in ["J", "JOAO 2", "4929.5646", "李"] {
            assert!(!is_digits_alone(text), "{text}");
        }
    }
}
