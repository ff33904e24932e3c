//! What a caller accepts, and what it prefers (<https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2>).

/// The greatest weight, in thousandths: that of what has none.
const WHOLE: u16 = 1000;

/// The names of an `Accept-Encoding` or `Accept-Language` in lower case, each with its weight in thousandths. What has
/// the weight 0 is refused, and left out.
pub fn accepted(header: &str) -> impl Iterator<Item = (String, u16)> {
    header.split(',').filter_map(|one| {
        let mut parts = one.split(';').map(|part| part.trim().to_ascii_lowercase());
        let name = parts.next().filter(|name| !name.is_empty())?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").map(thousandths)).unwrap_or(WHOLE);
        (weight > 0).then_some((name, weight))
    })
}

/// `0.8` in thousandths. What is no weight is none.
fn thousandths(weight: &str) -> u16 {
    match weight.split_once('.').unwrap_or((weight, "")) {
        ("0", decimals) => format!("{decimals:0<3.3}").parse().unwrap_or(WHOLE),
        _ => WHOLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_weighed_and_what_is_refused_is_left_out() {
        let read: Vec<_> = accepted("BR;Q=0.25, gzip ; q=1,pt-BR;q=0.8,es;q=0,en;q=0.000,fr;q=0.001,,de;q=x").collect();
        let expected = [("br", 250), ("gzip", 1000), ("pt-br", 800), ("fr", 1), ("de", 1000)];
        assert_eq!(read, expected.map(|(name, weight)| (name.to_owned(), weight)));
        assert_eq!(accepted("").count(), 0);
    }
}
