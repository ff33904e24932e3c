//! The hub: everything that a use case needs, in one handle.

use std::{str::FromStr, sync::Arc};

use seal::{HubSecrets, Keeper};
use store::{Store, queue::Queue};

use crate::{Clock, Executor, Outbound};

/// What the hub is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Trying things out: the sandbox answers.
    Sandbox,
    /// Real money: the sandbox is refused.
    Production,
}

/// The word names no stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("STAGE must be sandbox or production")]
pub struct UnknownStage;

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(name: &str) -> Result<Self, UnknownStage> {
        match name {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            _ => Err(UnknownStage),
        }
    }
}

/// A handle on the hub; clones are the same hub.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The tables.
    pub store: Store,
    /// Who wraps and unwraps data keys.
    pub keeper: Arc<Keeper>,
    /// The secrets behind ids and the hashes of bodies and cards.
    pub secrets: Arc<HubSecrets>,
    /// The time.
    pub clock: Clock,
    /// The way to providers.
    pub executor: Arc<Executor>,
    /// The way to merchants' endpoints.
    pub outbound: Arc<Outbound>,
    /// Where deliveries wait for their turn; without it they wait in the table.
    pub queue: Option<Queue>,
    /// Where changes of charges that cannot be relayed are put for a person to look at; without it only the log has them.
    pub parked: Option<Queue>,
}

impl Hub {
    /// A hub over these parts.
    #[must_use]
    pub fn new(
        store: Store,
        keeper: Keeper,
        secrets: HubSecrets,
        clock: Clock,
        executor: Executor,
        outbound: Outbound,
        queue: Option<Queue>,
    ) -> Self {
        Self {
            store,
            keeper: keeper.into(),
            secrets: secrets.into(),
            clock,
            executor: executor.into(),
            outbound: outbound.into(),
            queue,
            parked: None,
        }
    }

    /// The same hub, which parks there what cannot be relayed.
    #[must_use]
    pub fn parking(self, parked: Option<Queue>) -> Self {
        Self { parked, ..self }
    }
}
