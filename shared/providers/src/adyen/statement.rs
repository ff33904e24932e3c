//! What a shopper reads on a statement or a slip: `shopperStatement` takes few characters.

/// The characters of `text` that Adyen takes, up to `most`: letters lose their accents, other characters become blanks;
/// none where nothing is left.
pub(super) fn cleaned(text: &str, most: usize) -> Option<String> {
    let plain: String = text.chars().map(plain).collect();
    let words: Vec<&str> = plain.split_ascii_whitespace().collect();
    let cut: String = words.join(" ").chars().take(most).collect();
    Some(cut.trim_end().to_owned()).filter(|cut| !cut.is_empty())
}

const fn plain(c: char) -> char {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | ',' | '\'' | '_' | '-' | '?' | '+' | '*' | '/' => c,
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'ª' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'º' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'Á' | 'À' | 'Â' | 'Ã' | 'Ä' => 'A',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        'Ç' => 'C',
        'Ñ' => 'N',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn a_statement_has_the_characters_that_are_taken_and_no_more_than_the_limit() {
        for (text, most, left) in [
            ("Loja da Maria", 22, Some("Loja da Maria")),
            ("Pão de Açúcar & Cia.", 22, Some("Pao de Acucar Cia.")),
            ("ÀÉÎÕÜÇÑ àéîõüçñ ªº", 22, Some("AEIOUCN aeioucn ao")),
            ("a.b,c'd_e-f?g+h*i/j", 22, Some("a.b,c'd_e-f?g+h*i/j")),
            ("\"<loja>\"\n\u{2028}#1", 22, Some("loja 1")),
            ("Loja de nome muito comprido", 12, Some("Loja de nome")),
            ("Loja de nome", 8, Some("Loja de")),
            ("¥€!", 22, None),
            ("", 22, None),
        ] {
            assert_eq!(cleaned(text, most).as_deref(), left, "{text}");
        }
    }
}
