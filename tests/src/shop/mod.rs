//! A hub whose merchant has accounts at providers whose places fakes take: what suites over whole lives begin with.
//!
//! A provider joins by implementing [`Played`] for its fake; then [`interrupted`] interrupts each of its operations at
//! every step.

mod adyen;
pub mod bcb_pix;
mod cards;
pub mod drip;
pub mod interrupted;
mod pagarme;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use domain::{
    charge::{Charge, request::TransactionRequest, status::Status, update::Reference},
    merchant::ProviderType,
};
use flows::{
    Clock,
    provider::{
        notification,
        stand_in::{Roots, StandIns},
    },
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Answer, TestHub,
    fakes::{Fake, Reply, Server},
    samples::{summary, with},
};

/// A fake as these suites use it.
pub trait Played: Fake + Sized {
    /// Which provider it plays.
    const KIND: ProviderType;
    /// Whether it takes cards.
    const TAKES_CARDS: bool = true;

    /// The fake with empty books. What depends on time goes by `clock`.
    fn open(clock: Clock) -> Arc<Self>;

    /// The fields of an account that it accepts.
    fn fields(&self) -> Value;

    /// What it answers where it has failed itself: the request may or may not have been carried out.
    fn failure() -> Reply;

    /// Carries out what it has received, and takes the notifications that it has not sent yet, the oldest first.
    fn goes_on(&self) -> Vec<Notice>;

    /// The shopper pays this amount of a Pix, a boleto or a checkout. Returns the notifications of it.
    fn is_paid(&self, reference: &str, amount: u64) -> Vec<Notice>;

    /// What it has of the payments under each reference of the hub.
    fn books(&self) -> BTreeMap<String, Held>;
}

/// One notification: what is sent to the account's address.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What follows the account's address.
    pub path: String,
    /// The headers, without the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a provider has of the payments under one reference, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many payments have taken or reserved money, whatever became of it.
    pub debits: usize,
    /// What is reserved.
    pub reserved: u64,
    /// What the merchant has: neither given back nor charged back.
    pub net: u64,
    /// What was given back to the shopper, or released.
    pub given_back: u64,
    /// What the shopper's bank has taken back.
    pub charged_back: u64,
}

impl Held {
    /// What a charge shows of it.
    #[must_use]
    pub const fn kept(&self) -> u64 {
        self.reserved + self.net + self.charged_back
    }

    /// What the shopper has paid, and does not have back.
    #[must_use]
    pub const fn debited(&self) -> u64 {
        self.reserved + self.net
    }
}

/// A provider and the merchant's account there.
pub struct Account<F> {
    /// Its books.
    pub fake: Arc<F>,
    /// What stands in for it.
    pub server: Server,
    /// Where it calls the hub.
    path: String,
}

impl<F: Played> Account<F> {
    /// What it is set up with, and the stand-in of the provider.
    async fn open(clock: &Clock) -> (Arc<F>, Server, String) {
        let fake = F::open(clock.clone());
        let server = Server::open(Arc::clone(&fake) as _).await;
        let stand_in = format!("{}={}", F::KIND, server.url());
        (fake, server, stand_in)
    }

    /// The account as a request of the API has it. The first `priority` is tried first.
    fn body(fake: &F, priority: u8) -> Value {
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": fake.fields()});
        json!({"name": F::KIND.name(), "priority": priority, "credentials": credentials})
    }

    async fn of(hub: &TestHub, fake: Arc<F>, server: Server) -> Self {
        let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
        let stored = hub.store().stored_merchant(client, merchant, hub.clock().now()).await.unwrap().unwrap();
        let account = stored.accounts_at(F::KIND).next().unwrap();
        let address = notification::address(hub.flows(), client, merchant, account).await.unwrap();
        let path = address[address.find("/v1/callbacks/").unwrap()..].to_owned();
        Self { fake, server, path }
    }

