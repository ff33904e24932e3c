//! The hub on one machine: its parts opened, joined and served.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_local::{
    beside,
    engine::{Engine, EngineError, HUB_TABLE, TOKENS_TABLE},
    folder::{Folder, FolderError, has_lock, remove_abandoned, remove_drafts},
    found::Found,
    gateway::{
        host::{Dispatch, Host, Serving},
        routes::Routes,
    },
    queue::{Queue, sqs::QUEUE_URL},
    stream::pump::Pump,
    template::{self, Function, Route, Template, TemplateError},
    worker::Worker,
};
use domain::{ids::ClientId, limits::UNSAVED_CARD_DAYS, merchant::ProviderType, method::PaymentType, refusal::Refusal};
use edge::{Dialect, RouteKey, RouteTable};
use flows::{
    Clock, Executor, Hub, Outbound, Parts, PublicUrl, Stage,
    account::{
        merchant,
        provision::{self, NewAccount},
        server_keys::{self, NewServerKey},
    },
    provider::stand_in::StandIns,
};
use futures::future::{join, join_all};
use seal::{HubSecrets, KeyService, Secret};
use serde_json::Value;
use store::Store;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use wire::malga::errors;

use crate::{
    account::SandboxAccount,
    time::{self, Background, Time},
};

/// How long a stop waits for what is under way: longer than a function may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The time limit of a request to the clock.
const CLOCK_LIMIT: Duration = Duration::from_mins(10);

/// The default providers of an account: the sandbox answers under their names.
pub const DEFAULT_PROVIDERS: [(PaymentType, ProviderType); 4] = [
    (PaymentType::Credit, ProviderType::Stripe),
    (PaymentType::Pix, ProviderType::MercadoPago),
    (PaymentType::Boleto, ProviderType::MercadoPago),
    (PaymentType::Drip, ProviderType::Drip),
];

/// Where a hub keeps its data.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a folder, from one start to the next.
    Folder(PathBuf),
    /// In memory, until it stops.
    Memory,
}

/// The options of a hub.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port on loopback; 0 takes any that is free.
    pub port: u16,
    /// Where it keeps its data.
    pub place: Place,
    /// The address of an HTTP bank for the sandbox, in place of the hub's own.
    pub sandbox_bank: Option<String>,
    /// What is called in place of providers.
    pub stand_ins: StandIns,
    /// The public address, in place of the address on loopback.
    pub public_url: Option<PublicUrl>,
}

