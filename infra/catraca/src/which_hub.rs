//! Which hub a command works with: one of a table, or one of a folder of this machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use edge::config::{Calls, operator_hub};
use flows::{
    Hub, Stage,
    provider::stand_in::{Roots, StandIns},
};
use reqwest::Url;

use crate::{failure::Failure, local::Home};

/// The folder of a hub where none is named.
const DATA: &str = ".catraca";

#[derive(Debug, Args)]
pub(crate) struct WhichHub {
    /// The folder of a hub on this machine; stop that hub first.
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// The table of a deployed hub, in place of a folder; the environment has `AWS_REGION`, credentials, `KMS_KEY_ID`.
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    pub(crate) table: Option<String>,
    /// With `--table`: what the deployed hub is run for, `sandbox` or `production`: the parameter `Stage` of its stack.
    #[arg(long, value_name = "STAGE", requires = "table", conflicts_with = "data", default_value = "production")]
    pub(crate) stage: Stage,
}

impl WhichHub {
    /// Does `work` with the hub of a table, or of a data folder. The hub calls no provider.
    pub(crate) async fn with<T>(self, work: impl AsyncFnOnce(&Hub) -> T) -> Result<T, Failure> {
        self.with_servers(Calls::None, None, StandIns::default(), work).await
    }

    /// What the hub is run for. One of a folder moves no real money.
    pub(crate) const fn stage(&self) -> Stage {
        if self.table.is_some() { self.stage } else { Stage::Sandbox }
    }

    /// The options by which another command works with the same hub, each after a blank.
    pub(crate) fn options(&self) -> String {
        match &self.table {
            Some(table) if self.stage == Stage::Sandbox => format!(" --table {table} --stage sandbox"),
            Some(table) => format!(" --table {table}"),
            None if self.data == Path::new(DATA) => String::new(),
            None => format!(" --data {}", self.data.display()),
        }
    }

    /// Does `work` with the hub of a table, which makes these calls; or with the hub of a data folder, which has `bank`
    /// for the sandbox and these stand-ins for providers.
    pub(crate) async fn with_servers<T>(
        self,
        calls: Calls,
        bank: Option<String>,
        stand_ins: StandIns,
        work: impl AsyncFnOnce(&Hub) -> T,
    ) -> Result<T, Failure> {
        if let Some(table) = self.table {
            return Ok(work(&operator_hub(&table, self.stage, calls).await?).await);
        }
        let home = Home::reopen(self.data, bank, stand_ins).await?;
        let done = work(&home.hub).await;
        home.close().await;
        Ok(done)
    }
}

/// The root certificates in a file.
pub(crate) fn roots(file: &str) -> Result<Roots, String> {
    fs::read_to_string(file).map_err(problem)?.parse().map_err(problem)
}

/// The address of an HTTP server.
pub(crate) fn bank(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    url.map(|_| text.to_owned())
        .ok_or_else(|| "must be an http or https address, such as http://127.0.0.1:8099".to_owned())
}

/// What is wrong with an argument, in words.
pub(crate) fn problem(error: impl std::fmt::Display) -> String {
    error.to_string()
}
