//! What the first digits of a card say of it.

use serde_json::{Value, json};
use tests::{
    TestHub,
    log::{EVERYTHING, listen, logged},
    worldline::error,
};

use crate::page::Page;

fn in_brazil() -> Value {
    json!({"countryCode": "BR", "isRecurring": false, "isInstallments": false,
        "amountOfMoney": {"amount": 1000, "currencyCode": "BRL"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_digits_name_the_product_and_whether_it_may_be_used() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    for (bin, product) in [
        ("45673500", 1),
        ("521425", 3),
        ("371511", 2),
        ("50670000", 147),
        ("40117800", 147), // inside the range of Visa
        ("606282", 148),
        ("36757624", 132),
        ("60110000", 128),
        ("35300000", 125),
    ] {
        let answer = page.asks_iin(&json!({"bin": bin, "paymentContext": in_brazil()})).await.expect(200);
        let expected = json!({"countryCode": "99", "paymentProductId": product, "isAllowedInContext": true});
        assert_eq!(answer.body, expected, "{bin}");
    }
    // Elo is a brand of Brazil.
    let mut elsewhere = in_brazil();
    elsewhere["countryCode"] = json!("NL");
    let answer = page.asks_iin(&json!({"bin": "506700", "paymentContext": elsewhere})).await.expect(200);
    assert_eq!(answer.body["isAllowedInContext"], false);
    let answer = page.asks_iin(&json!({"bin": "506700"})).await.expect(200);
    assert_eq!(answer.body, json!({"countryCode": "99", "paymentProductId": 147}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_no_known_brand_is_not_found_and_too_few_digits_are_refused() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let unknown = page.asks_iin(&json!({"bin": "999999", "paymentContext": in_brazil()})).await;
    assert_eq!(error(&unknown), (404, "1007"));
    for bin in [json!("45673"), json!(456_735), json!("4567 3x")] {
        let refused = page.asks_iin(&json!({"bin": bin})).await;
        assert_eq!(error(&refused), (400, "1099"));
        assert_eq!(refused.body["errors"][0]["propertyName"], "bin");
        assert!(!refused.text("/errors/0/message").contains("4567"), "{}", refused.body);
    }
    let missing = page.asks_iin(&json!({"paymentContext": {"countryCode": "BR"}})).await;
    let named = [0, 1].map(|index| missing.body["errors"][index]["propertyName"].as_str().unwrap());
    assert_eq!((missing.status, named), (400, ["bin", "paymentContext.amountOfMoney"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_digit_of_a_card_is_logged_or_stored() {
    const NUMBER: &str = "4916745120294124";
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    for bin in [NUMBER, "49167451202941247"] {
        page.asks_iin(&json!({"bin": bin, "paymentContext": in_brazil()})).await.assert_status(200);
    }
    page.asks_iin(&json!({"bin": format!("{NUMBER}x")})).await.assert_status(400);
    for place in [logged(), hub.everything_stored().await.concat()] {
        assert!(place.contains(&page.customer[..36]), "nothing is searched"); // the merchant
        assert!(!place.contains(&NUMBER[..8]));
    }
}
