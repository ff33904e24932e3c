//! The command `catraca`.

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
            // Without standard error there is no place for the message.
            let _ = writeln!(stderr(), "catraca: {failure}");
            ExitCode::FAILURE
        }
    }
}
