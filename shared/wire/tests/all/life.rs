//! Charges that shoppers pay later, from registration to refund, as answers show them.

use domain::{
    charge::{Charge, Outcome, command::Command, decline::DeclineCode, request::Receipt, update::UpdateKind},
    session::Session,
};
use serde_json::{Value, json};
use wire::malga::{
    requests::CreateSession,
    responses::{ChargeBody, SessionBody},
};

use crate::fixtures::{
    PAGE, PIX_CODE, PUBLIC_URL, approval, asked, at, barcode, boleto, card_request, drip_request, image_url, intent,
    json_of, minor, notified, now, page, pix_request, prints_all_of, registration, session, session_request, settled,
    slip, with,
};

const PAID: &str = "2022-10-25T22:50:00.000Z";
const ASKED: &str = "2022-10-25T22:51:00.000Z";
const LATER: &str = "2022-10-25T22:53:00.000Z";

fn printed(charge: &Charge) -> Value {
    json_of(ChargeBody::new(charge, &image_url))
}

/// Type and status of every transaction request, in the order of the answer.
fn requests(printed: &Value) -> Vec<String> {
    let requests = printed["transactionRequests"].as_array().unwrap();
    let word = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
    requests.iter().map(|one| word(one, "requestType") + "/" + &word(one, "requestStatus")).collect()
}

/// `charge` after its shopper has paid `amount`.
fn paid(charge: &Charge, amount: u64, receipt: Receipt) -> Charge {
    notified(charge, 1, UpdateKind::Paid { amount: minor(amount), receipt }, at(PAID))
}

fn pix() -> Charge {
    settled(&intent(&pix_request()), Outcome::Pending(registration()), now(), Some(1356))
}

fn slip_charge() -> Charge {
    settled(&intent(&boleto()), Outcome::Pending(slip()), now(), Some(627))
}

fn page_charge() -> Charge {
    settled(&intent(&drip_request()), Outcome::Pending(page()), now(), Some(2436))
}

#[test]
fn a_pix_whose_refund_is_under_way_prints_all_that_malgas_page_prints() {
    let request = |kind: &str, status: &str| {
        json!({
            "id": "4c379644-50b2-44e4-af03-62fbfaebc94a",
            "createdAt": "2022-09-08T15:29:26.950Z",
            "updatedAt": "2022-09-08T15:29:26.950Z",
            "idempotencyKey": "261fccac24c1412f9d23d5eab73418c6",
            "providerId": "5de239ec-b724-453a-96e1-229fe29cdedd",
            "providerType": "MERCADO_PAGO",
            "transactionId": null,
            "amount": 150,
            "authorizationCode": null,
            "authorizationNsu": null,
            "requestStatus": status,
            "requestType": kind,
            "responseTs": "713ms"
        })
    };
    let mut authorization = request("authorization", "success");
    authorization["providerType"] = Value::Null;
    authorization["responseTs"] = Value::Null;
    authorization["pix"] = json!({"expiresIn": 3600, "qrCodeData": PIX_CODE, "qrCodeImageUrl": "https://...."});
    let mut registered = request("pending", "success");
    registered["transactionId"] = json!("25593931617");
    let document = json!({
        "id": "1484a29e-4208-42cb-ba03-f9839b98690e",
        "merchantId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
        "clientId": "client",
        "description": null,
        "orderId": null,
        "createdAt": "2022-09-08T15:27:44.245Z",
        "amount": 150,
        "originalAmount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": true,
        "status": "refund_pending",
        "paymentMethod": {"paymentType": "pix"},
        "paymentSource": {"sourceType": "customer", "customerId": "52a20b27-caae-4875-b455-a66f0fddcfc1"},
        "transactionRequests": [request("void", "processing"), authorization, registered]
    });
    let paid = paid(&pix(), 150, Receipt::default());
    let charge = asked(&paid, Command::Void(None), Outcome::Pending(Receipt::default()), at(ASKED));
    let answer = printed(&charge);
    prints_all_of(&document, &answer, "");
    assert_eq!((&answer["status"], &answer["amount"]), (&json!("refund_pending"), &json!(150)));
    assert_eq!(answer["paymentMethod"], json!({"paymentType": "pix", "expiresIn": 3600}));
    assert_eq!(requests(&answer), ["void/processing", "authorization/success", "pending/success"]);
    let block = &answer["transactionRequests"][1]["pix"];
    assert_eq!((&block["qrCodeData"], &block["expiresIn"]), (&json!(PIX_CODE), &json!(3600)));
    assert_eq!(block["qrCodeImageUrl"], image_url(charge.id));
    for other in [0, 2] {
        assert_eq!(answer["transactionRequests"][other].get("pix"), None, "{other}");
    }
}

