//! The database with a socket in front of it that can fail. Every call of the hub goes through the socket, which counts
//! it, and can make a conflict, a throttle, a lost request, a lost answer, or the death of the hub.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_local::{
    Answer,
    engine::Engine,
    folder::Folder,
    tables::Tables,
    template::{TEXT, Template},
};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::roles::{Roles, needed};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Another transaction has locked an item: nothing is written.
    Conflict,
    /// The table throttles the call: nothing is written.
    Throttle,
    /// Of a batch of keys, the first alone is read: the others are answered as unprocessed.
    Unprocessed,
    /// The index that is queried lags: it has nothing yet. A query of the table itself is answered as it is.
    IndexLag,
    /// The connection breaks before the call arrives.
    LoseRequest,
    /// The call is carried out, and its answer is lost.
    LoseAnswer,
    /// The call never arrives, and nothing comes back: the caller is about to die.
    DieBefore,
    /// The call is carried out, and nothing comes back: the caller is about to die.
    DieAfter,
}

/// One call that reached the engine, with the capacity that it consumed.
#[derive(Clone, Debug)]
pub struct Call {
    /// `PutItem`, `TransactWriteItems` …
    pub operation: String,
    /// The request's body.
    pub body: Value,
    /// Capacity units that it consumed on the table itself, as the engine counts.
    pub table_units: f64,
    /// Capacity units that it consumed with all indexes.
    pub units: f64,
}

impl Call {
    /// Whether it changes anything.
    #[must_use]
    pub fn is_write(&self) -> bool {
        is_write(&self.operation)
    }

    /// The bytes of each item of this kind that it puts, as DynamoDB counts them for its capacity units.
    #[must_use]
    pub fn put_bytes(&self, kind: &str) -> Vec<usize> {
        let key = |item: &&Value| {
            item.pointer("/PK/S").and_then(Value::as_str).map(|key| key.split('#').next() == Some(kind))
        };
        let actions = self.body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
        let puts = actions.filter_map(|action| action.pointer("/Put/Item")).chain(self.body.get("Item"));
        puts.filter(|item| key(item) == Some(true)).map(item_bytes).collect()
    }

    /// The operation and the kinds of items that it names: `TransactWriteItems CHARGE SESSION`.
    #[must_use]
    pub fn what(&self) -> String {
        what(&self.operation, &self.body)
    }
}

/// The size of an item in DynamoDB's own JSON ("DynamoDB item sizes and formats"): names and texts in UTF-8, a number
/// about a byte for two digits and one more, three bytes for a list and one for each of its entries.
fn item_bytes(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, attribute)| name.len() + attribute_bytes(attribute)).sum()
}

fn attribute_bytes(attribute: &Value) -> usize {
    let Some((kind, value)) = attribute.as_object().and_then(|typed| typed.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("L", Value::Array(entries)) => entries.iter().map(|entry| attribute_bytes(entry) + 1).sum::<usize>() + 3,
        ("BOOL", _) => 1,
        _ => panic!("an attribute of an unknown type: {attribute}"),
    }
}

pub(crate) fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems")
}

fn what(operation: &str, body: &Value) -> String {
    let actions = body.get("TransactItems").and_then(Value::as_array);
    let items: Vec<&Value> = match actions {
        Some(actions) => actions.iter().filter_map(Value::as_object).flat_map(serde_json::Map::values).collect(),
        None => vec![body],
    };
    let kinds = items.into_iter().map(|item| {
        let key = item.pointer("/Item/PK/S").or_else(|| item.pointer("/Key/PK/S")).and_then(Value::as_str);
        format!(" {}", key.and_then(|key| key.split('#').next()).unwrap_or("?"))
    });
    format!("{operation}{}", kinds.collect::<String>())
}

/// One call as it arrives.
struct Arrival<'a> {
    operation: &'a str,
    body: &'a Value,
    /// The same for every retry of one call by the SDK.
    invocation: &'a str,
}

