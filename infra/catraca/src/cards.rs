//! The commands of stored card numbers.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::{Args, Subcommand};
use domain::limits::UNSAVED_CARD_DAYS;
use flows::retention::{self, Purge, Purged};

use crate::{failure::Failure, which_hub::WhichHub};

#[derive(Debug, Subcommand)]
pub(crate) enum CardsCommand {
    /// Count the numbers of cards that were not saved and not used for long, or erase them.
    Purge(PurgeCards),
}

#[derive(Debug, Args)]
pub(crate) struct PurgeCards {
    /// The days without use.
    #[arg(long, value_name = "DAYS", default_value_t = UNSAVED_CARD_DAYS)]
    days: u16,
    /// Erase the numbers; without this they are only counted.
    #[arg(long)]
    erase: bool,
    #[command(flatten)]
    hub: WhichHub,
}

impl CardsCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Purge(purge) => purge.run().await,
        }
    }
}

impl PurgeCards {
    async fn run(self) -> Result<(), Failure> {
        let what = if self.erase { Purge::Erase } else { Purge::Count };
        let life = Duration::from_hours(24 * u64::from(self.days));
        let done = self.hub.with(async |hub| retention::purge_cards(hub, hub.now().minus(life), what).await).await?;
        let Purged { erased, in_use } = done.map_err(Failure::Purge)?;
        let heading = if self.erase { "numbers erased     " } else { "numbers to erase   " };
        Ok(writeln!(io::stdout(), "{heading}{erased}\nkept, still in use {in_use}")?)
    }
}
