use domain::charge::{Outcome, decline::DeclineCode, request::Receipt, update::UpdateKind};
use serde_json::{Value, json};
use wire::malga::{
    requests::{Paging, Sort},
    responses::{ActiveBody, CanceledBody, ChargeBody, Page, PaidSessionBody, SessionBody, TokenBody, image},
};

use crate::fixtures::{
    PIX_CODE, PUBLIC_URL, approval, at, boleto, card_request, drip_request, image_url, intent, json_of, minor,
    notified, now, page, pix_request, prints_all_of, registration, session, settled, slip, with,
};

#[test]
fn a_reserved_card_charge_prints_all_that_malgas_page_prints() {
    // Malga, "Cartão de crédito"; its responseTs is null, which a charge that took no measurable time prints too.
    let document = json!({
        "id": "10ad53ec-76bb-41d2-a0fe-7513f8f50a8f",
        "merchantId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
        "clientId": "cc0b1e41-2936-45c5-947f-93995ffcdc00",
        "createdAt": "2021-03-23T15:12:38.379Z",
        "amount": 150,
        "originalAmount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": false,
        "status": "pre_authorized",
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "cardId": "148d5db0-f1c3-439f-902d-f1f268086e1d"},
        "transactionRequests": [{
            "id": "5e506984-318a-4390-b87a-a3bd9b91d357",
            "updatedAt": "2021-03-23T15:12:42.799Z",
            "createdAt": "2021-03-23T15:12:38.392Z",
            "idempotencyKey": "4271e96e-8c2f-4857-a122-279613bc4747",
            "requestId": null,
            "providerId": "72cc1ff1-5f6e-4eb2-9cc5-6a3a85525e4b",
            "providerType": "STRIPE",
            "amount": 150,
            "authorizationCode": "",
            "authorizationNsu": "1616512362092",
            "responseCode": "20000",
            "requestStatus": "success",
            "requestType": "pre_authorization",
            "responseTs": null
        }]
    });
    let charge = settled(&intent(&card_request()), Outcome::Approved(approval()), at("2022-10-25T22:49:08Z"), None);
    let printed = json_of(ChargeBody::new(&charge, &image_url));
    prints_all_of(&document, &printed, "");
    for path in ["/amount", "/currency", "/capture", "/status", "/paymentMethod", "/statementDescriptor"] {
        assert_eq!(printed.pointer(path), document.pointer(path), "{path}");
    }
    let (request, expected) = (&printed["transactionRequests"][0], &document["transactionRequests"][0]);
    for name in ["authorizationCode", "responseCode", "requestStatus", "requestType", "providerType"] {
        assert_eq!(request[name], expected[name], "{name}");
    }
    assert_eq!(request["updatedAt"], "2022-10-25T22:49:08.000Z");
    for name in ["sessionId", "customerId", "description", "orderId"] {
        assert_eq!(printed.get(name), Some(&Value::Null), "{name}");
    }
}

#[test]
fn a_pix_that_can_be_paid_shows_its_code_and_the_address_of_its_image() {
    let document = json!({
        "id": "148d5db0-f1c3-439f-902d-f1f268086e1d",
        "clientId": "client",
        "createdAt": "2012-06-30 23:59:59 +0000",
        "amount": 150,
        "originalAmount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": true,
        "status": "pending",
        "paymentMethod": {
            "paymentType": "pix",
            "expiresIn": 3600,
            "qrCodeData": PIX_CODE,
            "qrCodeImageUrl": "https://...."
        },
        "paymentSource": {"sourceType": "customer", "customerId": "1cdcf0c9-eb04-4e43-b9b2-b7a4acdead1f"}
    });
    let charge = settled(&intent(&pix_request()), Outcome::Pending(registration()), now(), Some(1356));
    let printed = json_of(ChargeBody::new(&charge, &image_url));
    prints_all_of(&document, &printed, "");
    assert_eq!(printed["status"], "pending");
    assert_eq!(printed["paymentMethod"]["qrCodeData"], PIX_CODE);
    assert_eq!(printed["paymentMethod"]["qrCodeImageUrl"], image_url(charge.id));
    assert_eq!(printed["customerId"], printed["paymentSource"]["customerId"]);
    let request = &printed["transactionRequests"][0];
    assert_eq!(request["requestType"], "pending");
    assert_eq!(request["transactionId"], "25593931617");
    assert_eq!(request["responseTs"], "1356ms");
    assert_eq!(request["authorizationCode"], Value::Null);
}

