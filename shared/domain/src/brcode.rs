//! BR Code, the text in a Pix QR code (Banco Central, Manual de Padrões para Iniciação do Pix, §1).
//!
//! It is EMV's merchant-presented format: a row of fields, each a two-digit id, a two-digit length in
//! characters and a value; the last is a CRC over all before it.

use crc::{CRC_16_IBM_3740, Crc};

use crate::money::Amount;

/// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected, over everything up to its own value.
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// Characters of a field's value, at most: its length has two digits.
const MAX_VALUE: usize = 99;
/// Characters of a location: 77 and the 22 of the fields around it fill template 26.
const MAX_LOCATION: usize = 77;
/// Characters of a merchant's name.
const MAX_NAME: usize = 25;
/// Characters of a merchant's city.
const MAX_CITY: usize = 15;

/// Why a BR Code cannot be written, or a text is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrCodeProblem {
    /// The location is empty, has a scheme, a space or a character outside ASCII, or is too long.
    #[error("the location must be a URL without scheme of at most {MAX_LOCATION} characters")]
    Location,
    /// Nothing of the merchant's name can be written in ASCII.
    #[error("the merchant's name must have a character that ASCII can write")]
    Name,
    /// Nothing of the merchant's city can be written in ASCII.
    #[error("the merchant's city must have a character that ASCII can write")]
    City,
    /// The text is not a row of fields that starts with payload format 01.
    #[error("the text is not a row of BR Code fields")]
    Fields,
    /// The last field is not a CRC of four characters.
    #[error("the text does not end in a CRC of four digits")]
    NoCrc,
    /// The CRC is not that of the text.
    #[error("the CRC does not match the text")]
    WrongCrc,
}

/// The writer of BR Codes.
pub enum BrCode {}

impl BrCode {
    /// The code of one dynamic charge, whose details the shopper's bank fetches from `location` (no scheme).
    ///
    /// Name and city are written in upper-case ASCII and cut to their lengths; `amount` is in cents of BRL.
    ///
    /// # Errors
    /// [`BrCodeProblem::Location`], [`BrCodeProblem::Name`] or [`BrCodeProblem::City`].
    pub fn dynamic(
        location: &str,
        merchant_name: &str,
        merchant_city: &str,
        amount: Option<Amount>,
    ) -> Result<String, BrCodeProblem> {
        let is_url = !location.is_empty() && location.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_url || location.len() > MAX_LOCATION || location.contains("://") {
            return Err(BrCodeProblem::Location);
        }
        let name = upper_ascii(merchant_name, MAX_NAME).ok_or(BrCodeProblem::Name)?;
        let city = upper_ascii(merchant_city, MAX_CITY).ok_or(BrCodeProblem::City)?;
        let account = [written("00", "br.gov.bcb.pix"), written("25", location)].concat();
        let price = amount.map(|amount| written("54", &decimal(amount))).unwrap_or_default();
        let mut code = [
            written("00", "01"),
            written("01", "12"),
            written("26", &account),
            written("52", "0000"),
            written("53", "986"),
            price,
            written("58", "BR"),
            written("59", &name),
            written("60", &city),
            written("62", &written("05", "***")),
            "6304".to_owned(),
        ]
        .concat();
        code.push_str(&crc_of(&code));
        Ok(code)
    }
}

/// One field of a BR Code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Two digits.
    pub id: String,
    /// Up to 99 characters; of a template, its fields in a row.
    pub value: String,
}

/// The outermost fields of a BR Code whose CRC is right, in their order.
///
/// What the fields say is not judged: codes in use differ from the manual (an empty city, a name in
/// capitals, a static code for one charge).
///
/// # Errors
/// [`BrCodeProblem::Fields`], [`BrCodeProblem::NoCrc`] or [`BrCodeProblem::WrongCrc`].
pub fn parse(code: &str) -> Result<Vec<Field>, BrCodeProblem> {
    let fields = walk(code)?;
    if fields.first().is_none_or(|first| first.id != "00" || first.value != "01") {
        return Err(BrCodeProblem::Fields);
    }
    let crc = fields.last().filter(|last| last.id == "63" && last.value.chars().count() == 4);
    let crc = &crc.ok_or(BrCodeProblem::NoCrc)?.value;
    let covered = code.strip_suffix(crc.as_str()).unwrap_or_default();
    if crc_of(covered).eq_ignore_ascii_case(crc) { Ok(fields) } else { Err(BrCodeProblem::WrongCrc) }
}

/// The value of the first field with this id.
#[must_use]
pub fn field<'a>(fields: &'a [Field], id: &str) -> Option<&'a str> {
    fields.iter().find(|field| field.id == id).map(|field| field.value.as_str())
}

