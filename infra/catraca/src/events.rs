//! The commands of webhook events.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::time::Timestamp;
use flows::webhook::relay::{self, ReplayedEvents};

use crate::{failure::Failure, which_hub::WhichHub};

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Queue webhook events again that were lost before delivery, each with the charge as it was then.
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The time from which events are replayed, such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Timestamp,
    #[command(flatten)]
    hub: WhichHub,
}

impl EventsCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Replay(replay) => replay.run().await,
        }
    }
}

impl Replay {
    async fn run(self) -> Result<(), Failure> {
        // In a folder's hub the sweeper queues the deliveries once the hub runs.
        let done = self.hub.with(async |hub| relay::replay(hub, self.since).await).await?;
        let ReplayedEvents { charges, events, unreadable } = done.map_err(Failure::Replay)?;
        writeln!(io::stdout(), "charges read     {charges}\nevents replayed  {events}")?;
        if unreadable > 0 { Err(Failure::Unreadable(unreadable)) } else { Ok(()) }
    }
}