#[test]
fn a_pix_without_a_code_or_no_longer_payable_shows_none() {
    let pending = json_of(ChargeBody::new(&intent(&pix_request()), &image_url));
    assert_eq!(pending["paymentMethod"], json!({"paymentType": "pix", "expiresIn": 3600}));
    assert_eq!(pending["transactionRequests"][0]["requestStatus"], "running");
    let failed = settled(&intent(&pix_request()), Outcome::NotSent, now(), None);
    let failed = json_of(ChargeBody::new(&failed, &image_url));
    assert_eq!((&failed["status"], failed["paymentMethod"].get("qrCodeData")), (&json!("failed"), None));
    assert_eq!(failed["transactionRequests"][0]["requestStatus"], "internal_error");
    assert_eq!(failed["transactionRequests"][0].get("providerError"), None);

    let mut over = settled(&intent(&pix_request()), Outcome::Pending(registration()), now(), None);
    over.requests.extend(settled(&intent(&pix_request()), Outcome::NotSent, now(), None).requests);
    let over = json_of(ChargeBody::new(&over, &image_url));
    assert_eq!((&over["status"], over["paymentMethod"].get("qrCodeData")), (&json!("failed"), None));
}

#[test]
fn a_declined_card_says_why() {
    let declined = Outcome::Declined(DeclineCode::InsufficientFunds.into());
    let charge = settled(&intent(&card_request()), declined, now(), Some(713));
    let printed = json_of(ChargeBody::new(&charge, &image_url));
    assert_eq!((&printed["status"], &printed["amount"]), (&json!("failed"), &json!(150)));
    assert_eq!(
        printed["transactionRequests"][0]["providerError"],
        json!({
            "message": "The card has insufficient funds",
            "declinedCode": "insufficient_funds",
            "retryable": true,
            "networkDeniedReason": null,
            "networkDeniedMessage": "The card has insufficient funds"
        })
    );
}

#[test]
fn a_charge_has_an_image_until_it_fails() {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    let registered = |body: &Value, receipt| settled(&intent(body), Outcome::Pending(receipt), now(), None);
    let pix = registered(&pix_request(), registration());
    let paid = UpdateKind::Paid { amount: minor(150), receipt: Receipt::default() };
    let over = UpdateKind::NotPaid { why: DeclineCode::Generic.into() };
    for shown in [&pix, &notified(&pix, 1, paid, now()), &registered(&boleto(), slip())] {
        assert!(image(shown).unwrap().starts_with(PNG), "{:?}", shown.status());
    }
    for none in [intent(&pix_request()), notified(&pix, 1, over, now()), intent(&card_request())] {
        assert_eq!(image(&none), None, "{:?}", none.status());
    }
    assert_eq!(image(&registered(&drip_request(), page())), None);
}

#[test]
fn a_card_is_never_printed() {
    let charge = settled(&intent(&card_request()), Outcome::Approved(approval()), now(), None);
    let printed = json_of(ChargeBody::new(&charge, &image_url)).to_string();
    for secret in ["492956", "7814", "320", "JOAO"] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}

#[test]
fn transaction_requests_are_printed_newest_first() {
    let mut charge = settled(&intent(&card_request()), Outcome::NotSent, now(), None);
    let mut next = charge.requests[0].clone();
    next.created_at = at("2022-10-25T22:50:00.000Z");
    next.step = charge.step() + 1;
    charge.requests.push(next);
    let printed = json_of(ChargeBody::new(&charge, &image_url));
    assert_eq!(printed["transactionRequests"][0]["createdAt"], "2022-10-25T22:50:00.000Z");
}

#[test]
fn a_session_prints_all_that_malgas_page_prints() {
    let document = json!({
        "id": "c1db83fa-723c-4e1f-9722-bc19d1be6791",
        "name": "Pedido 1",
        "status": "created",
        "isActive": true,
        "clientId": "39d2d314-5412-431a-b34b-74f9f0fbe7e1",
        "orderId": "b84b7694-d22f-4083-bee7-c1274b16eb4a",
        "amount": 100,
        "currency": "BRL",
        "capture": true,
        "merchantId": "9930c8d9-a7a8-4039-9faf-3715ad87baf8",
        "dueDate": "2022-10-26T19:32:08.000Z",
        "description": "Pedido Black Friday",
        "statementDescriptor": "LOJA JOAO",
        "items": [{
            "name": "Item 1",
            "description": "Item do carrinho",
            "unitPrice": 1000,
            "quantity": 1,
            "tangible": false
        }],
        "paymentMethods": [{"paymentType": "pix", "expiresIn": 30}],
        "createdAt": "2022-10-25T22:49:06.588Z",
        "updatedAt": "2022-10-25T22:49:06.588Z",
        "publicKey": "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1"
    });
    let mut session = session();
    session.description = Some("Pedido Black Friday".to_owned());
    session.statement_descriptor = Some("LOJA JOAO".to_owned());
    let printed = json_of(SessionBody::new(&session, "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1", PUBLIC_URL));
    prints_all_of(&document, &printed, "");
    assert_eq!(printed["paymentMethods"][0], document["paymentMethods"][0]);
    assert_eq!(printed["createdAt"], document["createdAt"]);
    assert_eq!(printed["publicKey"], document["publicKey"]);
    assert_eq!(printed["paymentLink"], "");
    let text = printed.to_string();
    assert!(!text.contains("digest of the key") && !text.contains("sealed key"), "{text}");
}

