//! The command line. Each command has a file of its own.

use clap::{Parser, Subcommand};

use crate::{
    cards::CardsCommand, charge::ChargeCommand, client::ClientCommand, events::EventsCommand, failure::Failure,
    key::KeyCommand, listen::Listen, provider::ProviderCommand, serve::Serve, server_key::ServerKeyCommand,
};

/// Run Catraca, a payments hub, on this machine.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Manage the accounts of merchants.
    Client {
        #[command(subcommand)]
        command: ClientCommand,
    },
    /// Manage merchants' accounts at providers.
    Provider {
        #[command(subcommand)]
        command: ProviderCommand,
    },
    /// List and revoke public keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// List, replace and revoke the keys with which merchants' servers sign requests of Worldline's API.
    WorldlineKey {
        #[command(subcommand)]
        command: ServerKeyCommand,
    },
    /// Show or repair a charge.
    Charge {
        #[command(subcommand)]
        command: ChargeCommand,
    },
    /// Manage stored card numbers.
    Cards {
        #[command(subcommand)]
        command: CardsCommand,
    },
    /// Forward the webhook events of a hub on this machine to a program, and print a line for each.
    Listen(Listen),
    /// Manage webhook events.
    Events {
        #[command(subcommand)]
        command: EventsCommand,
    },
}

impl Cli {
    /// Carries out the command.
    ///
    /// # Errors
    /// [`Failure`], whose text is one line.
    pub async fn run(self) -> Result<(), Failure> {
        match self.command {
            None => self.serve.run().await,
            Some(Command::Client { command }) => command.run().await,
            Some(Command::Key { command }) => command.run().await,
            Some(Command::WorldlineKey { command }) => command.run().await,
            Some(Command::Provider { command }) => command.run().await,
            Some(Command::Charge { command }) => command.run().await,
            Some(Command::Cards { command }) => command.run().await,
            Some(Command::Listen(listen)) => listen.run().await,
            Some(Command::Events { command }) => command.run().await,
        }
    }
}
