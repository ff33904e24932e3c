//! The whole hub with a faulty engine and a bank, which can be killed and started again.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use aws_local::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    gateway::{host::Host, routes::Routes},
    template::{TEXT, Template},
};
use aws_sdk_dynamodb::types::AttributeValue;
use catraca::local::{DEFAULT_PROVIDERS, call};
use domain::{charge::Charge, ids::ChargeId, limits::UNSAVED_CARD_DAYS, merchant::ProviderType, method::PaymentType};
use flows::{
    Clock, Executor, Hub, Outbound, Stage,
    account::provision::{self, NewAccount},
    provider::stand_in::StandIns,
    sweep::Swept,
};
use serde_json::Value;
use store::Store;
use tokio::{net::TcpListener, runtime::Runtime};
use webhook_deliver::{Batch, BatchAnswer};

use crate::{
    bank::Bank,
    engine::FaultyEngine,
    kms::Kms,
    merchant::Merchant,
    provider::Provider,
    queue::Queue,
    roles::{RoleKey, Roles, Verbs, access, as_function},
    shopper::Shopper,
};

/// Longer than the call window of any request, and than the time in which "not found" can still change.
pub const LONG_AFTER: Duration = Duration::from_mins(30);

/// The public address of every hub, which is not the one that its callers use.
pub const PUBLIC_URL: &str = "https://pay.example";

/// An address that refuses connections, because no service runs at that port.
const UNREACHABLE: &str = "http://127.0.0.1:1";

/// A hub with its database, its queues and its bank.
pub struct TestHub {
    /// Its tables.
    pub engine: FaultyEngine,
    /// The bank of its sandbox.
    pub bank: Bank,
    /// The queue of its deliveries.
    pub queue: Queue,
    /// The dead-letter queue for stream records that cannot be relayed.
    pub dead_letters: Queue,
    /// The account's merchant, at the hub that runs now.
    pub merchant: Merchant,
    /// The merchant's shoppers.
    pub shopper: Shopper,
    /// The provider of the merchant's accounts, which is the bank.
    pub provider: Provider,
    process: Process,
    roles: Roles,
}

/// A hub on its own threads, so that its death ends everything that it has begun.
struct Process {
    runtime: Option<Runtime>,
    functions: Functions,
    url: String,
}

/// What runs the functions.
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
    stand_ins: StandIns,
    clock: Clock,
}

impl TestHub {
    /// A hub with a sandbox account of the default providers.
    pub async fn build() -> Self {
        Self::with(&DEFAULT_PROVIDERS).await
    }

    /// The same, where hub, bank and queues have the time of `clock`.
    pub async fn build_by(clock: Clock) -> Self {
        Self::around(Bank::open_by(clock).await, &DEFAULT_PROVIDERS, false, StandIns::default()).await
    }

    /// The same, where every call of a function is a cold start: it opens its own hub, with empty caches.
    pub async fn build_cold() -> Self {
        Self::around(Bank::open().await, &DEFAULT_PROVIDERS, true, StandIns::default()).await
    }

    /// A hub whose account has these providers.
    pub async fn with(providers: &[(PaymentType, ProviderType)]) -> Self {
        Self::around(Bank::open().await, providers, false, StandIns::default()).await
    }

    /// A hub with the time of `clock`, that calls these servers in place of providers; its account has the default
    /// providers of the sandbox still.
    pub async fn build_beside(clock: Clock, stand_ins: StandIns) -> Self {
        Self::around(Bank::open_by(clock).await, &DEFAULT_PROVIDERS, false, stand_ins).await
    }

    /// The same, where every call of a function is a cold start.
    pub async fn build_cold_beside(clock: Clock, stand_ins: StandIns) -> Self {
        Self::around(Bank::open_by(clock).await, &DEFAULT_PROVIDERS, true, stand_ins).await
    }

