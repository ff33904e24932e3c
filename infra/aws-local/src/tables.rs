//! The part of `DynamoDB`'s API that the hub uses, carried out by the embedded engine.
//!
//! The engine waits for its file, so it works on threads that may wait. Calls get their turn in the order of their
//! arrival. A call whose caller leaves before its turn is not carried out; one that has begun ends.

use std::{fmt, sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use dynoxide::{
    Database, actions::transact_write_items::TransactWriteItemsRequest, errors::DynoxideError as EngineFailure,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::in_process::{Answer, ENDPOINT, InProcess, REGION, Service};

/// How many calls are carried out at once. The engine writes and reads for one after the other; meanwhile the other
/// calls decode their requests and encode their answers.
const AT_ONCE: u8 = 4;

/// How long calls under way may take to end when the tables are closed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tables of a database; clones are the same tables.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    turns: Arc<Semaphore>,
}

/// Whether a transaction that has a client request token is recognised when it comes again. The engine remembers each
/// token for ten minutes, and searches all of them at every transaction.
#[derive(Clone, Copy, Debug)]
enum Tokens {
    Remembered,
    Ignored,
}

impl Tables {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, turns: Arc::new(Semaphore::new(AT_ONCE.into())) }
    }

    #[cfg(test)]
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// A client of the tables in this process.
    #[must_use]
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        client_of(self.clone())
    }

    /// Carries out the operation `target`, such as `DynamoDB_20120810.GetItem`, for a caller at a socket: it may lose
    /// the answer and call again.
    pub async fn call(&self, target: String, body: Vec<u8>) -> Answer {
        self.in_turn(target, body, Tokens::Remembered).await
    }

    async fn in_turn(&self, target: String, body: Vec<u8>, tokens: Tokens) -> Answer {
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return failure("the tables are closed") };
        let database = self.database.clone();
        let done = spawn_blocking(move || {
            let _turn = turn;
            carry_out(&database, &target, &body, tokens)
        });
        match done.await {
            Ok(Ok(body)) => Answer { status: 200, body },
            Ok(Err(refused)) => Answer { status: refused.status_code(), body: refused.to_json() },
            Err(panicked) => failure(&panicked.to_string()),
        }
    }

    /// Removes expired items, as `DynamoDB` does by itself.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn remove_expired(&self) -> Result<(), String> {
        let database = self.database.clone();
        let removed = spawn_blocking(move || database.sweep_ttl()).await.map_err(|error| error.to_string())?;
        removed.map(drop).map_err(|error| error.to_string())
    }

    /// A page of the items of `table` in `DynamoDB`'s JSON, after the key `after` or from the beginning; and the key after
    /// which the next page begins, if there is one.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn page(&self, table: &str, after: Option<Value>) -> Result<(Vec<Value>, Option<Value>), String> {
        let body = serde_json::json!({"TableName": table, "ExclusiveStartKey": after}).to_string();
        let answer = self.in_turn("DynamoDB_20120810.Scan".to_owned(), body.into_bytes(), Tokens::Ignored).await;
        let mut page: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
        match (answer.status, page.get_mut("Items").map(Value::take)) {
            (200, Some(Value::Array(items))) => Ok((items, page.get_mut("LastEvaluatedKey").map(Value::take))),
            _ => Err(answer.body),
        }
    }

    /// Waits for the calls under way, and carries out no more.
    pub(crate) async fn close(&self) {
        let all = tokio::time::timeout(PATIENCE, self.turns.acquire_many(AT_ONCE.into())).await;
        self.turns.close();
        drop(all);
    }
}

