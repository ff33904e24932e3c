//! A function that writes three items in one transaction with the bare SDK, and does nothing else.

use std::{env, io};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{AttributeValue, Put, TransactWriteItem},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_types::SdkConfig;
use lambda_http::{Body, Error, Request, Response, http::StatusCode, service_fn};
use serde_json::{Value, json};

/// The roots that the hub trusts for AWS.
const ROOTS: &[u8] = include_bytes!("../../../shared/edge/src/amazon_roots.pem");

fn main() -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        tracing_subscriber::fmt().json().with_writer(io::stderr).init();
        let (client, table) = (client()?, env::var("HUB_TABLE")?);
        let (client, table) = (&client, table.as_str());
        lambda_http::run(service_fn(move |request: Request| async move { answer(client, table, &request).await })).await
    })
}

/// A client whose connections are set up as those of the hub.
fn client() -> Result<Client, Error> {
    let roots = TrustStore::empty().with_pem_certificate(ROOTS);
    let context = TlsContext::builder().with_trust_store(roots).build()?;
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https();
    let (key, secret) = (env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?);
    let credentials = Credentials::new(key, secret, None, None, "environment");
    let mut access = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(env::var("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http);
    access.set_endpoint_url(env::var("AWS_ENDPOINT_URL").ok());
    Ok(Client::new(&access.build()))
}

/// Writes three items of a new name, each under the condition that it is new.
async fn answer(client: &Client, table: &str, request: &Request) -> Result<Response<Body>, Error> {
    let body: Value = serde_json::from_slice(request.body())?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or("hello");
    let mut transaction = client.transact_write_items();
    for part in ["A", "B", "C"] {
        transaction = transaction.transact_items(TransactWriteItem::builder().put(put(table, name, part)?).build());
    }
    transaction.send().await?;
    tracing::info!(name, "answered");
    let mut answer = Response::new(json!({"name": name}).to_string().into());
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

fn put(table: &str, name: &str, part: &str) -> Result<Put, Error> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = Put::builder()
        .table_name(table)
        .item("PK", text(&format!("BARE#{name}")))
        .item("SK", text(part))
        .item("doc", text(&json!({"name": name, "note": "x".repeat(400)}).to_string()))
        .item("version", AttributeValue::N("1".to_owned()))
        .condition_expression("attribute_not_exists(PK)");
    Ok(put.build()?)
}