fn walk(mut rest: &str) -> Result<Vec<Field>, BrCodeProblem> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (id, after_id) = split(rest, 2)?;
        let (length, after_length) = split(after_id, 2)?;
        if ![id, length].concat().bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BrCodeProblem::Fields);
        }
        let (value, after_value) = split(after_length, length.parse().map_err(|_| BrCodeProblem::Fields)?)?;
        fields.push(Field { id: id.to_owned(), value: value.to_owned() });
        rest = after_value;
    }
    Ok(fields)
}

/// The first `count` characters and the rest.
fn split(text: &str, count: usize) -> Result<(&str, &str), BrCodeProblem> {
    let mut ends = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    ends.nth(count).and_then(|end| text.split_at_checked(end)).ok_or(BrCodeProblem::Fields)
}

fn written(id: &str, value: &str) -> String {
    debug_assert!(value.len() <= MAX_VALUE, "a length has two digits");
    format!("{id}{:02}{value}", value.len())
}

fn crc_of(text: &str) -> String {
    format!("{:04X}", CRC.checksum(text.as_bytes()))
}

/// Cents as reais: `1.50`; thirteen characters at most, by the limit on amounts.
fn decimal(amount: Amount) -> String {
    format!("{}.{:02}", amount.minor() / 100, amount.minor() % 100)
}

/// The text in printable upper-case ASCII with single spaces, cut to `limit`; none when nothing is left.
#[must_use]
pub fn upper_ascii(text: &str, limit: usize) -> Option<String> {
    let plain: String = text.chars().flat_map(char::to_uppercase).map(without_accent).filter(char::is_ascii).collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    let cut: String = words.join(" ").chars().filter(|c| !c.is_control()).take(limit).collect();
    Some(cut.trim().to_owned()).filter(|cut| !cut.is_empty())
}

