//! The whole hub around a faulty engine and a bank of its own, which can be killed and started again.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use catraca::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    host::Host,
    local::{DEFAULT_PROVIDERS, call},
    routes::Routes,
    template::{TEXT, Template},
};
use domain::{charge::Charge, ids::ChargeId, merchant::ProviderType, method::PaymentType};
use edge::config::local_dynamo;
use flows::{Clock, Executor, Hub, Outbound, Stage, account::provision, sweep::Swept};
use serde_json::Value;
use store::Store;
use tokio::{net::TcpListener, runtime::Runtime};
use webhook_deliver::{Batch, Handled};

use crate::{
    bank::Bank,
    client::Client,
    engine::FaultyEngine,
    kms::Kms,
    queue::Queue,
    roles::{RoleKey, Roles, Verbs, access, as_function},
};

/// Long after any intent's call window and the time in which "not found" may mean "not yet".
pub const LONG_AFTER: Duration = Duration::from_mins(30);

/// An address that refuses connections: the port belongs to a service that nobody runs.
const UNREACHABLE: &str = "http://127.0.0.1:1";

/// A hub with everything around it.
pub struct TestHub {
    /// Its tables.
    pub engine: FaultyEngine,
    /// The bank behind its sandbox.
    pub bank: Bank,
    /// Where its deliveries wait.
    pub queue: Queue,
    /// Where changes of charges are put that cannot be relayed.
    pub dead_letters: Queue,
    /// Its account's caller, at the hub that runs now.
    pub client: Client,
    process: Process,
    roles: Roles,
}

/// A hub that runs on threads of its own, so that its death takes everything with it that it had begun.
struct Process {
    runtime: Option<Runtime>,
    functions: Functions,
    url: String,
}

/// Who does the work of functions.
#[derive(Clone)]
struct Functions {
    flows: Hub,
    made_of: flows::Parts,
    parts: Parts,
    is_cold: bool,
}

/// What a hub is made of.
#[derive(Clone)]
struct Parts {
    engine: String,
    kms: Kms,
    queue: Queue,
    dead_letters: Queue,
    bank: String,
    clock: Clock,
}

impl TestHub {
    /// A hub with a sandbox account that reports as the source documents print.
    pub async fn build() -> Self {
        Self::with(&DEFAULT_PROVIDERS).await
    }

    /// The same, where everybody goes by `clock`.
    pub async fn build_by(clock: Clock) -> Self {
        Self::around(Bank::open_by(clock).await, &DEFAULT_PROVIDERS, false).await
    }

    /// The same, where every call of a function is the first of a hub that was made for it: it opens what it needs by
    /// itself, and remembers nothing that another function has read.
    pub async fn build_cold() -> Self {
        Self::around(Bank::open().await, &DEFAULT_PROVIDERS, true).await
    }

    /// A hub whose account has these providers.
    pub async fn with(providers: &[(PaymentType, ProviderType)]) -> Self {
        Self::around(Bank::open().await, providers, false).await
    }

    async fn around(bank: Bank, providers: &[(PaymentType, ProviderType)], is_cold: bool) -> Self {
        let roles = Roles::read();
        let (engine, kms) = (FaultyEngine::open(roles.clone()).await, Kms::open(roles.clone()).await);
        let queue = Queue::open("WebhookQueue", bank.clock().clone(), roles.clone()).await;
        let dead_letters = Queue::open("EventDeadLetters", bank.clock().clone(), roles.clone()).await;
        let parts = Parts {
            engine: engine.url().to_owned(),
            kms,
            queue: queue.clone(),
            dead_letters: dead_letters.clone(),
            bank: bank.url().to_owned(),
            clock: bank.clock().clone(),
        };
        let process = Process::start(parts, is_cold).await;
        let account = provision::create_client(&process.functions.flows, "Loja", providers).await.unwrap();
        let client = Client::new(
            &process.url,
            &account.client.to_string(),
            account.secret_key.reveal(),
            &account.merchant.to_string(),
        );
        let _ = engine.take_calls();
        Self { engine, bank, queue, dead_letters, client, process, roles }
    }

    /// One more account of this hub.
    pub async fn another_client(&self) -> Client {
        let account = provision::create_client(self.flows(), "Outra", &DEFAULT_PROVIDERS).await.unwrap();
        let key = account.secret_key.reveal();
        Client::new(&self.process.url, &account.client.to_string(), key, &account.merchant.to_string())
    }