    async fn around(bank: Bank, providers: &[(PaymentType, ProviderType)], is_cold: bool, stand_ins: StandIns) -> Self {
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
            stand_ins,
            clock: bank.clock().clone(),
        };
        let process = Process::start(parts, is_cold).await;
        let account = provision::create_client(&process.functions.flows, "Loja", providers).await.unwrap();
        let merchant = merchant_of(&account, &process.url);
        let _ = engine.take_calls();
        let (shopper, provider) = (merchant.shopper(), Provider::of(&merchant));
        Self { engine, bank, queue, dead_letters, merchant, shopper, provider, process, roles }
    }

    /// The merchant of one more account of this hub.
    pub async fn another_merchant(&self) -> Merchant {
        let account = provision::create_client(self.flows(), "Outra", &DEFAULT_PROVIDERS).await.unwrap();
        merchant_of(&account, &self.process.url)
    }

    /// The account's merchant at `flows`, which has the parts of this hub and others.
    pub async fn merchant_at(&self, flows: &Hub) -> Merchant {
        let functions = Functions { flows: flows.clone(), is_cold: false, ..self.process.functions.clone() };
        let serving = gateway(&functions).serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let merchant = self.merchant.at(&format!("http://{}", serving.address()));
        tokio::spawn(forever(serving));
        merchant
    }

    /// The hub.
    #[must_use]
    pub const fn flows(&self) -> &Hub {
        &self.process.functions.flows
    }

    /// The hub's parts, to make another hub that differs in one of them.
    #[must_use]
    pub fn parts(&self) -> flows::Parts {
        self.process.functions.made_of.clone()
    }

    /// The hub's tables.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.process.functions.made_of.store
    }

    /// The time of the hub, the bank and the queues.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.process.functions.made_of.clock
    }

    /// Kills the hub, and starts another one on the same database, with empty caches.
    pub async fn kill_and_restart(&mut self) {
        let bank = self.bank.url().to_owned();
        self.restart(&bank).await;
    }

    /// The same; the new hub cannot connect to the bank.
    pub async fn kill_and_restart_without_bank(&mut self) {
        self.restart(UNREACHABLE).await;
    }

    async fn restart(&mut self, bank: &str) {
        // The threads end one after the other: until all have ended, none may reach the engine.
        self.engine.cut_off();
        self.process.kill();
        self.engine.heal();
        // The clock stays, because time does not go back.
        let Functions { parts, is_cold, .. } = self.process.functions.clone();
        self.process = Process::start(Parts { bank: bank.to_owned(), ..parts }, is_cold).await;
        self.merchant = self.merchant.at(&self.process.url);
        (self.shopper, self.provider) = (self.merchant.shopper(), Provider::of(&self.merchant));
    }

    /// Which grants of its role each function has used so far.
    #[must_use]
    pub fn used(&self) -> HashMap<String, Verbs> {
        self.roles.used()
    }

    /// Time passes, and the sweeper runs until nothing is due.
    pub async fn pass(&self, time: Duration) {
        self.clock().advance(time);
        while self.sweep().await != Swept::default() {}
    }

    /// The address of its key service.
    #[must_use]
    pub fn key_service_url(&self) -> &str {
        self.process.functions.parts.kms.url()
    }

    /// Runs the sweeper once.
    pub async fn sweep(&self) -> Swept {
        self.work("sweeper", async |flows| sweeper::sweep(flows).await).await.unwrap()
    }

    /// Attempts every delivery that is ready in the queue, ten messages at once. Retries wait in the table. Returns the
    /// number of messages.
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

    /// Invokes the function of the queue with these messages.
    pub async fn deliver_batch(&self, batch: Batch) -> BatchAnswer {
        self.work("webhook-deliver", async |flows| webhook_deliver::handle(flows, batch).await).await
    }

    /// Invokes the function of the stream with these records.
    pub async fn relay(&self, records: Vec<Value>) -> event_relay::BatchAnswer {
        self.work("event-relay", async |flows| event_relay::handle(flows, event_relay::Batch { records }).await).await
    }

    /// Runs `work` as the function of that name.
    async fn work<T>(&self, name: &str, work: impl AsyncFnOnce(&Hub) -> T) -> T {
        as_function(name, async { work(&self.process.functions.flows().await).await }).await
    }

    /// Every charge of every account.
    pub async fn charges(&self) -> Vec<Charge> {
        let dynamo = self.engine.direct();
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

    /// The stored provider updates that wait for something that the hub does not know of yet.
    pub async fn waiting_updates(&self) -> Vec<String> {
        let dynamo = self.engine.direct();
        let is = |item: &HashMap<String, AttributeValue>, name: &str, text: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).is_some_and(|value| value == text)
        };
        let items = all_items(&dynamo, HUB_TABLE).await.into_iter();
        let waiting = items.filter(|item| is(item, "SK", "CALLBACK") && is(item, "status", "waiting"));
        waiting.map(|item| format!("{item:?}")).collect()
    }

    /// Every item of both tables, as text, to search or to count.
    pub async fn everything_stored(&self) -> Vec<String> {
        let dynamo = self.engine.direct();
        let mut stored = Vec::new();
        for table in [HUB_TABLE, TOKENS_TABLE] {
            stored.extend(all_items(&dynamo, table).await.iter().map(|item| format!("{item:?}")));
        }
        stored
    }
}

