//! Texts of requests and answers: what the hub keeps of an answer, and what it writes of a shopper's text.
//!
//! What is kept of one answer fits into 512 bytes. So that its length in storage is known, each character is one byte in
//! UTF-8 and in JSON.

use domain::{barcode::Barcode, brcode, money::Amount};
use ring::digest::{SHA256, digest};

use crate::decimal;

/// Characters of a provider's id, at most.
pub(crate) const MAX_ID: usize = 64;
/// Characters kept of an authorization code, which may be a UUID, or an NSU.
pub(crate) const MAX_AUTHORIZATION: usize = 36;
/// Characters kept of a response code.
pub(crate) const MAX_CODE: usize = 8;
/// Characters of a Pix code, at most. A code cannot be cut, so an answer with a longer one cannot be used.
const MAX_PIX_CODE: usize = 384;
/// Characters of a page's address, at most. An address cannot be cut either.
const MAX_URL: usize = 352;

/// The plain characters of a text, up to `limit`; none when no character is left.
pub(crate) fn kept(text: Option<String>, limit: usize) -> Option<String> {
    let plain: String = text?.chars().filter(|c| is_plain(*c)).take(limit).collect();
    Some(plain).filter(|plain| !plain.is_empty())
}

/// One byte in UTF-8, and one in JSON.
pub(crate) const fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\')
}

/// Whether `text` is an id of letters, digits and these `signs`, with `most` characters at most. Such an id can be kept
/// whole and be a part of a path. An id is never cut: a part of it could equal another id.
pub(crate) fn is_id(text: &str, most: usize, signs: &[char]) -> bool {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || signs.contains(&c);
    (1..=most).contains(&text.len()) && text.chars().all(is_of_id)
}

/// A BR Code that the hub can keep whole.
pub(crate) fn is_br_code(code: &str) -> bool {
    code.len() <= MAX_PIX_CODE && code.chars().all(is_plain) && brcode::parse(code).is_ok()
}

/// The same, where it names no other amount (field 54): its shopper would pay that one.
pub(crate) fn is_br_code_of(code: &str, amount: Amount) -> bool {
    let names_it =
        |fields: Vec<_>| brcode::field(&fields, "54").is_none_or(|named| named == decimal::written(amount.minor()));
    is_br_code(code) && brcode::parse(code).is_ok_and(names_it)
}

/// The barcode of a line that is typed ("linha digitável"), which comes with full stops and blanks; none of another
/// amount, which its last ten digits are.
pub(crate) fn barcode_of(line: &str, amount: Amount) -> Option<String> {
    let barcode = Barcode::of_line(line).ok()?;
    let is_of_amount = barcode.line().get(37..47)?.parse() == Ok(amount.minor());
    is_of_amount.then(|| barcode.to_string())
}

/// A page that a browser can be sent to and the hub can keep whole.
pub(crate) fn is_page(url: &str) -> bool {
    let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let has_host = after_scheme.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['));
    has_host && url.len() <= MAX_URL && url.chars().all(|c| is_plain(c) && c != ' ')
}

/// The id of a notification that has none of its own: its hash. The same notification has the same id each time it comes.
pub(crate) fn hash(body: &[u8]) -> String {
    hex::encode(digest(&SHA256, body))
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The digits of a text, such as a formatted phone number.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