/// Why a hub did not start. Nothing was served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process uses the port.
    #[error("port {0} is in use; choose another with --port, or 0 for any that is free")]
    PortInUse(u16),
    /// The port cannot be used.
    #[error("port {port} cannot be used: {source}")]
    Port {
        /// Which one.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The folder contains no hub.
    #[error("there is no hub in {}; nothing was done. Name its folder with --data", .0.display())]
    NoHub(PathBuf),
    /// The folder contains an account and no database.
    #[error("there is no {DATABASE} in {}, and {ACCOUNT} belongs to one; nothing was done. Restore {DATABASE}, or name a new folder", .0.display())]
    NoDatabase(PathBuf),
    /// The template is broken.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Two routes of the template match the same requests.
    #[error(transparent)]
    Routes(#[from] matchit::InsertError),
    /// The folder is unusable, or in use.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database is unusable.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The master key is unusable.
    #[error(transparent)]
    Key(#[from] seal::SealError),
    /// The hub's parts cannot be set up.
    #[error("the hub cannot be set up: {0}")]
    Setup(String),
    /// The master key does not fit the database.
    #[error("the hub's own secrets in {} cannot be opened: {MASTER_KEY} is not the one that belongs to {DATABASE}; nothing was changed. Restore it, or name a new folder", .0.display())]
    WrongKey(PathBuf),
    /// The database needs a master key that is not there.
    #[error("the hub's own secrets in {} cannot be opened: there is no {MASTER_KEY}; nothing was changed. Restore it, or name a new folder", .0.display())]
    NoKey(PathBuf),
    /// The database is another hub's.
    #[error("the {DATABASE} in {} does not have the account {client} of {ACCOUNT}; nothing was changed. Restore the {DATABASE} that belongs to {ACCOUNT}, or name a new folder", folder.display())]
    OtherDatabase {
        /// Where both are.
        folder: PathBuf,
        /// The account that the database does not have.
        client: ClientId,
    },
    /// The database is open, and cannot be read or written.
    #[error("the database {} cannot be used ({}); the log has the cause", path.display(), errors::message(.problem))]
    Database {
        /// Its file.
        path: PathBuf,
        /// What went wrong.
        problem: Refusal,
    },
    /// A file beside the database cannot be used.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

const MASTER_KEY: &str = "master.key";
const DATABASE: &str = "hub.db";
/// Written last at the first start: beside it there is a database.
const ACCOUNT: &str = "account.json";

/// A hub whose parts are open, not yet served.
pub struct Home {
    /// The hub.
    pub hub: Hub,
    /// Its time.
    pub time: Time,
    template: Template,
    store: Store,
    engine: Engine,
    queue: Queue,
    folder: Folder,
}

impl Home {
    /// Opens the hub in `place`, which no other process may have open. A hub that serves has a public address.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        place: &Place,
        sandbox_bank: Option<String>,
        stand_ins: StandIns,
        public_url: Option<PublicUrl>,
    ) -> Result<Self, StartError> {
        let template = Template::parse(template::TEXT)?;
        let folder = match place {
            Place::Folder(path) => {
                // The lock is a file too: none is made in a folder where no hub ever was and no hub can start.
                if !has_lock(path) {
                    check(path).await?;
                }
                remove_abandoned();
                Folder::open(path)?
            }
            Place::Memory => Folder::in_memory()?,
        };
        check(folder.path()).await?;
        let engine = Engine::open(&folder.file(DATABASE), &template)?;
        let setup = |error: &dyn std::fmt::Display| StartError::Setup(error.to_string());
        let store = Store::new(engine.tables().client(), HUB_TABLE, TOKENS_TABLE);
        let (key_service, secrets) = secrets(&store, &folder).await?;
        let executor = Executor::on_one_machine(sandbox_bank, stand_ins).map_err(|error| setup(&error))?;
        let outbound = Outbound::local(Stage::Sandbox).map_err(|error| setup(&error))?;
        let queue = Queue::default();
        let clock = Clock::system();
        let hub = Hub::from(Parts {
            store: store.clone(),
            key_service: key_service.into(),
            secrets: secrets.into(),
            clock: clock.clone(),
            executor: executor.into(),
            outbound: outbound.into(),
            queue: Some(store::queue::Queue::new(queue.client(), QUEUE_URL.to_owned())),
            dead_letters: None,
            unsaved_card_life: Duration::from_hours(24 * u64::from(UNSAVED_CARD_DAYS)),
            public_url,
        });
        let file = folder.file("clock");
        let time = Time::open(hub.clone(), clock, engine.tables().clone(), file.clone())
            .map_err(|source| StartError::File { path: file, source })?;
        Ok(Self { hub, time, template, store, engine, queue, folder })
    }

    /// Opens the hub that exists in the folder at `path`.
    ///
    /// # Errors
    /// [`StartError::NoHub`] where none exists: then nothing is made.
    pub async fn reopen(path: PathBuf, sandbox_bank: Option<String>, stand_ins: StandIns) -> Result<Self, StartError> {
        if !path.join(DATABASE).is_file() {
            return Err(StartError::NoHub(path));
        }
        Self::open(&Place::Folder(path), sandbox_bank, stand_ins, None).await
    }

    /// The sandbox account, made at the first start and kept, with a merchant that is not deleted; and whether it was made
    /// now.
    async fn account(&self) -> Result<(SandboxAccount, bool), StartError> {
        let path = self.account_file();
        let unusable = |source| StartError::File { path: path.clone(), source };
        if let Some(kept) = SandboxAccount::read(&path).map_err(unusable)? {
            let problem = |problem| StartError::Database { path: self.folder.file(DATABASE), problem };
            let merchants = merchant::list(&self.hub, kept.client).await.map_err(problem)?;
            let ids: Vec<_> = merchants.iter().map(|merchant| merchant.id).collect();
            let merchant = kept.merchant.filter(|id| ids.contains(id)).or(ids.first().copied());
            return Ok((SandboxAccount { merchant, ..kept }, false));
        }
        let made = self.create_client("Sandbox", &DEFAULT_PROVIDERS).await;
        let account = SandboxAccount::from(made.map_err(|refusal| StartError::Setup(errors::message(&refusal)))?);
        account.keep(&path).map_err(unusable)?;
        Ok((account, true))
    }

    /// Makes an account with a sandbox provider account for each of `providers`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn create_client(
        &self,
        name: &str,
        providers: &[(PaymentType, ProviderType)],
    ) -> Result<NewAccount, Refusal> {
        provision::create_client(&self.hub, name, providers).await
    }

    /// Keeps the new secret key of an account, if it is the sandbox account.
    ///
    /// # Errors
    /// [`StartError::File`].
    pub fn keep_key(&self, client: ClientId, secret_key: Secret<String>) -> Result<(), StartError> {
        let path = self.account_file();
        let unusable = |source| StartError::File { path: path.clone(), source };
        match SandboxAccount::read(&path).map_err(unusable)? {
            Some(account) if account.client == client => {
                SandboxAccount { secret_key, ..account }.keep(&path).map_err(unusable)
            }
            _ => Ok(()),
        }
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn account_file(&self) -> PathBuf {
        self.folder.file(ACCOUNT)
    }

    /// Closes the database, then releases the folder.
    pub async fn close(self) {
        let Self { engine, folder, hub, time, store, .. } = self;
        drop((hub, time, store));
        engine.stop().await;
        drop(folder);
    }
}

/// Refuses a folder whose files do not belong together. It only reads: nothing in the folder changes.
async fn check(folder: &Path) -> Result<(), StartError> {
    let (path, file) = (folder.join(DATABASE), folder.join(ACCOUNT));
    if !path.exists() && !path.is_symlink() {
        return if file.exists() { Err(StartError::NoDatabase(folder.to_owned())) } else { Ok(()) };
    }
    let store = Store::new(Found::open(&path)?.client(), HUB_TABLE, TOKENS_TABLE);
    let account = SandboxAccount::read(&file);
    if let Ok(Some(SandboxAccount { client, .. })) = account {
        let found = store.account(client, Clock::system().now()).await;
        let found = found.map_err(|error| StartError::Database { path, problem: error.into() })?;
        if found.is_none() {
            return Err(StartError::OtherDatabase { folder: folder.to_owned(), client });
        }
    }
    check_key(&store, folder).await?;
    account.map(drop).map_err(|source| StartError::File { path: file, source })
}

/// Refuses a database whose secrets the master key beside it does not open. One without secrets needs no key yet.
async fn check_key(store: &Store, folder: &Path) -> Result<(), StartError> {
    let database = |problem| StartError::Database { path: folder.join(DATABASE), problem };
    let path = folder.join(MASTER_KEY);
    if store.secrets().await.map_err(|error| database(error.into()))?.is_none() {
        return Ok(());
    }
    // A new key in place of a lost one would open nothing.
    if !path.try_exists().map_err(|source| StartError::File { path: path.clone(), source })? {
        return Err(StartError::NoKey(folder.to_owned()));
    }
    match provision::hub_secrets(store, &KeyService::file(&path)?).await {
        Ok(_) => Ok(()),
        Err(Refusal::Internal) => Err(StartError::WrongKey(folder.to_owned())),
        Err(problem) => Err(database(problem)),
    }
}

/// The master key in `folder` and the hub's own secrets, which it wraps; both are made at the first start.
async fn secrets(store: &Store, folder: &Folder) -> Result<(KeyService, HubSecrets), StartError> {
    let path = folder.file(MASTER_KEY);
    remove_drafts(&path).map_err(|source| StartError::File { path: path.clone(), source })?;
    let key_service = KeyService::file(&path)?;
    let secrets = provision::hub_secrets(store, &key_service).await;
    let secrets = secrets.map_err(|problem| StartError::Database { path: folder.file(DATABASE), problem })?;
    Ok((key_service, secrets))
}

/// A hub that answers.
pub struct Running {
    /// Its sandbox account.
    pub account: SandboxAccount,
    /// Whether the account was made at this start.
    pub is_first_start: bool,
    home: Home,
    serving: Serving,
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 3],
}

impl Running {
    /// Starts a hub.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let port = options.port;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(port),
            _ => StartError::Port { port, source },
        })?;
        let public_url = match options.public_url {
            Some(public_url) => public_url,
            None => own_address(&listener)?,
        };
        let home = Home::open(&options.place, options.sandbox_bank, options.stand_ins, Some(public_url)).await?;
        let (account, is_first_start) = home.account().await?;
        let mut routes = home.template.routes.clone();
        routes.extend(CLOCK.map(|(name, route)| Route {
            method: route.method.to_owned(),
            path: route.path.to_owned(),
            function: Function { name: name.to_owned(), limit: CLOCK_LIMIT },
        }));
        let routes = Routes::new(routes, home.template.fallback.clone())?;
        let (relay, deliver) = (home.template.relay.clone(), home.template.deliver.clone());
        let (relaying, delivering) = (relaying(&home.hub, &relay.function), delivering(&home.hub, &deliver.function));
        let (pump, progress) = Pump::new(home.engine.stream().clone(), relay, relaying);
        let queue = home.queue.clone();
        let background = Background { progress, queue: queue.clone() };
        let host = Host::new(routes, home.template.cors.clone(), functions(&home.hub, &home.time, &background));
        let serving = host.serve(listener).map_err(|source| StartError::Port { port, source })?;
        let (stop, stopping) = watch::channel(false);
        let tasks = [
            beside(home.time.clone().pass(stopping.clone())),
            beside(pump.run(stopping.clone())),
            beside(queue.empty(deliver, delivering, stopping)),
        ];
        Ok(Self { account, is_first_start, home, serving, stop, tasks })
    }

    /// Where the hub answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.serving.address())
    }

    /// The key with which the sandbox account signs requests of Worldline's API; none where each was revoked.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn server_key(&self) -> Result<Option<NewServerKey>, Refusal> {
        server_keys::newest(&self.home.hub, self.account.client).await
    }

    /// The file that holds the sandbox account.
    #[must_use]
    pub fn account_file(&self) -> PathBuf {
        self.home.account_file()
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.home.folder()
    }

    /// How many seconds the hub's clock is ahead.
    pub async fn seconds_ahead(&self) -> u64 {
        self.home.time.ahead().await
    }

    /// Accepts no more requests, waits up to half a minute for what is under way, and closes everything.
    pub async fn stop(self) {
        let Self { home, serving, stop, tasks, .. } = self;
        stop.send_replace(true);
        let _ = join(serving.stop(PATIENCE), tokio::time::timeout(PATIENCE, join_all(tasks))).await;
        home.close().await;
    }
}

