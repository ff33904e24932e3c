//! The hub on one machine.

use std::{
    io::{Write, stderr},
    process::ExitCode,
};

use catraca::cli::Cli;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    edge::init_tracing();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to be done where even this cannot be told.
            let _ = writeln!(stderr(), "catraca: {failure}");
            ExitCode::FAILURE
        }
    }
}
