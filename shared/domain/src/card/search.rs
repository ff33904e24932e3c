//! Card numbers inside other texts.
//!
//! A text is searched as a reader sees it, by the properties of its characters in Unicode. A number in words, in letters
//! or signs that look like digits, in numerals that are no digits (Roman, Mayan) or in an encoding is not found. Neither
//! is one that is written backwards: a request has no character that would turn it round.

use std::iter;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, NumericType},
};
use zeroize::Zeroizing;

use super::{Brand, Pan, all_digits, luhn_holds};

/// Whether `text` holds a card number in all likelihood: as many digits as a known brand has, whose check digit holds.
///
/// They are one word, or the groups that cards print, with one character between them that is the same each time. A part
/// of a longer run of groups is none, and neither is a part of an id that has letters: UUIDs would often be refused.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    readings(text).iter().any(|text| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(is_card_number) || GROUPS.iter().any(|lengths| has_groups_of_a_card(text, lengths))
    })
}

/// Whether `text` consists of digits, blanks and hyphens alone: so is a card number that was typed into another field.
#[must_use]
pub fn is_digits_alone(text: &str) -> bool {
    text.chars().filter_map(seen).all(|c| c.is_numeric() || matches!(c, ' ' | '-'))
}

impl Pan {
    /// Whether `text` holds the digits of this number in their order, whatever else is between them.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let digits = |text: &str| Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
        readings(text).iter().any(|text| digits(text).contains(self.reveal()))
    }
}

/// The groups in which cards print 16 digits, and the 15 of American Express.
const GROUPS: [&[usize]; 2] = [&[4, 4, 4, 4], &[4, 6, 5]];

/// What `text` may say: as it is seen; with circles as the zeros that they are among ideographs, and are not as bullets
/// and marks; and in the tags, which are not seen.
fn readings(text: &str) -> [Zeroizing<String>; 3] {
    let seen = plain(text);
    let with_zeros = Zeroizing::new(seen.replace(CIRCLES, "0"));
    [seen, with_zeros, Zeroizing::new(text.chars().filter_map(tagged).collect())]
}

/// The ASCII character that a tag repeats.
fn tagged(c: char) -> Option<char> {
    u32::from(c).checked_sub(0xe_0000).and_then(char::from_u32).filter(char::is_ascii)
}

/// `text` as a reader sees its digits and what parts them: every digit as an ASCII one, every blank as a space, every
/// dash as a hyphen, and nothing of what has no form of its own.
fn plain(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Both are the end of one line.
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        let parts = || DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(iter::once(c)).filter_map(seen);
        if c.is_ascii() {
            plain.extend(seen(c));
        // Of a digit in a circle, in brackets or with a full stop, the digit counts.
        } else if c.is_numeric() && parts().any(|part| digit(part).is_some()) {
            plain.extend(parts().filter_map(digit));
        } else {
            plain.extend(parts().map(|part| digit(part).unwrap_or(part)));
        }
    }
    plain
}

/// `c` as a reader sees it; none where there is nothing to be seen: marks on the character before, formats, controls, what
/// no character is assigned to, and what is ignored by default.
fn seen(c: char) -> Option<char> {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    if c.is_whitespace() || BLANKS.contains(&c) {
        Some(' ')
    } else if CodePointSetData::new::<Dash>().contains(c) || DASHES.contains(&c) {
        Some('-')
    } else if GeneralCategoryGroup::Mark.contains(category)
        || GeneralCategoryGroup::Other.contains(category)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
    {
        None
    } else {
        Some(c)
    }
}

/// Drawn as a blank, though no property says so: a cell of Braille without dots, a note without head.
const BLANKS: [char; 2] = ['\u{2800}', '\u{1d159}'];

/// Drawn or typed as a dash, though no property says so: the bullet, the modifier, the heavy sign, the mark of a long
/// vowel, which is the key of the hyphen on a Japanese keyboard.
const DASHES: [char; 4] = ['\u{2043}', '\u{2d7}', '\u{2796}', '\u{30fc}'];

/// Typed as a zero among ideographs, though no property says so.
const CIRCLES: [char; 2] = ['\u{25cb}', '\u{25ef}'];

/// The zeros of circled digits, of which the others begin with one.
const LONE_ZEROS: [char; 3] = ['\u{24ff}', '\u{1f10b}', '\u{1f10c}'];

