//! The hub: everything that a use case needs, in one handle.

use std::{sync::Arc, time::Duration};

use domain::{refusal::Refusal, time::Timestamp};
use seal::{HubSecrets, KeyService};
use store::{Store, queue::Queue};

use crate::{clock::Clock, provider::executor::Executor, public_url::PublicUrl, webhook::outbound::Outbound};

/// What a hub is made of. Clones are handles on the same parts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The tables.
    pub store: Store,
    /// The key service, which wraps and unwraps data keys.
    pub key_service: Arc<KeyService>,
    /// The hub's own secrets. From them are made ids, public keys, the signatures in the addresses of images, and the
    /// hashes of bodies, of unique documents and e-mail addresses, and of source addresses.
    pub secrets: Arc<HubSecrets>,
    /// The time.
    pub clock: Clock,
    /// How providers are called.
    pub executor: Arc<Executor>,
    /// How merchants' endpoints are called.
    pub outbound: Arc<Outbound>,
    /// Where deliveries wait for their turn; without it they wait in the table.
    pub queue: Option<Queue>,
    /// The dead-letter queue for changes of charges that cannot be relayed; without it only the log has them.
    pub dead_letters: Option<Queue>,
    /// For how long the number of an unsaved card is kept without use.
    pub unsaved_card_life: Duration,
    /// The hub's public address, of a hub that creates payments or shows addresses of its own.
    pub public_url: Option<PublicUrl>,
}

/// A handle on the hub; clones are the same hub. What it is made of is known to the use cases alone.
#[derive(Clone, Debug)]
pub struct Hub {
    pub(crate) store: Store,
    pub(crate) key_service: Arc<KeyService>,
    pub(crate) secrets: Arc<HubSecrets>,
    pub(crate) clock: Clock,
    pub(crate) executor: Arc<Executor>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) queue: Option<Queue>,
    pub(crate) dead_letters: Option<Queue>,
    pub(crate) unsaved_card_life: Duration,
    pub(crate) public_url: Option<PublicUrl>,
}

impl Hub {
    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same hub, which providers and browsers reach at this address.
    #[must_use]
    pub fn at(self, public_url: PublicUrl) -> Self {
        Self { public_url: Some(public_url), ..self }
    }

    /// The hub's public address.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where it has none: a function that needs it does not start without it.
    pub fn public_url(&self) -> Result<&PublicUrl, Refusal> {
        self.public_url.as_ref().ok_or_else(|| {
            tracing::error!("this hub has no public address");
            Refusal::Internal
        })
    }
}

impl From<Parts> for Hub {
    fn from(parts: Parts) -> Self {
        let Parts {
            store,
            key_service,
            secrets,
            clock,
            executor,
            outbound,
            queue,
            dead_letters,
            unsaved_card_life,
            public_url,
        } = parts;
        Self {
            store,
            key_service,
            secrets,
            clock,
            executor,
            outbound,
            queue,
            dead_letters,
            unsaved_card_life,
            public_url,
        }
    }
}
