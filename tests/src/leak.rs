//! Searches texts for secrets, in every encoding that a careless line of code would give them.

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Shorter secrets also occur inside other numbers: they count only where nothing adjoins them.
const ALONE_BELOW: usize = 8;

/// Texts that are searched.
#[derive(Debug)]
pub struct Searched(Vec<Text>);

#[derive(Debug)]
struct Text {
    /// The text without escapes.
    plain: String,
    /// `plain` without separators between the digits of a number, or the numbers of a list.
    joined: String,
}

impl Searched {
    /// Prepares `texts`.
    #[must_use]
    pub fn new(texts: &[String]) -> Self {
        let ready = |text: &String| {
            let plain = unescaped(text);
            // Only ASCII is removed, so the rest is valid UTF-8.
            let joined = plain.replace("0x", "").bytes().filter(|byte| !is_gap(*byte)).collect();
            Text { plain, joined: String::from_utf8(joined).unwrap() }
        };
        Self(texts.iter().map(ready).collect())
    }

    /// How many of the texts contain `secret`, which consists of ASCII digits.
    #[must_use]
    pub fn occurrences(&self, secret: &str) -> usize {
        if secret.len() >= ALONE_BELOW {
            let holds = |text: &&Text| text.joined.contains(secret) || text.contains(secret.as_bytes());
            return self.0.iter().filter(holds).count();
        }
        let spaced = secret.chars().map(String::from).collect::<Vec<_>>().join(" ");
        let (in_hex, list) = (hex::encode(secret.as_bytes()), listed(secret.as_bytes()));
        let words = [secret, &spaced, &in_hex, &list.join(", "), &list.join(","), &STANDARD_NO_PAD.encode(secret)];
        let quoted = format!("\"{secret}\"");
        let mut within = within_base64(quoted.as_bytes());
        within.insert(hex::encode(quoted.as_bytes()));
        let holds = |text: &&Text| {
            words.iter().any(|word| occurs_alone(&text.plain, word))
                || within.iter().any(|word| text.plain.contains(word))
        };
        self.0.iter().filter(holds).count()
    }

    /// How many of the texts contain `secret`, which may be any bytes.
    #[must_use]
    pub fn occurrences_of_bytes(&self, secret: &[u8]) -> usize {
        self.0.iter().filter(|text| text.contains(secret)).count()
    }
}

impl Text {
    fn contains(&self, secret: &[u8]) -> bool {
        let in_numbers =
            BTreeSet::from([listed(secret).concat(), hex::encode(secret), hex::encode(secret).to_uppercase()]);
        in_numbers.iter().any(|word| self.joined.contains(word))
            || within_base64(secret).iter().any(|inside| self.plain.contains(inside))
    }
}

/// The text without the escapes of JSON and of URLs, as far as they write digits.
fn unescaped(text: &str) -> String {
    let spaced = text.replace("%20", " ").replace("\\n", " ").replace("\\t", " ").replace("\\r", " ");
    let digits = ["\\u003", "%3"].iter().fold(spaced, |text, escape| digits(&text, escape));
    digits.replace('\\', "")
}

/// A digit follows its escape as it is; anything else is a separator.
fn digits(text: &str, escape: &str) -> String {
    let mut parts = text.split(escape);
    let mut digits = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_digit = part.starts_with(|c: char| c.is_ascii_digit());
        if !is_digit {
            digits.push(' ');
        }
        digits.push_str(part.get(usize::from(!is_digit)..).unwrap_or(part));
    }
    digits
}

/// Numbers are printed in groups, bytes in lists.
fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'-' | b'.' | b',' | b'+' | b'_' | b'/' | b':')
}