    /// The account's caller at `flows`, which has the parts of this house and others.
    pub async fn client_at(&self, flows: &Hub) -> Client {
        let functions = Functions { flows: flows.clone(), is_cold: false, ..self.process.functions.clone() };
        let serving = gateway(&functions).serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let client = self.client.at(&format!("http://{}", serving.address()));
        tokio::spawn(forever(serving));
        client
    }

    /// The hub.
    #[must_use]
    pub const fn flows(&self) -> &Hub {
        &self.process.functions.flows
    }

    /// What the hub is made of, to make another one that differs in a part.
    #[must_use]
    pub fn parts(&self) -> flows::Parts {
        self.process.functions.made_of.clone()
    }

    /// The hub's tables.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.process.functions.made_of.store
    }

    /// The time, for everybody in this house.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.process.functions.made_of.clock
    }

    /// The hub dies where it stands, and another one starts on what it left, with nothing remembered.
    pub async fn kill_and_restart(&mut self) {
        let bank = self.bank.url().to_owned();
        self.restart(&bank).await;
    }

    /// The same, and no connection to the bank can be made any more.
    pub async fn kill_and_restart_without_bank(&mut self) {
        self.restart(UNREACHABLE).await;
    }

    async fn restart(&mut self, bank: &str) {
        // Its threads end one after the other, and what one of them still did would be no death.
        self.engine.cut_off();
        self.process.kill();
        self.engine.heal();
        // The clock too is the same: time does not go back with a death.
        let Functions { parts, is_cold, .. } = self.process.functions.clone();
        self.process = Process::start(Parts { bank: bank.to_owned(), ..parts }, is_cold).await;
        self.client = self.client.at(&self.process.url);
    }

    /// Which grants of its role each function has used so far.
    #[must_use]
    pub fn used(&self) -> HashMap<String, Verbs> {
        self.roles.used()
    }

    /// Time passes, and the sweeper does its work until nothing is due.
    pub async fn pass(&self, time: Duration) {
        self.clock().advance(time);
        while self.sweep().await != Swept::default() {}
    }

    /// The sweeper does its work once.
    pub async fn sweep(&self) -> Swept {
        self.work("sweeper", async |flows| sweeper::sweep(flows).await).await.unwrap()
    }

    /// Everything that the queue has ready is tried, ten messages at once; what is to come again waits in the table.
    /// How many messages that were.
    pub async fn deliver(&self) -> usize {
        let mut count = 0;
        loop {
            let records = self.queue.take();
            if records.is_empty() {
                return count;
            }
            count += records.len();
            self.deliver_batch(Batch { records }).await;
        }
    }

    /// The function behind the queue is handed these messages at once.
    pub async fn deliver_batch(&self, batch: Batch) -> Handled {
        self.work("webhook-deliver", async |flows| webhook_deliver::handle(flows, batch).await).await
    }

    /// The function behind the stream is handed these records at once.
    pub async fn relay(&self, records: Vec<Value>) -> event_relay::Answer {
        self.work("event-relay", async |flows| event_relay::handle(flows, event_relay::Batch { records }).await).await
    }

    /// Does the work of the function of that name.
    async fn work<T>(&self, name: &str, work: impl AsyncFnOnce(&Hub) -> T) -> T {
        as_function(name, async { work(&self.process.functions.flows().await).await }).await
    }

    /// Every charge that the hub has, whosever it is and whatever became of it.
    pub async fn charges(&self) -> Vec<Charge> {
        let dynamo = local_dynamo(self.engine.direct_url()).unwrap();
        let store = Store::new(dynamo.clone(), HUB_TABLE, TOKENS_TABLE);
        let mut charges = Vec::new();
        for item in all_items(&dynamo, HUB_TABLE).await {
            let key = item.get("PK").unwrap().as_s().unwrap();
            if let Some(id) = key.strip_prefix("CHARGE#") {
                charges.extend(store.any_charge(id.parse::<ChargeId>().unwrap()).await.unwrap());
            }
        }
        charges
    }

    /// The notices that wait for something that the hub does not know of yet, as they are stored.
    pub async fn waiting_updates(&self) -> Vec<String> {
        let dynamo = local_dynamo(self.engine.direct_url()).unwrap();
        let is = |item: &HashMap<String, AttributeValue>, name: &str, text: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).is_some_and(|value| value == text)
        };
        let items = all_items(&dynamo, HUB_TABLE).await.into_iter();
        let waiting = items.filter(|item| is(item, "kind", "callback") && is(item, "status", "waiting"));
        waiting.map(|item| format!("{item:?}")).collect()
    }

    /// Every item of both tables, as text: for searching what must not be there, and for counting.
    pub async fn everything_stored(&self) -> Vec<String> {
        let dynamo = local_dynamo(self.engine.direct_url()).unwrap();
        let mut stored = Vec::new();
        for table in [HUB_TABLE, TOKENS_TABLE] {
            stored.extend(all_items(&dynamo, table).await.iter().map(|item| format!("{item:?}")));
        }
        stored
    }
}

