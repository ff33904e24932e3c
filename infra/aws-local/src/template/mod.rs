//! What the hub on one machine reads from the deployment template: routes, CORS, the shape of the two tables, and the
//! event sources.

pub mod filter;
mod sources;

use std::time::Duration;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

pub use self::sources::{QueueSource, StreamSource};

/// The deployment template that this program was built with.
pub const TEXT: &str = include_str!("../../../../template.yaml");

/// The property of a table that configures its stream.
const STREAM: &str = "StreamSpecification";

/// How long a function may run when the template does not say.
const DEFAULT_LIMIT: i64 = 3;

/// The template cannot be used; the text says which part and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct TemplateError(String);

/// The part of the template that both the cloud and one machine follow.
#[derive(Clone, Debug)]
pub struct Template {
    /// Every route of the API.
    pub routes: Vec<Route>,
    /// The function that answers what no route matches.
    pub fallback: Function,
    /// The CORS policy.
    pub cors: Cors,
    /// The table of accounts, sessions and charges.
    pub hub: Table,
    /// The table of card tokens.
    pub tokens: Table,
    /// The event source of the relay: the table's stream.
    pub relay: StreamSource,
    /// The event source of the deliveries: the queue.
    pub deliver: QueueSource,
}

/// A method and a path, and the function that answers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: String,
    /// The path, with parameters as `{name}`.
    pub path: String,
    /// The function that answers.
    pub function: Function,
}

/// A function of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its folder's name under `functions/`.
    pub name: String,
    /// How long one call may take.
    pub limit: Duration,
}

/// The API's `CorsConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Origins whose pages may call, or `*`.
    pub origins: Vec<String>,
    /// Methods that they may use.
    pub methods: Vec<String>,
    /// Headers that they may send.
    pub headers: Vec<String>,
    /// Headers of the answer that they may read.
    pub exposed: Vec<String>,
    /// Seconds for which a browser may remember this.
    pub max_age: i64,
}

/// The shape of a table.
#[derive(Clone, Debug)]
pub struct Table {
    shape: Map<String, Value>,
    time_to_live: Value,
}

impl Table {
    /// The table's `CreateTable` request under the name `name`.
    #[must_use]
    pub fn create(&self, name: &str) -> Value {
        let mut request = self.shape.clone();
        request.insert("TableName".to_owned(), name.into());
        request.into()
    }

    /// The table's `UpdateTimeToLive` request under the name `name`.
    #[must_use]
    pub fn time_to_live(&self, name: &str) -> Value {
        serde_json::json!({"TableName": name, "TimeToLiveSpecification": self.time_to_live})
    }

    /// The `UpdateTable` request that gives the table `name` its stream; none for a table that has none.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<Value> {
        let stream = self.shape.get(STREAM)?;
        Some(serde_json::json!({"TableName": name, STREAM: stream}))
    }
}

impl Template {
    /// Reads a deployment template.
    ///
    /// # Errors
    /// [`TemplateError`] when `text` is not YAML or lacks what the hub needs.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(text).map_err(|error| TemplateError(error.to_string()))?;
        let root = documents.first().ok_or_else(|| TemplateError("it is empty".to_owned()))?;
        let root = Node { yaml: root, place: String::new() };
        let default = match root.find("Globals").and_then(|globals| globals.find("Function")) {
            Some(globals) => limit(&globals, DEFAULT_LIMIT)?,
            None => DEFAULT_LIMIT,
        };
        let resources = root.get("Resources")?;
        let (all, mut invoked) = (resources.entries()?, Invoked::default());
        let queue = resources.get("WebhookQueue")?.get("Properties")?;
        for resource in all {
            if resource.get("Type")?.text()? == "AWS::Serverless::Function" {
                invoked.read(&resource.get("Properties")?, default, &queue)?;
            }
        }
        let Invoked { routes, fallback, relay, deliver } = invoked;
        Ok(Self {
            routes,
            fallback: fallback.ok_or_else(|| resources.lacks("a function for the default route"))?,
            relay: relay.ok_or_else(|| resources.lacks("a function for the stream"))?,
            deliver: deliver.ok_or_else(|| resources.lacks("a function for the queue"))?,
            cors: cors(&resources.get("Api")?.get("Properties")?.get("CorsConfiguration")?)?,
            hub: table(&resources.get("HubTable")?.get("Properties")?)?,
            tokens: table(&resources.get("TokensTable")?.get("Properties")?)?,
        })
    }
}

/// The functions by what invokes them.
#[derive(Default)]
struct Invoked {
    routes: Vec<Route>,
    fallback: Option<Function>,
    relay: Option<StreamSource>,
    deliver: Option<QueueSource>,
}

