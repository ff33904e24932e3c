//! The bodies of webhook deliveries.

use domain::{
    charge::{
        Charge, Outcome, command::Command, decline::DeclineCode, event::EventName, request::Receipt, update::UpdateKind,
    },
    refusal::Refusal,
    webhook::{About, EventRecord, Format, Subscription},
};
use serde_json::{Value, json};
use wire::malga::webhooks::{
    self, EventBody, StandardSignature, Unsigned, WrittenVersion, subscription, subscription_name,
};

use crate::fixtures::{
    approval, asked, at, boleto, card_request, drip_request, image_url, intent, json_of, minor, notified, now, page,
    pix_request, registration, session_payment_request, settled, slip, with,
};

/// The webhook that Malga's page "Pix" prints, in its own field order.
const PRINTED: &str = include_str!("../../../../tests/seeds/pix-webhook.json");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn event(about: About) -> EventRecord {
    let id = "21fa762b-8634-4129-a25d-e8c8bdb64cb1".parse().unwrap();
    EventRecord::new(id, "c1db83fa-723c-4e1f-9722-bc19d1be6792".parse().unwrap(), about, now(), now())
}

fn event_of(charge: &Charge, name: EventName) -> EventRecord {
    event(About::Charge { no: 1, name, snapshot: Box::new(charge.snapshot()) })
}

fn sent(version: &str, event: &EventRecord) -> String {
    webhooks::body(&written(version).into(), event, &image_url).unwrap()
}

/// The version in this JSON.
fn written(version: &str) -> WrittenVersion {
    WrittenVersion::read(&parsed(version)).unwrap()
}

/// A charge as an event shows it.
fn snapshot(charge: &Charge) -> String {
    let body = sent("1.1", &event_of(charge, EventName::Pending));
    body.split_once(r#""data":"#).and_then(|(_, data)| data.strip_suffix('}')).unwrap().to_owned()
}

/// A Pix that was paid and refunded: its refund accepted, then confirmed.
fn refunded_pix() -> [Charge; 4] {
    let pix = settled(&intent(&pix_request()), Outcome::Pending(registration()), now(), Some(1356));
    let paid = notified(
        &pix,
        1,
        UpdateKind::Paid { amount: minor(150), receipt: Receipt::default() },
        at("2022-10-25T22:50:00Z"),
    );
    let accepted = Outcome::Pending(Receipt::default());
    let pending = asked(&paid, Command::Void(None), accepted, at("2022-10-25T22:51:00Z"));
    let voided = notified(
        &pending,
        3,
        UpdateKind::Refunded { amount: minor(150), transaction: None },
        at("2022-10-25T22:53:00Z"),
    );
    [pix, paid, pending, voided]
}

/// Charges of every method, at several steps.
fn charges() -> Vec<Charge> {
    let card = intent(&card_request());
    let reserved = settled(&card, Outcome::Approved(approval()), now(), Some(627));
    let declined = settled(&card, Outcome::Declined(DeclineCode::InsufficientFunds.into()), now(), Some(627));
    let slip = settled(&intent(&boleto()), Outcome::Pending(slip()), now(), Some(627));
    let page = settled(&intent(&drip_request()), Outcome::Pending(page()), now(), Some(627));
    let analysed = with(pix_request(), "/fraudAnalysis", json!({"customer": {"identity": "12345678901"}}));
    let analysed = settled(&intent(&analysed), Outcome::Pending(registration()), now(), None);
    refunded_pix().into_iter().chain([card, reserved, declined, slip, page, analysed]).collect()
}

/// The names of the fields of every object of a text, in the order in which they are printed.
fn printed_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in text.match_indices('"') {
        let before = text[..start].trim_end();
        if before.ends_with('{') || before.ends_with(',') {
            let rest = &text[start + 1..];
            let end = rest.find('"').unwrap();
            if rest[end + 1..].trim_start().starts_with(':') {
                names.push(rest[..end].to_owned());
            }
        }
    }
    names
}

