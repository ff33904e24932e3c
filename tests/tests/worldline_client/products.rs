//! Products and groups of products.

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::{Value, json};
use tests::{TestHub, hub::PUBLIC_URL, samples::APPROVED, worldline::error};

use crate::page::{IN_BRAZIL, Page, stored};

const ALL: [u64; 10] = [1, 3, 147, 2, 148, 132, 128, 125, 6105, 1503];

fn field<'a>(product: &'a Value, id: &str) -> &'a Value {
    product["fields"].as_array().unwrap().iter().find(|field| field["id"] == id).unwrap()
}

fn fields(product: &Value) -> Vec<&str> {
    product["fields"].as_array().unwrap().iter().map(|field| field["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_brazil_is_offered_cards_pix_and_boleto_and_elsewhere_the_cards_that_are_good_there() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    assert_eq!(page.ids(IN_BRAZIL).await, ALL);
    assert_eq!(
        page.ids("countryCode=NL&currencyCode=EUR&isRecurring=false&amount=1000").await,
        [1, 3, 2, 132, 128, 125]
    );
    assert_eq!(page.ids("countryCode=BR&currencyCode=BRL&isRecurring=true").await, [1, 3, 147, 2, 148, 132, 128, 125]);
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_those_that_the_merchants_providers_serve() {
    let hub = TestHub::with(&[(PaymentType::Pix, ProviderType::MercadoPago)]).await;
    let page = Page::open(&hub).await;
    assert_eq!(page.ids(IN_BRAZIL).await, [6105]);
    assert_eq!(error(&page.get(&format!("/products/1?{IN_BRAZIL}")).await), (404, "1007"));
    let groups = page.get(&format!("/productgroups?{IN_BRAZIL}")).await.expect(200).body;
    assert_eq!(groups, json!({"paymentProductGroups": []}));
    assert_eq!(error(&page.get(&format!("/productgroups/cards?{IN_BRAZIL}")).await), (404, "1007"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_was_deleted_offers_nothing() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    hub.merchant.delete(&format!("/v1/merchants/{}", hub.merchant.id)).await.assert_status(204);
    hub.pass(Duration::from_mins(2)).await;
    assert!(page.ids(IN_BRAZIL).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filters_of_the_session_hold_in_every_answer() {
    let hub = TestHub::build().await;
    let products = |numbers: &[u32]| json!({"products": numbers});
    let cards = json!({"groups": ["cards"]});
    for (restrict_to, exclude, offered) in [
        (products(&[1, 6105, 809]), json!({}), vec![1, 6105]),
        (json!({"groups": ["cards"], "products": [1503]}), products(&[3, 2]), vec![1, 147, 148, 132, 128, 125, 1503]),
        (products(&[1, 3]), cards.clone(), vec![]),
        (json!({}), cards, vec![6105, 1503]),
    ] {
        let page = Page::filtered(&hub, restrict_to, exclude).await;
        assert_eq!(page.ids(IN_BRAZIL).await, offered);
        for id in ALL {
            let answer = page.get(&format!("/products/{id}?{IN_BRAZIL}")).await;
            assert_eq!(answer.status, if offered.contains(&id) { 200 } else { 404 }, "{id}");
        }
        let has_cards = offered.contains(&1);
        let group = page.get(&format!("/productgroups/cards?{IN_BRAZIL}")).await;
        assert_eq!(group.status, if has_cards { 200 } else { 404 });
        let groups = page.get(&format!("/productgroups?{IN_BRAZIL}")).await.expect(200);
        assert_eq!(groups.body["paymentProductGroups"].as_array().unwrap().len(), usize::from(has_cards));
        let context = json!({"countryCode": "BR", "amountOfMoney": {"amount": 1000, "currencyCode": "BRL"}});
        let iin = page.asks_iin(&json!({"bin": "411111", "paymentContext": context})).await.expect(200);
        assert_eq!(iin.body["isAllowedInContext"], has_cards);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_described_with_the_fields_that_the_library_checks() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let visa = page.get(&format!("/products/1?{IN_BRAZIL}")).await.expect(200).body;
    let mut described = visa.clone();
    described.as_object_mut().unwrap().remove("fields");
    assert_eq!(
        described,
        json!({
            "id": 1,
            "paymentMethod": "card",
            "paymentProductGroup": "cards",
            "allowsInstallments": true,
            "allowsRecurring": true,
            "allowsTokenization": true,
            "autoTokenized": false,
            "deviceFingerprintEnabled": false,
            "usesRedirectionTo3rdParty": false,
            "mobileIntegrationLevel": "OPTIMISED_SUPPORT",
            "displayHints": {"displayOrder": 0, "label": "Visa", "logo": "client/assets/product-1.svg"},
        })
    );
    assert_eq!(fields(&visa), ["cardNumber", "expiryDate", "cvv", "cardholderName"]);
    assert_eq!(
        field(&visa, "cardNumber"),
        &json!({
            "id": "cardNumber",
            "type": "numericstring",
            "usedForLookup": false,
            "dataRestrictions": {
                "isRequired": true,
                "validators": {"luhn": {}, "length": {"minLength": 12, "maxLength": 19}},
            },
            "displayHints": {
                "alwaysShow": false,
                "displayOrder": 10,
                "formElement": {"type": "text"},
                "label": "Número do cartão",
                "placeholderLabel": "Número do cartão",
                "mask": "{{9999}} {{9999}} {{9999}} {{9999}} {{999}}",
                "obfuscate": false,
                "preferredInputType": "IntegerKeyboard",
            },
        })
    );
    let cvv = field(&visa, "cvv");
    assert_eq!(cvv["dataRestrictions"]["isRequired"], false);
    assert_eq!(cvv["displayHints"]["tooltip"]["image"], "client/assets/security-code.svg");
}

#[tokio::test(flavor = "multi_thread")]
async fn pix_asks_for_a_document_and_boleto_for_an_address_too() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let pix = page.get(&format!("/products/6105?{IN_BRAZIL}")).await.expect(200).body;
    assert_eq!((&pix["paymentMethod"], &pix["allowsTokenization"]), (&json!("redirect"), &json!(false)));
    assert_eq!((fields(&pix), pix.get("paymentProductGroup")), (vec!["fiscalNumber"], None));
    let boleto = page.get(&format!("/products/1503?{IN_BRAZIL}")).await.expect(200).body;
    assert_eq!(boleto["paymentMethod"], "cash");
    let asked =
        ["fiscalNumber", "firstName", "surname", "companyName", "street", "houseNumber", "zip", "city", "stateCode"];
    assert_eq!(fields(&boleto), asked);
    assert_eq!(
        field(&boleto, "companyName")["dataRestrictions"]["validators"]["boletoBancarioRequiredness"],
        json!({"fiscalNumberLength": 14})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_leaves_out_what_it_does_not_need() {
    let hub = TestHub::build().await;
    let page = Page::with(&hub, &json!({"tokens": [stored(&hub, APPROVED).await]})).await;
    let first = async |hide: &str| page.products(&format!("{IN_BRAZIL}&{hide}")).await[0].clone();
    let whole = first("").await;
    assert!(whole["fields"].is_array() && whole["accountsOnFile"].is_array());
    let without = first("hide=fields&hide=accountsOnFile").await;
    assert_eq!((without.get("fields"), without.get("accountsOnFile")), (None, None));
    let silent = first("hide=translations").await;
    assert_eq!(silent["displayHints"].get("label"), None);
    assert_eq!(silent["fields"][0]["displayHints"].get("label"), None);
    let english = page.products("countryCode=BR&currencyCode=BRL&locale=nl_NL").await;
    assert_eq!(english[0]["fields"][0]["displayHints"]["label"], "Card number");
    let ids = async |hide: &str| page.ids(&format!("{IN_BRAZIL}&hide={hide}")).await;
    assert!(!ids("productsWithRedirects").await.contains(&6105));
    assert!(!ids("productsWithoutInstructions").await.contains(&1503));
    assert!(ids("productsWithoutFields").await.is_empty()); // Worldline's word for what needs data of the shopper
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shoppers_cards_come_with_their_products_by_their_numbers_in_the_session() {
    let hub = TestHub::build().await;
    let mut tokens = Vec::new();
    for number in ["5261424250184574", APPROVED, "4916745120294124"] {
        tokens.push(stored(&hub, number).await);
    }
    tokens.push(tokens[1].clone()); // a token that comes twice is one card
    let filters = json!({"exclude": {"products": [3]}});
    let page = Page::with(&hub, &json!({"tokens": tokens, "paymentProductFilters": filters})).await;
    let visa = page.get(&format!("/products/1?{IN_BRAZIL}")).await.expect(200).body;
    assert_eq!(
        visa["accountsOnFile"][0],
        json!({
            "id": 2,
            "paymentProductId": 1,
            "displayHints": {
                "labelTemplate": [{"attributeKey": "alias", "mask": "{{9999}} {{9999}} {{9999}} {{9999}}"}],
                "logo": "client/assets/product-1.svg",
            },
            "attributes": [
                {"key": "alias", "value": "************7814", "status": "READ_ONLY"},
                {"key": "cardholderName", "value": "JOAO DA SILVA", "status": "READ_ONLY"},
                {"key": "cardNumber", "value": "************7814", "status": "READ_ONLY"},
                {"key": "expiryDate", "value": "0628", "status": "READ_ONLY"},
            ],
        })
    );
    assert_eq!(visa["accountsOnFile"][1]["id"], 3);
    // The group has the cards of the products that are offered: Mastercard is not.
    let group = page.get(&format!("/productgroups/cards?{IN_BRAZIL}")).await.expect(200).body;
    let ids: Vec<&Value> = group["accountsOnFile"].as_array().unwrap().iter().map(|card| &card["id"]).collect();
    assert_eq!(ids, [2, 3]);
    assert_eq!((&group["id"], &group["displayHints"]["label"]), (&json!("cards"), &json!("Cartões")));
    assert_eq!(fields(&group), ["cardNumber", "expiryDate", "cvv", "cardholderName"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_question_is_named() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let missing = page.get("/products?amount=50.3").await.expect(400);
    let named = |index: usize| missing.body["errors"][index]["propertyName"].as_str();
    assert_eq!([named(0), named(1), named(2)], [Some("countryCode"), Some("amount"), Some("currencyCode")]);
    let codes = [0, 1, 2].map(|index| missing.body["errors"][index]["code"].as_str().unwrap());
    assert_eq!(codes, ["20000000", "1099", "20000000"]);
    for id in ["866", "0", "visa", "01"] {
        let answer = page.get(&format!("/products/{id}?{IN_BRAZIL}")).await;
        assert_eq!(error(&answer), (404, "1007"));
    }
    assert_eq!(error(&page.get(&format!("/productgroups/wallets?{IN_BRAZIL}")).await), (404, "1007"));
    // What Worldline has besides, and the hub does not offer.
    for path in ["/products/1/networks", "/products/1/directory", "/services/convert/amount", "/services/privacypolicy"]
    {
        assert_eq!(error(&page.get(path).await), (404, "404"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_that_an_answer_names_opens_without_a_session_and_is_kept() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let mut paths: Vec<String> = Vec::new();
    for product in page.products(IN_BRAZIL).await.as_array().unwrap() {
        paths.push(product["displayHints"]["logo"].as_str().unwrap().to_owned());
    }
    let group = page.get(&format!("/productgroups/cards?{IN_BRAZIL}")).await.expect(200).body;
    paths.push(group["displayHints"]["logo"].as_str().unwrap().to_owned());
    paths.push(field(&group, "cvv")["displayHints"]["tooltip"]["image"].as_str().unwrap().to_owned());
    assert_eq!(paths.len(), 12);
    for path in paths {
        let address = format!("{PUBLIC_URL}/{path}");
        let (answer, file) = hub.shopper.opens(&address, &[]).await;
        answer.assert_status(200);
        assert!(file.starts_with(b"<svg "), "{path}");
        assert_eq!(answer.headers["content-type"], "image/svg+xml");
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
        let tag = answer.headers["etag"].to_str().unwrap();
        hub.shopper.opens(&address, &[("if-none-match", tag)]).await.0.assert_status(304);
        // The library for telephones asks for a size.
        hub.shopper.opens(&format!("{address}?size=72x48"), &[]).await.0.assert_status(200);
    }
    let missing = hub.shopper.opens(&format!("{PUBLIC_URL}/client/assets/product-866.svg"), &[]).await.0;
    assert_eq!(error(&missing), (404, "404"));
}
