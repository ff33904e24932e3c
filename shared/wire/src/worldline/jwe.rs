//! What a shopper's page encrypted: `encryptedCustomerInput`, a JWE in compact form (RFC 7516) of `RSA-OAEP` and
//! `A256CBC-HS512`, the one pair of algorithms of Worldline's libraries. This module takes it apart, and reads what it
//! holds once that is decrypted.

use std::fmt;

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use domain::{
    card::{Brand, CardData},
    charge::{CvvOrder, SourceOrder},
    client_session::KnownCard,
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::{Map, Value};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use super::{
    card,
    product::Product,
    values::{flag, needed, number},
};
use crate::{
    reader::{self, Fields},
    rules::{Rule, rule, string},
};

/// Base64 without padding, whose unused bits are 0: every JWE has one spelling.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);
/// Characters of a JWE: far more than a card takes.
const MAX_JWE: usize = 16 * 1024;
/// Characters of a nonce; libraries send 32.
const MAX_NONCE: usize = 64;
/// The field of a payment.
pub(super) const FIELD: &str = "encryptedCustomerInput";

/// A JWE in its parts. Nothing of it is decrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwe {
    /// The key pair that it was encrypted for.
    pub key: Uuid,
    /// Its header as it was sent, which its tag authenticates.
    pub header: String,
    /// The key of its content, encrypted.
    pub encrypted_key: Vec<u8>,
    /// The initialization vector.
    pub iv: Vec<u8>,
    /// Its content, encrypted.
    pub ciphertext: Vec<u8>,
    /// Its tag.
    pub tag: Vec<u8>,
}

impl fmt::Debug for Jwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwe").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Jwe {
    /// The parts of a JWE in compact form; none where it is none, or one of other algorithms.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, encrypted_key, iv, ciphertext, tag] = parts.as_slice() else { return None };
        let [named, encrypted_key, iv, ciphertext, tag] =
            [header, encrypted_key, iv, ciphertext, tag].map(|part| BASE64.decode(part).ok());
        Some(Self {
            key: key_of(&reader::parse(&named?).ok()?)?,
            header: (*header).to_owned(),
            encrypted_key: encrypted_key?,
            iv: iv?,
            ciphertext: ciphertext?,
            tag: tag?,
        })
    }
}

/// The key pair that a header names. Its algorithms are fixed: what names others, or says more, is no input for this hub.
fn key_of(header: &Value) -> Option<Uuid> {
    let header = header.as_object().filter(|header| header.len() == 3)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let is_known = text("alg") == Some("RSA-OAEP") && text("enc") == Some("A256CBC-HS512");
    text("kid").filter(|_| is_known)?.parse().ok()
}

/// A JWE in a field of a request.
pub(super) fn jwe() -> impl Rule<Read = Jwe> {
    let read = |value: &Value| {
        let text = value.as_str().filter(|text| text.len() <= MAX_JWE);
        text.and_then(Jwe::read).ok_or_else(|| "must be what Worldline's client library encrypted".to_owned())
    };
    rule(read, string)
}

/// What a shopper's page encrypted, in the clear, of which no more is read than whose it is: the rest is compared with
/// nothing before the input is used up. It prints nothing, and is overwritten in memory when it is dropped.
pub struct DecryptedInput {
    /// The client session in which it was encrypted.
    pub session: Zeroizing<String>,
    /// What no other input has.
    pub nonce: Zeroizing<String>,
    json: Wiped,
}

impl fmt::Debug for DecryptedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptedInput").finish_non_exhaustive()
    }
}

/// What a shopper chose and typed in. It prints nothing of the shopper's values, and is overwritten in memory when it
/// is dropped.
pub struct CustomerInput {
    /// The payment product that the shopper chose.
    pub product: Option<u32>,
    /// Whether the shopper wants the card to be kept.
    pub tokenize: bool,
    /// The stored card that the shopper chose, by its number in the session.
    pub account_on_file: Option<usize>,
    values: Wiped,
}

