//! The command `catraca` as a process, which a test can kill.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use aws_local::folder::Folder;
use serde_json::Value;

use crate::{merchant::Merchant, operator::Operator, provider::Provider, shopper::Shopper};

/// A hub that runs as a process. Its data in its folder outlives each start.
pub struct CommandedHub {
    process: Child,
    /// Its account's merchant, at the hub that runs now.
    pub merchant: Merchant,
    /// The merchant's shoppers.
    pub shopper: Shopper,
    /// The provider of the merchant's accounts, which is the bank.
    pub provider: Provider,
    bank: String,
    options: Vec<String>,
    folder: Folder,
}

impl CommandedHub {
    /// Starts a hub with an empty folder, whose sandbox is the bank at `bank`.
    #[must_use]
    pub fn start(bank: &str) -> Self {
        Self::start_with(bank, &[])
    }

    /// The same with further options.
    #[must_use]
    pub fn start_with(bank: &str, options: &[&str]) -> Self {
        let folder = Folder::in_memory().unwrap();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let (process, merchant) = start(bank, &options, &folder);
        let (shopper, provider) = (merchant.shopper(), Provider::of(&merchant));
        Self { process, merchant, shopper, provider, bank: bank.to_owned(), options, folder }
    }

    /// Sends SIGKILL, then starts another process on the same folder.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        let account = self.merchant.client_id.clone();
        self.start_again();
        assert_eq!(self.merchant.client_id, account, "it did not find its account again");
    }

    /// The operator of this hub.
    pub const fn operator(&mut self) -> Operator<'_> {
        Operator::of(self)
    }

    /// Runs a command while this hub is stopped, and starts the hub again. Returns the command's output.
    pub(crate) fn run(&mut self, command: &[&str]) -> Output {
        self.kill();
        let output = Command::new(binary())
            .args(command)
            .args(["--data", "data", "--sandbox-bank", &self.bank])
            .current_dir(self.folder.path())
            .env("RUST_LOG", "warn")
            .output();
        self.start_again();
        output.unwrap()
    }

    fn start_again(&mut self) {
        (self.process, self.merchant) = start(&self.bank, &self.options, &self.folder);
        (self.shopper, self.provider) = (self.merchant.shopper(), Provider::of(&self.merchant));
    }

    /// The peak memory of the process in bytes, as Linux counts it.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB")).unwrap();
        peak.trim().parse::<u64>().unwrap() * 1024
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        assert_eq!(self.process.wait().unwrap().code(), None, "it ended before it was killed");
    }
}

impl Drop for CommandedHub {
    fn drop(&mut self) {
        // The error is a process that has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a process and waits until it is ready. Returns it and its merchant.
fn start(bank: &str, options: &[String], folder: &Folder) -> (Child, Merchant) {
    let variables = folder.file("hub.env");
    let mut process = Command::new(binary())
        .args(["--port", "0", "--data", "data", "--env-file", "hub.env", "--sandbox-bank", bank])
        .args(options)
        .current_dir(folder.path())
        .env("RUST_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The process writes the file before it says that it is ready.
    let mut printed = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    while !printed.contains("Catraca is ready") {
        assert_ne!(output.read_line(&mut printed).unwrap(), 0, "it ended before it was ready: {printed}");
    }
    // Reads the rest, so that the process never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (process, merchant(&variables))
}

fn merchant(variables: &Path) -> Merchant {
    let text = std::fs::read_to_string(variables).unwrap();
    let variables: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    Merchant::new(
        variables["HUB_URL"],
        variables["HUB_CLIENT_ID"],
        variables["HUB_SECRET_KEY"],
        variables["HUB_MERCHANT_ID"],
    )
    .with_server_key(variables["HUB_WORLDLINE_KEY_ID"], variables["HUB_WORLDLINE_SECRET"])
}

/// The command: the one at `CATRACA_BIN`, or built once for all tests of this process.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(built) = std::env::var_os("CATRACA_BIN") {
            return built.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "-p", "catraca", "--bin", "catraca", "--message-format", "json"]);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
        // Build scripts read cargo's variables of this package: they would all run again.
        for (name, _) in std::env::vars().filter(|(name, _)| is_of_this_package(name)) {
            cargo.env_remove(name);
        }
        let built = cargo.output().unwrap();
        assert!(built.status.success(), "the command does not build");
        let messages = String::from_utf8(built.stdout).unwrap();
        let executable = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|line| line.get("executable").and_then(Value::as_str).map(PathBuf::from));
        executable.unwrap()
    })
}

fn is_of_this_package(variable: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_BIN_"].iter().any(|prefix| variable.starts_with(prefix))
}
