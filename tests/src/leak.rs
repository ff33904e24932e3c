//! Looks for a secret in texts where it must not be, in every spelling that a careless line of code would give it.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

/// Shorter secrets are also part of innocent numbers: they count only where they stand alone.
const ALONE_BELOW: usize = 8;

/// The texts among `texts` that tell `secret`, a row of ASCII digits.
#[must_use]
pub fn leaks<'a>(texts: &'a [String], secret: &str) -> Vec<&'a String> {
    texts.iter().filter(|text| tells(text, secret)).collect()
}

fn tells(text: &str, secret: &str) -> bool {
    let quoted = format!("\"{secret}\"");
    let encoded: &str = if secret.len() < ALONE_BELOW { &quoted } else { secret };
    let as_digits = if secret.len() < ALONE_BELOW {
        stands_alone(text, secret) || stands_alone(text, &STANDARD_NO_PAD.encode(secret))
    } else {
        without_gaps(text).contains(secret)
    };
    as_digits
        || text.contains(&listed(secret))
        || text.to_lowercase().contains(&hex(secret))
        || within_base64(encoded).iter().any(|inside| text.contains(inside))
}

/// Whether `word` occurs with nothing around it that could make it a part of an id, a time or a code.
fn stands_alone(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    text.match_indices(word).any(|(start, _)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

/// Numbers are printed in groups, too.
fn without_gaps(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')).collect()
}

fn hex(secret: &str) -> String {
    secret
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|four| char::from_digit(four.into(), 16))
        .collect()
}

/// The bytes as `Debug` prints a list of them.
fn listed(secret: &str) -> String {
    secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")
}

/// What is in any base64 text whose plain text contains `secret`: it may start at any of three places in a group.
fn within_base64(secret: &str) -> Vec<String> {
    (0..3)
        .map(|offset| {
            let encoded = STANDARD_NO_PAD.encode([&vec![b'0'; offset], secret.as_bytes()].concat());
            // The first and last digits also hold bits of the neighbours.
            let first = (offset * 8).div_ceil(6);
            let whole = (offset + secret.len()) * 8 / 6;
            encoded.get(first..whole).unwrap().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE;

    use super::*;

    const NUMBER: &str = "371511430434941";
    const CODE: &str = "6560";

    fn found(text: &str, secret: &str) -> bool {
        !leaks(&[text.to_owned()], secret).is_empty()
    }

    #[test]
    fn a_number_is_found_in_every_spelling() {
        for text in [
            format!("card {NUMBER}."),
            "3715 1143 0434 941".to_owned(),
            "3715-114304-34941".to_owned(),
            format!("{:?}", NUMBER.as_bytes()),
            hex(NUMBER).to_uppercase(),
        ] {
            assert!(found(&text, NUMBER), "{text}");
        }
        for before in ["", "a", "ab", "abc"] {
            let plain = format!("{before}{NUMBER}{before}");
            assert!(found(&format!("x{}", STANDARD_NO_PAD.encode(&plain)), NUMBER), "{plain}");
            assert!(found(&URL_SAFE.encode(&plain), NUMBER), "{plain}");
        }
        assert!(!found("371511 and 4941, which may be shown", NUMBER));
    }

    #[test]
    fn a_code_is_found_where_it_stands_alone() {
        for text in [
            r#"{"cardCvv":"6560"}"#.to_owned(),
            r#"{\"cardCvv\":\"6560\"}"#.to_owned(),
            "cvv=6560&".to_owned(),
            format!("{:?}", CODE.as_bytes()),
            hex(CODE),
            STANDARD_NO_PAD.encode(CODE),
            STANDARD_NO_PAD.encode(r#"["371511430434941","6560"]"#),
        ] {
            assert!(found(&text, CODE), "{text}");
        }
        for text in ["1c6560d2", "2026-11-20T11:47:32.656Z", "016560", "a/6560+"] {
            assert!(!found(text, CODE), "{text}");
        }
    }
}