/// The letter below the accent, for the upper-case letters of western European languages.
const fn without_accent(letter: char) -> char {
    match letter {
        'À'..='Å' | 'ª' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' | 'Ø' | 'º' => 'O',
        'Ù'..='Ü' => 'U',
        'Ý' | 'Ÿ' => 'Y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_AMOUNT;

    /// The manual's dynamic example.
    const DYNAMIC: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441\
        5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4";
    /// A bank's dynamic code without an amount.
    const BANK: &str = "00020101021226870014br.gov.bcb.pix2565qrcodepix-h.bb.com.br/pix/v2/\
        65cb8cee-589f-4495-b1d8-11d964bc1aab5204000053039865802BR5920ALAN GUIACHERO BUENO6008BRASILIA\
        62070503***630435EA";
    /// A bank's dynamic code with an amount and the longest location.
    const PRICED: &str = "00020101021226990014br.gov.bcb.pix2577pix.bancogenial.com/qrs1/v2/\
        01KfnjyxrIjbBYWpGibducBeORSF8PrUqPNOP8uYG6kPEGPnZ52040000530398654041.005802BR5910LCT-BETDEV\
        6009SAO PAULO62070503***630443DD";
    /// The code in the answer that Malga, "Pix", prints.
    const SEED: &str = "00020101021126510014BR.GOV.BCB.PIX0129K89VdiUgWN1B3p0IHrgHkNHg9tX5F\
        52040000530398654040.155802BR5913Customer test600062070503***630431C0";

    fn cents(minor: u64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn numbered(n: u32) -> String {
        BrCode::dynamic(&format!("pix.example.com/{n}"), "Loja", "Recife", None).unwrap()
    }

    #[test]
    fn published_codes_are_read() {
        let fixed = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR\
            5913Fulano de Tal6008BRASILIA62070503***63041D3D";
        let recurring = "00020101021226760014br.gov.bcb.pix2554pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441\
            5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***80800014br.gov.bcb.pix\
            2558pix.example.com/qr/v2/rec/94ed2badcbc04c15b0bb7fa35319489063047741";
        for (code, name) in [
            (fixed, "Fulano de Tal"),
            (DYNAMIC, "Fulano de Tal"),
            (BANK, "ALAN GUIACHERO BUENO"),
            (PRICED, "LCT-BETDEV"),
            (recurring, "Fulano de Tal"),
            (SEED, "Customer test"),
        ] {
            let fields = parse(code).unwrap();
            assert_eq!(field(&fields, "59"), Some(name), "{code}");
            assert_eq!(fields.iter().map(|f| written(&f.id, &f.value)).collect::<String>(), code);
        }
    }

    #[test]
    fn the_code_of_the_source_documents_is_read_as_it_is() {
        let fields = parse(SEED).unwrap();
        assert_eq!(field(&fields, "54"), Some("0.15"));
        assert_eq!(field(&fields, "60"), Some(""));
        assert_eq!(field(&fields, "63"), Some("31C0"));
        assert_eq!(field(&fields, "61"), None);
    }

    #[test]
    fn banks_codes_are_written_to_the_letter() {
        let bank = BrCode::dynamic(
            "qrcodepix-h.bb.com.br/pix/v2/65cb8cee-589f-4495-b1d8-11d964bc1aab",
            "Alan Guiachero Bueno",
            "Brasília",
            None,
        );
        assert_eq!(bank.as_deref(), Ok(BANK));
        let location = "pix.bancogenial.com/qrs1/v2/01KfnjyxrIjbBYWpGibducBeORSF8PrUqPNOP8uYG6kPEGPnZ";
        let priced = BrCode::dynamic(location, "LCT-BETDEV", "São Paulo", Some(cents(100)));
        assert_eq!(priced.as_deref(), Ok(PRICED));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (minor, text) in [(1, "0.01"), (150, "1.50"), (100_005, "1000.05"), (MAX_AMOUNT, "9999999999.99")] {
            let code = BrCode::dynamic("pix.example.com/qr/1", "Pão & Açúcar", "Maceió", Some(cents(minor))).unwrap();
            let fields = parse(&code).unwrap();
            assert_eq!(field(&fields, "01"), Some("12"));
            assert_eq!(field(&fields, "54"), Some(text));
            assert_eq!(field(&fields, "59"), Some("PAO & ACUCAR"));
            assert_eq!(field(&fields, "60"), Some("MACEIO"));
            let account = walk(field(&fields, "26").unwrap()).unwrap();
            assert_eq!(field(&account, "00"), Some("br.gov.bcb.pix"));
            assert_eq!(field(&account, "25"), Some("pix.example.com/qr/1"));
        }
    }

    #[test]
    fn a_crc_that_starts_with_zero_keeps_it() {
        let mut padded = 0;
        for n in 0..64 {
            let fields = parse(&numbered(n)).unwrap();
            padded += usize::from(field(&fields, "63").unwrap().starts_with('0'));
        }
        assert!(padded > 0, "none of the codes has such a CRC");
    }

    #[test]
    fn a_crc_that_lost_its_zero_is_refused() {
        let code = (0..64).map(numbered).find(|code| code.contains("63040")).unwrap();
        assert_eq!(parse(&code.replace("63040", "6303")), Err(BrCodeProblem::NoCrc));
    }

    #[test]
    fn an_invented_crc_and_a_changed_text_are_refused() {
        assert_eq!(parse(&DYNAMIC.replace("630464E4", "6304ABCD")), Err(BrCodeProblem::WrongCrc));
        assert_eq!(parse(&PRICED.replace("54041.00", "54049.00")), Err(BrCodeProblem::WrongCrc));
    }

    #[test]
    fn a_crc_in_lower_case_is_taken() {
        assert!(parse(&SEED.replace("31C0", "31c0")).is_ok());
    }

    #[test]
    fn a_text_without_a_crc_at_its_end_is_refused() {
        assert_eq!(parse("000201"), Err(BrCodeProblem::NoCrc));
        assert_eq!(parse(&format!("{DYNAMIC}6100")), Err(BrCodeProblem::NoCrc));
        let elsewhere = "0002016404";
        assert_eq!(parse(&format!("{elsewhere}{}", crc_of(elsewhere))), Err(BrCodeProblem::NoCrc));
    }

    #[test]
    fn a_text_that_is_no_row_of_fields_is_refused() {
        for code in
            ["", "0", "0002", "00020", "000201x", "00+201", "0x0201", "ação", "000301\u{e7}", "5303986", "000202"]
        {
            assert_eq!(parse(code), Err(BrCodeProblem::Fields), "{code}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        let text = "0002015904João6304";
        let fields = parse(&format!("{text}{}", crc_of(text))).unwrap();
        assert_eq!(field(&fields, "59"), Some("João"));
    }

    #[test]
    fn a_location_is_a_url_without_scheme_that_fits() {
        let with = |location: &str| BrCode::dynamic(location, "Loja", "Recife", None).map(drop);
        assert_eq!(with(&"x".repeat(77)), Ok(()));
        for location in ["", "https://pix.example.com/1", "pix.example.com/a b", "pix.example.com/ã", &"x".repeat(78)]
        {
            assert_eq!(with(location), Err(BrCodeProblem::Location), "{location}");
        }
    }

    #[test]
    fn names_and_cities_become_upper_case_ascii_of_their_length() {
        let with = |name, city| {
            let fields = parse(&BrCode::dynamic("pix.example.com/1", name, city, None)?)?;
            Ok((field(&fields, "59").unwrap().to_owned(), field(&fields, "60").unwrap().to_owned()))
        };
        let written = with("  1º Cartório\tde João\u{0}  Conceição – ME", "São José dos Campos");
        assert_eq!(written, Ok(("1O CARTORIO DE JOAO CONCE".to_owned(), "SAO JOSE DOS CA".to_owned())));
        assert_eq!(with("Grande Loja de Materiais e Cia", "Vila").unwrap().0, "GRANDE LOJA DE MATERIAIS");
        assert_eq!(with("e\u{301}", "Ñandú"), Ok(("E".to_owned(), "NANDU".to_owned())));
        assert_eq!(with("東京", "Recife"), Err(BrCodeProblem::Name));
        assert_eq!(with("Loja", " \n "), Err(BrCodeProblem::City));
    }
}