impl fmt::Debug for CustomerInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomerInput").field("product", &self.product).finish_non_exhaustive()
    }
}

/// JSON whose texts are overwritten in memory when it is dropped.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl DecryptedInput {
    /// The input that was decrypted. Worldline's library for browsers writes Latin-1, and those for phones write UTF-8.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where it names no client session or no nonce. None repeats what was encrypted.
    pub fn read(plain: &[u8]) -> Result<Self, Refusal> {
        let latin1 = || plain.iter().copied().map(char::from).collect::<String>();
        let text = Zeroizing::new(str::from_utf8(plain).map_or_else(|_| latin1(), str::to_owned));
        let json = Wiped(reader::parse(text.as_bytes()).map_err(|_| unreadable())?);
        let read = reader::read(&json.0, None, |fields| {
            let session = needed(fields, id(MAX_NONCE), "clientSessionId");
            let nonce = needed(fields, id(MAX_NONCE), "nonce");
            Some((session?, nonce?))
        });
        let (session, nonce) = read.map_err(of_field)?;
        Ok(Self { session, nonce, json })
    }

    /// What the shopper chose and typed in.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem. None repeats what was encrypted.
    pub fn input(&self) -> Result<CustomerInput, Refusal> {
        let mut values = Wiped(Value::Object(Map::new()));
        let read = reader::read(&self.json.0, None, |fields| {
            let has_values = collect(fields, &mut values.0);
            let product = fields.optional(number(0..=u32::MAX.into()), "paymentProductId");
            let tokenize = fields.optional(flag(), "tokenize");
            let account = fields.optional(number(0..=u32::MAX.into()), "accountOnFileId");
            has_values.and(Some((product?, tokenize?, account?)))
        });
        let (product, tokenize, account) = read.map_err(of_field)?;
        let account_on_file = account.filter(|account| *account > 0).and_then(|account| usize::try_from(account).ok());
        let product = product.and_then(|product| u32::try_from(product).ok());
        Ok(CustomerInput { product, tokenize: tokenize == Some(true), account_on_file, values })
    }
}

/// The problems of what was encrypted, in the field of the payment that holds it.
fn of_field(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(problems) => {
            Refusal::Invalid(problems.into_iter().map(|problem| format!("{FIELD}.{problem}")).collect())
        }
        other => other,
    }
}

impl CustomerInput {
    /// The card that was typed in; none where a stored one was chosen. A card without a name on it has that of the
    /// `customer`; it must be good at `now`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub(super) fn card(&self, customer: Option<&str>, now: Timestamp) -> Result<Option<CardData>, Refusal> {
        if Product::ALL.iter().any(|product| Some(product.id()) == self.product && !product.is_card()) {
            let problem = "must be that of a card: this hub takes Pix and boletos by POST /v1/charges";
            return Err(Refusal::Invalid(vec![format!("{FIELD}.paymentProductId {problem}")]));
        }
        if self.account_on_file.is_some() {
            return Ok(None);
        }
        self.inside(|values| card::read(values, customer, now)).map(Some)
    }

    /// The stored card that was chosen, of those of its client session, and its brand.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the session has no such card, or its CVV cannot be read.
    pub(super) fn on_file(&self, cards: &[KnownCard]) -> Result<(SourceOrder, Brand), Refusal> {
        self.inside(|values| {
            let cvv = card::cvv(values)?.map_or(CvvOrder::None, CvvOrder::Given);
            match self.account_on_file.and_then(|account| cards.get(account.checked_sub(1)?)) {
                Some(known) if card::may_be(values, &known.snapshot) => {
                    Some((SourceOrder::StoredCard { card: known.id, cvv }, known.snapshot.brand))
                }
                Some(_) => values.refuse("cardNumber", "and expiryDate must be those of the stored card, or not come"),
                None => values.refuse("accountOnFileId", "must be a card of the client session"),
            }
        })
    }

    /// What `read` finds in the values of the shopper.
    fn inside<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Refusal> {
        let typed = self.values.0.get(FIELD).and_then(card::number_in);
        reader::read(&self.values.0, typed.as_ref(), |fields| {
            let values = fields.value(FIELD)?;
            read(&mut fields.inside(FIELD, values)?)
        })
    }
}