/// The ideographs that stand for digits, in the order of their values: as they are read, as contracts in Chinese and
/// Japanese write them, as Chinese markets do; and counting rods, upright and lying by turns. No property has their values.
const IDEOGRAPHS: [&str; 7] = [
    "〇一二三四五六七八九",
    "零壹貳參肆伍陸柒捌玖",
    "零壹贰叁肆伍陆柒捌玖",
    "零壱弐参四五六七八九",
    "〇〡〢〣〤〥〦〧〨〩",
    "〇𝍠𝍡𝍢𝍣𝍤𝍥𝍦𝍧𝍨",
    "〇𝍩𝍪𝍫𝍬𝍭𝍮𝍯𝍰𝍱",
];

/// The ASCII digit of the same value, of a character that no compatibility form resolves further.
fn digit(c: char) -> Option<char> {
    let kinds = CodePointMapData::<NumericType>::new();
    let kind = kinds.get(c);
    // Unicode assigns the digits of one script in one run.
    let place =
        || (0..u32::from(c)).rev().map_while(char::from_u32).take_while(|before| kinds.get(*before) == kind).count();
    let value = match kind {
        _ if LONE_ZEROS.contains(&c) => 0,
        NumericType::Decimal => place() % 10,
        NumericType::Digit => place().saturating_add(1),
        _ => IDEOGRAPHS.iter().find_map(|row| row.chars().position(|ideograph| ideograph == c))?,
    };
    u32::try_from(value).ok().and_then(|value| char::from_digit(value, 10))
}

/// Whether `text` holds a card number in groups of these lengths. Another group of digits before or after them belongs to
/// them where a blank, a hyphen or their own separator is between.
fn has_groups_of_a_card(text: &str, lengths: &[usize]) -> bool {
    let (first, last) = (iter::once(""), iter::once(""));
    let is_separator = |c: &char| !c.is_alphanumeric();
    let words: Vec<&str> = first.chain(text.split(|c| is_separator(&c))).chain(last).collect();
    let ends = || iter::once('\n');
    let separators: Vec<char> = ends().chain(text.chars().filter(is_separator)).chain(ends()).collect();
    let words = words.windows(lengths.len().saturating_add(2));
    words.zip(separators.windows(lengths.len().saturating_add(1))).any(|around| match around {
        ([word_before, groups @ .., word_after], [before, between @ .., after]) => {
            let is_joined = |by: &char| matches!(by, ' ' | '-') || between.contains(by);
            let is_longer = |by, word: &str| is_joined(by) && is_group_of_digits(word);
            between.iter().all(|separator| between.first() == Some(separator))
                && groups.iter().zip(lengths).all(|(group, length)| group.len() == *length)
                && !is_longer(before, word_before)
                && !is_longer(after, word_after)
                && is_card_number(&Zeroizing::new(groups.concat()))
        }
        _ => false,
    })
}

fn is_group_of_digits(word: &str) -> bool {
    !word.is_empty() && all_digits(word)
}