/// Inside one process no answer is lost, so no transaction comes again.
impl Service for Tables {
    async fn serve(self, target: String, body: Vec<u8>) -> Answer {
        self.in_turn(target, body, Tokens::Ignored).await
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

/// A client of a service in this process that has tables.
pub(crate) fn client_of(service: impl Service) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(ENDPOINT)
        .allow_no_auth()
        .http_client(InProcess(service));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub(crate) fn failure(problem: &str) -> Answer {
    let failure = EngineFailure::InternalServerError(problem.to_owned());
    Answer { status: failure.status_code(), body: failure.to_json() }
}

fn carry_out(database: &Database, target: &str, body: &[u8], tokens: Tokens) -> Result<String, EngineFailure> {
    match target.strip_prefix("DynamoDB_20120810.").unwrap_or_default() {
        "GetItem" => encode(&database.get_item(decode(body)?)?),
        "PutItem" => encode(&database.put_item(decode(body)?)?),
        "UpdateItem" => encode(&database.update_item(decode(body)?)?),
        "DeleteItem" => encode(&database.delete_item(decode(body)?)?),
        "Query" => encode(&database.query(decode(body)?)?),
        "Scan" => encode(&database.scan(decode(body)?)?),
        "BatchGetItem" => encode(&database.batch_get_item(decode(body)?)?),
        "BatchWriteItem" => encode(&database.batch_write_item(decode(body)?)?),
        "TransactWriteItems" => {
            let mut request: TransactWriteItemsRequest = decode(body)?;
            request.client_request_token =
                request.client_request_token.filter(|_| matches!(tokens, Tokens::Remembered));
            encode(&database.transact_write_items(request)?)
        }
        _ => Err(EngineFailure::ValidationException(format!("the operation {target} is unknown here"))),
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, EngineFailure> {
    serde_json::from_slice(body).map_err(|error| EngineFailure::SerializationException(error.to_string()))
}

fn encode(answer: &impl Serialize) -> Result<String, EngineFailure> {
    serde_json::to_string(answer).map_err(|error| EngineFailure::InternalServerError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
    use futures::poll;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        engine::{Engine, TOKENS_TABLE},
        folder::Folder,
        template::{TEXT, Template},
    };

    fn open(folder: &Folder) -> Engine {
        Engine::open(&folder.file("hub.db"), &Template::parse(TEXT).unwrap()).unwrap()
    }

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn put() -> Put {
        let put = Put::builder().table_name(TOKENS_TABLE).item("PK", text("TOKEN#1")).item("SK", text("TOKEN"));
        put.condition_expression("attribute_not_exists(PK)").build().unwrap()
    }

    #[tokio::test]
    async fn a_client_of_the_sdk_needs_no_socket_and_no_signature() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        let client = engine.tables().client();
        let key = || client.get_item().table_name(TOKENS_TABLE).key("PK", text("TOKEN#1")).key("SK", text("TOKEN"));
        assert_eq!(key().send().await.unwrap().item, None);
        let write = || client.put_item().table_name(TOKENS_TABLE).set_item(Some(put().item));
        write().send().await.unwrap();
        assert_eq!(key().send().await.unwrap().item, Some(put().item));
        let refused = write().condition_expression("attribute_not_exists(PK)").send().await.unwrap_err();
        assert!(refused.into_service_error().is_conditional_check_failed_exception());
    }

    #[tokio::test]
    async fn closed_tables_refuse_every_call() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        let tables = engine.tables().clone();
        engine.stop().await;
        assert_eq!(call(&tables, "Scan", &json!({"TableName": TOKENS_TABLE})).await.status, 500);
    }

    #[tokio::test]
    async fn a_transaction_is_recognised_by_its_token_only_where_its_answer_can_be_lost() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        let client = engine.tables().client();
        let write = || {
            let writes = client.transact_write_items().client_request_token("one");
            writes.transact_items(TransactWriteItem::builder().put(put()).build()).send()
        };
        write().await.unwrap();
        assert!(write().await.unwrap_err().into_service_error().is_transaction_canceled_exception());
        let item = json!({"PK": {"S": "TOKEN#2"}, "SK": {"S": "TOKEN"}});
        let put = json!({"TableName": TOKENS_TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"});
        let write = async |token: &str| {
            let body = json!({"TransactItems": [{"Put": put}], "ClientRequestToken": token});
            call(engine.tables(), "TransactWriteItems", &body).await.status
        };
        assert_eq!((write("two").await, write("two").await, write("three").await), (200, 200, 400));
    }

    #[tokio::test]
    async fn a_call_whose_caller_leaves_before_its_turn_is_not_carried_out() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        let tables = engine.tables();
        let body = json!({"TableName": TOKENS_TABLE, "Item": {"PK": {"S": "TOKEN#1"}, "SK": {"S": "TOKEN"}}});
        let all = tables.turns.acquire_many(AT_ONCE.into()).await.unwrap();
        {
            let call = pin!(call(tables, "PutItem", &body));
            assert!(poll!(call).is_pending());
        }
        drop(all);
        let scanned = call(tables, "Scan", &json!({"TableName": TOKENS_TABLE})).await;
        let scanned: Value = serde_json::from_str(&scanned.body).unwrap();
        assert_eq!(scanned.get("Count"), Some(&json!(0)));
    }

    #[tokio::test]
    async fn what_is_no_call_of_the_tables_is_refused() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        for (target, body) in [("DropTables", json!({})), ("GetItem", json!([])), ("GetItem", json!({"TableName": 7}))]
        {
            assert_eq!(call(engine.tables(), target, &body).await.status, 400, "{target} {body}");
        }
    }

    async fn call(tables: &Tables, operation: &str, body: &Value) -> Answer {
        tables.call(format!("DynamoDB_20120810.{operation}"), body.to_string().into_bytes()).await
    }
}
