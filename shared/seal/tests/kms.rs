//! The real SDK against a stand-in for KMS: its calls, their number, and what the failures of KMS become.
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use aws_sdk_kms::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, RuntimeComponents, http::HttpRequest, retry::RetryConfig},
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::HttpResponse,
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use domain::ids::ClientId;
use seal::{Aad, KeyService, SealError, WrappedKey};
use serde_json::{Value, json};
use uuid::Uuid;

const MASTER: &str = "alias/hub";
/// 32 bytes, all 0x07, in base64: the one data key that the stand-in deals out.
const PLAIN: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// "wrapped" in base64.
const BLOB: &str = "d3JhcHBlZA==";

/// One answer or failure for every call.
#[derive(Clone, Copy)]
enum KmsReply {
    Works,
    Answers(u16, &'static str),
    TimesOut,
    Unreachable,
}

#[derive(Clone)]
struct StandIn {
    reply: KmsReply,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl StandIn {
    fn new(reply: KmsReply) -> Self {
        Self { reply, calls: Arc::default() }
    }

    /// A key service as a new process has it: with an empty cache.
    fn key_service(&self) -> KeyService {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("sa-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .build();
        KeyService::kms(Client::from_conf(config), MASTER.to_owned())
    }

    fn calls(&self) -> Vec<(String, Value)> {
        self.calls.lock().unwrap().clone()
    }

    fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|(name, _)| name).collect()
    }

    fn answer(&self, name: &str, asked: &Value) -> Result<(u16, Value), ConnectorError> {
        match self.reply {
            KmsReply::TimesOut => Err(ConnectorError::timeout("no answer".into())),
            KmsReply::Unreachable => Err(ConnectorError::io("connection refused".into())),
            KmsReply::Answers(status, body) => Ok((status, serde_json::from_str(body).unwrap())),
            KmsReply::Works if name == "TrentService.GenerateDataKey" => {
                Ok((200, json!({"KeyId": MASTER, "Plaintext": PLAIN, "CiphertextBlob": BLOB})))
            }
            KmsReply::Works if asked.pointer("/EncryptionContext/catraca") == Some(&json!("client")) => {
                Ok((200, json!({"KeyId": MASTER, "Plaintext": PLAIN})))
            }
            KmsReply::Works => Ok((400, json!({"__type": "InvalidCiphertextException"}))),
        }
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandIn")
    }
}

impl HttpConnector for StandIn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let name = request.headers().get("x-amz-target").unwrap().to_owned();
        let asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let answer = self.answer(&name, &asked);
        self.calls.lock().unwrap().push((name, asked));
        HttpConnectorFuture::ready(answer.map(|(status, body)| {
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body.to_string()))
        }))
    }
}