/// Whether `word` occurs with nothing around it that could make it a part of an id, a time, a fraction or a code.
fn occurs_alone(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    // Logs are long, and this check is fast.
    text.contains(word)
        && text.match_indices(word).any(|(start, _)| {
            let before = text.get(..start).and_then(|before| before.chars().next_back());
            let after = text.get(start + word.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(|c| joins(c) || c == '.') && !after.is_some_and(joins)
        })
}

/// The bytes as `Debug` and JSON print a list of them.
fn listed(secret: &[u8]) -> Vec<String> {
    secret.iter().map(u8::to_string).collect()
}

/// What any base64 of a text with `secret` contains: the secret may start at any of three positions in a group.
fn within_base64(secret: &[u8]) -> BTreeSet<String> {
    let within = |(alphabet, offset): (&GeneralPurpose, usize)| {
        let encoded = alphabet.encode([&vec![b'0'; offset], secret].concat());
        // The first and last digits also hold bits of the neighbours.
        let first = (offset * 8).div_ceil(6);
        let whole = (offset + secret.len()) * 8 / 6;
        encoded.get(first..whole).unwrap().to_owned()
    };
    let alphabets = [STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    alphabets.iter().flat_map(|alphabet| [(alphabet, 0), (alphabet, 1), (alphabet, 2)]).map(within).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "371511430434941";
    const CODE: &str = "6560";

    fn found(text: &str, secret: &str) -> bool {
        Searched::new(&[text.to_owned()]).occurrences(secret) == 1
    }

    fn is_found(text: String, secret: &[u8]) -> bool {
        Searched::new(&[text]).occurrences_of_bytes(secret) == 1
    }

    /// Each byte in hex after `escape`.
    fn escaped(secret: &str, escape: &str) -> String {
        secret.bytes().map(|byte| format!("{escape}{byte:02x}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_number_is_found_in_every_spelling() {
        for text in [
            format!("card {NUMBER}."),
            format!(r#"{{\"pan\":\"{NUMBER}\"}}"#),
            "3715 1143 0434 941".to_owned(),
            "3715-114304-34941".to_owned(),
            "number=3715+114304+34941&".to_owned(),
            "number=3715%20114304%2034941&".to_owned(),
            escaped(NUMBER, "%"),
            escaped(NUMBER, "\\u00"),
            escaped(NUMBER, "\\\\u00"),
            escaped(NUMBER, " "),
            escaped(NUMBER, ", 0x"),
            format!("{:?}", NUMBER.as_bytes()),
            format!("{:#?}", NUMBER.as_bytes()),
            format!("{:?}", NUMBER.chars().collect::<Vec<_>>()).replace('\'', ""),
            serde_json::to_string(NUMBER.as_bytes()).unwrap(),
            hex::encode(NUMBER.as_bytes()),
        ] {
            assert!(found(&text, NUMBER), "{text}");
        }
        for before in ["", "a", "ab", "abc"] {
            let plain = format!("{before}{NUMBER}{before}");
            assert!(found(&format!("x{}", STANDARD_NO_PAD.encode(&plain)), NUMBER), "{plain}");
            assert!(found(&URL_SAFE_NO_PAD.encode(&plain), NUMBER), "{plain}");
        }
        assert!(!found("371511 and 4941, which may be shown", NUMBER));
    }

    #[test]
    fn a_code_is_found_where_it_occurs_alone() {
        for text in [
            r#"{"cardCvv":"6560"}"#.to_owned(),
            r#"{\"cardCvv\":\"6560\"}"#.to_owned(),
            "6 5 6 0".to_owned(),
            "cvv=6560&".to_owned(),
            format!("cvv%3D{}%26", escaped(CODE, "%")),
            format!("\"{}\"", escaped(CODE, "\\u00")),
            format!("{:?}", CODE.as_bytes()),
            serde_json::to_string(CODE.as_bytes()).unwrap(),
            format!(" {}\n", hex::encode(CODE.as_bytes())),
            hex::encode(br#"["371511430434941","6560"]"#),
            STANDARD_NO_PAD.encode(CODE),
            STANDARD_NO_PAD.encode(r#"["371511430434941","6560"]"#),
        ] {
            assert!(found(&text, CODE), "{text}");
        }
        for text in ["1c6560d2", "2026-11-20T11:47:32.656Z", "2.6560", "6560µs", "016560", "a/6560+"] {
            assert!(!found(text, CODE), "{text}");
        }
    }

    #[test]
    fn a_key_is_found_in_every_spelling() {
        let key: Vec<u8> = (0..32).map(|place: u8| place.wrapping_mul(93).wrapping_add(171)).collect();
        for text in [format!("{key:?}"), format!("{key:#?}"), serde_json::to_string(&key).unwrap(), hex::encode(&key)] {
            assert!(is_found(text.clone(), &key), "{text}");
            assert!(is_found(text.to_uppercase(), &key), "{text}");
        }
        for before in ["", "a", "ab", "abc"] {
            let document = [before.as_bytes(), &key, before.as_bytes()].concat();
            assert!(is_found(STANDARD_NO_PAD.encode(&document), &key), "{before}");
            assert!(is_found(format!("whsec_{}", URL_SAFE_NO_PAD.encode(&document)), &key), "{before}");
        }
        assert!(!is_found(format!("{:?}", &key[1..]), &key));
    }
}