/// A function that lacks a verb would fail on AWS, whatever the test looked at.
impl Drop for TestHub {
    fn drop(&mut self) {
        let denied = self.roles.denied();
        #[expect(clippy::print_stderr, reason = "whoever reads why the test failed is to see it")]
        if std::thread::panicking() {
            eprintln!("denied by the template's roles: {denied:?}");
        } else {
            assert!(denied.is_empty(), "the template's roles lack what functions do: {denied:?}");
        }
    }
}

impl Parts {
    /// What a hub is made of that has just started.
    async fn open(&self) -> flows::Parts {
        let dynamo = aws_sdk_dynamodb::config::Builder::from(&access(&self.engine)).interceptor(RoleKey).build();
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(dynamo), HUB_TABLE, TOKENS_TABLE);
        let key_service = self.kms.key_service();
        let secrets = provision::hub_secrets(&store, &key_service).await.unwrap();
        let executor = Executor::new(Stage::Sandbox, Some(self.bank.clone())).unwrap();
        let outbound = Outbound::local(Stage::Sandbox).unwrap();
        flows::Parts {
            store,
            key_service: key_service.into(),
            secrets: secrets.into(),
            clock: self.clock.clone(),
            executor: executor.into(),
            outbound: outbound.into(),
            queue: Some(self.queue.handle()),
            dead_letters: Some(self.dead_letters.handle()),
        }
    }
}

impl Functions {
    /// The hub that does the next call.
    async fn flows(&self) -> Hub {
        // On the heap: the future is large, and seldom needed.
        if self.is_cold { Box::pin(self.parts.open()).await.into() } else { self.flows.clone() }
    }
}

impl Process {
    async fn start(parts: Parts, is_cold: bool) -> Self {
        // The first of all makes the hub's own key, and of the functions the sweeper alone may.
        let made_of = as_function("sweeper", parts.open()).await;
        let functions = Functions { flows: made_of.clone().into(), made_of, parts, is_cold };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let host = gateway(&functions);
        let (tell, told) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let serving = host.serve(listener).unwrap();
            tell.send(serving.address()).unwrap();
            forever(serving).await;
        });
        let url = format!("http://{}", told.await.unwrap());
        Self { runtime: Some(runtime), functions, url }
    }

    fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for its threads: what still ran would be somebody else's doing after the death.
            tokio::task::block_in_place(|| runtime.shutdown_timeout(Duration::from_secs(10)));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Every item of a table, however many pages that takes.
async fn all_items(dynamo: &aws_sdk_dynamodb::Client, table: &str) -> Vec<HashMap<String, AttributeValue>> {
    let pages = dynamo.scan().table_name(table).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.unwrap()
}

async fn forever<T>(kept: T) -> T {
    std::future::pending::<()>().await;
    kept
}

/// The gateway with the template's routes in front of `functions`.
fn gateway(functions: &Functions) -> Host {
    let template = Template::parse(TEXT).unwrap();
    let functions = Arc::new(functions.clone());
    let dispatch = move |name: &str, request| {
        let (functions, name) = (Arc::clone(&functions), name.to_owned());
        let answering: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let work = async {
                // What answers where there is no route opens no hub.
                let flows = if name == "not-found" { functions.flows.clone() } else { functions.flows().await };
                call(&flows, &name, request).await
            };
            as_function(&name, work).await
        });
        answering
    };
    Host::new(Routes::new(template.routes, template.fallback).unwrap(), template.cors, Box::new(dispatch))
}