impl Invoked {
    fn read(&mut self, properties: &Node<'_>, default: i64, queue: &Node<'_>) -> Result<(), TemplateError> {
        let folder = properties.get("CodeUri")?;
        let name = folder.text()?.strip_prefix("functions/").ok_or_else(|| folder.lacks("the prefix functions/"))?;
        let seconds = limit(properties, default)?;
        let function = Function {
            name: name.to_owned(),
            limit: Duration::from_secs(u64::try_from(seconds).map_err(|_| properties.lacks("a positive Timeout"))?),
        };
        let Some(events) = properties.find("Events") else { return Ok(()) };
        for event in events.entries()? {
            let (kind, event) = (event.get("Type")?.text()?, event.get("Properties")?);
            match kind {
                "HttpApi" => self.route(&event, function.clone())?,
                "DynamoDB" => self.relay = Some(StreamSource::read(&event, function.clone())?),
                "SQS" => self.deliver = Some(QueueSource::read(&event, queue, function.clone())?),
                // The schedule, which `time` has.
                _ => {}
            }
        }
        Ok(())
    }

    fn route(&mut self, event: &Node<'_>, function: Function) -> Result<(), TemplateError> {
        match event.find("Path") {
            // The template names the default route by the absence of a path.
            None => self.fallback = Some(function),
            Some(path) => self.routes.push(Route {
                method: event.get("Method")?.text()?.to_owned(),
                path: path.text()?.to_owned(),
                function,
            }),
        }
        Ok(())
    }
}

fn limit(properties: &Node<'_>, default: i64) -> Result<i64, TemplateError> {
    properties.find("Timeout").map_or(Ok(default), |timeout| timeout.whole_number())
}

fn cors(configuration: &Node<'_>) -> Result<Cors, TemplateError> {
    let list = |key| configuration.get(key)?.texts();
    Ok(Cors {
        origins: list("AllowOrigins")?,
        methods: list("AllowMethods")?,
        headers: list("AllowHeaders")?,
        exposed: list("ExposeHeaders")?,
        max_age: configuration.get("MaxAge")?.whole_number()?,
    })
}

fn table(properties: &Node<'_>) -> Result<Table, TemplateError> {
    let mut shape = Map::new();
    for key in ["AttributeDefinitions", "KeySchema", "BillingMode"] {
        shape.insert(key.to_owned(), properties.get(key)?.json()?);
    }
    if let Some(indexes) = properties.find("GlobalSecondaryIndexes") {
        shape.insert("GlobalSecondaryIndexes".to_owned(), indexes.json()?);
    }
    if let Some(stream) = properties.find(STREAM) {
        let view = stream.get("StreamViewType")?.text()?;
        shape.insert(STREAM.to_owned(), serde_json::json!({"StreamEnabled": true, "StreamViewType": view}));
    }
    Ok(Table { shape, time_to_live: properties.get("TimeToLiveSpecification")?.json()? })
}

/// A place in the template, with the name that every error shows.
struct Node<'a> {
    yaml: &'a Yaml<'a>,
    place: String,
}

impl<'a> Node<'a> {
    fn find(&self, key: &str) -> Option<Node<'a>> {
        let place = if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) };
        self.yaml.as_mapping_get(key).map(|yaml| Node { yaml, place })
    }

    fn get(&self, key: &str) -> Result<Node<'a>, TemplateError> {
        self.find(key).ok_or_else(|| self.lacks(key))
    }

    fn entries(&self) -> Result<Vec<Node<'a>>, TemplateError> {
        let mapping = self.yaml.as_mapping().ok_or_else(|| self.is_not("a mapping"))?;
        mapping.keys().map(|key| self.get(key.as_str().ok_or_else(|| self.is_not("a mapping by names"))?)).collect()
    }

    fn text(&self) -> Result<&'a str, TemplateError> {
        self.yaml.as_str().ok_or_else(|| self.is_not("a text"))
    }

    fn texts(&self) -> Result<Vec<String>, TemplateError> {
        let list = self.yaml.as_vec().ok_or_else(|| self.is_not("a list"))?;
        list.iter()
            .map(|entry| entry.as_str().map(str::to_owned).ok_or_else(|| self.is_not("a list of texts")))
            .collect()
    }

    fn whole_number(&self) -> Result<i64, TemplateError> {
        self.yaml.as_integer().ok_or_else(|| self.is_not("a whole number"))
    }

    /// The plain value; a CloudFormation function has none before it is deployed.
    fn json(&self) -> Result<Value, TemplateError> {
        json(self.yaml).ok_or_else(|| self.is_not("a plain value"))
    }

    fn lacks(&self, what: &str) -> TemplateError {
        TemplateError(match self.place.as_str() {
            "" => format!("it lacks {what}"),
            place => format!("{place} lacks {what}"),
        })
    }

    fn is_not(&self, what: &str) -> TemplateError {
        TemplateError(format!("{} is not {what}", self.place))
    }
}

