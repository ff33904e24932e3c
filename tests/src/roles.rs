//! What the template lets each function do with the tables, and which function a call comes from.
//!
//! The embedded engine lets everybody do everything, and AWS does not: a verb that a role lacks would fail there alone. So
//! the name of the function travels with its calls, and the engine's socket denies what the template does not grant.

use std::{
    collections::{BTreeSet, HashMap},
    future::Future,
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::BoxError,
};
use catraca::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    template::TEXT,
};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

/// The header that names the function.
pub(crate) const HEADER: &str = "x-function";

tokio::task_local! {
    static FUNCTION: String;
}

/// Does `work` as the function of that name.
pub async fn as_function<W: Future>(name: &str, work: W) -> W::Output {
    // On the heap: the future of a payment is large.
    FUNCTION.scope(name.to_owned(), Box::pin(work)).await
}

/// Puts the function's name on its calls.
#[derive(Debug)]
pub(crate) struct Badge;

impl Intercept for Badge {
    fn name(&self) -> &'static str {
        "Badge"
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

/// Verbs on tables and indexes, such as `Query hub/GSI1`.
pub type Verbs = BTreeSet<String>;

/// What the role of each function grants.
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

fn verbs(statements: &Yaml<'_>) -> Verbs {
    let granted = statements.as_vec().unwrap().iter().flat_map(|statement| {
        let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
        let verbs = actions.into_iter().filter_map(|action| action.strip_prefix("dynamodb:"));
        verbs.flat_map(move |verb| resources.clone().into_iter().filter_map(move |place| on(verb, place)))
    });
    granted.collect()
}

fn on(verb: &str, resource: &str) -> Option<String> {
    let (table, index) = match resource.strip_prefix("${").unwrap_or(resource).split_once(".Arn")? {
        ("HubTable", index) => (HUB_TABLE, index),
        ("TokensTable", index) => (TOKENS_TABLE, index),
        _ => return None,
    };
    Some(match index.strip_prefix("}/index/") {
        Some(index) => format!("{verb} {table}/{index}"),
        None => format!("{verb} {table}"),
    })
}

fn texts<'a>(yaml: &'a Yaml<'a>) -> Vec<&'a str> {
    yaml.as_vec().map_or_else(|| vec![text(yaml)], |list| list.iter().map(text).collect())
}

/// The text, behind whatever function of CloudFormation.
fn text<'a>(yaml: &'a Yaml<'a>) -> &'a str {
    match yaml {
        Yaml::Tagged(_, inner) => text(inner),
        plain => plain.as_str().unwrap_or_default(),
    }
}

/// What a role must grant for this call; a transaction needs what each of its actions would need alone.
pub(crate) fn needed(operation: &str, body: &Value) -> Verbs {
    let table = |place: &Value| place["TableName"].as_str().unwrap_or_default().to_owned();
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            actions.map(|(action, item)| format!("{} {}", single(action), table(item))).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(serde_json::Map::keys);
            tables.map(|table| format!("BatchGetItem {table}")).collect()
        }
        _ => {
            let index = body["IndexName"].as_str().map(|index| format!("/{index}")).unwrap_or_default();
            Verbs::from([format!("{operation} {}{index}", table(body))])
        }
    }
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