#[test]
fn the_webhook_of_a_refunded_pix_has_the_fields_of_malgas_page_in_its_order() {
    let [.., voided] = refunded_pix();
    let body = sent(r#""1.0""#, &event_of(&voided, EventName::Voided));
    let (printed, body_json) = (parsed(PRINTED), parsed(&body));
    assert_eq!(
        (&body_json["event"], &body_json["payload"]["status"]),
        (&printed["event"], &printed["payload"]["status"])
    );
    assert_eq!(body_json["clientId"], "c1db83fa-723c-4e1f-9722-bc19d1be6792");
    // Besides the printed fields it has those of version 1.1, and those that this hub adds.
    let is_ours = |name: &&String| !["isDispute", "sessionId", "transactionId", "drip"].contains(&name.as_str());
    let ours: Vec<String> = printed_names(&body).iter().filter(is_ours).cloned().collect();
    // The page's second request is pasted from an answer of the API: other fields, in another order.
    let theirs = {
        let mut document = PRINTED.to_owned();
        let pasted = document.find("4c379644").and_then(|place| document[..place].rfind('{')).unwrap();
        let end = pasted + document[pasted..].find('}').unwrap() + 2;
        document.replace_range(pasted..end, "");
        printed_names(&document)
    };
    let requests = |names: &[String]| {
        let start = names.iter().position(|name| name == "transactionRequests").unwrap();
        let end = names.iter().position(|name| name == "transactionError").unwrap();
        names[start + 1..end].split(|name| name == "id").map(<[String]>::to_vec).collect::<Vec<_>>()
    };
    let payload = |names: &[String]| {
        let start = names.iter().position(|name| name == "payload").unwrap();
        let end = names.iter().position(|name| name == "transactionRequests").unwrap();
        names[start..=end].to_vec()
    };
    assert_eq!(payload(&ours), payload(&theirs));
    let (mine, printed): (Vec<_>, Vec<_>) = (requests(&ours), requests(&theirs));
    // Oldest first: registered, paid, refund accepted, refund confirmed; each without its `id`, and one with a Pix.
    let [registered, paid, pix, accepted, confirmed] = &mine[1..] else { panic!("{mine:?}") };
    let [first, second, its_pix, third] = &printed[1..] else { panic!("{printed:?}") };
    assert_eq!([registered, paid, pix, accepted, confirmed], [first, second, its_pix, third, third]);
    // Then comes what version 1.1 has.
    let after = ours.iter().position(|name| name == "transactionError").unwrap();
    let last = ["transactionError", "fraudAnalysisMetadata", "createdAt", "apiVersion", "object", "data"];
    assert_eq!(ours[after..after + last.len()], last);
}

#[test]
fn what_malgas_page_prints_as_null_is_null() {
    let [.., voided] = refunded_pix();
    let (printed, body) = (parsed(PRINTED)["payload"].clone(), parsed(&snapshot(&voided)));
    let nulls = |object: &Value| {
        let fields = object.as_object().unwrap().iter().filter(|(_, value)| value.is_null());
        fields.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let mut ours = nulls(&body);
    ours.retain(|name| name != "sessionId");
    assert_eq!(ours, nulls(&printed));
    // Of the refund that was confirmed this hub knows which transaction it was.
    for (ours, theirs, known) in [(1, 2, "networkTransactionId"), (3, 3, "networkTransactionId")] {
        let mut here = nulls(&body["transactionRequests"][ours]);
        here.retain(|name| name != "drip" && name != "transactionId");
        let mut there = nulls(&printed["transactionRequests"][theirs]);
        if !here.contains(&known.to_owned()) {
            there.retain(|name| name != known);
        }
        assert_eq!(here, there);
    }
}

#[test]
fn transaction_requests_are_printed_oldest_first() {
    let [.., voided] = refunded_pix();
    let printed = parsed(&snapshot(&voided));
    let word = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
    let requests: Vec<String> = printed["transactionRequests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| word(request, "requestType") + "/" + &word(request, "requestStatus"))
        .collect();
    assert_eq!(requests, ["pending/success", "authorization/success", "void/processing", "void/success"]);
}

#[test]
fn a_pix_shows_its_code_where_it_was_registered_until_it_is_paid_and_then_where_it_was_paid() {
    let [pix, paid, ..] = refunded_pix();
    let blocks = |charge: &Charge| {
        let printed = parsed(&snapshot(charge));
        let requests = printed["transactionRequests"].as_array().unwrap().clone();
        requests.into_iter().map(|request| request["pix"].clone()).collect::<Vec<_>>()
    };
    let [registered] = &blocks(&pix)[..] else { panic!() };
    assert_eq!(registered["id"], parsed(&snapshot(&pix))["transactionRequests"][0]["id"]);
    assert_eq!(registered["expiresIn"], 3600);
    assert!(registered["qrCodeData"].as_str().unwrap().starts_with("000201"));
    assert_eq!(registered["qrCodeImageUrl"], image_url(pix.id));
    let [Value::Null, when_paid] = &blocks(&paid)[..] else { panic!() };
    assert_eq!(when_paid["createdAt"], registered["createdAt"]);
    assert_eq!(when_paid["updatedAt"], "2022-10-25T22:50:00.000Z");
    assert_eq!((&when_paid["id"], &when_paid["qrCodeData"]), (&registered["id"], &registered["qrCodeData"]));
}

#[test]
fn a_boleto_a_page_at_drip_an_error_and_a_network_are_in_their_requests() {
    let of = |body: &Value, outcome: Outcome| {
        let printed = parsed(&snapshot(&settled(&intent(body), outcome, now(), None)));
        printed["transactionRequests"][0].clone()
    };
    let slip = of(&boleto(), Outcome::Pending(slip()));
    assert_eq!(slip["boleto"]["expiresDate"], "2022-11-30");
    assert_eq!(slip["boleto"]["id"], slip["id"]);
    let drip = of(&drip_request(), Outcome::Pending(page()));
    assert!(drip["drip"]["paymentUrl"].as_str().unwrap().starts_with("https://"));
    let declined = of(&card_request(), Outcome::Declined(DeclineCode::InsufficientFunds.into()));
    assert_eq!(declined["providerError"]["declinedCode"], "insufficient_funds");
    let approved = of(&card_request(), Outcome::Approved(approval()));
    assert_eq!(approved["providerAuthorization"]["networkAuthorizationCode"], "00");
    assert_eq!(approved["networkTransactionId"], "ch_3JYE7MHjGFBGEeiP0lfTD3Ob");
    for request in [slip, drip, declined, approved] {
        assert_eq!(request["pix"], Value::Null);
    }
}

#[test]
fn a_snapshot_says_whether_something_is_under_way() {
    let [pix, paid, pending, voided] = refunded_pix();
    let is_processing = |charge: &Charge| parsed(&snapshot(charge))["isProcessing"].as_bool().unwrap();
    assert_eq!([&pix, &paid, &pending, &voided].map(is_processing), [false, false, true, false]);
    assert!(is_processing(&intent(&card_request())));
}

#[test]
fn installments_are_printed_for_cards_alone() {
    let installments = |body: &Value| parsed(&snapshot(&intent(body)))["installments"].clone();
    assert_eq!(installments(&with(card_request(), "/paymentMethod/installments", json!(3))), 3);
    assert_eq!(installments(&pix_request()), Value::Null);
}

#[test]
fn no_event_shows_or_keeps_anything_of_a_card() {
    for body in [session_payment_request(), card_request()] {
        let card = &body["paymentSource"]["card"];
        for outcome in [Outcome::Unknown, Outcome::Approved(approval()), Outcome::Declined(DeclineCode::Generic.into())]
        {
            let mut charge = settled(&intent(&body), outcome, now(), None);
            charge.body.as_sent = "hash-of-the-request".to_owned();
            let stored = serde_json::to_string(&event_of(&charge, EventName::Pending)).unwrap();
            let number = card["cardNumber"].as_str().unwrap();
            let (first, last) = (&number[..6], &number[12..]);
            for text in [snapshot(&charge), stored] {
                let last = format!("\"{last}");
                let holder = card["cardHolderName"].as_str().unwrap();
                for secret in [number, first, &last, holder, "06/2028", "cvv", &charge.body.as_sent] {
                    assert!(!text.contains(secret), "{secret}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_stored_event_has_the_same_bytes_at_every_delivery() {
    for charge in charges() {
        let event = event_of(&charge, EventName::Voided);
        let stored: EventRecord = serde_json::from_value(serde_json::to_value(&event).unwrap()).unwrap();
        assert_eq!(stored, event);
        for version in ["1.0", "1.1"] {
            assert_eq!(sent(version, &stored), sent(version, &event));
        }
    }
}

#[test]
fn version_1_1_has_the_bare_name_and_the_object() {
    let [.., voided] = refunded_pix();
    let event = event_of(&voided, EventName::ChargedBack);
    let body = sent("1.1", &event);
    let start = r#"{"id":"21fa762b-8634-4129-a25d-e8c8bdb64cb1","apiVersion":"1.1","object":"transaction","event":"charged_back","createdAt":"2022-10-25T22:49:06.588Z","data":{"status":"voided","#;
    assert!(body.starts_with(start), "{body}");
    assert!(body.ends_with(&format!("\"data\":{}}}", snapshot(&voided))), "{body}");
    assert_eq!(serde_json::to_string(&EventBody::new(&event, &image_url)).unwrap(), body);
}

#[test]
fn version_1_0_has_the_whole_name_and_the_same_charge_under_both_names() {
    let [.., voided] = refunded_pix();
    let snapshot = snapshot(&voided);
    assert_eq!(
        sent(r#""1.0""#, &event_of(&voided, EventName::ChargedBack)),
        format!(
            r#"{{"id":"21fa762b-8634-4129-a25d-e8c8bdb64cb1","clientId":"c1db83fa-723c-4e1f-9722-bc19d1be6792","event":"transaction.charged_back","payload":{snapshot},"createdAt":"2022-10-25T22:49:06.588Z","apiVersion":"1","object":"transaction","data":{snapshot}}}"#
        )
    );
}

#[test]
fn a_ping_has_the_body_of_the_published_vector_besides_its_id() {
    let ping = event(About::Ping);
    assert_eq!(
        sent(r#""1.0""#, &ping),
        r#"{"id":"21fa762b-8634-4129-a25d-e8c8bdb64cb1","clientId":"c1db83fa-723c-4e1f-9722-bc19d1be6792","event":"ping","payload":{"object":{}},"createdAt":"2022-10-25T22:49:06.588Z","apiVersion":"1","object":"ping","data":{"object":{}}}"#
    );
    let body = sent("1.1", &ping);
    assert_eq!(
        body,
        r#"{"id":"21fa762b-8634-4129-a25d-e8c8bdb64cb1","apiVersion":"1.1","object":"ping","event":"ping","createdAt":"2022-10-25T22:49:06.588Z","data":{"object":{}}}"#
    );
    assert_eq!(serde_json::to_string(&EventBody::new(&ping, &image_url)).unwrap(), body);
}

#[test]
fn an_event_is_not_sent_in_the_format_of_another_api() {
    for word in ["", "1.1", "malga-2.0", "another-1.1"] {
        let body = webhooks::body(&Format::new(word), &event(About::Ping), &image_url);
        assert_eq!(body, Err(Refusal::Internal), "{word}");
    }
}

#[test]
fn every_event_holds_the_published_schema() {
    let mut schema = serde_json::to_value(wire::openapi::document()).unwrap();
    schema["$ref"] = json!("#/components/schemas/Event");
    let schema = jsonschema::validator_for(&schema).unwrap();
    let of_charges = charges().iter().map(|charge| event_of(charge, EventName::Pending)).collect::<Vec<_>>();
    for event in of_charges.iter().chain(&[event(About::Ping)]) {
        let body = json_of(EventBody::new(event, &image_url));
        let errors: Vec<_> =
            schema.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{errors:?}\n{body}");
    }
}

#[test]
fn an_event_is_named_with_or_without_its_object() {
    for text in ["transaction.charged_back", "charged_back"] {
        let read = subscription(text).unwrap();
        assert!(read.wants(EventName::ChargedBack) && !read.wants(EventName::Voided));
        assert_eq!(subscription_name(read), "transaction.charged_back");
    }
    assert_eq!(subscription("*"), Some(Subscription::Everything));
    assert_eq!(subscription_name(Subscription::Everything), "*");
    for text in ["", "transaction.", "transaction.paid", "seller.active", "AUTHORIZED", "**"] {
        assert_eq!(subscription(text), None, "{text}");
    }
}

#[test]
fn the_headers_hold_the_signatures_and_the_times_that_are_signed() {
    let event = "21fa762b-8634-4129-a25d-e8c8bdb64cb1";
    let unsigned = Unsigned { event: event.parse().unwrap(), at: now(), body: "{}" };
    assert_eq!(unsigned.text(), "1666738146588\n{}");
    assert_eq!(unsigned.standard_text(), format!("{event}.1666738146.{{}}"));
    let standard = [1, 2].map(|byte| StandardSignature { mac: [byte; 32], signature: [byte; 64] });
    let headers = unsigned.headers(&[255; 64], &standard);
    let expected = [
        ("x-idempotency-key", event.to_owned()),
        ("x-plug-date", "1666738146588".to_owned()),
        ("x-plug-signature", "ff".repeat(64)),
        ("webhook-id", event.to_owned()),
        ("webhook-timestamp", "1666738146".to_owned()),
        (
            "webhook-signature",
            format!(
                "v1,{}AQE= v1a,{}AQ== v1,{}AgI= v1a,{}Ag==",
                "AQEB".repeat(10),
                "AQEB".repeat(21),
                "AgIC".repeat(10),
                "AgIC".repeat(21),
            ),
        ),
    ];
    assert_eq!(headers, expected);
}
