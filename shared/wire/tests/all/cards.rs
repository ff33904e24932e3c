//! Tokens and stored cards: what requests say, and what answers show.

use domain::{
    card::{Brand, Card, CardOrder, CardSnapshot, Fingerprint, TokenOrder, Verification, ZeroDollar, ZeroDollarOrder},
    charge::{Outcome, decline::DeclineCode, request::Via},
    maker::Maker,
    merchant::ProviderType,
    refusal::Refusal,
};
use serde_json::{Value, json};
use wire::malga::{
    errors::answer,
    requests::{CardsQuery, CreateCard, CreateSessionCard, CreateToken},
    responses::CardBody,
};

use crate::fixtures::{MERCHANT, approval, at, card_request, now, with};

const TOKEN: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";

fn problems<T>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Ok(_) => Vec::new(),
        Err(Refusal::Invalid(problems)) => problems,
        Err(other) => panic!("{other:?}"),
    }
}

fn card() -> Value {
    card_request()["paymentSource"]["card"].clone()
}

/// The problems of the card whose `field` is `value`.
fn changed(field: &str, value: Value) -> Vec<String> {
    problems(CreateToken::read(&with(card(), &format!("/{field}"), value), now()))
}

#[test]
fn a_token_holds_a_card_or_a_security_code() {
    match CreateToken::read(&with(card(), "/unknown", json!([1])), now()).unwrap() {
        TokenOrder::Card(card) => {
            assert_eq!((card.pan.reveal(), card.cvv.unwrap().reveal()), ("4929564637987814", "320"));
        }
        TokenOrder::Cvv(_) => panic!("a card"),
    }
    for code in ["123", "1234"] {
        match CreateToken::read(&json!({"cvvUpdate": code, "cardNumber": null}), now()).unwrap() {
            TokenOrder::Cvv(cvv) => assert_eq!(cvv.reveal(), code),
            TokenOrder::Card(_) => panic!("a security code"),
        }
    }
    for code in [json!("12"), json!("12345"), json!(""), json!("12a"), json!(" 123"), json!(123), json!({})] {
        let body = json!({"cvvUpdate": code});
        assert_eq!(problems(CreateToken::read(&body, now())), ["cvvUpdate must have 3 or 4 digits"], "{body}");
    }
    assert_eq!(
        problems(CreateToken::read(&with(card(), "/cvvUpdate", json!("1")), now())),
        [
            "cardNumber must not come together with cvvUpdate",
            "cardCvv must not come together with cvvUpdate",
            "cardExpirationDate must not come together with cvvUpdate",
            "cardHolderName must not come together with cvvUpdate",
            "cvvUpdate must have 3 or 4 digits",
        ]
    );
}

#[test]
fn a_card_is_good_through_its_month_in_three_spellings() {
    // The fixtures' now is October 2022.
    for good in ["06/2028", "6/2028", "06/28", "10/2022", "10/22", "12/2099"] {
        assert_eq!(changed("cardExpirationDate", json!(good)), [""; 0], "{good}");
    }
    for unreadable in [
        "2028-06",
        "06-2028",
        "13/2028",
        "00/2028",
        "0/2028",
        "062028",
        "06/028",
        "06/20280",
        "006/2028",
        "06 / 2028",
        " 06/2028",
        "jun/2028",
        "06/",
        "/2028",
        "",
    ] {
        let problem = ["cardExpirationDate must be a date in the format MM/YYYY"];
        assert_eq!(changed("cardExpirationDate", json!(unreadable)), problem, "{unreadable}");
    }
    for past in ["09/2022", "9/22", "12/2021", "01/0001"] {
        assert_eq!(
            changed("cardExpirationDate", json!(past)),
            ["cardExpirationDate must not be in the past"],
            "{past}"
        );
    }
}

#[test]
fn a_number_is_12_to_19_digits_whose_check_digit_holds() {
    for good in ["000000000000", "4222222222222", "30569309025904", "371511430434941", "6304000000000000000"] {
        assert_eq!(changed("cardNumber", json!(good)).iter().filter(|p| p.contains("cardNumber")).count(), 0, "{good}");
    }
    for bad in [
        "00000000000",
        "00000000000000000000",
        "4929564637987815",
        "4929 5646 3798 7814",
        "4929-5646-3798-7814",
        "4929564637987814 ",
        "\u{0664}929564637987814",
        "",
    ] {
        assert_eq!(changed("cardNumber", json!(bad)), ["cardNumber must be a credit card"], "{bad}");
    }
}

