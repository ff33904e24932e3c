//! Providers call the hub: where they call, who they are, and what becomes of what they tell.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    charge::{
        Charge,
        notice::{Notice, Reference},
        request::Via,
    },
    ids::{ClientId, MerchantId, ProviderId},
    limits::NOTICE_PATIENCE,
    merchant::ProviderAccount,
    method::Method,
    refusal::Refusal,
};
pub use providers::CallbackRequest;
use providers::{CallbackError, Notices, Page, adapter};
use seal::{Mac, digest};
use store::inbox::{Record, State};
use uuid::Uuid;

use crate::{
    Hub,
    attempt::Attempt,
    charge::settle::{Source, Step},
};

/// How often a notice is applied anew where others write the same charge.
const TRIES: u32 = 6;
/// The first pause before a notice that waits is looked at again.
const FIRST_LOOK: Duration = Duration::from_mins(1);
/// The longest one.
const LAST_LOOK: Duration = Duration::from_hours(1);
/// Bytes of a token: three ids, and a half of the proof that the hub made it.
const TOKEN: usize = 64;
const PROOF: usize = 16;

/// Where an account's provider tells what happens later, and what it proves itself with.
#[derive(Debug)]
pub(crate) struct NoticeAddress {
    url: String,
    key: String,
}

impl NoticeAddress {
    pub(crate) fn told(&self) -> Notices<'_> {
        Notices { url: &self.url, key: &self.key }
    }
}

/// A provider's account that a token names.
#[derive(Clone, Debug)]
pub struct Called {
    /// Whose it is.
    pub client: ClientId,
    /// The account.
    pub account: ProviderAccount,
}

impl Hub {
    /// Where each of `accounts` tells what happens later; nowhere where the hub does not know its own address.
    pub(crate) fn notice_addresses(
        &self,
        attempt: &Attempt,
        merchant: MerchantId,
        accounts: &[ProviderAccount],
    ) -> Vec<NoticeAddress> {
        let Some(hub) = &attempt.hub_url else { return Vec::new() };
        let address = |account: &ProviderAccount| NoticeAddress {
            url: format!("{hub}{}", self.callback_path(attempt.client, merchant, account)),
            key: self.notice_key(account.id),
        };
        accounts.iter().map(address).collect()
    }

    /// The path at which an account's provider calls. Nobody can guess it: it proves that this hub made it.
    #[must_use]
    pub fn callback_path(&self, client: ClientId, merchant: MerchantId, account: &ProviderAccount) -> String {
        let named = named(client, merchant, account.id);
        let proof: String = self.secrets.callback_mac(&named).into();
        let proof = URL_SAFE_NO_PAD.decode(proof).unwrap_or_default();
        let token = URL_SAFE_NO_PAD.encode([named.as_slice(), proof.get(..PROOF).unwrap_or_default()].concat());
        format!("/v1/callbacks/{}/{token}", account.kind)
    }

    /// What an account's provider proves itself with.
    #[must_use]
    pub fn notice_key(&self, account: ProviderId) -> String {
        self.secrets.notice_key(account.uuid().as_bytes()).into()
    }

    /// The account that is called at `token`.
    ///
    /// # Errors
    /// [`Refusal::UnknownCallback`] for a token that this hub did not make, or for another provider.
    pub async fn called(&self, provider: &str, token: &str) -> Result<Called, Refusal> {
        let (client, merchant, id) = self.read_token(token).ok_or(Refusal::UnknownCallback)?;
        let merchant = self.store.merchant(client, merchant, self.clock.now()).await?;
        let account = merchant.as_ref().and_then(|merchant| merchant.account(id)).cloned();
        let account = account.filter(|account| account.kind.name() == provider).ok_or(Refusal::UnknownCallback)?;
        Ok(Called { client, account })
    }

