//! A bank that offers the Central Bank's API Pix 2.9.0: as the standard says, as Banco do Brasil differs, and BS2.
//!
//! Where a bank publishes nothing, the fake takes the stricter reading. BS2 answers a create by 201, refuses a txId
//! that was used, prints a cob as the standard does but without its code, and offers neither devoluções nor a webhook.
//! The Standard's tokens live for an hour.

mod access;
mod books;
mod br_code;
mod bs2;
mod certificates;
mod check;
mod cob;
mod devolucao;
mod happening;
mod notification;
mod operation;
mod print;
mod refusal;
mod webhook;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::time::Timestamp;
use flows::Clock;
use serde_json::Value;

use super::{Asked, Fake, Reply};
use access::Access;
use books::Books;
pub use books::{Booked, CobStatus, Devolucao, DevolucaoStatus, Received};
pub use certificates::{Authority, ClientCertificate};
pub use notification::Notification;
use operation::Operation;
use refusal::Refusal;

/// Whose rules the bank follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Any bank that keeps to the standard.
    Standard,
    /// Banco do Brasil.
    BancoDoBrasil,
    /// BS2, whose own API is near the standard.
    Bs2,
}

impl Profile {
    /// The path before `/cob`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Standard => "/api/pix/v2",
            Self::BancoDoBrasil => "/pix/v2",
            Self::Bs2 => "/pix/direto/forintegration/v1",
        }
    }

    /// The path of the token endpoint.
    #[must_use]
    pub const fn token_path(self) -> &'static str {
        match self {
            Self::Standard | Self::BancoDoBrasil => "/oauth/token",
            Self::Bs2 => "/auth/oauth/v2/token",
        }
    }

    /// How long a token opens the API.
    #[must_use]
    pub const fn token_life(self) -> Duration {
        Duration::from_secs(match self {
            Self::Standard => 3_600,
            Self::BancoDoBrasil => 600,
            Self::Bs2 => 300,
        })
    }
}

/// What a bank gives a customer who uses its API.
#[derive(Clone, Debug)]
pub struct Account {
    /// The id of the OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Banco do Brasil's `gw-dev-app-key`.
    pub app_key: Option<String>,
    /// The customer's keys in the DICT.
    pub keys: Vec<String>,
    /// The scopes that its client may have.
    pub scopes: Vec<String>,
}

impl Account {
    fn of(profile: Profile) -> Self {
        let scopes = ["cob.write", "cob.read", "pix.write", "pix.read", "webhook.write", "webhook.read"];
        let keys = ["7d9f0335-8dcc-4054-9bf9-0dbd61d36906", "testqrcode01@bb.com.br"];
        Self {
            client_id: "eyJpZCI6ImxvamEifQ".to_owned(),
            client_secret: "eyJpZCI6InNlZ3JlZG8ifQ".to_owned(),
            app_key: (profile == Profile::BancoDoBrasil).then(|| "d27b67790cffab50136be17db0050c56".to_owned()),
            keys: keys.map(ToOwned::to_owned).to_vec(),
            scopes: scopes.map(ToOwned::to_owned).to_vec(),
        }
    }
}

/// The bank: one account, and the books about it.
pub struct BcbPix {
    profile: Profile,
    clock: Clock,
    account: Account,
    is_life_text: bool,
    has_codes: bool,
    access: Mutex<Access>,
    books: Mutex<Books>,
}

impl BcbPix {
    /// A bank that goes by `clock`.
    #[must_use]
    pub fn new(profile: Profile, clock: Clock) -> Self {
        Self {
            profile,
            clock,
            account: Account::of(profile),
            is_life_text: false,
            has_codes: true,
            access: Mutex::default(),
            books: Mutex::default(),
        }
    }

    /// The bank writes `expires_in` as text.
    #[must_use]
    pub fn with_life_as_text(self) -> Self {
        Self { is_life_text: true, ..self }
    }

    /// The bank prints no `pixCopiaECola`, which the standard does not require.
    #[must_use]
    pub fn without_codes(self) -> Self {
        Self { has_codes: false, ..self }
    }

    /// The bank grants these scopes alone, whatever is asked for.
    #[must_use]
    pub fn granting(mut self, scopes: &[&str]) -> Self {
        self.account.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// What the bank's customer has.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The bank's rules.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// No token that was issued opens the API any longer.
    pub fn revoke_tokens(&self) {
        lock(&self.access).revoke();
    }

    /// What the books say, by txid.
    #[must_use]
    pub fn books(&self) -> BTreeMap<String, Booked> {
        lock(&self.books).booked()
    }

    /// The customer's money at the bank, in cents.
    #[must_use]
    pub fn balance(&self) -> u64 {
        lock(&self.books).balance
    }

    fn carry_out(&self, asked: &Asked, now: Timestamp) -> Result<Reply, Refusal> {
        access::knows_app(&self.account, asked)?;
        let operation = Operation::of(self.profile, asked);
        lock(&self.access).admit(asked, operation.as_ref().map(Operation::scope), now)?;
        let mut books = lock(&self.books);
        let mut desk = Desk { bank: self, books: &mut books, now };
        match operation.ok_or_else(|| Refusal::not_found("NaoEncontrado"))? {
            Operation::PutCob(txid) => desk.put_cob(&txid, &body_of(asked)?),
            Operation::GetCob(txid) => desk.get_cob(&txid),
            Operation::PatchCob(txid) => desk.patch_cob(&txid, &body_of(asked)?),
            Operation::GetPix(id) => desk.get_pix(&id),
            Operation::PutDevolucao(end_to_end_id, id) => desk.put_devolucao(&end_to_end_id, &id, &body_of(asked)?),
            Operation::GetDevolucao(end_to_end_id, id) => desk.get_devolucao(&end_to_end_id, &id),
            Operation::PutWebhook(key) => desk.put_webhook(&key, &body_of(asked)?),
            Operation::GetWebhook(key) => desk.get_webhook(&key),
            Operation::CreateQrCode => desk.create_qr_code(&body_of(asked)?),
            Operation::GetRecebimento(id) => desk.get_recebimento(&id, asked.parameter("TxId")),
        }
    }
}

impl Fake for BcbPix {
    fn answer(&self, asked: &Asked) -> Reply {
        let now = self.clock.now();
        if asked.path == self.profile.token_path() {
            return lock(&self.access).issue(self, asked, now);
        }
        self.carry_out(asked, now).unwrap_or_else(|refusal| refusal.reply(self.profile))
    }
}

impl fmt::Debug for BcbPix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BcbPix").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Where one request is carried out. Each operation is in the file of its noun.
struct Desk<'a> {
    bank: &'a BcbPix,
    books: &'a mut Books,
    now: Timestamp,
}

/// The request's body, which must be an object of JSON and say so.
fn body_of(asked: &Asked) -> Result<Value, Refusal> {
    let is_json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let body = asked.json();
    if is_json && body.is_object() { Ok(body) } else { Err(Refusal::request("o corpo não é um objeto JSON")) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