    /// Sends a notification, and returns the hub's answer; none where the hub dies meanwhile.
    pub async fn sends(&self, hub: &TestHub, notice: &Notice) -> Option<Answer> {
        let headers: Vec<_> = notice.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = format!("{}{}", self.path, notice.path);
        hub.merchant.send_with(Method::POST, &path, &headers, Some(notice.body.clone())).await.ok()
    }

    /// Sends these notifications, each twice; the hub must accept them.
    pub async fn delivers(&self, hub: &TestHub, notices: &[Notice]) {
        for notice in notices {
            for _ in 0..2 {
                let answer = self.sends(hub, notice).await.unwrap();
                assert_eq!(answer.expect(200).body, json!({}), "{}", String::from_utf8_lossy(&notice.body));
            }
        }
    }

    /// The provider goes on until it has nothing more to do or to say. Returns the number of notifications.
    pub async fn goes_on(&self, hub: &TestHub) -> usize {
        let mut count = 0;
        loop {
            let notices = self.fake.goes_on();
            if notices.is_empty() {
                return count;
            }
            count += notices.len();
            self.delivers(hub, &notices).await;
        }
    }

    /// The shopper pays this amount of a charge, and the provider notifies the hub.
    pub async fn is_paid(&self, hub: &TestHub, charge: &str, amount: u64) {
        self.delivers(hub, &self.fake.is_paid(&reference(charge, 1), amount)).await;
    }
}

/// A hub whose merchant has an account at one provider, and nowhere else.
pub struct Shop<F> {
    /// The hub.
    pub hub: TestHub,
    /// The account.
    pub account: Account<F>,
}

impl<F: Played> Shop<F> {
    /// A shop with nothing sold.
    pub async fn open() -> Self {
        let clock = Clock::system();
        let (fake, server, stand_in) = Account::<F>::open(&clock).await;
        let hub = hub_with(clock, &[stand_in], &json!({"providers": [Account::body(&*fake, 1)]})).await;
        let account = Account::of(&hub, fake, server).await;
        Self { hub, account }
    }

    /// Its provider's books.
    #[must_use]
    pub fn fake(&self) -> &F {
        &self.account.fake
    }

    /// Time passes; the provider goes on, and the sweeper runs until nothing is due.
    pub async fn pass(&self, time: Duration) {
        self.hub.clock().advance(time);
        loop {
            let count = self.account.goes_on(&self.hub).await;
            self.hub.pass(Duration::ZERO).await;
            if count == 0 && self.account.goes_on(&self.hub).await == 0 {
                return;
            }
        }
    }

    /// The charge in short.
    pub async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    /// What the provider has of this charge's first request.
    #[must_use]
    pub fn held(&self, charge: &str) -> Held {
        self.fake().books().get(&reference(charge, 1)).copied().unwrap_or_default()
    }

    /// Fails where hub and provider contradict each other: see [`assert_books_agree`].
    pub async fn assert_books_agree(&self) {
        assert_books_agree(&self.hub, self.fake().books()).await;
    }

    /// Delivers notifications, each twice.
    pub async fn delivers(&self, notices: &[Notice]) {
        self.account.delivers(&self.hub, notices).await;
    }
}

/// A hub whose merchant has accounts at two providers.
pub struct TwoShops<F, G> {
    /// The hub.
    pub hub: TestHub,
    /// The first account, which is tried first.
    pub first: Account<F>,
    /// The second account.
    pub second: Account<G>,
}

impl<F: Played, G: Played> TwoShops<F, G> {
    /// A shop with nothing sold. After a soft decline of the first account the second one is tried.
    pub async fn open() -> Self {
        let clock = Clock::system();
        let (first, first_server, one) = Account::<F>::open(&clock).await;
        let (second, second_server, other) = Account::<G>::open(&clock).await;
        let accounts = json!([Account::body(&*first, 1), Account::body(&*second, 2)]);
        let settings = json!({"retryOnDecline": true, "providers": accounts});
        let hub = hub_with(clock, &[one, other], &settings).await;
        let first = Account::of(&hub, first, first_server).await;
        let second = Account::of(&hub, second, second_server).await;
        Self { hub, first, second }
    }

