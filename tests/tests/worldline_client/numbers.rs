//! The number of a card in a field where none belongs: refused where the hub reads the field, and otherwise kept nowhere.

use serde_json::{Value, json};
use tests::{
    TestHub,
    leak::Searched,
    log::{EVERYTHING, listen, logged},
    samples::with,
    worldline_shop::{Shop, encrypted, order},
};

/// The card that pays, and another one.
const NUMBERS: [&str; 2] = ["5261424250184574", "3566002020360505"];

/// Fields that the hub reads as texts, and those that it reads otherwise.
const READ: [&str; 14] = [
    "/cardPaymentMethodSpecificInput/paymentProductId",
    "/cardPaymentMethodSpecificInput/card/cardholderName",
    "/cardPaymentMethodSpecificInput/card/cvv",
    "/cardPaymentMethodSpecificInput/card/expiryDate",
    "/cardPaymentMethodSpecificInput/requiresApproval",
    "/cardPaymentMethodSpecificInput/threeDSecure/skipAuthentication",
    "/cardPaymentMethodSpecificInput/tokenize",
    "/order/additionalInput/numberOfInstallments",
    "/order/amountOfMoney/amount",
    "/order/amountOfMoney/currencyCode",
    "/order/customer/personalInformation/name/firstName",
    "/order/customer/personalInformation/name/surname",
    "/order/references/descriptor",
    "/order/references/merchantReference",
];

/// What a shop sends: Worldline's plug-in sends these fields.
fn sent() -> Value {
    json!({
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": 3,
            "requiresApproval": true,
            "tokenize": false,
            "transactionChannel": "ECOMMERCE",
            "card": {"cardNumber": NUMBERS[0], "expiryDate": "1230", "cvv": "123", "cardholderName": "JOAO DA SILVA"},
            "threeDSecure": {"skipAuthentication": true, "redirectionData": {"returnUrl": "https://shop.example/"}},
        },
        "order": {
            "amountOfMoney": {"amount": 2345, "currencyCode": "BRL"},
            "additionalInput": {"numberOfInstallments": 1},
            "customer": {
                "merchantCustomerId": "42",
                "fiscalNumber": "12345678909",
                "locale": "pt_BR",
                "personalInformation": {"name": {"firstName": "João", "surname": "da Silva"}},
                "contactDetails": {"emailAddress": "a@shop.example", "phoneNumber": "+5511999999999"},
                "billingAddress": {"street": "Rua", "houseNumber": "1", "zip": "01000000", "city": "SP", "state": "SP"},
                "device": {"ipAddress": "10.0.0.1", "userAgent": "browser"},
            },
            "references": {"merchantReference": "AcmeOrder0001", "merchantOrderId": 1, "descriptor": "LOJA"},
        },
        "fraudFields": {"userData": ["x"]},
        "merchant": {"websiteUrl": "https://shop.example/"},
    })
}

/// The place of every text, number and truth value in `value`.
fn leaves(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, inside)| leaves(inside, &format!("{at}/{name}"))).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().flat_map(|(index, inside)| leaves(inside, &format!("{at}/{index}"))).collect()
        }
        _ => vec![at.to_owned()],
    }
}