#[test]
fn a_paid_session_prints_all_that_malgas_page_prints() {
    let document = json!({
        "id": "c1db83fa-723c-4e1f-9722-bc19d1be6791",
        "status": "paid",
        "clientId": "39d2d314-5412-431a-b34b-74f9f0fbe7e1",
        "orderId": "b84b7694-d22f-4083-bee7-c1274b16eb4a",
        "amount": 100,
        "originalAmount": 100,
        "currency": "BRL",
        "capture": true,
        "merchantId": "9930c8d9-a7a8-4039-9faf-3715ad87baf8",
        "statementDescriptor": "LOJA JOAO",
        "paymentMethods": [{"paymentType": "pix", "expiresIn": 30}],
        "paymentSource": {"sourceType": "card", "cardId": "148d5db0-f1c3-439f-902d-f1f268086e1d"},
        "transactionRequests": [{
            "id": "78601913-a176-4d71-b7e8-abb6fc49a340",
            "idempotencyKey": "fafe857b176e45d6b12e32fcaf228996",
            "providerId": "2c3b57d8-ee43-4b19-bc8a-949a88c51df1",
            "providerType": "STRIPE",
            "transactionId": "ch_3JYE7MHjGFBGEeiP0lfTD3Ob",
            "amount": 100,
            "authorizationNsu": "1cc8391c-f0d5-4b7a-9fcf-653cea26be13",
            "requestStatus": "success",
            "requestType": "authorization",
            "responseTs": "2633ms",
            "createdAt": "2021-08-12T16:08:39.536Z",
            "updatedAt": "2021-08-12T16:08:42.212Z",
            "providerAuthorization": {"networkAuthorizationCode": "00", "networkResponseCode": ""}
        }],
        "createdAt": "2022-10-25T22:49:06.588Z"
    });
    let session = session();
    let mut running = intent(&with(card_request(), "/capture", json!(true)));
    running.session = Some(session.id);
    running.order_id.clone_from(&session.order_id);
    running.created_at = at("2022-10-26T00:00:00.000Z");
    let charge = settled(&running, Outcome::Approved(approval()), at("2022-10-26T00:00:02.633Z"), Some(2633));
    let printed = json_of(PaidSessionBody::at(&session, &charge, charge.step(), &image_url));
    prints_all_of(&document, &printed, "");
    let request = &printed["transactionRequests"][0];
    assert_eq!(request["providerAuthorization"], document["transactionRequests"][0]["providerAuthorization"]);
    assert_eq!(request["responseTs"], "2633ms");
    assert_eq!(printed["status"], "paid");
    assert_eq!((&printed["id"], &printed["sessionId"]), (&json!(session.id), &json!(session.id)));
    assert_eq!(printed["chargeId"], json!(charge.id));
    assert_eq!(printed["createdAt"], json!(session.created_at));
    assert_eq!(printed["paymentMethod"], json!({"paymentType": "credit", "installments": 1}));
    // The customer of a card payment is not known; Malga, "Sessões", prints one.
    assert_eq!(printed.get("customerId"), Some(&Value::Null));
}

#[test]
fn a_session_that_is_not_paid_shows_the_status_of_the_charge() {
    let session = session();
    let reserved = settled(&intent(&card_request()), Outcome::Approved(approval()), now(), None);
    assert_eq!(
        json_of(PaidSessionBody::at(&session, &reserved, reserved.step(), &image_url))["status"],
        "pre_authorized"
    );
    assert_eq!(json_of(PaidSessionBody::at(&session, &intent(&pix_request()), 1, &image_url))["status"], "pending");
    assert_eq!(PaidSessionBody::as_answered(&session, &intent(&pix_request()), &image_url), None);
    assert_eq!(
        PaidSessionBody::as_answered(&session, &reserved, &image_url),
        Some(PaidSessionBody::at(&session, &reserved, reserved.step(), &image_url))
    );
}

#[test]
fn small_answers_and_pages_have_the_shapes_of_the_public_api() {
    let session = session();
    assert_eq!(json_of(ActiveBody::from(&session)), json!({"id": session.id, "isActive": true}));
    assert_eq!(json_of(CanceledBody::new(session.id)), json!({"id": session.id, "status": "canceled"}));
    let token = "148d5db0-f1c3-439f-902d-f1f268086e1d".parse::<domain::ids::TokenId>().unwrap();
    assert_eq!(json_of(TokenBody::from(token)), json!({"tokenId": token}));
    let page = Page::new(vec![1, 2], 17, Paging { page: 2, limit: 15, sort: Sort::Ascending });
    let meta = json!({"itemCount": 2, "totalItems": 17, "itemsPerPage": 15, "totalPages": 2, "currentPage": 2});
    assert_eq!(json_of(page), json!({"items": [1, 2], "meta": meta}));
}