/// The public address of a hub that no other machine reaches.
fn own_address(listener: &TcpListener) -> Result<PublicUrl, StartError> {
    let setup = |error: &dyn std::fmt::Display| StartError::Setup(error.to_string());
    let address = listener.local_addr().map_err(|error| setup(&error))?;
    format!("http://{address}").parse().map_err(|problem| setup(&problem))
}

const CLOCK_SHOW: &str = "clock-show";
const CLOCK_MOVE: &str = "clock-move";
const CLOCK_RESET: &str = "clock-reset";
/// The functions of the clock and their routes, which are not in the template.
const CLOCK: [(&str, RouteKey); 3] =
    [(CLOCK_SHOW, time::SHOW_CLOCK), (CLOCK_MOVE, time::MOVE_CLOCK), (CLOCK_RESET, time::RESET_CLOCK)];

/// Calls the template's functions, and the clock.
fn functions(hub: &Hub, time: &Time, background: &Background) -> Box<Dispatch> {
    let parts = Arc::new((hub.clone(), time.clone(), background.clone()));
    Box::new(move |name, request| {
        let (name, parts) = (name.to_owned(), Arc::clone(&parts));
        Box::pin(async move {
            let (hub, time, background) = &*parts;
            match name.as_str() {
                CLOCK_SHOW => edge::answer(Dialect::Malga, request, |request| time.show(request)).await,
                CLOCK_MOVE => edge::answer(Dialect::Malga, request, |request| time.advance(request, background)).await,
                CLOCK_RESET => edge::answer(Dialect::Malga, request, |request| time.reset(request)).await,
                _ => call(hub, &name, request).await,
            }
        })
    })
}