    /// Time passes; the providers go on, and the sweeper runs until nothing is due.
    pub async fn pass(&self, time: Duration) {
        self.hub.clock().advance(time);
        while self.first.goes_on(&self.hub).await + self.second.goes_on(&self.hub).await > 0 {
            self.hub.pass(Duration::ZERO).await;
        }
        self.hub.pass(Duration::ZERO).await;
        self.first.goes_on(&self.hub).await;
        self.second.goes_on(&self.hub).await;
    }

    /// Fails where hub and providers contradict each other: see [`assert_books_agree`].
    pub async fn assert_books_agree(&self) {
        let mut books = self.first.fake.books();
        books.extend(self.second.fake.books());
        assert_books_agree(&self.hub, books).await;
    }
}

/// A hub that calls these servers in place of providers, and whose merchant has these settings.
async fn hub_with(clock: Clock, stand_ins: &[String], settings: &Value) -> TestHub {
    let stand_ins = stand_ins.iter().map(|stand_in| stand_in.parse().unwrap()).collect();
    let hub = TestHub::build_beside(clock, StandIns::new(stand_ins, Roots::default()).unwrap()).await;
    hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), settings).await.assert_status(200);
    hub
}

/// The hub's reference of the request at `number` of a charge.
#[must_use]
pub fn reference(charge: &str, number: u16) -> String {
    Reference { charge: charge.parse().unwrap(), number }.to_string()
}

/// A payment whose shopper's telephone and address have the form that every provider takes.
#[must_use]
pub fn of_a_customer(body: Value) -> Value {
    let address = json!({
        "street": "Rua A", "streetNumber": "10", "district": "Centro", "zipCode": "20000-000", "city": "Rio de Janeiro",
        "state": "RJ", "country": "BR",
    });
    let body = with(body, "/paymentSource/customer/phoneNumber", json!("21 99999-9999"));
    with(body, "/paymentSource/customer/address", address)
}

/// Compares the hub's charges with the books of its providers. Every charge shows what its provider has of it, every
/// payment has a charge, a charge has one debit, a session has one payment that is kept. No request and no notification
/// is open.
///
/// # Panics
/// Where they differ.
pub async fn assert_books_agree(hub: &TestHub, mut books: BTreeMap<String, Held>) {
    let mut paid: HashMap<_, usize> = HashMap::new();
    for charge in hub.charges().await {
        assert!(charge.requests.iter().all(TransactionRequest::is_final), "a request is open: {charge:?}");
        let mut attempts: Vec<Held> = Vec::new();
        for number in 1..=charge.creation() {
            let held = books.remove(&charge.reference(number).to_string()).unwrap_or_default();
            assert!(held.debits <= 1, "one reference was paid twice: {held:?} {charge:?}");
            assert!(number == charge.payment() || held.kept() == 0, "it is not kept: {held:?} {charge:?}");
            attempts.push(held);
        }
        let kept: u64 = attempts.iter().map(Held::kept).sum();
        assert_eq!(shown(&charge), kept, "the hub (left) differs from the books (right): {charge:?} {attempts:?}");
        if let Some(session) = charge.session {
            *paid.entry(session).or_default() += attempts.iter().filter(|held| held.debited() > 0).count();
        }
    }
    let unknown: Vec<_> = books.iter().filter(|(_, held)| held.debits > 0).collect();
    assert!(unknown.is_empty(), "no charge has made these payments: {unknown:?}");
    let twice = paid.iter().find(|(_, debits)| **debits > 1);
    assert!(twice.is_none(), "a session is paid twice: {twice:?}");
    let waiting = hub.waiting_updates().await;
    assert!(waiting.is_empty(), "notifications wait: {waiting:?}");
}

/// What a charge says that is reserved, paid or charged back.
fn shown(charge: &Charge) -> u64 {
    match charge.status() {
        Status::Authorized | Status::PreAuthorized | Status::ChargedBack | Status::RefundPending => {
            charge.amount().minor()
        }
        Status::Pending | Status::Failed | Status::Canceled | Status::Voided => 0,
    }
}
