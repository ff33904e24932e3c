//! A key service for the tests, which records the data keys that it wraps and their contexts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use ring::rand::{SystemRandom, generate};
use seal::KeyService;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::roles::{Need, RoleKey, Roles, access};

/// Its one master key.
pub const MASTER: &str = "alias/hub";

/// A service that speaks KMS's JSON on loopback, and allows functions what `roles` grant.
#[derive(Clone, Debug)]
pub(crate) struct Kms {
    url: String,
    roles: Roles,
    wrapped: Arc<Mutex<HashMap<String, Wrapped>>>,
}

#[derive(Debug)]
struct Wrapped {
    context: Value,
    plain: String,
}

impl Kms {
    pub(crate) async fn open(roles: Roles) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kms = Self { url, roles, wrapped: Arc::default() };
        let open = kms.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kms = open.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| kms.answer(request));
                    // The error is a caller that has died.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        kms
    }

    /// The address of the service.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A client with an empty cache.
    pub(crate) fn key_service(&self) -> KeyService {
        let config = aws_sdk_kms::config::Builder::from(&access(&self.url)).interceptor(RoleKey).build();
        KeyService::kms(aws_sdk_kms::Client::from_conf(config), MASTER.to_owned())
    }

    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let call: Value = serde_json::from_slice(&body.collect().await?.to_bytes()).unwrap();
        let target = parts.headers["x-amz-target"].to_str().unwrap();
        let verb = target.strip_prefix("TrentService.").unwrap().to_owned();
        assert_eq!(call["KeyId"], MASTER, "an unknown key: {verb}");
        let context = &call["EncryptionContext"];
        let need = Need { verb: verb.clone(), to: context["catraca"].as_str().unwrap().to_owned() };
        let answer = if self.roles.allow(&parts.headers, &[need]) {
            match &*verb {
                "GenerateDataKey" => Ok(self.wrap(context)),
                "Decrypt" => self.unwrap(call["CiphertextBlob"].as_str().unwrap(), context),
                _ => unreachable!("{verb}"),
            }
        } else {
            Err("AccessDeniedException")
        };
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err(name) => (StatusCode::BAD_REQUEST, json!({"__type": name})),
        };
        let mut response = Response::new(Full::new(body.to_string().into()));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", "application/x-amz-json-1.1".parse().unwrap());
        Ok(response)
    }

    fn wrap(&self, context: &Value) -> Value {
        let random = || STANDARD.encode(generate::<[u8; 32]>(&SystemRandom::new()).unwrap().expose());
        let (plain, blob) = (random(), random());
        let answer = json!({"KeyId": MASTER, "Plaintext": plain, "CiphertextBlob": blob});
        self.wrapped().insert(blob, Wrapped { context: context.clone(), plain });
        answer
    }

    fn unwrap(&self, blob: &str, context: &Value) -> Result<Value, &'static str> {
        let books = self.wrapped();
        let found = books.get(blob).filter(|wrapped| wrapped.context == *context);
        let answer = found.map(|wrapped| json!({"KeyId": MASTER, "Plaintext": wrapped.plain}));
        answer.ok_or("InvalidCiphertextException")
    }

    fn wrapped(&self) -> MutexGuard<'_, HashMap<String, Wrapped>> {
        self.wrapped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
