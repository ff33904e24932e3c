//! The command `catraca`, as a process.

mod client;
mod events;
mod key;
mod listen;
mod start;

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use crate::support::{Answer, call, keys};
use serde_json::{Value, json};

fn catraca(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catraca"));
    command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn run(arguments: &[&str], folder: &Path) -> Output {
    catraca(arguments, folder).output().unwrap()
}

/// A hub that runs as a process of its own, with its greeting.
pub(crate) struct Hub {
    process: Child,
    output: BufReader<ChildStdout>,
    greeting: String,
}

impl Hub {
    pub(crate) fn start(arguments: &[&str], folder: &Path) -> Self {
        let mut process = catraca(arguments, folder).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("secret key") {
            assert_ne!(output.read_line(&mut greeting).unwrap(), 0, "it ended before it was ready: {greeting}");
        }
        Self { process, output, greeting }
    }

    /// The ports at which it listens, as Linux lists them.
    fn ports(&self) -> Vec<u16> {
        let folder = Path::new("/proc").join(self.process.id().to_string());
        let files = fs::read_dir(folder.join("fd")).unwrap().map(|file| fs::read_link(file.unwrap().path()).unwrap());
        let files: Vec<String> = files.map(|file| file.to_string_lossy().into_owned()).collect();
        let sockets = ["net/tcp", "net/tcp6"].map(|list| fs::read_to_string(folder.join(list)).unwrap_or_default());
        let port = |socket: &str| {
            let fields: Vec<&str> = socket.split_whitespace().collect();
            let is_own = fields[3] == "0A" && files.contains(&format!("socket:[{}]", fields[9]));
            is_own.then(|| u16::from_str_radix(fields[1].rsplit(':').next().unwrap(), 16).unwrap())
        };
        sockets.iter().flat_map(|list| list.lines().skip(1)).filter_map(port).collect()
    }

    /// Sends `signal` and returns the whole output, once the process has ended without an error.
    pub(crate) fn end(mut self, signal: &str) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        self.output.read_to_string(&mut self.greeting).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        std::mem::take(&mut self.greeting)
    }
}

/// A caller of the hub whose variables are in the file at `path`: method, path and body.
fn caller(path: &Path) -> impl Fn(&str, &str, &Value) -> Answer {
    let variables = variables(path);
    let sender = keys(&variables["HUB_CLIENT_ID"], &variables["HUB_SECRET_KEY"]);
    let url = variables["HUB_URL"].clone();
    move |method, path, body| call(&url, method, path, &sender, &body.to_string())
}

/// A card payment of the account whose variables are in the file at `path`.
fn payment(path: &Path) -> Value {
    json!({
        "merchantId": variables(path)["HUB_MERCHANT_ID"], "amount": 1500, "capture": true,
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": {
            "cardNumber": "4929564637987814", "cardCvv": "321",
            "cardExpirationDate": "12/2031", "cardHolderName": "MARIA SILVA",
        }},
    })
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Ends the hub of a test that failed; a hub that has ended cannot be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn variables(path: &Path) -> HashMap<String, String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}