/// A function that lacks a verb would fail on AWS, so the test fails too.
impl Drop for TestHub {
    fn drop(&mut self) {
        let denied = self.roles.denied();
        #[expect(clippy::print_stderr, reason = "the reader of a failed test needs it")]
        if std::thread::panicking() {
            eprintln!("denied by the template's roles: {denied:?}");
        } else {
            assert!(denied.is_empty(), "the template's roles lack what functions do: {denied:?}");
        }
    }
}

impl Parts {
    /// The parts of a hub that has just started.
    async fn open(&self) -> flows::Parts {
        let dynamo = aws_sdk_dynamodb::config::Builder::from(&access(&self.engine)).interceptor(RoleKey).build();
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(dynamo), HUB_TABLE, TOKENS_TABLE);
        let key_service = self.kms.key_service();
        let secrets = provision::hub_secrets(&store, &key_service).await.unwrap();
        let executor = Executor::on_one_machine(Some(self.bank.clone()), self.stand_ins.clone()).unwrap();
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
            unsaved_card_life: Duration::from_hours(24 * u64::from(UNSAVED_CARD_DAYS)),
            public_url: Some(PUBLIC_URL.parse().unwrap()),
        }
    }
}

impl Functions {
    /// The hub for the next call.
    async fn flows(&self) -> Hub {
        // On the heap: the future is large, and seldom needed.
        if self.is_cold { Box::pin(self.parts.open()).await.into() } else { self.flows.clone() }
    }
}

impl Process {
    async fn start(parts: Parts, is_cold: bool) -> Self {
        // The first start makes the hub's own key, and only the role of the sweeper allows that.
        let made_of = as_function("sweeper", parts.open()).await;
        let functions = Functions { flows: made_of.clone().into(), made_of, parts, is_cold };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let host = gateway(&functions);
        let (send_address, address) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let serving = host.serve(listener).unwrap();
            send_address.send(serving.address()).unwrap();
            forever(serving).await;
        });
        let url = format!("http://{}", address.await.unwrap());
        Self { runtime: Some(runtime), functions, url }
    }

    fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for its threads, so that nothing of the dead hub still runs.
            tokio::task::block_in_place(|| runtime.shutdown_timeout(Duration::from_secs(10)));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The merchant of a new account, at the hub at `url`.
fn merchant_of(account: &NewAccount, url: &str) -> Merchant {
    let NewAccount { client, merchant, secret_key, server_key } = account;
    Merchant::new(url, &client.to_string(), secret_key.reveal(), &merchant.to_string())
        .with_server_key(&server_key.id.to_string(), server_key.secret.reveal())
}

/// Every item of a table, from all its pages.
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
                // The function for unknown routes needs no hub.
                let flows = if name == "not-found" { functions.flows.clone() } else { functions.flows().await };
                call(&flows, &name, request).await
            };
            as_function(&name, work).await
        });
        answering
    };
    Host::new(Routes::new(template.routes, template.fallback).unwrap(), template.cors, Box::new(dispatch))
}