#[test]
fn a_security_code_is_as_long_as_the_brand_has_it() {
    let american_express = |code: &str| {
        problems(CreateToken::read(
            &with(with(card(), "/cardNumber", json!("371511430434941")), "/cardCvv", json!(code)),
            now(),
        ))
    };
    let brand = ["cardCvv must have 4 digits on American Express and 3 on other cards"];
    assert_eq!(american_express("6560"), [""; 0]);
    assert_eq!(american_express("656"), brand);
    assert_eq!(changed("cardCvv", json!("3200")), brand);
    for code in ["", "12", "12345", "32O", "3 2"] {
        assert_eq!(changed("cardCvv", json!(code)), ["cardCvv must have 3 or 4 digits"], "{code}");
    }
}

#[test]
fn all_problems_of_a_card_come_at_once_and_repeat_nothing_of_it() {
    let body = json!({
        "cardNumber": 4_929_564_637_987_814_u64, "cardCvv": 320, "cardExpirationDate": ["06/2028"], "cardHolderName": "",
    });
    assert_eq!(
        problems(CreateToken::read(&body, now())),
        [
            "cardNumber must be a credit card",
            "cardCvv must have 3 or 4 digits",
            "cardExpirationDate must be a date in the format MM/YYYY",
            "cardHolderName should not be empty",
        ]
    );
    assert_eq!(problems(CreateToken::read(&json!({}), now())).len(), 8);
    let wrong = problems(CreateToken::read(&json!({"cardNumber": "4929564637987815", "cardCvv": "98765"}), now()));
    assert!(wrong.iter().all(|problem| !problem.contains("4929") && !problem.contains("98765")), "{wrong:?}");
}

#[test]
fn a_verification_is_ordered_flat_or_in_an_object_of_its_own() {
    let read = |body: Value| CreateCard::read(&with(body, "/tokenId", json!(TOKEN))).unwrap();
    let order = |cvv_check| CardOrder {
        token: TOKEN.parse().unwrap(),
        zero_dollar: Some(ZeroDollarOrder { merchant: MERCHANT.parse().unwrap(), cvv_check }),
    };
    for body in
        [json!({}), json!({"merchantId": null, "cvvCheck": null, "zeroDollar": null}), json!({"cvvCheck": false})]
    {
        assert_eq!(read(body.clone()).zero_dollar, None, "{body}");
    }
    assert_eq!(read(json!({"merchantId": MERCHANT})), order(false));
    assert_eq!(read(json!({"merchantId": MERCHANT, "cvvCheck": true})), order(true));
    assert_eq!(read(json!({"zeroDollar": {"merchantId": MERCHANT}})), order(false));
    assert_eq!(read(json!({"zeroDollar": {"merchantId": MERCHANT, "cvvCheck": true, "more": 1}})), order(true));
}

#[test]
fn a_card_that_is_ordered_wrongly_has_all_its_problems_named() {
    for (body, expected) in [
        (json!({}), vec!["tokenId must be a UUID", "tokenId should not be empty"]),
        (
            json!({"tokenId": 1, "merchantId": "x", "cvvCheck": "true"}),
            vec!["tokenId must be a UUID", "cvvCheck must be a boolean value", "merchantId must be a UUID"],
        ),
        (
            json!({"tokenId": TOKEN, "cvvCheck": true}),
            vec!["merchantId must be a UUID", "merchantId should not be empty"],
        ),
        (
            json!({"tokenId": TOKEN, "zeroDollar": {"cvvCheck": 1}}),
            vec![
                "zeroDollar.cvvCheck must be a boolean value",
                "zeroDollar.merchantId must be a UUID",
                "zeroDollar.merchantId should not be empty",
            ],
        ),
        (json!({"tokenId": TOKEN, "zeroDollar": MERCHANT}), vec!["zeroDollar must be an object"]),
        (
            json!({"tokenId": TOKEN, "cvvCheck": true, "zeroDollar": {"merchantId": MERCHANT}}),
            vec!["zeroDollar must not come together with merchantId or cvvCheck"],
        ),
    ] {
        assert_eq!(problems(CreateCard::read(&body)), expected, "{body}");
    }
}

#[test]
fn a_session_stores_cards_and_has_none_verified() {
    let order = CardOrder { token: TOKEN.parse().unwrap(), zero_dollar: None };
    assert_eq!(CreateSessionCard::read(&json!({"tokenId": TOKEN, "unknown": 1})), Ok(order));
    assert_eq!(
        problems(CreateSessionCard::read(&json!({"tokenId": "x", "zeroDollar": {}, "merchantId": MERCHANT}))),
        [
            "merchantId is not served here: cards are verified by POST /v1/cards",
            "zeroDollar is not served here: cards are verified by POST /v1/cards",
            "tokenId must be a UUID",
        ]
    );
}

