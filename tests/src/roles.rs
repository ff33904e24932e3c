//! What the template allows each function to do with the tables, the key and the queues.
//!
//! A verb that a role lacks would fail only on AWS. So each call carries the name of its function, and the services of
//! the tests deny what the template does not grant.

use std::{
    collections::{BTreeSet, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_local::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    template::TEXT,
};
use aws_sdk_dynamodb::{
    config::{
        BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents, SharedCredentialsProvider,
        interceptors::BeforeTransmitInterceptorContextMut, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::BoxError,
};
use aws_types::SdkConfig;
use hyper::HeaderMap;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

/// The header that names the function.
const HEADER: &str = "x-function";

tokio::task_local! {
    static FUNCTION: String;
}

/// Does `work` as the function of that name.
pub async fn as_function<W: Future>(name: &str, work: W) -> W::Output {
    // On the heap: the future of a payment is large.
    FUNCTION.scope(name.to_owned(), Box::pin(work)).await
}

/// The configuration of a client for the AWS service at `url`, with long timeouts for a busy machine.
pub(crate) fn access(url: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url)
        .build()
}

/// Adds the function's name to its calls.
#[derive(Debug)]
pub(crate) struct RoleKey;

impl Intercept for RoleKey {
    fn name(&self) -> &'static str {
        "RoleKey"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Ok(name) = FUNCTION.try_with(Clone::clone) {
            context.request_mut().headers_mut().insert(HEADER, name);
        }
        Ok(())
    }
}

/// Verbs and their resources, such as `Query hub/GSI1`, `PutItem hub EVENT#*` or `Decrypt signing:*`.
pub type Verbs = BTreeSet<String>;

/// What functions may do, what they did, and what they were denied; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    granted: Arc<HashMap<String, Verbs>>,
    done: Arc<Mutex<Done>>,
}

#[derive(Debug, Default)]
struct Done {
    used: HashMap<String, Verbs>,
    denied: Vec<String>,
}

/// One permission that a call needs.
#[derive(Debug)]
pub(crate) struct Need {
    /// `GetItem hub`, `Decrypt` …
    pub(crate) verb: String,
    /// What a condition compares: the partition, the key's context, the queue.
    pub(crate) to: String,
}

impl Roles {
    /// Reads the template.
    pub(crate) fn read() -> Self {
        Self { granted: Arc::new(granted()), done: Arc::default() }
    }

    /// Whether the function that these headers name may do all of this.
    pub(crate) fn allow(&self, headers: &HeaderMap, needs: &[Need]) -> bool {
        let Some(function) = headers.get(HEADER).and_then(|name| name.to_str().ok()) else { return true };
        let (grants, mut done, mut is_allowed) = (self.granted.get(function), self.done(), true);
        for need in needs {
            if let Some(grant) = grants.and_then(|grants| grants.iter().find(|grant| covers(grant, need))) {
                done.used.entry(function.to_owned()).or_default().insert(grant.clone());
            } else {
                is_allowed = false;
                done.denied.push(format!("{function} may not {} {}", need.verb, need.to));
            }
        }
        is_allowed
    }

    /// Which grants each function has used so far.
    pub(crate) fn used(&self) -> HashMap<String, Verbs> {
        self.done().used.clone()
    }

    /// What functions were denied so far.
    pub(crate) fn denied(&self) -> Vec<String> {
        self.done().denied.clone()
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a grant covers this verb and its resource.
fn covers(grant: &str, need: &Need) -> bool {
    let Some(rest) = grant.strip_prefix(&need.verb) else { return false };
    match rest.strip_prefix(' ') {
        Some(pattern) => is_like(&need.to, pattern),
        None => rest.is_empty(),
    }
}

/// `StringLike` of a condition: `*` is any text.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(&text[at..], rest))
        }),
    }
}

/// What the role of each function grants. What Lambda itself does with the role, such as reading the queue, is left
/// out.
///
/// # Panics
/// Where the template cannot be read.
#[must_use]
pub fn granted() -> HashMap<String, Verbs> {
    let documents = Yaml::load_from_str(TEXT).unwrap();
    let resources = &documents[0]["Resources"];
    let functions = resources.as_mapping().unwrap().values().filter_map(|resource| {
        let properties = resource.as_mapping_get("Properties")?;
        let name = properties.as_mapping_get("CodeUri")?.as_str()?.strip_prefix("functions/")?;
        let role = text(&properties["Role"]).strip_suffix(".Arn").unwrap();
        Some((name.to_owned(), verbs(&resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])))
    });
    functions.collect()
}