#[test]
fn a_refund_of_a_pix_stays_processing_next_to_the_request_that_ends_it() {
    let paid = paid(&pix(), 150, Receipt::default());
    let void = Command::Void(Some(minor(50)));
    let under_way = asked(&paid, void, Outcome::Pending(Receipt::default()), at(ASKED));
    let done =
        printed(&notified(&under_way, 3, UpdateKind::Refunded { amount: minor(50), transaction: None }, at(LATER)));
    assert_eq!(
        (&done["status"], &done["amount"], &done["originalAmount"]),
        (&json!("authorized"), &json!(100), &json!(150))
    );
    assert_eq!(requests(&done), ["void/success", "void/processing", "authorization/success", "pending/success"]);
    let failed = UpdateKind::RefundFailed { why: DeclineCode::Generic.into() };
    let failed = printed(&notified(&under_way, 3, failed, at(LATER)));
    assert_eq!((&failed["status"], &failed["amount"]), (&json!("authorized"), &json!(150)));
    assert_eq!(requests(&failed)[..2], ["void/failed", "void/processing"]);
}

#[test]
fn a_pix_that_will_not_be_paid_shows_its_code_nowhere() {
    let not_paid = UpdateKind::NotPaid { why: DeclineCode::Generic.into() };
    let charge = notified(&pix(), 1, not_paid, at(PAID));
    let text = printed(&charge).to_string();
    assert!(!text.contains(PIX_CODE) && !text.contains("qrCode"), "{text}");
    assert_eq!(printed(&charge)["status"], "failed");
}

#[test]
fn only_the_payment_of_a_pix_has_no_provider() {
    let provider = |charge: &Charge| printed(charge)["transactionRequests"][0]["providerType"].clone();
    assert_eq!(provider(&paid(&pix(), 150, Receipt::default())), Value::Null);
    for other in [
        pix(),
        slip_charge(),
        page_charge(),
        paid(&slip_charge(), 150, Receipt::default()),
        paid(&page_charge(), 100, Receipt::default()),
        settled(&intent(&with(card_request(), "/capture", json!(true))), Outcome::Approved(approval()), now(), None),
    ] {
        assert_eq!(provider(&other), "STRIPE", "{:?}", other.method);
    }
}