impl HttpClient for StandIn {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn place(card: u128) -> Aad {
    Aad::new(ClientId::new(Uuid::from_u128(1)), "card", Uuid::from_u128(card))
}

fn wrapped() -> WrappedKey {
    serde_json::from_value(json!(BLOB)).unwrap()
}

#[tokio::test]
async fn a_hundred_seals_of_one_client_cost_one_call() {
    let kms = StandIn::new(KmsReply::Works);
    let key_service = kms.key_service();
    let stored = key_service.new_key("client").await.unwrap().1;
    for card in 0..100 {
        key_service.open_key(&stored, "client").await.unwrap().seal(&place(card), b"4111111111111111").unwrap();
    }
    assert_eq!(kms.names(), ["TrentService.GenerateDataKey"]);
}

#[tokio::test]
async fn a_new_process_costs_one_call_and_opens_what_was_sealed() {
    let kms = StandIn::new(KmsReply::Works);
    let (key, stored) = kms.key_service().new_key("client").await.unwrap();
    let sealed = key.seal(&place(1), b"4111111111111111").unwrap();

    let second = kms.key_service();
    for _ in 0..100 {
        let key = second.open_key(&stored, "client").await.unwrap();
        assert_eq!(key.open(&place(1), &sealed).unwrap().reveal(), b"4111111111111111");
    }
    assert_eq!(kms.names(), ["TrentService.GenerateDataKey", "TrentService.Decrypt"]);
}

#[tokio::test]
async fn both_calls_name_the_master_key_and_the_context() {
    let kms = StandIn::new(KmsReply::Works);
    let stored = kms.key_service().new_key("client").await.unwrap().1;
    kms.key_service().open_key(&stored, "client").await.unwrap();
    let asked: Vec<_> = kms.calls().into_iter().map(|(_, asked)| asked).collect();
    let context = json!({"catraca": "client"});
    assert_eq!(
        asked,
        [
            json!({"KeyId": MASTER, "KeySpec": "AES_256", "EncryptionContext": context}),
            json!({"KeyId": MASTER, "CiphertextBlob": BLOB, "EncryptionContext": context}),
        ]
    );
    assert_eq!(serde_json::to_value(&stored).unwrap(), json!(BLOB));
}

#[tokio::test]
async fn a_key_cached_for_one_context_is_unwrapped_again_for_another() {
    let kms = StandIn::new(KmsReply::Works);
    let key_service = kms.key_service();
    let stored = key_service.new_key("client").await.unwrap().1;
    assert_eq!(key_service.open_key(&stored, "other").await.unwrap_err(), SealError::Unwrappable);
    assert_eq!(kms.names().len(), 2);
}

#[tokio::test]
async fn a_failure_is_not_cached() {
    let kms = StandIn::new(KmsReply::Unreachable);
    let key_service = kms.key_service();
    for _ in 0..2 {
        key_service.open_key(&wrapped(), "client").await.unwrap_err();
    }
    assert_eq!(kms.names().len(), 2);
}

#[tokio::test]
async fn a_failure_of_the_service_can_be_retried() {
    for reply in [
        KmsReply::TimesOut,
        KmsReply::Unreachable,
        KmsReply::Answers(500, r#"{"__type":"KMSInternalException"}"#),
        KmsReply::Answers(400, r#"{"__type":"ThrottlingException"}"#),
        KmsReply::Answers(200, r#""BwcHBwcHBwcHBwcHBwcHBw""#),
        KmsReply::Answers(200, "{}"),
    ] {
        let key_service = StandIn::new(reply).key_service();
        let errors = [
            key_service.new_key("client").await.unwrap_err(),
            key_service.open_key(&wrapped(), "client").await.unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, SealError::Unreachable(_)), "{error:?}");
            assert!(error.to_string().contains("could not be reached"), "{error}");
            assert!(!format!("{error:?}").contains("BwcH"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_names_its_reason_and_repeats_no_message_of_the_service() {
    let body = r#"{"__type":"AccessDeniedException","message":"arn:aws:iam::1:role/pay may not"}"#;
    let error = StandIn::new(KmsReply::Answers(400, body)).key_service().new_key("client").await.unwrap_err();
    assert_eq!(error, SealError::Refused { code: "AccessDeniedException".to_owned() });
    assert!(!format!("{error} {error:?}").contains("arn:"), "{error}");
}

#[tokio::test]
async fn a_key_of_the_wrong_length_is_refused() {
    let body = r#"{"Plaintext":"BwcHBw==","CiphertextBlob":"d3JhcHBlZA=="}"#;
    let key_service = StandIn::new(KmsReply::Answers(200, body)).key_service();
    assert_eq!(key_service.new_key("client").await.unwrap_err(), SealError::KeyLength);
}

#[tokio::test]
async fn the_key_service_prints_nothing_of_its_keys() {
    let key_service = StandIn::new(KmsReply::Works).key_service();
    let (key, stored) = key_service.new_key("client").await.unwrap();
    assert_eq!(format!("{key_service:?} {key:?} {stored:?}"), "KeyService(kms) DataKey(..) WrappedKey(7 bytes)");
}