fn json(yaml: &Yaml<'_>) -> Option<Value> {
    match yaml {
        Yaml::Value(Scalar::String(text)) => Some(text.as_ref().into()),
        Yaml::Value(Scalar::Integer(number)) => Some((*number).into()),
        Yaml::Value(Scalar::Boolean(flag)) => Some((*flag).into()),
        Yaml::Sequence(list) => list.iter().map(json).collect(),
        Yaml::Mapping(mapping) => mapping
            .iter()
            .map(|(key, value)| Some((key.as_str()?.to_owned(), json(value)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(text: &str) -> String {
        Template::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_routes_are_those_of_the_template_with_their_functions_and_limits() {
        let template = Template::parse(TEXT).unwrap();
        let pay = template.routes.iter().find(|route| route.path == "/v1/sessions/{id}/charge").unwrap();
        assert_eq!((pay.method.as_str(), pay.function.name.as_str()), ("POST", "session-pay"));
        assert_eq!(pay.function.limit, Duration::from_secs(28));
        assert_eq!(template.fallback.name, "not-found");
    }

    #[test]
    fn a_browser_may_send_the_headers_that_the_template_names() {
        let cors = Template::parse(TEXT).unwrap().cors;
        assert_eq!(cors.origins, ["*"]);
        for header in ["content-type", "x-client-id", "x-api-key", "x-merchant-id", "x-idempotency-key", "traceparent"]
        {
            assert!(cors.headers.iter().any(|allowed| allowed == header), "{header}");
        }
    }

    #[test]
    fn the_tables_have_the_keys_indexes_and_time_to_live_of_the_template() {
        let template = Template::parse(TEXT).unwrap();
        let hub = template.hub.create("hub");
        assert_eq!(hub.pointer("/TableName"), Some(&json!("hub")));
        assert_eq!(hub.pointer("/GlobalSecondaryIndexes/1/Projection"), Some(&json!({"ProjectionType": "KEYS_ONLY"})));
        assert_eq!(
            hub.pointer("/KeySchema"),
            Some(&json!([{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]))
        );
        assert_eq!(
            template.tokens.time_to_live("tokens"),
            json!({"TableName": "tokens", "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": true}})
        );
    }

    #[test]
    fn the_hubs_table_has_a_stream_and_the_table_of_cvvs_none() {
        let template = Template::parse(TEXT).unwrap();
        let stream = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
        let expected = json!({"TableName": "hub", "StreamSpecification": stream});
        assert_eq!(template.hub.stream("hub"), Some(expected));
        assert_eq!(template.hub.create("hub").pointer("/StreamSpecification"), Some(&stream));
        assert_eq!(template.tokens.stream("tokens"), None);
    }

    #[test]
    fn a_function_has_its_own_limit_before_the_common_one() {
        let own =
            TEXT.replace("      CodeUri: functions/cards\n", "      CodeUri: functions/cards\n      Timeout: 5\n");
        let template = Template::parse(&own).unwrap();
        let cards = template.routes.iter().find(|route| route.function.name == "cards").unwrap();
        assert_eq!(cards.function.limit, Duration::from_secs(5));
    }

    #[test]
    fn an_error_names_the_place_in_a_broken_template_in_one_line() {
        assert_eq!(error(""), "template.yaml: it is empty");
        assert_eq!(error("Globals: {}"), "template.yaml: it lacks Resources");
        assert_eq!(error("Resources: 7"), "template.yaml: Resources is not a mapping");
        assert!(!error("Resources: [").contains('\n'));
        for (good, bad, expected) in [
            ("      CorsConfiguration:", "      Cors:", "Resources.Api.Properties lacks CorsConfiguration"),
            ("MaxAge: 600", "MaxAge: soon", "Resources.Api.Properties.CorsConfiguration.MaxAge is not a whole number"),
            (
                "CodeUri: functions/cards",
                "CodeUri: cards",
                "Resources.CardsFunction.Properties.CodeUri lacks the prefix",
            ),
            ("  TokensTable:\n", "  Tokens:\n", "Resources lacks TokensTable"),
            ("      BillingMode: PAY_PER_REQUEST", "      BillingMode: !Ref Mode", "BillingMode is not a plain value"),
            ("{ApiId: !Ref Api}}", "{ApiId: !Ref Api, Path: /}}", "Properties lacks Method"),
            ("        Default: {Type: HttpApi", "        Default: {Type: Other", "a function for the default route"),
        ] {
            assert!(TEXT.contains(good), "{good}");
            let refused = error(&TEXT.replace(good, bad));
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