fn unreadable() -> Refusal {
    Refusal::Invalid(vec![format!("{FIELD} must hold what Worldline's client library encrypts")])
}

/// A short word of ASCII.
fn id(most: usize) -> impl Rule<Read = Zeroizing<String>> {
    let read = move |value: &Value| {
        let is_word =
            |text: &&str| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let text = value.as_str().filter(is_word);
        text.map(|text| Zeroizing::new(text.to_owned())).ok_or_else(|| format!("must be 1 to {most} characters"))
    };
    rule(read, string)
}

/// Gathers `paymentValues`, a list of keys and values, in one object: the fields of a card. Of two values of one key
/// the hub would check one and a reader of the list might use the other: both are refused.
fn collect(fields: &mut Fields<'_>, values: &mut Value) -> Option<()> {
    let mut card = Map::new();
    let mut is_twice = false;
    for entry in fields.value("paymentValues").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(key), Some(value)) = (entry.get("key").and_then(Value::as_str), entry.get("value")) {
            is_twice |= card.contains_key(key);
            card.entry(key).or_insert_with(|| value.clone());
        }
    }
    *values = Value::Object(Map::from_iter([(FIELD.to_owned(), Value::Object(card))]));
    if is_twice { fields.refuse("paymentValues", "must not name a key twice") } else { Some(()) }
}

#[cfg(test)]
mod tests {
    use domain::card::Brand;
    use serde_json::json;

    use super::*;

    const HEADER: &str = r#"{"alg":"RSA-OAEP","enc":"A256CBC-HS512","kid":"6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61"}"#;

    fn now() -> Timestamp {
        "2026-11-28T12:00:00Z".parse().unwrap()
    }

    fn compact(header: &str) -> String {
        [header.as_bytes(), b"key", b"iv", b"text", b"tag"].map(|part| BASE64.encode(part)).join(".")
    }

    fn input(values: &Value) -> Value {
        json!({
            "clientSessionId": "f084372052fb47d9a766ec35bfa0e6bd",
            "nonce": "dce4abe74c06b29fb9dd3356dfb15862",
            "tokenize": true,
            "collectedDeviceInformation": {"locale": "pt-BR"},
            "paymentProductId": 1,
            "paymentValues": values,
        })
    }

    fn typed(holder: &str) -> Value {
        json!([
            {"key": "cardNumber", "value": "4567 3500 0042 7977"},
            {"key": "expiryDate", "value": "1230"},
            {"key": "cvv", "value": "123"},
            {"key": "cardholderName", "value": holder},
        ])
    }

    fn decrypted(input: &Value) -> DecryptedInput {
        DecryptedInput::read(input.to_string().as_bytes()).unwrap()
    }

    fn read(input: &Value) -> CustomerInput {
        decrypted(input).input().unwrap()
    }