/// The function that relays the table's changes.
fn relaying(hub: &Hub, function: &Function) -> Worker {
    let hub = hub.clone();
    Worker::new(function.limit, move |event: Value| {
        let hub = hub.clone();
        Box::pin(async move {
            let batch = serde_json::from_value(event).ok()?;
            serde_json::to_value(event_relay::handle(&hub, batch).await).ok()
        })
    })
}

/// The function that delivers the queue's messages.
fn delivering(hub: &Hub, function: &Function) -> Worker {
    let hub = hub.clone();
    Worker::new(function.limit, move |event: Value| {
        let hub = hub.clone();
        Box::pin(async move {
            let batch = serde_json::from_value(event).ok()?;
            serde_json::to_value(webhook_deliver::handle(&hub, batch).await).ok()
        })
    })
}

/// The functions that answer requests, by the names of the template, and the routes of each.
pub const FUNCTIONS: [(&str, RouteTable); 15] = [
    ("account", account::ROUTES),
    ("session-create", session_create::ROUTES),
    ("session-manage", session_manage::ROUTES),
    ("session-pay", session_pay::ROUTES),
    ("charge-create", charge_create::ROUTES),
    ("charge-read", charge_read::ROUTES),
    ("charge-capture", charge_capture::ROUTES),
    ("charge-void", charge_void::ROUTES),
    ("sandbox-control", sandbox_control::ROUTES),
    ("provider-callback", provider_callback::ROUTES),
    ("cards", cards::ROUTES),
    ("customers", customers::ROUTES),
    ("webhook-manage", webhook_manage::ROUTES),
    ("worldline", worldline::ROUTES),
    ("checkout", checkout::ROUTES),
];

/// Calls the function of that name in this process, through the edge that it has on Lambda.
pub async fn call(hub: &Hub, name: &str, request: lambda_http::Request) -> lambda_http::Response<lambda_http::Body> {
    match FUNCTIONS.iter().find(|(function, _)| *function == name) {
        Some((_, table)) => edge::answer(table.dialect, request, |request| edge::dispatch(table, hub, request)).await,
        None => {
            edge::answer(Dialect::of(&request), request, |request| async move { not_found::handle(&request) }).await
        }
    }
}
