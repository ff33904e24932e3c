use domain::{
    charge::event::EventName,
    endpoint::AddressProblem,
    limits::MAX_ENDPOINT,
    refusal::Refusal,
    webhook::{Format, SigningKey, Subscription, Webhook},
};
use serde_json::{Value, json};
use wire::malga::{
    errors::answer,
    requests::{CreateWebhook, PatchWebhook},
    responses::WebhookBody,
    webhooks::{ApiVersion, WrittenVersion},
};

use crate::fixtures::now;

const ENDPOINT: &str = "https://shop.example/payments?of=1";

fn create(body: &Value) -> Result<CreateWebhook, Refusal> {
    CreateWebhook::read(body, |_| Ok(()))
}

/// The version that is sent as this text.
fn written(version: &str) -> WrittenVersion {
    WrittenVersion::read(&json!(version)).unwrap()
}

fn problems<T: std::fmt::Debug>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_webhook_receives_one_event_or_all_in_the_first_version_unless_it_says_otherwise() {
    let voided = Subscription::One(EventName::Voided);
    for (event, read) in [("transaction.voided", voided), ("voided", voided), ("*", Subscription::Everything)] {
        let new = create(&json!({"event": event, "endpoint": ENDPOINT})).unwrap();
        let plain =
            CreateWebhook { event: read, endpoint: ENDPOINT.to_owned(), version: written("1.0"), is_active: true };
        assert_eq!(new, plain);
    }
    for (version, read) in [
        (json!(null), ApiVersion::V1_0),
        (json!("1"), ApiVersion::V1_0),
        (json!("1.0"), ApiVersion::V1_0),
        (json!("1.1"), ApiVersion::V1_1),
        (json!(1), ApiVersion::V1_0),
        (json!(1.0), ApiVersion::V1_0),
        (json!(1.1), ApiVersion::V1_1),
    ] {
        let body = json!({"event": "*", "endpoint": ENDPOINT, "version": version, "status": false});
        let new = create(&body).unwrap();
        assert_eq!((new.version.version, new.is_active), (read, false));
    }
}

#[test]
fn a_webhook_that_makes_no_sense_is_refused_with_every_problem() {
    let event = "event must be * or the name of an event, such as transaction.authorized";
    let version = "version must be one of the following values: 1, 1.0, 1.1";
    let text = "endpoint must be a string";
    for (body, expected) in [
        (json!({}), vec![event, "event should not be empty", text, "endpoint should not be empty"]),
        (
            json!({"event": 7, "endpoint": 7, "version": true, "status": "true"}),
            vec![event, text, version, "status must be a boolean value"],
        ),
        (json!({"event": "transaction.paid", "endpoint": ENDPOINT, "version": "2"}), vec![event, version]),
        (json!({"event": "*", "endpoint": ENDPOINT, "version": 1.2}), vec![version]),
        (json!({"event": "*", "endpoint": ENDPOINT, "version": "01.1"}), vec![version]),
        (
            json!({"event": "*", "endpoint": "x".repeat(MAX_ENDPOINT + 1)}),
            vec!["endpoint must be shorter than or equal to 2048 characters"],
        ),
    ] {
        assert_eq!(problems(create(&body)), expected, "{body}");
        // A change applies the same rules to the fields that it has.
        let required = |problem: &&str| !body[problem.split(' ').next().unwrap()].is_null();
        let expected: Vec<_> = expected.into_iter().filter(required).collect();
        match expected.as_slice() {
            [] => assert!(PatchWebhook::read(&body, |_| Ok(())).is_ok()),
            expected => assert_eq!(problems(PatchWebhook::read(&body, |_| Ok(()))), expected, "{body}"),
        }
    }
}

#[test]
fn an_endpoint_that_the_hub_may_not_call_is_refused_beside_every_other_problem() {
    let body = json!({"event": "none", "endpoint": "ftp://x"});
    let refused = problems(CreateWebhook::read(&body, |_| Err(AddressProblem::NotHttps)));
    assert_eq!(
        refused,
        [
            "event must be * or the name of an event, such as transaction.authorized",
            "endpoint must be an https URL address"
        ]
    );
    assert_eq!(problems(PatchWebhook::read(&body, |_| Err(AddressProblem::NotAUrl))).len(), 2);
}

#[test]
fn a_change_says_what_it_changes_and_nothing_else() {
    let read = |body: &Value| PatchWebhook::read(body, |_| Ok(())).unwrap();
    let nothing = read(&json!({"event": null, "another": 1}));
    assert_eq!((nothing.event, nothing.endpoint.clone(), nothing.version, nothing.is_active), (None, None, None, None));
    let all = read(&json!({"event": "*", "endpoint": ENDPOINT, "version": "1.1", "status": true}));
    assert_eq!(
        (all.event, all.endpoint.as_deref(), all.version, all.is_active),
        (Some(Subscription::Everything), Some(ENDPOINT), Some(written("1.1")), Some(true))
    );
}

#[test]
fn a_webhook_is_printed_without_its_private_key() {
    let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let webhook = Webhook {
        id: id.parse().unwrap(),
        client: id.parse().unwrap(),
        event: Subscription::One(EventName::ChargedBack),
        endpoint: ENDPOINT.to_owned(),
        format: written("1.0").into(),
        is_active: true,
        key: SigningKey { public_key: "-----BEGIN PUBLIC KEY-----\nA\n".to_owned(), sealed: "sealed".to_owned() },
        former: None,
        created_at: now(),
        updated_at: now(),
        version: 7,
    };
    let printed = json!({
        "id": id, "clientId": id, "event": "transaction.charged_back", "endpoint": ENDPOINT, "version": "1.0",
        "publicKey": "-----BEGIN PUBLIC KEY-----\nA\n", "status": true,
        "createdAt": now().to_string(), "updatedAt": now().to_string(),
    });
    assert_eq!(serde_json::to_value(WebhookBody::try_from(&webhook).unwrap()).unwrap(), printed);
    for version in [json!("1"), json!("1.0"), json!("1.1"), json!(1), json!(1.0), json!(1.1)] {
        let format = WrittenVersion::read(&version).unwrap().into();
        let read = WebhookBody::try_from(&Webhook { format, ..webhook.clone() }).unwrap();
        assert_eq!(serde_json::to_string(&read.version).unwrap(), version.to_string(), "printed as it was sent");
    }
    let of_another_api = Webhook { format: Format::new("1.0"), ..webhook };
    assert_eq!(WebhookBody::try_from(&of_another_api), Err(Refusal::Internal));
}

#[test]
fn a_webhook_that_exists_already_is_refused_without_the_envelope() {
    let (code, body) = answer(&Refusal::WebhookExists);
    let body = serde_json::to_value(body).unwrap();
    assert_eq!((code, &body["statusCode"], body.as_object().unwrap().len()), (409, &json!(409), 2));
    assert!(body["message"].as_str().unwrap().contains("nothing was changed"), "{body}");
}