    fn problems<T: fmt::Debug>(read: Result<T, Refusal>) -> Vec<String> {
        match read {
            Err(Refusal::Invalid(problems)) => problems,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_jwe_is_taken_apart() {
        let jwe = Jwe::read(&compact(HEADER)).unwrap();
        assert_eq!(jwe.key.to_string(), "6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61");
        assert_eq!((jwe.encrypted_key.as_slice(), jwe.iv.as_slice()), (&b"key"[..], &b"iv"[..]));
        assert_eq!((jwe.ciphertext.as_slice(), jwe.tag.as_slice()), (&b"text"[..], &b"tag"[..]));
        assert_eq!(Some(jwe.header.as_str()), compact(HEADER).split('.').next());
        assert!(!format!("{jwe:?}").contains("text"));
    }

    #[test]
    fn nothing_else_is_a_jwe_for_this_hub() {
        let whole = compact(HEADER);
        for other in [
            "",
            "....",
            "4567350000427977",
            &whole[1..],
            &format!("{whole}."),
            &format!("{whole}="),
            whole.rsplit_once('.').unwrap().0,
            &compact(&HEADER.replace("RSA-OAEP", "RSA1_5")),
            &compact(&HEADER.replace("RSA-OAEP", "none")),
            &compact(&HEADER.replace("A256CBC-HS512", "A256GCM")),
            &compact(&HEADER.replace("6ac0", "zzzz")),
            &compact(&HEADER.replace('}', r#","zip":"DEF"}"#)),
            &compact(&HEADER.replace('}', r#","alg":"RSA-OAEP"}"#)),
            &compact(&HEADER.replace("kid", "key")),
            &compact("{}"),
            &compact(""),
            // No object, which another reader might take for one.
            &compact(r#"["RSA-OAEP","A256CBC-HS512","6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61"]"#),
        ] {
            assert_eq!(Jwe::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_jwe_is_bounded() {
        let body = |filling: usize| {
            let input = [compact(HEADER), "A".repeat(filling)].concat();
            json!({"input": input})
        };
        let read = |filling: usize| reader::read(&body(filling), None, |fields| fields.required(jwe(), "input"));
        let most = MAX_JWE - compact(HEADER).len();
        assert!(Jwe::read(body(most / 4 * 4)["input"].as_str().unwrap()).is_some());
        assert!(read(most / 4 * 4).is_ok());
        assert_eq!(problems(read(most / 4 * 4 + 4)), ["input must be what Worldline's client library encrypted"]);
    }

    #[test]
    fn an_input_is_read_in_latin_1_and_in_utf_8() {
        for holder in ["José da Silva", "Łukasz Đorđević"] {
            let input = read(&input(&typed(holder)));
            let card = input.card(None, now()).unwrap().unwrap();
            assert_eq!((card.holder.as_str(), card.pan.reveal()), (holder, "4567350000427977"));
        }
        let latin1: Vec<u8> = input(&typed("José")).to_string().chars().map(|c| u8::try_from(c).unwrap()).collect();
        let card = DecryptedInput::read(&latin1).unwrap().input().unwrap().card(None, now()).unwrap().unwrap();
        assert_eq!(card.holder, "José");
    }

    #[test]
    fn an_input_says_of_which_session_it_is_and_what_was_chosen() {
        let decrypted = decrypted(&input(&typed("A")));
        assert_eq!((decrypted.session.as_str(), decrypted.nonce.len()), ("f084372052fb47d9a766ec35bfa0e6bd", 32));
        let read = decrypted.input().unwrap();
        assert_eq!((read.product, read.tokenize, read.account_on_file), (Some(1), true, None));
        let printed = format!("{decrypted:?} {read:?}");
        assert!(!printed.contains("4567") && !printed.contains("dce4"), "{printed}");
    }

    #[test]
    fn a_card_without_a_name_has_that_of_the_customer() {
        let values =
            json!([{"key": "cardNumber", "value": "4567350000427977"}, {"key": "expiryDate", "value": "12/30"}]);
        let read = read(&input(&values));
        let card = read.card(Some("Ana Silva"), now()).unwrap().unwrap();
        assert_eq!(
            (card.holder.as_str(), card.cvv.is_none(), card.expiry.to_string().as_str()),
            ("Ana Silva", true, "12/2030")
        );
        assert_eq!(problems(read.card(None, now())), ["encryptedCustomerInput.cardholderName should not be empty"]);
    }

    #[test]
    fn every_problem_of_a_card_is_named_and_none_repeats_it() {
        let of = |number: &str, expiry: &str, cvv: &str, holder: &str| {
            let values = [("cardNumber", number), ("expiryDate", expiry), ("cvv", cvv), ("cardholderName", holder)];
            let values: Vec<Value> = values.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            let found = problems(read(&input(&json!(values))).card(None, now()));
            assert!(!found.iter().any(|problem| problem.contains("4567")), "{found:?}");
            found
        };
        let problem = |text: &str| vec![format!("encryptedCustomerInput.{text}")];
        let good = ("4567350000427977", "1230", "123", "Ana");
        assert_eq!(of("4567350000427978", good.1, good.2, good.3), problem("cardNumber did not pass the Luhn check"));
        assert_eq!(of("456735", good.1, good.2, good.3), problem("cardNumber must be 12 to 19 digits"));
        let ended = problem("expiryDate is in the past or not in the correct MMYY format");
        for expiry in ["1025", "1330", "", "12", "soon", "é1230"] {
            assert_eq!(of(good.0, expiry, good.2, good.3), ended, "{expiry}");
        }
        assert_eq!(of(good.0, good.1, "12", good.3), problem("cvv must have 3 or 4 digits"));
        let length = problem("cvv must have 4 digits on American Express and 3 on other cards");
        assert_eq!(of(good.0, good.1, "1234", good.3), length);
        for holder in ["4567 3500 0042 7977", "card 4567350000427977", "x4567350000427977y"] {
            assert_eq!(of(good.0, good.1, good.2, holder), problem("cardholderName must not contain a card number"));
        }
    }

    #[test]
    fn a_stored_card_is_chosen_by_its_number_in_the_session() {
        let card = domain::ids::CardId::new(Uuid::nil());
        let snapshot = read(&input(&typed("A"))).card(None, now()).unwrap().unwrap().snapshot();
        let known = [KnownCard { id: card, snapshot }];
        let chosen = |account: u32| {
            let mut body = input(&json!([{"key": "cvv", "value": "123"}]));
            body["accountOnFileId"] = json!(account);
            read(&body)
        };
        let read = chosen(1);
        assert!(read.card(None, now()).unwrap().is_none());
        let (source, brand) = read.on_file(&known).unwrap();
        let is_chosen =
            matches!(&source, SourceOrder::StoredCard { card: paid, cvv: CvvOrder::Given(_) } if *paid == card);
        assert!(is_chosen && brand == Brand::Visa, "{source:?}");
        let unknown = ["encryptedCustomerInput.accountOnFileId must be a card of the client session"];
        assert_eq!(problems(chosen(2).on_file(&known)), unknown);
        assert_eq!(problems(chosen(1).on_file(&[])), unknown);
        // Zero is what a library sends where none was chosen.
        assert_eq!(chosen(0).account_on_file, None);
    }

    #[test]
    fn what_the_library_does_not_encrypt_is_no_input() {
        for plain in [&b""[..], b"[]", b"{\"nonce\":", b"\xff\xfe"] {
            assert!(matches!(DecryptedInput::read(plain), Err(Refusal::Invalid(_))), "{plain:?}");
        }
        for (field, value) in [
            ("clientSessionId", json!("")),
            ("clientSessionId", json!("a b")),
            ("nonce", json!("n".repeat(65))),
            ("nonce", json!("é")),
            ("nonce", json!(7)),
        ] {
            let mut body = input(&typed("A"));
            body[field] = value;
            let found = problems(DecryptedInput::read(body.to_string().as_bytes()));
            assert_eq!(found, [format!("encryptedCustomerInput.{field} must be 1 to 64 characters")]);
        }
    }
    /// Of two numbers the hub would check one. None is repeated in the refusal.
    #[test]
    fn a_value_that_comes_twice_is_refused() {
        for (key, value) in [("cardNumber", "5261424250184574"), ("cvv", "123"), ("note", "a")] {
            let mut values = typed("A");
            let twice = json!([{"key": key, "value": value}, {"key": key, "value": value}]);
            values.as_array_mut().unwrap().extend(twice.as_array().unwrap().iter().cloned());
            let found = problems(decrypted(&input(&values)).input());
            assert_eq!(found, ["encryptedCustomerInput.paymentValues must not name a key twice"], "{key}");
        }
    }
}
