//! The intent is stored, and the session locked, before anything is sent.

use domain::{
    charge::{Charge, Source},
    refusal::Refusal,
    session::{Command, Decision, Session},
    time::Timestamp,
};
use futures::future::join;
use store::charges::Opened;

use crate::{
    card_testing,
    hub::Hub,
    payment::{prepare::Payment, source::Snapshot},
    session::supersede,
};

/// What became of an intent.
#[derive(Debug)]
pub enum Locked {
    /// The payment is ours to make. Where a part of it could not be stored, the provider is not called.
    Ours {
        /// Whether the provider may be called.
        complete: bool,
    },
    /// This request was made before.
    Replay(Box<Charge>),
}

/// Stores the intent of a payment outside sessions, and the card or customer that came with it.
///
/// # Errors
/// [`Refusal::TokenSpent`], what refuses it where a counter of declines is full, or the store's refusals.
pub async fn charge(hub: &Hub, payment: &mut Payment) -> Result<Locked, Refusal> {
    name_customer(hub, payment).await?;
    let opened = hub.store.open(&payment.charge, payment.spend.as_ref(), payment.unsaved, payment.uncounted());
    let (opened, kept) = Box::pin(opened_and_kept(hub, payment, opened)).await?; // on the heap: it is large
    locked(opened, &kept, payment, hub.now())
}

/// Stores the intent of a payment of `session` and locks the session for it. The `active` charge, if there is one, is
/// canceled first: the payment is counted before that, so a full counter cancels nothing. A payment that was counted for
/// that alone, and does not take place, is given back, and so is one whose lock may have landed: it is never sent.
///
/// # Errors
/// What refuses the session's payment where another charge locked it first, [`Refusal::TokenSpent`], what refuses it where
/// a counter of declines is full, or the store's refusals; after the cancel, each as [`Refusal::Superseding`].
pub async fn session(
    hub: &Hub,
    session: Session,
    active: Option<Charge>,
    payment: &mut Payment,
) -> Result<(Session, Locked), Refusal> {
    let Some(active) = active else {
        let locked = lock(hub, &session, payment).await?;
        return Ok((session, locked));
    };
    let counted = payment.uncounted().to_vec();
    card_testing::reserve(hub, &counted, payment.charge.created_at).await?;
    payment.is_counted = true;
    // On the heap: the future is large, and seldom needed.
    let superseded = Box::pin(async {
        let session = supersede::run(hub, &session, active, payment.charge.method.kind()).await?;
        let locked = lock(hub, &session, payment).await?;
        Ok((session, locked))
    });
    let superseded = match superseded.await {
        Err(refusal) => made_meanwhile(hub, session, &payment.charge, refusal).await,
        done @ Ok(_) => done,
    };
    if !matches!(superseded, Ok((_, Locked::Ours { .. }))) {
        card_testing::give_back(&hub.store, &counted, payment.charge.created_at).await;
    }
    superseded.map_err(Refusal::superseding)
}

/// The payment that another request under the same idempotency key made of `session` while this one superseded.
async fn made_meanwhile(
    hub: &Hub,
    session: Session,
    charge: &Charge,
    refusal: Refusal,
) -> Result<(Session, Locked), Refusal> {
    // A lock of which the hub does not know whether it landed would be this request's own.
    if matches!(refusal, Refusal::Unavailable) {
        return Err(refusal);
    }
    let made = hub.store.charge(charge.client, charge.id).await?.ok_or(refusal)?;
    Ok((session, Locked::Replay(Box::new(made))))
}

/// Locks `session` as it was read, and counts the payment if it is not counted yet.
async fn lock(hub: &Hub, session: &Session, payment: &mut Payment) -> Result<Locked, Refusal> {
    name_customer(hub, payment).await?;
    let Payment { charge, spend, unsaved, .. } = &*payment;
    let opened = hub.store.lock(session, charge, spend.as_ref(), *unsaved, payment.uncounted());
    let (opened, kept) = Box::pin(opened_and_kept(hub, payment, opened)).await?; // on the heap: it is large
    locked(opened, &kept, payment, hub.now())
}

/// Stores the intent, and what came with the order: at once, or after it where a full counter may refuse the intent, so
/// that a refused payment stores nothing.
async fn opened_and_kept(
    hub: &Hub,
    payment: &Payment,
    opened: impl Future<Output = Result<Opened, store::Error>>,
) -> Result<(Opened, Result<(), store::Error>), store::Error> {
    if payment.reserved.is_empty() {
        let (opened, kept) = join(opened, keep(hub, &payment.snapshot)).await;
        return Ok((opened?, kept));
    }
    let opened = opened.await?;
    let kept = if matches!(opened, Opened::Ours) { keep(hub, &payment.snapshot).await } else { Ok(()) };
    Ok((opened, kept))
}

/// Finds or stores the customer with this document before the intent, which names it: the account may have it already.
async fn name_customer(hub: &Hub, payment: &mut Payment) -> Result<(), Refusal> {
    let Snapshot::Customer(record) = &payment.snapshot else { return Ok(()) };
    if record.unique_keys.document.is_some() {
        let customer_id = hub.store.create_customer(record).await?;
        payment.charge.source = Source::Customer { customer_id };
        payment.snapshot = Snapshot::None;
    }
    Ok(())
}

/// Stores the card or the customer that came with the order: its id follows from the identity.
async fn keep(hub: &Hub, snapshot: &Snapshot) -> Result<(), store::Error> {
    match snapshot {
        Snapshot::None => Ok(()),
        Snapshot::Card(card) => hub.store.create_card(card).await,
        Snapshot::Customer(record) => hub.store.create_customer(record).await.map(|_| ()),
    }
}

fn locked(
    opened: Opened,
    kept: &Result<(), store::Error>,
    payment: &Payment,
    now: Timestamp,
) -> Result<Locked, Refusal> {
    match opened {
        Opened::Replay(charge) => Ok(Locked::Replay(charge)),
        // The session as it is now says why it cannot be paid; if it can be paid, it was only written meanwhile.
        Opened::SessionTaken(session) => match session.decide(Command::Pay(payment.charge.method.kind()), now)? {
            Decision::Locked(_) => Err(Refusal::SessionLocked { until: None }),
            Decision::Lock | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => Err(Refusal::Contention),
        },
        Opened::TokenSpent => Err(Refusal::TokenSpent),
        Opened::Full(full) => Err(card_testing::refused(full)),
        Opened::Ours => {
            if let Err(error) = kept {
                tracing::error!(%error, charge = %payment.charge.id, "card or customer not stored; the provider is not called");
            }
            Ok(Locked::Ours { complete: kept.is_ok() })
        }
    }
}