type Plan = Box<dyn FnMut(&Arrival<'_>) -> Fault + Send>;

struct State {
    plan: Plan,
    calls: Vec<Call>,
    faults: usize,
    gathering: Option<Gathering>,
}

/// Calls that wait for each other.
struct Gathering {
    what: String,
    count: usize,
    /// The calls that have arrived, by the SDK's number of each: a retry is the same call.
    arrived: HashSet<String>,
    count_arrived: watch::Sender<usize>,
}

impl State {
    /// What the call waits for: the arrival of so many calls of its kind.
    fn gather(&mut self, arrival: &Arrival<'_>) -> Option<(watch::Receiver<usize>, usize)> {
        let is_meant = |gathering: &mut Gathering| gathering.what == what(arrival.operation, arrival.body);
        let mut gathering = self.gathering.take_if(is_meant)?;
        gathering.arrived.insert(arrival.invocation.to_owned());
        let (arrivals, count) = (gathering.count_arrived.subscribe(), gathering.count);
        gathering.count_arrived.send_replace(gathering.arrived.len());
        if gathering.arrived.len() < count {
            self.gathering = Some(gathering);
        }
        Some((arrivals, count))
    }
}

/// An engine on a file, and the socket in front of it.
pub struct FaultyEngine {
    url: String,
    state: Arc<Mutex<State>>,
    deaths: watch::Sender<usize>,
    engine: Engine,
    folder: Folder,
}

impl FaultyEngine {
    /// Opens an empty database with a socket that does not fail yet, and allows functions what `roles` grant.
    pub(crate) async fn open(roles: Roles) -> Self {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &Template::parse(TEXT).unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            plan: Box::new(|_| Fault::None),
            calls: Vec::new(),
            faults: 0,
            gathering: None,
        }));
        let deaths = watch::Sender::new(0);
        let front = Front { tables: engine.tables().clone(), state: Arc::clone(&state), deaths: deaths.clone(), roles };
        tokio::spawn(front.listen(listener));
        Self { url, state, deaths, engine, folder }
    }

    /// The address of the socket.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of the engine itself, for reading what was stored.
    #[must_use]
    pub fn direct(&self) -> aws_sdk_dynamodb::Client {
        self.engine.tables().client()
    }

    /// The database's files, the write-ahead log included, as text; bytes that are no text are replaced.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }

    /// From now on `plan` decides, by operation and body, what happens to each call.
    pub fn fail(&self, mut plan: impl FnMut(&str, &Value) -> Fault + Send + 'static) {
        self.state().plan = Box::new(move |arrival| plan(arrival.operation, arrival.body));
    }

    /// Only the call at `number`, counted from 1 from now on, meets with `fault`.
    pub fn fail_call(&self, number: usize, fault: Fault) {
        let mut seen = 0;
        self.fail(move |_, _| {
            seen += 1;
            if seen == number { fault } else { Fault::None }
        });
    }

    /// Only the write at `number`, counted from 1 from now on, meets with `fault`.
    pub fn fail_write(&self, number: usize, fault: Fault) {
        let mut seen = 0;
        self.fail(move |operation, _| {
            seen += usize::from(is_write(operation));
            if is_write(operation) && seen == number { fault } else { Fault::None }
        });
    }

    /// Only the `nth` write of the kind `what`, as [`Call::what`] prints it, meets with `fault`, counted from 1 from
    /// now on.
    pub fn fail_write_of(&self, what: &str, nth: usize, fault: Fault) {
        let (what, mut seen) = (what.to_owned(), 0);
        self.fail(move |operation, body| {
            let is_meant = self::what(operation, body) == what;
            seen += usize::from(is_meant);
            if is_meant && seen == nth { fault } else { Fault::None }
        });
    }

    /// From now on one write in `rarity`, and reads a quarter as often, meet with a random fault: a conflict, a
    /// throttle, a lost request or a lost answer. The dice begin at `seed`. The hub's retries absorb all these faults.
    pub fn fail_at_random(&self, seed: u64, rarity: u64) {
        let mut dice = Dice { state: seed, struck: HashMap::new(), away: HashSet::new() };
        self.state().plan = Box::new(move |arrival| dice.fault(arrival, rarity));
    }

    /// From now on no call arrives, until the engine is healed: the caller is dying.
    pub fn cut_off(&self) {
        self.deaths.send_modify(|count| *count += 1);
    }

    /// No call fails any more, and no caller is dead.
    pub fn heal(&self) {
        self.fail(|_, _| Fault::None);
        self.deaths.send_replace(0);
    }

    /// Takes the calls that reached the engine since the last time.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// The next `count` calls of the kind `what`, as [`Call::what`] prints it, wait for each other and then go on at
    /// once: all callers have read before one of them writes.
    pub fn gather(&self, what: &str, count: usize) {
        let (count_arrived, _) = watch::channel(0);
        self.state().gathering =
            Some(Gathering { what: what.to_owned(), count, arrived: HashSet::new(), count_arrived });
    }

    /// Waits until `count` of the calls have arrived that are gathered.
    pub async fn have_arrived(&self, count: usize) {
        let arrivals = self.state().gathering.as_ref().map(|gathering| gathering.count_arrived.subscribe());
        arrivals.unwrap().wait_for(|arrived| *arrived >= count).await.unwrap();
    }

    /// How many calls have met with a fault so far.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.state().faults
    }

    /// Waits until a call met with a death. From then on no call arrives, until the engine is healed.
    pub async fn has_killed(&self) {
        self.deaths.subscribe().wait_for(|count| *count > 0).await.unwrap();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides which calls fail.
struct Dice {
    state: u64,
    /// How often each call was struck. A lost or throttled call is known by the SDK's number, a conflict by its body,
    /// because the store retries a conflict as another call.
    struck: HashMap<String, u32>,
    /// The calls that were struck and not retried yet: the SDK limits the retries of a process.
    away: HashSet<String>,
}

/// How often a call is struck at most: the SDK and the store make three attempts each.
const MOST_STRIKES: u32 = 2;
/// How many struck calls wait for their retry at most.
const MOST_AWAY: usize = 20;

impl Dice {
    fn fault(&mut self, arrival: &Arrival<'_>, rarity: u64) -> Fault {
        self.away.remove(arrival.invocation);
        let (rarity, sides) = if is_write(arrival.operation) { (rarity, 4) } else { (4 * rarity, 3) };
        if !self.throw().is_multiple_of(rarity) || self.away.len() >= MOST_AWAY {
            return Fault::None;
        }
        let faults = [Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer, Fault::Conflict];
        let fault = faults[usize::try_from(self.throw() % sides).unwrap()];
        let call = if fault == Fault::Conflict { arrival.body.to_string() } else { arrival.invocation.to_owned() };
        let strikes = self.struck.entry(call).or_default();
        if *strikes == MOST_STRIKES {
            return Fault::None;
        }
        *strikes += 1;
        if fault != Fault::Conflict {
            self.away.insert(arrival.invocation.to_owned());
        }
        fault
    }

    /// Steele, Lea and Flood's `SplitMix64`.
    const fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[derive(Clone)]
struct Front {
    tables: Tables,
    state: Arc<Mutex<State>>,
    deaths: watch::Sender<usize>,
    roles: Roles,
}

impl Front {
    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let front = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| front.pass(request));
                // The error is the connection that a fault breaks.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn pass(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap_or_default().to_bytes();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let target = header("x-amz-target").to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if *self.deaths.borrow() > 0 {
            return std::future::pending().await;
        }
        if !self.roles.allow(&parts.headers, &needed(&operation, &body)) {
            return Ok(error("AccessDeniedException", &json!({})));
        }
        let (fault, gathered) = {
            let arrival = Arrival { operation: &operation, body: &body, invocation: header("amz-sdk-invocation-id") };
            let mut state = self.state();
            let fault = (state.plan)(&arrival);
            state.faults += usize::from(fault != Fault::None);
            (fault, state.gather(&arrival))
        };
        if let Some((mut arrivals, count)) = gathered {
            // The gathering keeps the sender until the last call has arrived.
            let _ = arrivals.wait_for(|arrived| *arrived >= count).await;
        }
        match fault {
            Fault::LoseRequest => return Err("the connection is closed on purpose".to_owned()),
            Fault::Conflict => return Ok(conflict(&operation, &body)),
            Fault::Throttle => return Ok(error("ProvisionedThroughputExceededException", &json!({}))),
            Fault::DieBefore => return self.die().await,
            Fault::IndexLag if body.get("IndexName").is_some() => return Ok(nothing_found()),
            Fault::None | Fault::Unprocessed | Fault::IndexLag | Fault::LoseAnswer | Fault::DieAfter => {}
        }
        let unprocessed = (fault == Fault::Unprocessed).then(|| take_all_but_first(&mut body));
        if let Some(fields) = body.as_object_mut() {
            fields.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
        }
        let mut answer = self.tables.call(target, body.to_string().into_bytes()).await;
        if let Some(unprocessed) = unprocessed {
            let mut whole: Value = serde_json::from_str(&answer.body).unwrap();
            whole["UnprocessedKeys"] = unprocessed;
            answer.body = whole.to_string();
        }
        self.note(operation, body, &answer);
        match fault {
            Fault::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            Fault::DieAfter => self.die().await,
            _ => Ok(response(answer)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn die<T>(&self) -> T {
        self.deaths.send_modify(|count| *count += 1);
        std::future::pending().await
    }

    fn note(&self, operation: String, body: Value, answer: &Answer) {
        let answer: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let consumed = match answer.get("ConsumedCapacity") {
            Some(Value::Array(tables)) => tables.clone(),
            Some(table) => vec![table.clone()],
            None => Vec::new(),
        };
        let sum = |pointer: &str| consumed.iter().filter_map(|table| table.pointer(pointer)?.as_f64()).sum();
        let call = Call { operation, body, table_units: sum("/Table/CapacityUnits"), units: sum("/CapacityUnits") };
        self.state().calls.push(call);
    }
}

/// Leaves the first key of each table in a batch; the others, as an answer names them.
fn take_all_but_first(batch: &mut Value) -> Value {
    let mut others = batch["RequestItems"].clone();
    for asked in batch["RequestItems"].as_object_mut().unwrap().values_mut() {
        asked["Keys"].as_array_mut().unwrap().truncate(1);
    }
    let others = others.as_object_mut().unwrap();
    others.retain(|_, asked| {
        let keys = asked["Keys"].as_array_mut().unwrap();
        keys.remove(0);
        !keys.is_empty()
    });
    json!(others)
}

fn conflict(operation: &str, body: &Value) -> Response<Full<Bytes>> {
    if operation != "TransactWriteItems" {
        return error("TransactionConflictException", &json!({}));
    }
    let count = body.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); count.saturating_sub(1)];
    reasons.push(json!({"Code": "TransactionConflict"}));
    error("TransactionCanceledException", &json!({"CancellationReasons": reasons}))
}

fn error(name: &str, more: &Value) -> Response<Full<Bytes>> {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": name});
    for (field, value) in more.as_object().into_iter().flatten() {
        body.as_object_mut().unwrap().insert(field.clone(), value.clone());
    }
    response(Answer { status: 400, body: body.to_string() })
}

fn nothing_found() -> Response<Full<Bytes>> {
    response(Answer { status: 200, body: json!({"Items": [], "Count": 0, "ScannedCount": 0}).to_string() })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body.into()));
    *response.status_mut() = answer.status.try_into().unwrap();
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
    response
}