#[test]
fn a_drip_that_can_be_paid_prints_all_that_malgas_page_prints() {
    let method = json!({
        "paymentUrl": PAGE,
        "items": [{"id": "123", "quantity": 1, "title": "item title", "unitPrice": 100}],
        "browser": {"ipAddress": "127.0.0.1", "browserFingerprint": "074c1ee676ed4998ab66491013c565e2"},
        "successRedirectUrl": "http://your-service.com/success",
        "cancelRedirectUrl": "http://your-service.com/cancel"
    });
    let document = json!({
        "id": "c1248092-1769-4b93-9b1d-fabcec356c6c",
        "clientId": "client",
        "merchantId": "d749c775-5c61-448e-9ed4-36b67d085301",
        "description": null,
        "orderId": "98848683521",
        "createdAt": "2023-07-18T23:03:53.035Z",
        "amount": 100,
        "originalAmount": 100,
        "currency": "BRL",
        "statementDescriptor": null,
        "capture": false,
        "isDispute": false,
        "status": "pending",
        "paymentMethod": with(method.clone(), "/paymentType", json!("drip")),
        "paymentSource": {"sourceType": "customer", "customerId": "4362a975-9cc7-418f-918b-8ee9585f604e"},
        "transactionRequests": [{
            "id": "449043d9-dc7c-4456-bf58-d8d9a53f15bf",
            "createdAt": "2023-07-18T23:03:53.048Z",
            "updatedAt": "2023-07-18T23:03:55.501Z",
            "idempotencyKey": "9baef27a-9897-4541-9d84-d61b65ffe6fe",
            "providerId": "769bce00-678e-4d64-9617-9ce82f4dfcbf",
            "providerType": "DRIP",
            "transactionId": "9baef27a-9897-4541-9d84-d61b65ffe6fe",
            "amount": 100,
            "authorizationCode": "f03a3928-460e-42b3-8ece-76cdfdcb5924",
            "authorizationNsu": null,
            "requestStatus": "success",
            "requestType": "pending",
            "responseTs": "2436ms",
            "drip": method
        }]
    });
    let answer = printed(&page_charge());
    prints_all_of(&document, &answer, "");
    let mut printed_method = answer["paymentMethod"].clone();
    assert_eq!(printed_method["maxInstallments"], Value::Null);
    printed_method.as_object_mut().unwrap().remove("maxInstallments");
    assert_eq!(printed_method, document["paymentMethod"]);
    let request = &answer["transactionRequests"][0];
    assert_eq!(request["drip"]["paymentUrl"], PAGE);
    assert_eq!(request["authorizationCode"], "f03a3928-460e-42b3-8ece-76cdfdcb5924");
    let running = printed(&intent(&drip_request()));
    assert_eq!(running["paymentMethod"].get("paymentUrl"), None);
    assert_eq!(running["transactionRequests"][0].get("drip"), None);
}

#[test]
fn a_refunded_drip_still_shows_its_page() {
    let receipt = Receipt { transaction_id: page().transaction_id, ..Receipt::default() };
    let paid = paid(&page_charge(), 100, receipt.clone());
    let answer = printed(&asked(&paid, Command::Void(None), Outcome::Approved(receipt), at(ASKED)));
    assert_eq!((&answer["status"], &answer["amount"]), (&json!("voided"), &json!(0)));
    assert_eq!(requests(&answer), ["void/success", "authorization/success", "pending/success"]);
    assert_eq!(answer["paymentMethod"]["paymentUrl"], PAGE);
    assert_eq!(answer["transactionRequests"][2]["drip"]["paymentUrl"], PAGE);
    for (index, took) in [(0, json!("713ms")), (1, Value::Null)] {
        let request = &answer["transactionRequests"][index];
        assert_eq!((request.get("drip"), &request["authorizationCode"]), (None, &Value::Null));
        assert_eq!((&request["responseTs"], &request["amount"]), (&took, &json!(100)));
    }
}

#[test]
fn a_boleto_shows_its_barcode_while_it_can_be_paid_and_its_terms_as_they_were_sent() {
    let sent = boleto()["paymentMethod"].clone();
    let open = printed(&slip_charge());
    let method = &open["paymentMethod"];
    for name in ["paymentType", "expiresDate", "maxDaysPastDue", "instructions", "interest", "fine", "items"] {
        assert_eq!(method[name], sent[name], "{name}");
    }
    assert_eq!(method["barcodeData"], barcode().line());
    assert_eq!(method["barcodeData"].as_str().unwrap().len(), 47);
    assert_eq!(method["barcodeImageUrl"], image_url(slip_charge().id));
    let mut block = method.clone();
    block.as_object_mut().unwrap().remove("paymentType");
    assert_eq!(open["transactionRequests"][0]["boleto"], block);

    // Paid late, it is paid with interest.
    let paid = printed(&paid(&slip_charge(), 153, Receipt::default()));
    assert_eq!(
        (&paid["status"], &paid["amount"], &paid["originalAmount"]),
        (&json!("authorized"), &json!(153), &json!(150))
    );
    assert_eq!(paid["paymentMethod"], sent);
    assert_eq!(paid["transactionRequests"][1]["boleto"], block);
    assert_eq!(paid["transactionRequests"][0].get("boleto"), None);
    let running = printed(&intent(&boleto()));
    assert_eq!(running["paymentMethod"], sent);
    assert_eq!(running["transactionRequests"][0].get("boleto"), None);
}

