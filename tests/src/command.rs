//! The command `catraca` as a process of its own, which can be killed as only a process can.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use catraca::folder::Folder;
use serde_json::Value;

use crate::client::Client;

/// A hub that runs as a process. It keeps everything in its folder, from one start to the next.
pub struct CommandedHub {
    process: Child,
    /// Its account's caller, at the hub that runs now.
    pub client: Client,
    bank: String,
    folder: Folder,
}

impl CommandedHub {
    /// Starts a hub with an empty folder, whose sandbox is the bank at `bank`.
    #[must_use]
    pub fn start(bank: &str) -> Self {
        let folder = Folder::in_memory().unwrap();
        let (process, client) = run(bank, &folder);
        Self { process, client, bank: bank.to_owned(), folder }
    }

    /// SIGKILL; then another process starts on what this one left.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        let account = self.client.client_id.clone();
        (self.process, self.client) = run(&self.bank, &self.folder);
        assert_eq!(self.client.client_id, account, "it did not find its account again");
    }

    /// An operator's command, while this hub does not run, and what it said; the hub runs again after it.
    pub fn operate(&mut self, command: &[&str]) -> Output {
        self.kill();
        let run = Command::new(binary())
            .args(command)
            .args(["--data", "data", "--sandbox-bank", &self.bank])
            .current_dir(self.folder.path())
            .env("RUST_LOG", "warn")
            .output();
        (self.process, self.client) = self::run(&self.bank, &self.folder);
        run.unwrap()
    }

    /// The most memory that the process has had so far, in bytes, as Linux counts it.
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
        // A hub that a test has not ended itself; one that has ended cannot be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A process that is ready, and a caller of it.
fn run(bank: &str, folder: &Folder) -> (Child, Client) {
    let variables = folder.file("hub.env");
    let mut process = Command::new(binary())
        .args(["--port", "0", "--data", "data", "--env-file", "hub.env", "--sandbox-bank", bank])
        .current_dir(folder.path())
        .env("RUST_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It says that it is ready after it has written the file.
    let mut said = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    while !said.contains("Catraca is ready") {
        assert_ne!(output.read_line(&mut said).unwrap(), 0, "it ended before it was ready: {said}");
    }
    // Whatever else it says has a reader that does not hold it up.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (process, caller(&variables))
}

fn caller(variables: &Path) -> Client {
    let text = std::fs::read_to_string(variables).unwrap();
    let variables: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    Client::new(
        variables["HUB_URL"],
        variables["HUB_CLIENT_ID"],
        variables["HUB_SECRET_KEY"],
        variables["HUB_MERCHANT_ID"],
    )
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
        // What cargo tells this package of itself is read by build scripts: left there, they would all run again.
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
