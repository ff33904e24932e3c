//! The whole hub around a faulty engine and a bank of its own, which can be killed and started again.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{config::timeout::TimeoutConfig, types::AttributeValue};
use catraca::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    folder::Folder,
    host::Host,
    local::{DEFAULT_PROVIDERS, call},
    routes::Routes,
    template::{TEXT, Template},
};
use domain::{charge::Charge, ids::ChargeId, merchant::ProviderType, method::PaymentType};
use edge::config::{local_dynamo, local_queue};
use flows::{Clock, Executor, Hub, Outbound, Stage, provision, sweep::Swept};
use seal::Keeper;
use store::Store;
use tokio::{net::TcpListener, runtime::Runtime};
use webhook_deliver::{Batch, Handled};

use crate::{
    bank::Bank,
    client::Client,
    engine::FaultyEngine,
    queue::Queue,
    roles::{Badge, as_function},
};

/// Long after any intent's call window and the time in which "not found" may mean "not yet".
pub const LONG_AFTER: Duration = Duration::from_mins(30);

/// An address that refuses connections: the port belongs to a service that nobody runs.
const NOBODY: &str = "http://127.0.0.1:1";

/// A hub with everything around it.
pub struct House {
    /// Its tables.
    pub engine: FaultyEngine,
    /// The bank behind its sandbox.
    pub bank: Bank,
    /// Where its deliveries wait.
    pub queue: Queue,
    /// Its account's caller, at the hub that runs now.
    pub client: Client,
    process: Process,
    keys: Folder,
}

/// A hub that runs on threads of its own, so that its death takes everything with it that it had begun.
struct Process {
    runtime: Option<Runtime>,
    hub: Hub,
    url: String,
}

impl House {
    /// A hub with a sandbox account that reports as the source documents print.
    pub async fn build() -> Self {
        Self::with(&DEFAULT_PROVIDERS).await
    }

    /// The same, where everybody goes by `clock`.
    pub async fn build_by(clock: Clock) -> Self {
        Self::around(Bank::open_by(clock).await, &DEFAULT_PROVIDERS).await
    }

    /// A hub whose account has these providers.
    pub async fn with(providers: &[(PaymentType, ProviderType)]) -> Self {
        Self::around(Bank::open().await, providers).await
    }

    async fn around(bank: Bank, providers: &[(PaymentType, ProviderType)]) -> Self {
        let (engine, keys) = (FaultyEngine::open().await, Folder::in_memory().unwrap());
        let queue = Queue::open(bank.clock().clone()).await;
        let process = Process::start(&engine, bank.url(), &queue, &keys, bank.clock().clone()).await;
        let account = provision::create_client(&process.hub, "Loja", providers).await.unwrap();
        let client = Client::new(
            &process.url,
            &account.client.to_string(),
            account.secret_key.reveal(),
            &account.merchant.to_string(),
        );
        let _ = engine.take_calls();
        Self { engine, bank, queue, client, process, keys }
    }

    /// One more account of this hub.
    pub async fn another_client(&self) -> Client {
        let account = provision::create_client(self.hub(), "Outra", &DEFAULT_PROVIDERS).await.unwrap();
        let key = account.secret_key.reveal();
        Client::new(&self.process.url, &account.client.to_string(), key, &account.merchant.to_string())
    }

    /// The account's caller at `hub`, which has the parts of this house and others.
    pub async fn client_at(&self, hub: &Hub) -> Client {
        let serving = gateway(hub).serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let client = self.client.at(&format!("http://{}", serving.address()));
        tokio::spawn(forever(serving));
        client
    }

    /// The hub's parts.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.process.hub
    }

    /// The hub dies where it stands, and another one starts on what it left, with nothing remembered.
    pub async fn kill_and_restart(&mut self) {
        let bank = self.bank.url().to_owned();
        self.restart(&bank).await;
    }

    /// The same, and no connection to the bank can be made any more.
    pub async fn kill_and_restart_without_bank(&mut self) {
        self.restart(NOBODY).await;
    }

    async fn restart(&mut self, bank: &str) {
        self.process.kill();
        self.engine.heal();
        // Time does not go back with a death.
        let clock = self.process.hub.clock.clone();
        self.process = Process::start(&self.engine, bank, &self.queue, &self.keys, clock).await;
        self.client = self.client.at(&self.process.url);
    }

    /// Time passes, and the sweeper does its work until nothing is due.
    pub async fn pass(&self, time: Duration) {
        self.hub().clock.advance(time);
        while self.sweep().await != Swept::default() {}
    }

    /// The sweeper does its work once.
    pub async fn sweep(&self) -> Swept {
        as_function("sweeper", sweeper::sweep(self.hub())).await.unwrap()
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
        as_function("webhook-deliver", webhook_deliver::handle(self.hub(), batch)).await
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
    pub async fn waiting_notices(&self) -> Vec<String> {
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

impl Process {
    async fn start(engine: &FaultyEngine, bank: &str, queue: &Queue, keys: &Folder, clock: Clock) -> Self {
        let store = Store::new(patient(&local_dynamo(engine.url()).unwrap()), HUB_TABLE, TOKENS_TABLE);
        let keeper = Keeper::file(&keys.file("master.key")).unwrap();
        let secrets = provision::hub_secrets(&store, &keeper).await.unwrap();
        let executor = Executor::new(Stage::Sandbox, Some(bank.to_owned())).unwrap();
        let outbound = Outbound::local(Stage::Sandbox).unwrap();
        let queue = local_queue(queue.url(), format!("{}/deliveries", queue.url())).unwrap();
        let hub = Hub::new(store, keeper, secrets, clock, executor, outbound, Some(queue));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let host = gateway(&hub);
        let (tell, told) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let serving = host.serve(listener).unwrap();
            tell.send(serving.address()).unwrap();
            forever(serving).await;
        });
        let url = format!("http://{}", told.await.unwrap());
        Self { runtime: Some(runtime), hub, url }
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

/// The same client with time for a machine that runs every test at once; each call says which function makes it.
fn patient(dynamo: &aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::Client {
    let time = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build();
    aws_sdk_dynamodb::Client::from_conf(dynamo.config().to_builder().timeout_config(time).interceptor(Badge).build())
}

async fn forever<T>(kept: T) -> T {
    std::future::pending::<()>().await;
    kept
}

/// The gateway with the template's routes in front of `hub`.
fn gateway(hub: &Hub) -> Host {
    let template = Template::parse(TEXT).unwrap();
    let hub = Arc::new(hub.clone());
    let dispatch = move |name: &str, request| {
        let (hub, name) = (Arc::clone(&hub), name.to_owned());
        let answering: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(async move { as_function(&name, call(&hub, &name, request)).await });
        answering
    };
    Host::new(Routes::new(template.routes, template.fallback), template.cors, Box::new(dispatch))
}