    fn read_token(&self, token: &str) -> Option<(ClientId, MerchantId, ProviderId)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == TOKEN)?;
        let (named, proof) = bytes.split_at_checked(TOKEN - PROOF)?;
        let expected: String = self.secrets.callback_mac(named).into();
        let mut whole = URL_SAFE_NO_PAD.decode(expected).ok()?;
        let whole_mac = Mac::try_from(URL_SAFE_NO_PAD.encode(&whole)).ok()?;
        // The half that the token holds, completed by the other one: compared in the same time wherever it differs.
        whole.get_mut(..PROOF)?.copy_from_slice(proof);
        if Mac::try_from(URL_SAFE_NO_PAD.encode(&whole)).ok()? != whole_mac {
            return None;
        }
        let id = |at: usize| named.get(at..at + 16).and_then(|bytes| Uuid::from_slice(bytes).ok());
        Some((ClientId::new(id(0)?), MerchantId::new(id(16)?), ProviderId::new(id(32)?)))
    }

    /// Takes a provider's call: verifies it, and applies every notice in it. Each has one record, which is written
    /// together with what the notice does; so the whole call may come again.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a call that is forged or too old, [`Refusal::UnreadableNotice`], or the store's
    /// refusals: then the provider is to call again.
    pub async fn take_call(&self, called: &Called, request: &CallbackRequest<'_>) -> Result<(), Refusal> {
        let key = self.notice_key(called.account.id);
        let notices = adapter(&called.account).callback(&key, request, self.clock.now()).map_err(|error| {
            tracing::warn!(%error, provider = %called.account.kind, "a provider's call was refused");
            match error {
                CallbackError::Forged | CallbackError::Stale => Refusal::Forbidden,
                CallbackError::Unreadable => Refusal::UnreadableNotice,
            }
        })?;
        for notice in notices {
            let via = Via { id: called.account.id, kind: called.account.kind };
            self.take_notice(self.record(called.client, via, notice, State::Applied)).await?;
        }
        Ok(())
    }

    /// Applies one notice to its charge; one that is about nothing that the hub knows of waits. Only the account that
    /// was asked for something can tell of it.
    pub(crate) async fn take_notice(&self, record: Record) -> Result<(), Refusal> {
        let applied = Record { state: State::Applied, due_at: None, ..record };
        let source = Source::Notice(&applied);
        let mut beside_session = false;
        for _ in 0..TRIES {
            let found = self.store.charge(applied.client, applied.notice.reference.charge).await?;
            let Some(charge) = found.filter(|charge| is_told_of(charge, &applied)) else {
                return self.wait(&applied).await;
            };
            let current = Charge { beside_session: charge.beside_session || beside_session, ..charge };
            match self.step(&current, &source).await? {
                Step::Stored(_) => return Ok(()),
                Step::Nothing(_) => return self.note(&applied).await,
                Step::Wait(_) => return self.wait(&applied).await,
                Step::Alarm(_) => return self.note(&Record { state: State::Unresolved, ..applied }).await,
                Step::Again { beside } => beside_session |= beside,
            }
        }
        Err(Refusal::Contention)
    }

    /// A notice that waits is looked at again later, until a person must.
    async fn wait(&self, record: &Record) -> Result<(), Refusal> {
        let now = self.clock.now();
        if now.since(record.received_at) < NOTICE_PATIENCE {
            let pause = now.since(record.received_at).clamp(FIRST_LOOK, LAST_LOOK);
            let waiting = Record { state: State::Waiting, due_at: Some(now.plus(pause)), ..record.clone() };
            return self.note(&waiting).await;
        }
        let (reference, news) = (&record.notice.reference, record.notice.news.name());
        tracing::error!(alarm = "unknown_notice", %reference, news, "a provider told something that the hub cannot place");
        self.note(&Record { state: State::Unresolved, ..record.clone() }).await
    }

    /// Writes a record by itself, unless it was applied before.
    async fn note(&self, record: &Record) -> Result<(), Refusal> {
        self.store.record(record).await.map(|_| ()).map_err(Refusal::from)
    }

    pub(crate) fn record(&self, client: ClientId, via: Via, notice: Notice, state: State) -> Record {
        let now = self.clock.now();
        let (account, reference, news) = (via.id, notice.reference, notice.news.name());
        let told = format!("{client}|{account}|{reference}|{}|{news}", notice.id);
        let due_at = (state == State::Waiting).then(|| now.plus(FIRST_LOOK));
        let key = store::inbox::RecordKey { provider: via.kind, hash: digest(&told) };
        Record { key, client, account, notice, received_at: now, state, due_at }
    }

    /// Where a browser goes that comes back from the provider's page: to the merchant's own page. Whether it was paid,
    /// the provider is asked.
    ///
    /// # Errors
    /// [`Refusal::UnknownCallback`] where there is no such page, or the store's refusals.
    pub async fn returned(&self, called: &Called, request: &CallbackRequest<'_>) -> Result<String, Refusal> {
        let back = adapter(&called.account).returned(request).ok_or(Refusal::UnknownCallback)?;
        let charge = self.charge_of_reference(called, back.reference).await?.ok_or(Refusal::UnknownCallback)?;
        let Method::Drip(drip) = charge.method.clone() else { return Err(Refusal::UnknownCallback) };
        let is_open = charge.gives_way();
        if is_open {
            let payment = charge.payment();
            let outcome = self.ask(&charge, payment, &called.account).await;
            self.settle(charge, payment, outcome, None).await;
        }
        Ok(match back.to {
            Page::Success => drip.success_redirect_url,
            Page::Cancel => drip.cancel_redirect_url,
        })
    }

    async fn charge_of_reference(&self, called: &Called, reference: Reference) -> Result<Option<Charge>, Refusal> {
        let charge = self.store.charge(called.client, reference.charge).await?;
        Ok(charge.filter(|charge| is_of(charge, called.account.id)))
    }
}

/// Whether the account whose provider told `record` is the one that was asked for what it is about.
fn is_told_of(charge: &Charge, record: &Record) -> bool {
    let asked = charge.request(usize::from(record.notice.reference.number));
    asked.is_none_or(|request| request.via.id == record.account)
}

fn is_of(charge: &Charge, account: ProviderId) -> bool {
    charge.via().is_some_and(|via| via.id == account)
}

fn named(client: ClientId, merchant: MerchantId, account: ProviderId) -> Vec<u8> {
    [client.uuid(), merchant.uuid(), account.uuid()].iter().flat_map(|id| *id.as_bytes()).collect()
}
