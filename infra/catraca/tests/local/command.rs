//! The command `catraca`, as a process.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use crate::support::{call, keys};
use catraca::folder::Folder;
use serde_json::Value;

fn catraca(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catraca"));
    command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str], folder: &Path) -> Output {
    catraca(arguments, folder).output().unwrap()
}

/// A hub that runs as a process of its own, and what it said until it was ready.
struct Hub {
    process: Child,
    said: BufReader<ChildStdout>,
    greeting: String,
}

impl Hub {
    fn start(arguments: &[&str], folder: &Path) -> Self {
        let mut process = catraca(arguments, folder).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("secret key") {
            assert_ne!(said.read_line(&mut greeting).unwrap(), 0, "it ended before it was ready: {greeting}");
        }
        Self { process, said, greeting }
    }

    /// Sends `signal` and gives back all that it said, once it ended well.
    fn end(mut self, signal: &str) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        self.said.read_to_string(&mut self.greeting).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        std::mem::take(&mut self.greeting)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // A test that failed leaves no hub behind; one that has ended cannot be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn variables(path: &Path) -> HashMap<String, String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

#[test]
fn the_greetings_own_payment_is_approved() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let variables = variables(&scratch.file("hub.env"));
    let greeting = hub.end("INT");
    assert!(greeting.contains(&variables["HUB_SECRET_KEY"]), "{greeting}");
    assert!(greeting.contains(&format!("curl {}/v1/charges", variables["HUB_URL"])), "{greeting}");
    let body = greeting.split("-d '").nth(1).unwrap().split("}'").next().unwrap().to_owned() + "}";

    let hub = Hub::start(&["--port", "0", "--env-file", "again.env"], scratch.path());
    let again = self::variables(&scratch.file("again.env"));
    let sender = keys(&again["HUB_CLIENT_ID"], &again["HUB_SECRET_KEY"]);
    let charge = call(&again["HUB_URL"], "POST", "/v1/charges", &sender, &body);
    assert_eq!((charge.status, &charge.body["status"]), (201, &Value::from("authorized")), "{}", charge.body);
    // What opened the hub at the first start opens it still, and is not said again.
    assert_eq!(again["HUB_SECRET_KEY"], variables["HUB_SECRET_KEY"]);
    assert!(!hub.end("TERM").contains(&variables["HUB_SECRET_KEY"]));
}

#[test]
fn a_made_account_opens_the_hub_of_that_folder() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja", "--provider", "pix=BS2", "--data", "shop"], scratch.path());
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let line = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();

    let hub = Hub::start(&["--port", "0", "--data", "shop", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let listed = call(&url, "GET", "/v1/charges", &keys(line("client id"), &line("secret key")), "");
    assert_eq!(listed.status, 200, "{}", listed.body);

    let refused = run(&["client", "create", "--name", "Loja", "--data", "shop"], scratch.path());
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "catraca: a hub is running on the folder shop; stop it first\n"
    );
    hub.end("TERM");
}

#[test]
fn a_rotated_key_opens_the_hub_in_place_of_the_old_one() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja"], scratch.path());
    let said = String::from_utf8(made.stdout).unwrap();
    let line = |said: &str, name| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (other, others_key) = (line(&said, "client id"), line(&said, "secret key"));
    Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path()).end("TERM");
    let before = variables(&scratch.file("hub.env"));
    let own = before["HUB_CLIENT_ID"].as_str();

    let rotated = run(&["client", "rotate-key", "--client", own], scratch.path());
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    let new_key = line(&String::from_utf8(rotated.stdout).unwrap(), "secret key");
    let others_new = run(&["client", "rotate-key", "--client", &other, "--data", ".catraca"], scratch.path());
    let others_new = line(&String::from_utf8(others_new.stdout).unwrap(), "secret key");

    // The sandbox account's file has its new key, and no other account's.
    let hub = Hub::start(&["--port", "0", "--env-file", "again.env"], scratch.path());
    let again = variables(&scratch.file("again.env"));
    assert_eq!((again["HUB_CLIENT_ID"].as_str(), &again["HUB_SECRET_KEY"]), (own, &new_key));
    let status = |client: &str, key: &str| call(&again["HUB_URL"], "GET", "/v1/charges", &keys(client, key), "").status;
    assert_eq!((status(own, &new_key), status(own, &before["HUB_SECRET_KEY"])), (200, 403));
    assert_eq!((status(&other, &others_new), status(&other, &others_key)), (200, 403));
    hub.end("TERM");

    let nobody = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let refused = run(&["client", "rotate-key", "--client", nobody], scratch.path());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(
        (refused.status.code(), told),
        (Some(1), format!("catraca: no key was changed: there is no account {nobody}\n"))
    );
    assert_eq!(run(&["client", "rotate-key", "--client", "7"], scratch.path()).status.code(), Some(2));
}

#[test]
fn what_prevents_a_start_is_one_line_and_a_failure() {
    let scratch = Folder::in_memory().unwrap();
    fs::write(scratch.file("file"), "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, told) in [
        (vec!["--memory", "--port", &port], "is in use"),
        (vec!["--port", "0", "--data", "file"], "the folder file cannot be used"),
        (vec!["--memory", "--port", "0", "--env-file", "none/hub.env"], "none/hub.env cannot be written"),
    ] {
        let refused = run(&arguments, scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.starts_with("catraca: ") && said.contains(told) && said.lines().count() == 1, "{said}");
        assert!(refused.stdout.is_empty());
    }
}

#[test]
fn a_provider_that_is_none_is_a_wrong_command_line() {
    let scratch = Folder::in_memory().unwrap();
    for provider in ["pix", "pix=NOBODY", "gold=BS2"] {
        let refused = run(&["client", "create", "--name", "x", "--provider", provider], scratch.path());
        assert_eq!(refused.status.code(), Some(2), "{provider}");
        assert!(!scratch.file(".catraca").exists());
    }
}