#[test]
fn cards_are_listed_by_shopper() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let query = CardsQuery::read(&pairs(&[("customerId", TOKEN), ("limit", "2")])).unwrap();
    assert_eq!((query.customer, query.paging.limit), (Some(TOKEN.parse().unwrap()), 2));
    assert_eq!(CardsQuery::read(&[]).unwrap().customer, None);
    assert_eq!(problems(CardsQuery::read(&pairs(&[("customerId", "x")]))), ["customerId must be a UUID"]);
}

fn stored(verification: Verification) -> Card {
    let snapshot = CardSnapshot {
        brand: Brand::Visa,
        first6: "492956".to_owned(),
        last4: "7814".to_owned(),
        holder: "JOAO DA SILVA".to_owned(),
        expiry: "6/28".parse().unwrap(),
    };
    let id = || TOKEN.parse().unwrap();
    let inline = Card::inline(
        id(),
        TOKEN.parse().unwrap(),
        Maker::ACCOUNT,
        snapshot,
        Fingerprint { version: 1, mac: "fingerprint".to_owned() },
        "sealed".to_owned(),
        now(),
    );
    Card { verification, idempotency_key: "key".to_owned(), ..inline }
}

#[test]
fn a_card_shows_its_verification_in_the_shape_of_a_charges_requests() {
    let via = Via { id: TOKEN.parse().unwrap(), kind: ProviderType::Stripe };
    let asked = stored(Verification::Asked(Box::new(ZeroDollar { id: TOKEN.parse().unwrap(), via, answer: None })));
    let later = at("2022-10-25T22:49:07.588Z");
    let shown = |card: &Card| serde_json::to_value(CardBody::new(card)).unwrap();

    let running = shown(&asked);
    assert_eq!((&running["status"], &running["cvvChecked"]), (&json!("pending"), &json!(false)));
    assert_eq!(running["transactionRequests"][0]["requestStatus"], "running");

    let good = shown(&asked.verified(Outcome::Approved(approval()), later, Some(1000)));
    assert_eq!(
        good,
        json!({
            "id": TOKEN, "status": "active", "statusReason": null, "createdAt": "2022-10-25T22:49:06.588Z",
            "clientId": TOKEN, "brand": "Visa", "cardHolderName": "JOAO DA SILVA", "cvvChecked": true,
            "fingerprint": "fingerprint", "first6digits": "492956", "last4digits": "7814", "customerId": null,
            "expirationMonth": "06", "expirationYear": "2028",
            "transactionRequests": [{
                "id": TOKEN, "createdAt": "2022-10-25T22:49:06.588Z", "updatedAt": "2022-10-25T22:49:07.588Z",
                "idempotencyKey": "key", "requestId": null, "providerId": TOKEN, "providerType": "STRIPE",
                "transactionId": "ch_3JYE7MHjGFBGEeiP0lfTD3Ob", "amount": 0, "authorizationCode": null,
                "authorizationNsu": "1616512362092", "responseCode": "20000", "requestStatus": "success",
                "requestType": "zero_dollar", "responseTs": "1000ms",
                "providerAuthorization": {"networkAuthorizationCode": "00", "networkResponseCode": ""},
            }],
        })
    );

    let bad = shown(&asked.verified(Outcome::Declined(DeclineCode::InvalidCvv.into()), later, None));
    assert_eq!((&bad["status"], &bad["cvvChecked"]), (&json!("failed"), &json!(false)));
    let error = &bad["transactionRequests"][0]["providerError"];
    assert_eq!(error["declinedCode"], "invalid_cvv");
    assert_eq!(shown(&stored(Verification::PutOff))["status"], "pending");
}

#[test]
fn refusals_about_cards_have_their_status_codes_and_words() {
    let printed = |refusal: &Refusal| {
        let (code, body) = answer(refusal);
        (code, serde_json::to_value(body).unwrap())
    };
    let missing = json!({"error": {"type": "invalid_request_error", "code": 404, "message": "Resource not found"}});
    assert_eq!(printed(&Refusal::UnknownCard), (404, missing));
    let (code, body) = printed(&Refusal::CardNotVerified);
    assert_eq!((code, &body["error"]["type"]), (424, &json!("failed_dependency")));
    let message = "the provider did not say whether the card is good: no card was verified and nothing was charged. \
                   The card is kept as pending, and this request with the same idempotency key shows it; to have it \
                   verified, create another token and another card";
    assert_eq!(body["error"]["message"], message);
}
