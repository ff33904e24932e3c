//! The normal form of a body of Malga's API.

use domain::card::Pan;
use serde_json::Value;

use crate::normal::{NormalBody, NormalText};

/// The client library's own name and version: a retry may come from another version.
const CLIENT: &str = "appInfo";
/// Where a card, or a token's card, can be.
const CARDS: [&str; 3] = ["/paymentSource/card", "/paymentSource", ""];
/// What no hash of a body may hold, wherever a caller writes it and in whatever case: card numbers, and security codes
/// by the names of this API and of others. A hash of three digits is as good as the digits.
const SECRETS: [&str; 8] =
    ["cardNumber", "cardCvv", "cvvUpdate", "cvv", "cvv2", "cvc", "securityCode", "cardSecurityCode"];
/// The fields that name what pays.
const SOURCES: &[&str] = &["paymentSource", "tokenId"];

/// The normal form of `body`: sorted keys, no nulls, no card number and CVV, and nothing that differs between attempts
/// of one request. Stored hashes are made of it: another form makes a conflict of every retry of an earlier request.
#[must_use]
pub fn normal_form(body: &Value) -> NormalBody {
    let text = |place: &str| body.pointer(place).and_then(Value::as_str);
    NormalBody {
        text: NormalText::new(without_secrets(without_client(body.clone())), SOURCES),
        card_number: text("/paymentSource/card/cardNumber").map(str::to_owned),
        token: text("/paymentSource/tokenId").and_then(|token| token.parse().ok()),
    }
}

/// The card whose number `body` holds.
#[must_use]
pub fn typed_card(body: &Value) -> Option<Pan> {
    let number = |place: &&str| body.pointer(place)?.get("cardNumber")?.as_str();
    CARDS.iter().filter_map(number).find_map(|number| Pan::new(number).ok())
}

fn without_client(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove(CLIENT);
    }
    body
}

fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let is_open = |name: &str| SECRETS.iter().all(|secret| !secret.eq_ignore_ascii_case(name));
            let open = fields.into_iter().filter(|(name, _)| is_open(name));
            Value::Object(open.map(|(name, field)| (name, without_secrets(field))).collect())
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(without_secrets).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "4929564637987814";
    const TOKEN: &str = "0b41e4a5-51ab-4b4e-8f5f-3c9a6a4b7c11";

    fn read(text: &str) -> NormalBody {
        normal_form(&serde_json::from_str(text).unwrap())
    }

    fn by_number() -> NormalBody {
        read(&format!(
            r#"{{"merchantId":"m","amount":150,"statementDescriptor":null,"appInfo":{{"device":{{"name":"x"}}}},
            "paymentSource":{{"sourceType":"card","card":{{"cardNumber":"{NUMBER}","cardCvv":"320",
            "cardHolderName":"JOÃO \"B\" / \u0001","cardExpirationDate":"06/2028"}}}},
            "items":[{{"quantity":1,"name":"a","note":null}},null,2.50,1e3,true],"capture":false}}"#
        ))
    }

    /// The hashes of earlier requests are stored: this text may never change.
    #[test]
    fn the_text_of_a_body_is_this_one_byte_for_byte() {
        assert_eq!(
            by_number().text.as_sent(),
            r#"{"amount":150,"capture":false,"items":[{"name":"a","quantity":1},null,2.5,1000.0,true],"merchantId":"m","paymentSource":{"card":{"cardExpirationDate":"06/2028","cardHolderName":"JOÃO \"B\" / \u0001"},"sourceType":"card"}}"#
        );
        assert_eq!(
            by_number().text.by_card("abc"),
            r#"{"amount":150,"capture":false,"items":[{"name":"a","quantity":1},null,2.5,1000.0,true],"merchantId":"m","paymentSource":"abc"}"#
        );
    }

    /// With the feature `preserve_order` of `serde_json` too, which any crate of the build can switch on.
    #[test]
    fn the_order_of_keys_makes_no_difference() {
        let one = read(r#"{"b":{"d":1,"c":[{"f":2,"e":3}]},"a":4,"cardCvv":"320","cvvUpdate":1,"tokenId":"t"}"#);
        let other = read(r#"{"tokenId":"t","cvvUpdate":2,"a":4,"cardCvv":"1","b":{"c":[{"e":3,"f":2}],"d":1}}"#);
        let text = r#"{"a":4,"b":{"c":[{"e":3,"f":2}],"d":1},"tokenId":"t"}"#;
        assert_eq!((one.text.as_sent().as_str(), other.text.as_sent().as_str()), (text, text));
        assert_eq!(one.text.by_card("abc"), other.text.by_card("abc"));
    }

    #[test]
    fn a_card_and_its_token_are_the_same_source() {
        let token = read(&format!(r#"{{"amount":1,"paymentSource":{{"tokenId":"{TOKEN}","sourceType":"token"}}}}"#));
        let card = read(&format!(r#"{{"amount":1,"paymentSource":{{"card":{{"cardNumber":"{NUMBER}"}}}}}}"#));
        assert_eq!((token.token, token.card_number.as_deref()), (Some(TOKEN.parse().unwrap()), None));
        assert_eq!((card.token, card.card_number.as_deref()), (None, Some(NUMBER)));
        assert_eq!(token.text.by_card("abc"), card.text.by_card("abc"));
        assert_eq!(read(r#"{"tokenId":"t","amount":1}"#).text.by_card("abc"), r#"{"amount":1,"tokenId":"abc"}"#);
    }

    #[test]
    fn no_card_number_and_no_cvv_is_in_the_text_or_is_printed() {
        let secrets = format!(r#""cardNumber":"{NUMBER}","cardCvv":"987","cvvUpdate":"987""#);
        let source = format!(r#"{{{secrets},"card":{{{secrets}}}}}"#);
        let body = read(&format!(r#"{{{secrets},"paymentSource":{source}}}"#));
        assert_eq!(body.text.as_sent(), r#"{"paymentSource":{"card":{}}}"#);
        let printed = format!("{body:?} {:?} {:?}", body.text, read(&format!(r#"{{"elsewhere":{{{secrets}}}}}"#)));
        assert!(!printed.contains(NUMBER) && !printed.contains("987"), "{printed}");
    }

    #[test]
    fn a_security_code_is_in_no_text_wherever_it_was_written() {
        for misplaced in [
            r#"{"paymentMethod":{"cardCvv":"987"}}"#,
            r#"{"paymentSource":{"customer":{"cardCvv":"987","card":{"CARDCVV":987}}}}"#,
            r#"{"paymentSource":{"card":{"cvv":"987","securityCode":"987"}}}"#,
            r#"{"fraudAnalysis":[{"cvc":"987"},[{"cvv2":987}]],"metadata":{"cardSecurityCode":"987"}}"#,
        ] {
            let text = read(misplaced).text;
            assert!(!text.as_sent().contains("987") && !text.by_card("abc").contains("987"), "{misplaced}");
        }
        let check = r#"{"cvvCheck":true,"tokenCvv":"0b41e4a5-51ab-4b4e-8f5f-3c9a6a4b7c11"}"#;
        assert_eq!(read(check).text.as_sent(), check);
    }

    #[test]
    fn a_body_that_is_no_object_has_a_text_too() {
        for text in ["null", "[]", "7", r#""x""#] {
            assert_eq!((read(text).text.as_sent(), read(text).text.by_card("abc")), (text.to_owned(), text.to_owned()));
        }
    }
}
