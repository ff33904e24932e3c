//! The intent is stored before anything leaves the house.

use domain::{
    charge::{Charge, Source},
    refusal::Refusal,
    session::{Command, Decision, Session},
    time::Timestamp,
};
use futures::future::join;
use store::charges::Opened;

use crate::{
    hub::Hub,
    payment::{prepare::Payment, source::Snapshot},
};

/// What became of a claim.
#[derive(Debug)]
pub enum Claim {
    /// The payment is ours to make. Not every part of it may have been stored: then the provider is not called.
    Ours {
        /// Whether the provider may be called.
        complete: bool,
    },
    /// This attempt was made before.
    Repeat(Box<Charge>),
}

/// Stores the intent of a payment outside sessions, and in parallel what is kept beside it.
///
/// # Errors
/// [`Refusal::TokenSpent`], or the store's refusals.
pub async fn charge(hub: &Hub, payment: &mut Payment) -> Result<Claim, Refusal> {
    let opened = hub.store.open(&payment.charge, payment.spend.as_ref());
    let (opened, kept) = join(opened, keep(hub, &payment.snapshot)).await;
    claimed(opened?, kept, payment, hub.now())
}

/// Stores the intent of a payment of `session` and takes the session for it.
///
/// # Errors
/// What refuses the session's payment where somebody was faster, [`Refusal::TokenSpent`], or the store's refusals.
pub async fn session(hub: &Hub, session: &Session, payment: &mut Payment) -> Result<Claim, Refusal> {
    let opened = hub.store.claim(session, &payment.charge, payment.spend.as_ref());
    let (opened, kept) = join(opened, keep(hub, &payment.snapshot)).await;
    claimed(opened?, kept, payment, hub.now())
}

/// Keeps the card or the customer that came inside; the source as it is from now on.
async fn keep(hub: &Hub, snapshot: &Snapshot) -> Result<Option<Source>, store::Error> {
    match snapshot {
        Snapshot::None => Ok(None),
        Snapshot::Card(card) => hub.store.create_card(card).await.map(|()| None),
        Snapshot::Customer(record) => {
            let customer_id = hub.store.create_customer(record).await?;
            Ok(Some(Source::Customer { customer_id }))
        }
    }
}

fn claimed(
    opened: Opened,
    kept: Result<Option<Source>, store::Error>,
    payment: &mut Payment,
    now: Timestamp,
) -> Result<Claim, Refusal> {
    match opened {
        Opened::Repeat(charge) => Ok(Claim::Repeat(charge)),
        // What the session is now says why it cannot be paid; if nothing does, others were only faster.
        Opened::SessionTaken(session) => match session.decide(Command::Pay(payment.charge.method.kind()), now)? {
            Decision::Held(_) => Err(Refusal::SessionHeld),
            Decision::Claim | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => Err(Refusal::Contention),
        },
        Opened::TokenSpent => Err(Refusal::TokenSpent),
        Opened::Ours => match kept {
            Ok(source) => {
                payment.charge.source = source.unwrap_or_else(|| payment.charge.source.clone());
                Ok(Claim::Ours { complete: true })
            }
            Err(error) => {
                tracing::error!(%error, charge = %payment.charge.id, "card or customer not stored; the provider is not called");
                Ok(Claim::Ours { complete: false })
            }
        },
    }
}