/// Whether the digits are as many as numbers of their brand have, as the brands publish it.
fn is_card_number(word: &str) -> bool {
    let brand = Brand::of(word.get(..6).unwrap_or_default());
    let fits = match word.len() {
        15 => brand == Brand::AmericanExpress,
        16 => !matches!(brand, Brand::AmericanExpress | Brand::Unknown),
        _ => false,
    };
    fits && all_digits(word) && luhn_holds(word)
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
            // Circles, brackets, full stops, heights and tens of digits.
            "④⑨②⑨⑤⑥④⑥③⑦⑨⑧⑦⑧①④",
            "❹❾❷❾❺❻❹❻❸❼❾❽❼❽❶❹",
            "➃➈➁➈➄➅➃➅➂➆➈➇➆➇➀➃",
            "⑷⑼⑵⑼⑸⑹⑷⑹⑶⑺⑼⑻⑺⑻⑴⑷",
            "⒋⒐⒉⒐⒌⒍⒋⒍⒊⒎⒐⒏⒎⒏⒈⒋",
            "⁴⁹²⁹₅₆₄₆³⁷⁹⁸₇₈₁₄",
            "49295646379878⑭",
            // Ideographs: read, in contracts, on markets, in circles.
            "四九二九五六四六三七九八七八一四",
            "カード番号：四九二九 五六四六 三七九八 七八一四",
            "肆玖貳玖伍陸肆陸參柒玖捌柒捌壹肆",
            "〤〩〢〩〥〦〤〦〣〧〩〨〧〨〡〤",
            "㊃㊈㊁㊈㊄㊅㊃㊅㊂㊆㊈㊇㊆㊇㊀㊃",
            // Digits that Unicode has since version 17.
            "\u{11de4}\u{11de9}29564637987814",
            // Blanks and dashes of all kinds.
            "4929‐5646‑3798–7814",
            "4929—5646−3798－7814",
            "4929ー5646ー3798ー7814",
            "4929\u{2800}5646\u{3000}3798\u{2009}7814",
            "4929\n5646\n3798\n7814",
            "Cartão:\r\n4929\r\n5646\r\n3798\r\n7814\r\n",
            // Other separators, the same each time.
            "4929.5646.3798.7814",
            "3715/114304/34941",
            "4929～5646～3798～7814",
            "4929_5646_3798_7814",
            "NF 12: 4929 5646 3798 7814, 2 unidades",
            "PED-4929 5646 3798 7814/1",
            // Four prices, which look like a card.
            "4920 1229 3445 5941",
            // Circles as zeros, and as bullets and marks; rods; tags.
            "四◯○◯○◯○◯○◯○◯○◯○二",
            "○4929564637987814○",
            "𝍣𝍱𝍡𝍱𝍤𝍮𝍣𝍮𝍢𝍯𝍨𝍰𝍦𝍰𝍠𝍬",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
    }

    /// Every character that there is of each kind, by the properties that Unicode gives it.
    #[test]
    fn no_character_without_a_form_hides_a_number() {
        let is_formless = |c: &char| {
            let category = CodePointMapData::<GeneralCategory>::new().get(*c);
            let is_assigned = !matches!(category, GeneralCategory::Unassigned | GeneralCategory::PrivateUse);
            let is_other = GeneralCategoryGroup::Other.contains(category) && !c.is_whitespace() && is_assigned;
            GeneralCategoryGroup::Mark.contains(category)
                || is_other
                || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(*c)
        };
        let formless: Vec<char> = (char::MIN..=char::MAX).filter(is_formless).collect();
        assert!(formless.len() > 6000, "{}", formless.len());
        let named = "\u{ad}\u{332}\u{115f}\u{17b5}\u{3164}\u{fff9}\u{1d173}\u{fe0f}\u{e0100}\u{378}\u{e000}";
        for c in formless.into_iter().chain(named.chars()) {
            let text = format!("{c}4929564{c}63798{c}{c}7814{c}");
            assert!(holds_card_number(&text), "{}", c.escape_unicode());
            assert!(is_digits_alone(&text), "{}", c.escape_unicode());
        }
    }

    #[test]
    fn every_decimal_digit_and_every_other_digit_of_unicode_has_its_value() {
        let kind = CodePointMapData::<NumericType>::new();
        let of = |wanted| (char::MIN..=char::MAX).filter(move |c| kind.get(*c) == wanted);
        let decimals: Vec<char> = of(NumericType::Decimal).collect();
        assert!(decimals.len() >= 770, "{}", decimals.len());
        for script in decimals.chunks(10) {
            assert_eq!(plain(&script.iter().collect::<String>()).as_str(), "0123456789", "{script:?}");
        }
        for c in of(NumericType::Digit) {
            assert!(plain(&c.to_string()).parse::<u8>().is_ok_and(|value| value < 10), "{}", c.escape_unicode());
        }
        // Those that no compatibility form resolves: Ethiopic, New Tai Lue, circled ones, Kharosthi, Rumi, Brahmi.
        for (digits, values) in [
            ("፩፪፫፬፭፮፯፰፱", "123456789"),
            ("᧚", "1"),
            ("⓿⓵⓶⓷⓸⓹⓺⓻⓼⓽", "0123456789"),
            ("🄋➀➁➂➃➄➅➆➇➈", "0123456789"),
            ("🄌➊➋➌➍➎➏➐➑➒", "0123456789"),
            ("❶❷❸❹❺❻❼❽❾", "123456789"),
            ("𐩀𐩁𐩂𐩃", "1234"),
            ("𐹠𐹡𐹢𐹣𐹤𐹥𐹦𐹧𐹨", "123456789"),
            ("𑁒𑁓𑁔𑁕𑁖𑁗𑁘𑁙𑁚", "123456789"),
        ] {
            assert_eq!(plain(digits).as_str(), values);
        }
    }

    #[test]
    fn ordinary_texts_are_taken() {
        for text in [
            "Pedido nº 231 – loja João",
            "José da Conceição Araújo",
            "Av. Paulista, 1578 – 10º andar, 01310-200 São Paulo/SP",
            "Tel. +55 (11) 98765-4321, seg–sex 9h–18h",
            "Ligue 0800 777 1234 ou (21) 98889-9990",
            "Vencimento 28/11/2026, parcela 3/12 de R$ 1.234,56",
            "2026-11-28T20:36:53.000Z",
            "NF-e 35260914200166000187550010000000071123456785",
            "CNPJ 14.200.166/0001-87, IE 110.042.490.114",
            "EAN 7891234567895 × 2, ½ kg, 10 m²",
            "ORD-20261128-000451",
            "Camiseta nº 10 ②, tamanho ４２",
            "第一四半期 令和八年十一月二十八日",
            "ご注文番号：2026-1128-0451",
            "東京都千代田区丸の内一丁目九番一号 〒100-0005",
            "電話 03-1234-5678 / ０９０－１２３４－５６７８",
            "コーヒー 三〇〇グラム 一袋 ￥１，２８０",
            "一二三四五六七八九〇",
            "大寫 壹萬貳仟參佰元整",
            "الطلب رقم ٢٠٢٦١١٢٨",
            "ออเดอร์ ๒๓๑",
            "Ⅳ. Ludwig ⅩⅣ, 4th floor",
            "👨\u{200d}👩\u{200d}👧 kit família 1️⃣ + 2️⃣",
            "1600 1024 768 480 360",
        ] {
            assert!(!holds_card_number(text), "{text}");
            assert!(!is_digits_alone(text) || text.starts_with("1600"), "{text}");
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
            "4929 5646 3798 7814 123",
            "4929-5646-3798-7814 12",
            "1.4929.5646.3798.7814",
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
    fn a_number_in_tags_is_found() {
        let tags =
            |text: &str| text.chars().map(|c| char::from_u32(0xe_0000 + u32::from(c)).unwrap()).collect::<String>();
        for number in ["4929564637987814", "4929 5646 3798 7814"] {
            let text = format!("Pedido{} 231", tags(number));
            assert!(holds_card_number(&text) && Pan::new("4929564637987814").unwrap().is_in(&text), "{number}");
        }
        assert!(holds_card_number(&format!("492956{}4637987814", tags("1"))));
        assert!(!holds_card_number(&format!("🏴{}", tags("gbeng"))));
    }

    #[test]
    fn as_many_digits_as_no_card_of_their_brand_has_are_taken() {
        for text in [
            "Galaxy A15 IMEI 353912102345674",
            "IMEI 357123456789014",
            "IMEI 490154203237518",
            "520043123456783",
            "3715114304349417",
            "492956463798781",
        ] {
            assert!(!holds_card_number(text), "{text}");
        }
        assert!(luhn_holds("353912102345674") && luhn_holds("3715114304349417"));
    }

    #[test]
    fn groups_that_no_card_prints_are_taken() {
        for text in [
            "Tel 55 11 98765-4321 420",
            "5511 9876-5432 1016",
            "4901234567894 123",
            "CNPJ 45723174000110 27",
            "40010-000 1234567 5",
            "40140-110 12 345 628",
            "3715-1143 0434941",
            "371511 4304 34941",
            "49295646 37987814",
            "492956 4637 987814",
            "4929 5646-3798 7814",
            "4929 - 5646 - 3798 - 7814",
        ] {
            assert!(!holds_card_number(text), "{text}");
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            assert!(holds_card_number(&digits), "{text} would be one");
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
            "③⑥⑦⑤⑦⑥②④⑥①③⑦①⓪",
            "三六七五七六二四六一三七一〇",
            "³⁶⁷⁵⁷⁶²⁴⁶¹³⁷¹⁰",
            "⓷⓺⓻⓹⓻⓺⓶⓸⓺⓵⓷⓻⓵⓿",
            "36\u{332}757\u{115f}624\u{2800}613—710",
            "三六七五七六二四六一三七一◯",
            "36\r\n757624\r\n613710",
            "367576𝍡𝍣613710",
        ] {
            assert!(card.is_in(text), "{text}");
        }
        for text in ["", "36757624613711", "3675762461371", "Rua 36757624, 61371"] {
            assert!(!card.is_in(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_digits_is_none() {
        for text in ["", " ", "4929", "4929 5646-3798", "４９２９", "49\u{200b}29", "④⑨", "4929–5646", "\u{3164}"]
        {
            assert!(is_digits_alone(text), "{text}");
        }
        for text in ["J", "JOAO 2", "4929.5646", "李", "一 二三"] {
            assert!(!is_digits_alone(text), "{text}");
        }
    }
}