/// The verbs on tables, of every function, whose statements do not say which keys they are about.
///
/// # Panics
/// Where the template cannot be read.
#[must_use]
pub fn without_keys() -> Verbs {
    let verb = |grant: &str| match grant.split(' ').collect::<Vec<_>>()[..] {
        [verb, table] if !["Decrypt", "GenerateDataKey", "SendMessage"].contains(&verb) => {
            Some(format!("{verb} {table}"))
        }
        _ => None,
    };
    granted().into_values().flatten().filter_map(|grant| verb(&grant)).collect()
}

fn verbs(statements: &Yaml<'_>) -> Verbs {
    let granted = statements.as_vec().unwrap().iter().flat_map(|statement| {
        let (resources, patterns) = (texts(&statement["Resource"]), patterns(statement));
        let places = texts(&statement["Action"])
            .into_iter()
            .flat_map(move |action| resources.clone().into_iter().filter_map(move |resource| on(action, resource)));
        places.flat_map(move |place| match &patterns[..] {
            [] => vec![place],
            patterns => patterns.iter().map(|pattern| format!("{place} {pattern}")).collect(),
        })
    });
    granted.collect()
}

/// The patterns of a statement's condition; empty where it has none.
fn patterns<'a>(statement: &'a Yaml<'a>) -> Vec<&'a str> {
    let Some(condition) = statement.as_mapping_get("Condition") else { return Vec::new() };
    let context = condition.as_mapping_get("StringLike").map(|like| texts(&like["kms:EncryptionContext:catraca"]));
    let keys = || condition.as_mapping_get("ForAllValues:StringLike").map(|like| texts(&like["dynamodb:LeadingKeys"]));
    context.or_else(keys).unwrap()
}

fn on(action: &str, resource: &str) -> Option<String> {
    let (name, index) = resource.strip_prefix("${").unwrap_or(resource).split_once(".Arn")?;
    let table = match (action.split_once(':')?, name) {
        (("dynamodb", _), "HubTable") => HUB_TABLE,
        (("dynamodb", _), "TokensTable") => TOKENS_TABLE,
        (("kms", verb), "Key") => return Some(verb.to_owned()),
        (("sqs", verb @ "SendMessage"), queue) => return Some(format!("{verb} {queue}")),
        _ => return None,
    };
    let verb = action.strip_prefix("dynamodb:")?;
    Some(match index.strip_prefix("}/index/") {
        Some(index) => format!("{verb} {table}/{index}"),
        None => format!("{verb} {table}"),
    })
}

fn texts<'a>(yaml: &'a Yaml<'a>) -> Vec<&'a str> {
    yaml.as_vec().map_or_else(|| vec![text(yaml)], |list| list.iter().map(text).collect())
}

/// The text, inside any function of CloudFormation.
fn text<'a>(yaml: &'a Yaml<'a>) -> &'a str {
    match yaml {
        Yaml::Tagged(_, inner) => text(inner),
        plain => plain.as_str().unwrap_or_default(),
    }
}

/// What a role must grant for this call to the tables; a transaction needs what each of its actions needs.
pub(crate) fn needed(operation: &str, body: &Value) -> Vec<Need> {
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            actions.map(|(action, item)| on_table(single(action), item)).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let keys = tables.flat_map(|(table, asked)| {
                let keys = asked["Keys"].as_array().into_iter().flatten();
                keys.map(move |key| Need { verb: format!("{operation} {table}"), to: string(&key["PK"]) })
            });
            keys.collect()
        }
        _ => vec![on_table(operation, body)],
    }
}

fn on_table(verb: &str, call: &Value) -> Need {
    let (table, index) = (call["TableName"].as_str().unwrap_or_default(), call["IndexName"].as_str());
    let key = call.pointer("/Item/PK").or_else(|| call.pointer("/Key/PK")).or_else(|| queried(call));
    Need {
        verb: index.map_or_else(|| format!("{verb} {table}"), |index| format!("{verb} {table}/{index}")),
        to: key.map(string).unwrap_or_default(),
    }
}

/// The partition that a query reads: the first value that its key condition names.
fn queried(call: &Value) -> Option<&Value> {
    let (_, compared) = call["KeyConditionExpression"].as_str()?.split_once(" = ")?;
    call["ExpressionAttributeValues"].get(compared.split(' ').next()?)
}

fn string(attribute: &Value) -> String {
    attribute["S"].as_str().unwrap_or_default().to_owned()
}

fn single(action: &str) -> &str {
    match action {
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        "Get" => "GetItem",
        "ConditionCheck" => "ConditionCheckItem",
        other => other,
    }
}
