//! Sessions: created, shown, enabled, disabled, canceled; and the pages at which they are paid.

pub mod page;
pub mod supersede;

use domain::{
    charge::{Charge, Superseding},
    ids::{ChargeId, ClientId, SessionId},
    refusal::Refusal,
    session::{Command, Decision, Session, SessionStatus},
    time::Timestamp,
};
use futures::future::try_join;
use providers::capabilities::abilities;
use store::lists::{Listed, SessionFilter, Window};

use crate::{
    account::{keys, merchant, settings},
    answered::Answered,
    caller::Caller,
    charge::conclude::{self, Cancellation},
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
    vault,
};

/// A session, and its key in the clear.
#[derive(Debug)]
pub struct Shown {
    /// The session.
    pub session: Session,
    /// Its key in the clear, for a caller who may see it.
    pub public_key: String,
}

/// Stores the session that `make` makes of its id, its key and the hash of the request's body; where the request was
/// made before, the session as it was when it was created.
///
/// # Errors
/// [`Refusal::KeyReused`], or the store's refusals.
pub async fn create(
    hub: &Hub,
    identity: &Identity,
    make: impl FnOnce(SessionId, domain::session::SessionKey, String) -> Session,
) -> Result<Answered<Shown>, Refusal> {
    let (key, public_key) = vault::new_session_key(hub, identity.caller.client, identity.id).await?;
    let session = make(SessionId::new(identity.id), key, identity::body(hub, identity, None).as_sent);
    if let Err(refusal) = try_join(merchant(hub, identity, &session), named_customer(hub, identity, &session)).await {
        return match hub.store.session(identity.caller.client, session.id).await? {
            Some(there) if identity.key.is_some() => created_before(hub, &session, there).await,
            _ => Err(refusal),
        };
    }
    match hub.store.create_session(&session).await? {
        None => Ok(Answered::New(Shown { session, public_key })),
        Some(there) => created_before(hub, &session, there).await,
    }
}

/// Whether the merchant of the session can be paid, and whether the caller may name the session's pages and have a link
/// to it. Links are for shoppers, and show the merchant's name: what a stranger made with a public key gets none.
async fn merchant(hub: &Hub, identity: &Identity, session: &Session) -> Result<(), Refusal> {
    if session.has_link && identity.caller.is_browser() {
        return Err(Refusal::LinkNotAllowed);
    }
    let merchant = merchant::merchant_context(hub, session.client, session.merchant).await?;
    settings::may_redirect(&identity.caller, &merchant.settings, session.pages())
}

/// Whether the caller may name the customer that the session names, if it names one.
async fn named_customer(hub: &Hub, identity: &Identity, session: &Session) -> Result<(), Refusal> {
    let Some(customer) = session.customer else { return Ok(()) };
    if identity.caller.is_browser() {
        return Err(Refusal::CustomerNotNameable);
    }
    hub.store.customer(session.client, customer).await?.map(|_| ()).ok_or(Refusal::UnknownNamedCustomer)
}

async fn created_before(hub: &Hub, asked: &Session, made: Session) -> Result<Answered<Shown>, Refusal> {
    if made.client != asked.client || made.body != asked.body || !asked.made_by.opens(&made.made_by) {
        return Err(Refusal::KeyReused);
    }
    let shown = show(hub, made).await?;
    Ok(Answered::Replayed(Shown { session: shown.session.as_created(), ..shown }))
}

/// The session of this id, if the caller opens it. To others it does not exist.
///
/// # Errors
/// [`Refusal::UnknownSession`], or the store's refusals.
pub async fn find(hub: &Hub, caller: &Caller, id: SessionId) -> Result<Session, Refusal> {
    let session = hub.store.session(caller.client, id).await?;
    session.filter(|session| caller.opens(&session.made_by)).ok_or(Refusal::UnknownSession)
}

/// The session with its key in the clear.
///
/// # Errors
/// Where the key cannot be opened.
pub async fn show(hub: &Hub, session: Session) -> Result<Shown, Refusal> {
    let public_key = vault::open_session_key(hub, session.client, session.id.uuid(), &session.key).await?;
    Ok(Shown { session, public_key })
}

/// Cancels, enables or disables a session: as it is afterwards.
///
/// # Errors
/// What refuses the change, or the store's refusals.
pub async fn change(hub: &Hub, caller: &Caller, id: SessionId, command: Command) -> Result<Session, Refusal> {
    let mut retry = Retry::new();
    loop {
        let now = hub.now();
        let session = find(hub, caller, id).await?;
        let (status, is_active) = match session.decide(command, now)? {
            Decision::Nothing | Decision::Lock => return Ok(session),
            Decision::Cancel => (SessionStatus::Canceled, session.is_active),
            Decision::SetActive(active) => (session.status, active),
            Decision::Locked(active) => match cancel_payment(hub, &session, active).await? {
                Unlocked::Free => (SessionStatus::Canceled, session.is_active),
                Unlocked::Changed => {
                    retry.again().await?;
                    continue;
                }
            },
        };
        if hub.store.change_session(&session, status, is_active, now).await? {
            if !is_active {
                cancel_if_unpaid(hub, &session).await;
            }
            return Ok(Session { status, is_active, updated_at: now, ..session });
        }
        retry.again().await?;
    }
}

