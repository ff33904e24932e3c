//! Card numbers in texts that are no card numbers.

use domain::{merchant::Settings, refusal::Refusal};
use serde_json::{Value, json};
use wire::malga::requests::{ChangeSettings, CreateCharge, CreateCustomer, CreateSession, CreateToken, PatchCustomer};

use crate::fixtures::{
    boleto, card_request, drip_request, now, pay_session, pix_request, session, session_payment_request,
    session_request, with,
};

/// A number of a known brand, and one of 14 digits.
const NUMBER: &str = "5261424250184574";
const SHORT: &str = "36757624613710";

fn problems<T>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

fn settings(body: &Value) -> Result<Settings, Refusal> {
    ChangeSettings::read(body, Settings::default(), |origin| Ok(origin.to_owned()))
}

fn charge(body: &Value) -> Vec<String> {
    problems(CreateCharge::read(body, now()))
}

/// `body` with `text` in the field, and the problem that it has.
fn put(body: Value, field: &str, text: &str) -> (Value, Vec<String>) {
    let path = format!("/{}", field.replace('.', "/"));
    (with(body, &path, json!(text)), vec![format!("{field} must not contain a card number")])
}

/// How a shopper types the number into another field, and how one hides it there.
fn spellings() -> [String; 6] {
    [
        NUMBER.to_owned(),
        "5261 4242 5018 4574".to_owned(),
        format!("Pedido {NUMBER}, 2"),
        "５２６１４２４２５０１８４５７４".to_owned(),
        "٥٢٦١ ٤٢٤٢ ٥٠١٨ ٤٥٧٤".to_owned(),
        "5261\u{200b}4242\u{200d}5018\u{feff}4574".to_owned(),
    ]
}

#[test]
fn a_card_number_is_refused_in_a_text_that_is_shown_or_sent() {
    let item = json!([{"id": "1", "title": "A", "quantity": 1, "unitPrice": 1}]);
    let boleto = with(boleto(), "/paymentMethod/items", item.clone());
    for text in spellings() {
        for field in ["orderId", "description", "statementDescriptor", "paymentSource.card.cardHolderName"] {
            let (body, problem) = put(card_request(), field, &text);
            let found = charge(&body);
            assert!(found.starts_with(&problem) && found.len() == 1, "{found:?}");
        }
        for field in ["orderId", "description", "statementDescriptor"] {
            let (body, problem) = put(session_payment_request(), field, &text);
            assert_eq!(problems(pay_session(&body, &session(), now())), problem);
        }
        for field in ["name", "orderId", "description", "statementDescriptor", "items.0.name", "items.0.description"] {
            let (body, problem) = put(session_request(), field, &text);
            assert_eq!(problems(CreateSession::read(&body)), problem);
        }
        let terms = json!([{"paymentType": "boleto"}]);
        let (body, problem) =
            put(with(session_request(), "/paymentMethods", terms), "paymentMethods.0.instructions", &text);
        assert_eq!(problems(CreateSession::read(&body)), problem);
        for field in ["paymentMethod.instructions", "paymentMethod.items.0.title", "paymentSource.customer.name"] {
            let (body, problem) = put(boleto.clone(), field, &text);
            assert_eq!(charge(&body), problem);
        }
        let (body, problem) = put(drip_request(), "paymentMethod.items.0.title", &text);
        assert_eq!(charge(&body), problem);
        let (body, problem) = put(json!({}), "name", &text);
        assert_eq!(problems(PatchCustomer::read(&body)), problem);
        for field in ["companyName", "statementDescription"] {
            let (body, problem) = put(json!({}), field, &text);
            assert_eq!(problems(settings(&body)), problem);
        }
    }
    let (body, problem) = put(json!({}), "email", &format!("{NUMBER}@example.com"));
    assert_eq!(problems(settings(&body)), problem);
    let origins = json!({"redirectOrigins": [format!("https://{NUMBER}.example")]});
    assert_eq!(problems(settings(&origins)), ["redirectOrigins.0 must not contain a card number"]);
    let customer = pix_request()["paymentSource"]["customer"].clone();
    let (body, problem) = put(customer, "name", NUMBER);
    assert_eq!(problems(CreateCustomer::read(&body)), problem);
}

#[test]
fn a_holder_is_no_number() {
    let card = &card_request()["paymentSource"]["card"];
    for holder in [" ", "12", "4929 5646-3798", "-"] {
        let card = with(card.clone(), "/cardHolderName", json!(holder));
        assert_eq!(problems(CreateToken::read(&card, now())), ["cardHolderName must not be a number"]);
        let body = with(card_request(), "/paymentSource/card", card);
        assert_eq!(charge(&body), ["paymentSource.card.cardHolderName must not be a number"]);
    }
}

/// Its length and its brand do not matter then, and neither does what is between its digits.
#[test]
fn the_number_of_the_card_of_a_request_is_in_no_other_text_of_it() {
    let card = with(card_request(), "/paymentSource/card/cardNumber", json!(SHORT));
    assert_eq!(charge(&with(card_request(), "/orderId", json!(SHORT))), [""; 0], "it is not the number of this card");
    for text in [
        format!("J {SHORT}"),
        "J 3675.7624.6137.10".to_owned(),
        format!("x{SHORT}y"),
        "３６７５７６２４６１３７１０".to_owned(),
    ] {
        for field in ["orderId", "description", "statementDescriptor", "paymentSource.card.cardHolderName"] {
            let (body, problem) = put(card.clone(), field, &text);
            assert_eq!(charge(&body), problem, "{text}");
        }
    }
    let token = with(card["paymentSource"]["card"].clone(), "/cardHolderName", json!(format!("JOAO {SHORT}")));
    assert_eq!(problems(CreateToken::read(&token, now())), ["cardHolderName must not contain a card number"]);
}

#[test]
fn documents_telephones_postal_codes_and_ids_of_items_may_look_like_a_card_number() {
    let customer = json!({
        "name": "Maria", "email": "m@example.com", "phoneNumber": NUMBER,
        "document": {"type": "dni", "number": NUMBER},
        "address": {"zipCode": NUMBER},
    });
    let body = with(boleto(), "/paymentSource/customer", customer);
    let items = json!([{"id": NUMBER, "title": "A", "quantity": 1, "unitPrice": 1}]);
    assert_eq!(charge(&with(body, "/paymentMethod/items", items)), [""; 0]);
    let settings = json!({"phone": NUMBER, "documentNumber": NUMBER});
    assert!(self::settings(&settings).is_ok());
}

#[test]
fn ids_of_orders_that_are_no_card_numbers_are_taken() {
    for id in ["32c68ff7-902c-408b-b464-cf487c7cda97", "202611280000012", "5261424250184575", "1234567890"] {
        assert_eq!(charge(&with(card_request(), "/orderId", json!(id))), [""; 0], "{id}");
    }
}