/// How often a number is in what the hub has stored or logged. Its log has something to search.
async fn found(hub: &TestHub) -> [usize; 2] {
    let places = [logged(), hub.everything_stored().await.concat()];
    assert!(places.iter().all(|place| place.contains(&hub.merchant.id)), "nothing is searched");
    NUMBERS.map(|number| Searched::new(&places).occurrences(number))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_beside_the_card_is_refused_in_every_field_that_is_read_and_kept_of_none() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let shop = Shop::of(&hub.merchant);
    let mut read = READ.to_vec();
    for place in leaves(&sent(), "").iter().filter(|place| !place.ends_with("/cardNumber")) {
        let is_read = read.iter().position(|field| field == place).map(|index| read.remove(index)).is_some();
        for number in NUMBERS {
            let answer = shop.post("/payments", &with(sent(), place, json!(number))).await;
            assert_eq!(answer.status, if is_read { 400 } else { 201 }, "{place}: {}", answer.body);
            if is_read {
                let code = if place.ends_with("expiryDate") { "21000120" } else { "1099" };
                let named = place.trim_start_matches('/').replace('/', ".");
                assert_eq!(
                    (answer.text("/errors/0/code"), answer.text("/errors/0/propertyName")),
                    (code, named.as_str())
                );
            }
            assert!(!answer.body.to_string().contains(number), "{}", answer.body);
        }
    }
    assert_eq!(read, [""; 0], "fields that were not sent");
    assert_eq!(found(&hub).await, [0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_beside_the_encrypted_one_is_refused_and_kept_nowhere() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let shop = Shop::of(&hub.merchant);
    let page = shop.opens(&json!({})).await;
    let place = |index: usize, number: &str| {
        with(page.input(NUMBERS[0]), &format!("/paymentValues/{index}/value"), json!(number))
    };
    for number in NUMBERS {
        for (input, field) in [
            (place(3, number), "encryptedCustomerInput.cardholderName"),
            (place(2, number), "encryptedCustomerInput.cvv"),
            (with(page.input(NUMBERS[0]), "/accountOnFileId", json!(number)), "encryptedCustomerInput.accountOnFileId"),
            (
                with(page.input(NUMBERS[0]), "/paymentProductId", json!(number)),
                "encryptedCustomerInput.paymentProductId",
            ),
            (with(page.input(NUMBERS[0]), "/clientSessionId", json!(number)), "encryptedCustomerInput"),
        ] {
            let answer = shop.post("/payments", &encrypted(&page.encrypts_input(&input))).await.expect(400);
            assert_eq!((answer.text("/errors/0/code"), answer.text("/errors/0/propertyName")), ("1099", field));
            assert!(!answer.body.to_string().contains(number), "{}", answer.body);
        }
        for field in ["merchantReference", "descriptor"] {
            let mut body = encrypted(&page.encrypts(NUMBERS[0]));
            body["order"] = with(order(100, "BRL"), &format!("/references/{field}"), json!(number));
            let answer = shop.post("/payments", &body).await.expect(400);
            let named = format!("order.references.{field}");
            assert_eq!(
                (answer.text("/errors/0/code"), answer.text("/errors/0/propertyName")),
                ("1099", named.as_str())
            );
        }
    }
    // A nonce is stored as its digest alone.
    shop.pays(&encrypted(&page.encrypts_input(&with(page.input(NUMBERS[0]), "/nonce", json!(NUMBERS[1]))))).await;
    assert_eq!(found(&hub).await, [0, 0]);
}

/// The name of the customer is the name on a card without one, and has two parts.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_in_the_parts_of_a_name_is_refused() {
    let hub = TestHub::build().await;
    let shop = Shop::of(&hub.merchant);
    let page = shop.opens(&json!({})).await;
    let nameless = with(sent(), "/cardPaymentMethodSpecificInput/card/cardholderName", Value::Null);
    let from_page = || {
        let input = with(page.input(NUMBERS[0]), "/paymentValues/3/key", json!("other"));
        json!({"encryptedCustomerInput": page.encrypts_input(&input), "order": sent()["order"]})
    };
    let [own, other] = NUMBERS.map(|number| number.split_at(8));
    for (first, last) in [own, other, ("52614242", "5018 4574"), ("12", "34")] {
        for body in [sent(), nameless.clone(), from_page()] {
            let name = json!({"firstName": first, "surname": last});
            let answer = shop.post("/payments", &with(body, "/order/customer/personalInformation/name", name)).await;
            let named = (answer.status, answer.text("/errors/0/code"), answer.text("/errors/0/propertyName"));
            assert_eq!(named, (400, "1099", "order.customer.personalInformation.name"), "{first} {last}");
        }
    }
    shop.pays(&from_page()).await;
    assert!(hub.everything_stored().await.iter().all(|item| !item.contains("5261 4242")));
}

/// What is refused is named by the words of the API, never by what was sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_unknown_field_is_repeated_nowhere() {
    let hub = TestHub::build().await;
    let shop = Shop::of(&hub.merchant);
    let name = format!("{}SpecificInput", NUMBERS[1]);
    let payment = shop.pays(&with(sent(), &format!("/{name}"), json!(1))).await;
    for (path, status) in [("/payments".to_owned(), 400), (format!("/payments/{payment}/approve"), 400)] {
        for value in [json!(1), json!({"amount": 1})] {
            let answer = shop.post(&path, &json!({(name.clone()): value})).await.expect(status);
            assert!(!answer.body.to_string().contains(NUMBERS[1]), "{}", answer.body);
        }
    }
    let filters = json!({"paymentProductFilters": {(name): 1}});
    let answer = shop.post("/sessions", &filters).await.expect(400);
    assert!(!answer.body.to_string().contains(NUMBERS[1]), "{}", answer.body);
}