/// What became of the lock of a session that is to be canceled.
enum Unlocked {
    /// The session can be canceled as it was read.
    Free,
    /// It was written meanwhile.
    Changed,
}

/// Has the active charge of a session canceled at its provider where that is possible. The merchant's cancel works
/// whenever the active charge is an unpaid Pix, boleto or Drip. What is paid at the provider all the same is a late
/// payment.
async fn cancel_payment(hub: &Hub, session: &Session, active: ChargeId) -> Result<Unlocked, Refusal> {
    let active = hub.store.charge(session.client, active).await?.ok_or(Refusal::SessionUnsettled)?;
    match active.superseding(abilities) {
        Superseding::Reserved => Err(Refusal::SessionReserved),
        Superseding::Busy if !active.is_registered() => Err(Refusal::SessionUnsettled),
        // A payment that its provider cannot cancel, or that a cancel is under way for, keeps the lock.
        Superseding::CancelFirst | Superseding::AtOnce | Superseding::Never { .. } | Superseding::Busy => {
            match conclude::cancel(hub, active, true).await? {
                Cancellation::Paid => Err(Refusal::SessionEnded { status: SessionStatus::Paid }),
                // Canceled: the session was canceled in the same write. Locked: its version may be as it was
                // read.
                Cancellation::Canceled => Ok(Unlocked::Changed),
                Cancellation::Locked => Ok(Unlocked::Free),
            }
        }
    }
}

/// An inactive session cannot be paid: its unpaid charge is canceled. Whether that works changes nothing for the
/// session; what is paid all the same is a late payment.
async fn cancel_if_unpaid(hub: &Hub, session: &Session) {
    let Some(active) = session.lock else { return };
    let canceled = async {
        match hub.store.charge(session.client, active).await? {
            Some(active) => conclude::cancel(hub, active, false).await.map(|_| ()),
            None => Ok(()),
        }
    };
    if let Err(refusal) = canceled.await {
        tracing::warn!(?refusal, charge = %active, "the payment of an inactive session could not be canceled");
    }
}

/// When a session was paid, if it ever was.
///
/// # Errors
/// The store's refusals.
pub async fn paid_at(hub: &Hub, session: &Session) -> Result<Option<Timestamp>, Refusal> {
    match (session.status, session.lock) {
        (SessionStatus::Created | SessionStatus::Canceled, _) | (SessionStatus::Voided, None) => Ok(None),
        (SessionStatus::Paid, _) => Ok(Some(session.updated_at)),
        // The charge that paid it still holds its lock.
        (SessionStatus::Voided, Some(paid)) => {
            Ok(hub.store.charge(session.client, paid).await?.and_then(|paid| paid.paid_at()))
        }
    }
}

/// The charge that the shopper of this session is to see.
///
/// # Errors
/// [`Refusal::UnknownCharge`] where there was no attempt, or the store's refusals.
pub async fn shown_charge(hub: &Hub, session: &Session) -> Result<Charge, Refusal> {
    let id = session.shown_charge().ok_or(Refusal::UnknownCharge)?;
    hub.store.charge(session.client, id).await?.ok_or(Refusal::UnknownCharge)
}

/// Until when the unpaid payment of a session keeps it from every other payment method, because it can be neither
/// canceled nor refunded.
///
/// # Errors
/// The store's refusals.
pub async fn held_until(hub: &Hub, session: &Session) -> Result<Option<Timestamp>, Refusal> {
    let (SessionStatus::Created, Some(active)) = (session.status, session.lock) else { return Ok(None) };
    let active = hub.store.charge(session.client, active).await?;
    Ok(active.and_then(|active| match active.superseding(abilities) {
        Superseding::Never { until } => Some(until),
        Superseding::CancelFirst | Superseding::AtOnce | Superseding::Reserved | Superseding::Busy => None,
    }))
}

/// A page of the sessions that the caller opens.
///
/// # Errors
/// The store's refusals.
pub async fn list(
    hub: &Hub,
    caller: &Caller,
    window: &Window,
    filter: SessionFilter,
) -> Result<Listed<Session>, Refusal> {
    let filter = SessionFilter { made_with: caller.maker().key(), ..filter };
    Ok(hub.store.sessions(caller.client, window, &filter).await?)
}

/// Who calls with the session's own key; none where the key opens nothing any more: some time after the session's end,
/// and while it is unpaid and a public key was revoked that made it. Nothing is read where a secret key made it.
///
/// # Errors
/// The store's refusals.
pub async fn own_caller(hub: &Hub, session: &Session) -> Result<Option<Caller>, Refusal> {
    let now = hub.now();
    if session.key_ends_at() <= now {
        return Ok(None);
    }
    let is_live =
        session.status != SessionStatus::Created || keys::are_live(hub, session.client, session.made_by.keys()).await?;
    Ok(is_live.then(|| Caller::with_key_of(session, now)))
}

/// The account's session of this id, if there is one.
///
/// # Errors
/// The store's refusals.
pub async fn stored(hub: &Hub, client: ClientId, id: SessionId) -> Result<Option<Session>, Refusal> {
    Ok(hub.store.session(client, id).await?)
}