#[test]
fn percentages_are_printed_as_the_numbers_that_were_sent() {
    for share in ["2", "0.33", "0.1", "1.15", "99.99", "100"] {
        let sent: Value = serde_json::from_str(share).unwrap();
        let body = with(boleto(), "/paymentMethod/interest", json!({"days": 1, "percentage": sent}));
        let text = serde_json::to_string(&ChargeBody::new(&intent(&body), &image_url)).unwrap();
        assert!(text.contains(&format!(r#""interest":{{"days":1,"percentage":{share}}}"#)), "{share}: {text}");
    }
}

#[test]
fn a_boleto_without_terms_prints_none() {
    let body = with(pix_request(), "/paymentMethod", json!({"paymentType": "boleto", "expiresDate": "2022-11-30"}));
    let none = json!({
        "paymentType": "boleto",
        "expiresDate": "2022-11-30",
        "maxDaysPastDue": null,
        "instructions": null,
        "interest": null,
        "fine": null,
        "items": []
    });
    assert_eq!(printed(&intent(&body))["paymentMethod"], none);
}

#[test]
fn a_charge_is_in_dispute_until_the_dispute_is_closed() {
    let paid = paid(&pix(), 150, Receipt::default());
    let is_dispute = |charge: &Charge| printed(charge)["isDispute"].clone();
    let contested = notified(&paid, 1, UpdateKind::Disputed { dispute: None }, at(ASKED));
    let closed = notified(&contested, 1, UpdateKind::DisputeClosed { dispute: None, won: None }, at(LATER));
    assert_eq!([&paid, &contested, &closed].map(is_dispute), [false, true, false].map(Value::from));
    assert_eq!(requests(&printed(&closed))[..2], ["dispute_closed/success", "dispute/success"]);
    let again = notified(&closed, 1, UpdateKind::Disputed { dispute: None }, at("2022-10-25T22:54:00.000Z"));
    assert_eq!(is_dispute(&again), true);
    // The answer from before the dispute shows none.
    let answered = ChargeBody::as_answered(&contested, contested.creation(), &image_url).unwrap();
    assert!(!answered.payment.is_dispute);
}

#[test]
fn a_fraud_analysis_is_in_the_request_that_made_the_charge() {
    let body = with(pix_request(), "/fraudAnalysis", json!({"customer": {"identity": "12345678901"}}));
    let charge = settled(&intent(&body), Outcome::Pending(registration()), now(), None);
    let answer = printed(&paid(&charge, 150, Receipt::default()));
    assert_eq!(answer["transactionRequests"][1]["fraudAnalysis"], json!({"status": "approved", "score": null}));
    assert_eq!(answer["transactionRequests"][0].get("fraudAnalysis"), None);
    assert_eq!(answer.get("fraudAnalysisMetadata"), Some(&Value::Null));
    assert_eq!(printed(&pix())["transactionRequests"][0].get("fraudAnalysis"), None);
}

#[test]
fn a_session_prints_the_terms_of_its_boletos_and_the_pages_of_its_drips() {
    let printed = |methods: Value| {
        let new = CreateSession::read(&with(session_request(), "/paymentMethods", methods)).unwrap();
        json_of(SessionBody::new(&Session { methods: new.methods, ..session() }, "key", PUBLIC_URL))["paymentMethods"]
            .clone()
    };
    let mut terms = boleto()["paymentMethod"].clone();
    terms.as_object_mut().unwrap().remove("items");
    let pages = json!({"paymentType": "drip", "successRedirectUrl": null, "cancelRedirectUrl": null,
                       "maxInstallments": null});
    assert_eq!(printed(json!([terms, {"paymentType": "drip"}])), json!([terms, pages]));
    let at_once = json!([{"paymentType": "credit", "installments": 1}]);
    assert_eq!(printed(json!([{"paymentType": "credit"}])), at_once);
    assert_eq!(
        printed(json!([{"paymentType": "boleto"}])),
        json!([{
            "paymentType": "boleto",
            "expiresDate": null,
            "maxDaysPastDue": null,
            "instructions": null,
            "interest": null,
            "fine": null
        }])
    );
}
