//! The command `catraca`, as a process.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use crate::{
    receiver::Receiver,
    support::{Answer, call, keys},
};
use aws_local::folder::Folder;
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    signature::{ED25519, UnparsedPublicKey},
};
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

#[test]
fn the_payment_in_the_greeting_is_approved() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let variables = variables(&scratch.file("hub.env"));
    let greeting = hub.end("INT");
    assert!(greeting.contains(&variables["HUB_SECRET_KEY"]), "{greeting}");
    assert!(greeting.contains(&format!("curl {}/v1/charges", variables["HUB_URL"])), "{greeting}");
    assert!(greeting.contains("--env-file FILE") && greeting.contains("Worldline's API"), "{greeting}");
    let body = greeting.split("-d '").nth(1).unwrap().split("}'").next().unwrap().to_owned() + "}";

    let hub = Hub::start(&["--port", "0", "--env-file", "again.env"], scratch.path());
    let again = self::variables(&scratch.file("again.env"));
    let sender = keys(&again["HUB_CLIENT_ID"], &again["HUB_SECRET_KEY"]);
    let charge = call(&again["HUB_URL"], "POST", "/v1/charges", &sender, &body);
    assert_eq!((charge.status, &charge.body["status"]), (201, &Value::from("authorized")), "{}", charge.body);
    // The key of the first start still opens the hub, and is not printed again.
    assert_eq!(again["HUB_SECRET_KEY"], variables["HUB_SECRET_KEY"]);
    assert!(!hub.end("TERM").contains(&variables["HUB_SECRET_KEY"]));
}

#[test]
fn the_greeting_says_what_to_do_where_every_merchant_is_deleted() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let merchant = variables(&file)["HUB_MERCHANT_ID"].clone();
    assert_eq!(caller(&file)("DELETE", &format!("/v1/merchants/{merchant}"), &Value::Null).status, 204);
    hub.end("TERM");
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    assert_eq!(variables(&file)["HUB_MERCHANT_ID"], "");
    let greeting = hub.end("TERM");
    let expected = "merchant id  none: every merchant of the account is deleted. POST /v1/merchants makes one\n";
    assert!(greeting.contains(expected) && !greeting.contains(&merchant), "{greeting}");
}

#[test]
fn any_start_removes_what_a_killed_hub_kept_in_memory() {
    let scratch = Folder::in_memory().unwrap();
    let killed = Hub::start(&["--port", "0", "--memory"], scratch.path());
    let open = format!("/proc/{}/fd", killed.process.id());
    let mut files = fs::read_dir(open).unwrap().filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let folder = files.find(|file| file.ends_with("hub.db")).unwrap().parent().unwrap().to_owned();
    drop(killed);
    // Tests beside this one start hubs too, which may have removed it.
    Hub::start(&["--port", "0", "--data", "data"], scratch.path()).end("TERM");
    assert!(!folder.exists(), "{}", folder.display());
}

#[test]
fn the_gateway_has_the_only_port() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let ports: Vec<String> = hub.ports().iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
    assert_eq!(ports, [url]);
}

#[test]
fn a_public_address_with_a_path_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let refused = run(&["--port", "0", "--data", "shop", "--public-url", "https://pay.example/v1"], scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("a public address is http or https, without user, path and query"), "{said}");
    assert!(!scratch.file("shop").exists());
}

#[test]
fn a_bank_that_is_no_address_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    for bank in ["nonsense", "", "localhost:8099", "ftp://127.0.0.1", "http://"] {
        for command in
            [&["--port", "0"][..], &["charge", "apply", id], &["charge", "settle", id, "--request", "1", "approved"]]
        {
            let refused = run(&[command, &["--data", "shop", "--sandbox-bank", bank]].concat(), scratch.path());
            let said = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(2), "{said}");
            let expected = "must be an http or https address, such as http://127.0.0.1:8099";
            assert!(said.contains(expected) || bank.is_empty() && said.contains("a value is required"), "{said}");
        }
    }
    assert!(!scratch.file("shop").exists());
}

#[test]
fn a_stand_in_that_is_no_server_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let url = "needs an http address on loopback, or an https one, without user, path and query";
    for (options, expected) in [
        (&["--provider-url", "http://127.0.0.1:8099"][..], "must be PROVIDER=URL"),
        (&["--provider-url", "NOBANK=http://127.0.0.1:8099"], "names no provider that the hub knows"),
        (&["--provider-url", "BB=http://bank.example"], url),
        (&["--provider-url", "BB=http://127.0.0.1:8099/pix"], url),
        (
            &["--provider-ca", concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/edge/src/amazon_roots.pem")],
            "required",
        ),
        (&["--provider-url", "BB=https://127.0.0.1:1", "--provider-ca", "none.pem"], "No such file"),
    ] {
        let refused = run(&[&["--port", "0", "--data", "shop"], options].concat(), scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    let twice = ["--port", "0", "--data", "shop", "--provider-url", "BB=http://127.0.0.1:1"];
    let refused = run(&[&twice[..], &twice[4..]].concat(), scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("BB has two servers that stand in for it"), "{said}");
    assert!(!scratch.file("shop").exists());
}

#[test]
fn an_account_needs_a_name() {
    let scratch = Folder::in_memory().unwrap();
    for name in ["", " \t"] {
        let refused = run(&["client", "create", "--name", name, "--data", "shop"], scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(!scratch.file("shop").exists(), "{said}");
    }
}

#[test]
fn a_new_account_opens_the_hub_of_its_folder() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja", "--provider", "pix=BS2", "--data", "shop"], scratch.path());
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(said.starts_with("folder       shop\n"), "{said}");
    let line = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();

    let hub = Hub::start(&["--port", "0", "--data", "shop", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let listed = call(&url, "GET", "/v1/charges", &keys(line("client id"), &line("secret key")), "");
    assert_eq!(listed.status, 200, "{}", listed.body);

    let refused = run(&["client", "create", "--name", "Loja", "--data", "shop"], scratch.path());
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "catraca: a hub is running on the folder shop; nothing was recorded. Stop it first\n"
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

    // The file of the sandbox account has its new key, and not the key of the other account.
    let hub = Hub::start(&["--port", "0", "--env-file", "again.env"], scratch.path());
    let again = variables(&scratch.file("again.env"));
    assert_eq!((again["HUB_CLIENT_ID"].as_str(), &again["HUB_SECRET_KEY"]), (own, &new_key));
    let status = |client: &str, key: &str| call(&again["HUB_URL"], "GET", "/v1/charges", &keys(client, key), "").status;
    assert_eq!((status(own, &new_key), status(own, &before["HUB_SECRET_KEY"])), (200, 403));
    assert_eq!((status(&other, &others_new), status(&other, &others_key)), (200, 403));
    hub.end("TERM");

    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let refused = run(&["client", "rotate-key", "--client", unknown], scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(
        (refused.status.code(), said),
        (Some(1), format!("catraca: nothing was done: there is no account {unknown}\n"))
    );
    assert_eq!(run(&["client", "rotate-key", "--client", "7"], scratch.path()).status.code(), Some(2));
}

#[test]
fn an_operator_lists_and_revokes_public_keys() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let own = variables(&scratch.file("hub.env"));
    let (client, secret) = (own["HUB_CLIENT_ID"].as_str(), own["HUB_SECRET_KEY"].as_str());
    let made = [r#"{"scope":["tokens","cards"]}"#, r#"{"scope":"*"}"#, r#"{"scope":"auth"}"#].map(|body| {
        let made = call(&own["HUB_URL"], "POST", "/v1/auth", &keys(client, secret), body);
        made.body["publicKey"].as_str().unwrap().to_owned()
    });
    hub.end("TERM");
    let command = |arguments: &[&str]| run(&[arguments, &["--client", client]].concat(), scratch.path());
    let list = || String::from_utf8(command(&["key", "list"]).stdout).unwrap();
    let state = |list: &str, key: &str| {
        let line = list.lines().find(|line| line.split_whitespace().nth(1) == key.get(32..)).unwrap().to_owned();
        line.split_whitespace().nth(2).unwrap().to_owned()
    };
    let listed = list();
    assert!(listed.lines().count() == 4 && listed.contains("tokens,cards"), "{listed}");
    assert!(made.iter().all(|key| !listed.contains(key) && state(&listed, key) == "active"), "{listed}");

    let by_id = listed.lines().find(|line| line.ends_with("tokens,cards")).unwrap().split(' ').next().unwrap();
    for key in [by_id, &made[1]] {
        let revoked = command(&["key", "revoke", key]);
        assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    }
    let states = made.each_ref().map(|key| state(&list(), key));
    assert_eq!(states, ["revoked", "revoked", "active"]);
    assert!(command(&["key", "revoke", "--all"]).status.success());
    assert_eq!(state(&list(), &made[2]), "revoked");

    let again = command(&["key", "revoke", by_id]);
    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!((again.status.code(), said.as_str()), (Some(1), "catraca: no key was changed: public key not found\n"));
    assert_eq!(command(&["key", "revoke"]).status.code(), Some(2));
    assert_eq!(command(&["key", "revoke", by_id, "--all"]).status.code(), Some(2));
    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    for arguments in [&["key", "list"][..], &["key", "revoke", "--all"]] {
        let refused = run(&[arguments, &["--client", unknown]].concat(), scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(
            (refused.status.code(), said),
            (Some(1), format!("catraca: nothing was done: there is no account {unknown}\n"))
        );
    }
}

#[test]
fn an_operator_lists_replaces_and_revokes_the_keys_of_servers() {
    let scratch = Folder::in_memory().unwrap();
    let keys_at_start = || {
        Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path()).end("TERM");
        let own = variables(&scratch.file("hub.env"));
        (own["HUB_WORLDLINE_KEY_ID"].clone(), own["HUB_WORLDLINE_SECRET"].clone(), own["HUB_CLIENT_ID"].clone())
    };
    let (first, secret, client) = keys_at_start();
    assert!(secret.starts_with("wl_") && secret.len() > 40, "{secret}");
    assert_eq!(keys_at_start(), (first.clone(), secret.clone(), client.clone()));
    let command = |arguments: &[&str]| {
        let ended = run(&[&["worldline-key"], arguments, &["--client", &client]].concat(), scratch.path());
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    };
    let listed = || {
        let lines = command(&["list"]);
        let words = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
        lines.lines().skip(1).map(words).collect::<Vec<_>>()
    };
    assert_eq!(listed(), [[first.as_str(), "active"]]);

    let rotated = command(&["rotate"]);
    let line = |name| rotated.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (second, new_secret) = (line("worldline key id"), line("worldline secret"));
    assert_eq!(listed(), [[second.as_str(), "active"], [first.as_str(), "former"]]);
    assert_eq!(keys_at_start(), (second.clone(), new_secret, client.clone()));

    assert!(!command(&["revoke", &first]).contains("warning"));
    assert_eq!(listed(), [[second.as_str(), "active"], [first.as_str(), "ended"]]);
    assert!(command(&["revoke", &second]).contains("warning: no key of the account signs any more"));
    assert_eq!(keys_at_start(), (String::new(), String::new(), client.clone()));
    let written = fs::read_to_string(scratch.file("hub.env")).unwrap();
    assert!(written.contains("`catraca worldline-key rotate` makes one"), "{written}");
    assert!(!command(&["list"]).contains(&secret));

    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    for (arguments, said) in [
        (
            ["revoke", unknown, "--client", &client].as_slice(),
            format!("the account has no key {unknown}; `catraca worldline-key list` shows them"),
        ),
        (&["revoke", &first, "--client", &client], format!("the key {first} has ended before")),
        (&["rotate", "--client", unknown], format!("there is no account {unknown}")),
        (&["list", "--client", unknown], format!("there is no account {unknown}")),
    ] {
        let refused = run(&[&["worldline-key"], arguments].concat(), scratch.path());
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), error), (Some(1), format!("catraca: nothing was done: {said}\n")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_killed_delivers_every_event_after_its_next_start() {
    let scratch = Folder::in_memory().unwrap();
    let endpoint = Receiver::open(&[]).await;
    let file = scratch.file("hub.env");
    let mut hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let order = json!({"event": "transaction.authorized", "endpoint": endpoint.url()});
    assert_eq!(caller(&file)("POST", "/v1/webhooks", &order).status, 201);
    let mut paid = Vec::new();
    for _ in 0..4 {
        let charge = caller(&file)("POST", "/v1/charges", &payment(&file));
        // SIGKILL, as soon as it is answered: all, some or none of its events may be delivered.
        hub.process.kill().unwrap();
        paid.push(charge.body["id"].clone());
        drop(hub);
        std::fs::remove_file(&file).unwrap();
        hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    }
    // Long enough that what was under way at a SIGKILL is due again.
    assert_eq!(caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 600})).status, 200);
    let delivered: HashSet<Value> = endpoint.calls().iter().map(|call| call.json()["payload"]["id"].clone()).collect();
    assert_eq!(delivered, paid.into_iter().collect());
    hub.end("TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_forwards_every_event_unchanged_and_removes_its_endpoint() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let (file, target) = (scratch.file("hub.env"), format!("{}/hooks", program.url()));
    let arguments = ["listen", "--forward-to", &target, "--env-file", "hub.env", "--webhook-version", "1.1"];
    let mut listening = catraca(&arguments, scratch.path()).spawn().unwrap();
    let mut said = BufReader::new(listening.stdout.take().unwrap());
    let mut heading = String::new();
    while !heading.contains("\nwhsec_") {
        assert_ne!(said.read_line(&mut heading).unwrap(), 0, "{heading}");
    }
    let charge = caller(&file)("POST", "/v1/charges", &payment(&file)).body;
    caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 0}));

    let keys: Vec<&str> = heading.lines().skip_while(|line| !line.starts_with("-----BEGIN")).collect();
    let der = STANDARD.decode(keys[1]).unwrap();
    // The key is the last 32 bytes of its DER.
    let key = UnparsedPublicKey::new(&ED25519, der[der.len() - 32..].to_vec());
    let secret = STANDARD.decode(keys[3].strip_prefix("whsec_").unwrap()).unwrap();
    let shared = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    assert_eq!(program.calls().len(), 2);
    for call in program.calls() {
        assert_eq!((call.parts.method.as_str(), call.parts.uri.path()), ("POST", "/hooks"));
        let signed = [call.header("x-plug-date").as_bytes(), b"\n", &call.body].concat();
        assert!(key.verify(&signed, &hex::decode(call.header("x-plug-signature")).unwrap()).is_ok(), "{call:?}");
        let standard = [call.header("webhook-id"), ".", call.header("webhook-timestamp"), "."].concat();
        let mac = hmac::sign(&shared, &[standard.as_bytes(), &call.body].concat());
        let listed = format!("v1,{}", STANDARD.encode(mac));
        assert!(call.header("webhook-signature").split(' ').any(|one| one == listed), "{call:?}");
        assert_eq!(call.json()["data"]["id"], charge["id"]);
    }
    assert!(Command::new("kill").args(["-s", "INT", &listening.id().to_string()]).status().unwrap().success());
    let mut lines = String::new();
    said.read_to_string(&mut lines).unwrap();
    assert_eq!(listening.wait().unwrap().code(), Some(0));
    let mut lines: Vec<Vec<&str>> =
        lines.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect();
    lines.sort_unstable();
    let id = charge["id"].as_str().unwrap();
    assert_eq!(lines, [["transaction.authorized", id, "200"], ["transaction.pending", id, "200"]]);
    assert_eq!(caller(&file)("GET", "/v1/webhooks", &Value::Null).body["items"], json!([]));
    hub.end("TERM");
}

/// A `catraca listen` that has registered its endpoint.
fn listen(target: &str, folder: &Path) -> Child {
    let mut listening = catraca(&["listen", "--forward-to", target, "--env-file", "hub.env"], folder).spawn().unwrap();
    let mut said = BufReader::new(listening.stdout.as_mut().unwrap());
    let mut heading = String::new();
    while !heading.contains("\nwhsec_") {
        assert_ne!(said.read_line(&mut heading).unwrap(), 0, "{heading}");
    }
    listening
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_removes_the_endpoints_of_a_killed_one_and_no_others() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let ask = caller(&file);
    let own = "http://127.0.0.1:1/hooks";
    assert_eq!(ask("POST", "/v1/webhooks", &json!({"event": "*", "endpoint": own})).status, 201);
    let registered = || -> HashSet<String> {
        let listed = ask("GET", "/v1/webhooks", &Value::Null).body;
        listed["items"].as_array().unwrap().iter().map(|one| one["endpoint"].as_str().unwrap().to_owned()).collect()
    };
    let mut running = listen(program.url(), scratch.path());
    let before = registered();
    assert_eq!(before.len(), 2);
    let mut killed = listen(program.url(), scratch.path());
    let with_killed = registered();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let mut last = listen(program.url(), scratch.path());
    let left = registered();
    assert!(left.is_superset(&before) && left.len() == 3, "{left:?}");
    assert_eq!(left.intersection(&with_killed).count(), 2, "{left:?}");
    for process in [&mut running, &mut last] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    hub.end("TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_forwards_nothing_that_its_hub_did_not_deliver() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let mut listening = listen(program.url(), scratch.path());
    let listed = caller(&scratch.file("hub.env"))("GET", "/v1/webhooks", &Value::Null).body;
    let endpoint = listed["items"][0]["endpoint"].as_str().unwrap();
    let (address, path) = endpoint.split_at(endpoint.find("/catraca-listen/").unwrap());
    for (method, path, expected) in [
        ("POST", "/", 404),
        ("POST", "/catraca-listen", 404),
        ("POST", "/catraca-listen/", 404),
        ("POST", &format!("{path}x"), 404),
        ("GET", path, 204),
    ] {
        let event = r#"{"event":"transaction.authorized","payload":{"id":"1"}}"#;
        assert_eq!(call(address, method, path, "", event).status, expected, "{method} {path}");
    }
    assert_eq!(program.calls().len(), 0);
    listening.kill().unwrap();
    listening.wait().unwrap();
    hub.end("TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_removes_the_endpoint_of_a_killed_one_whose_port_another_program_has() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let ask = caller(&file);
    let abandoned = format!("{}/catraca-listen/of-a-killed-one", program.url());
    assert_eq!(ask("POST", "/v1/webhooks", &json!({"event": "*", "endpoint": abandoned})).status, 201);
    let mut listening = listen(program.url(), scratch.path());
    let listed = ask("GET", "/v1/webhooks", &Value::Null).body;
    assert!(listed["items"].as_array().unwrap().len() == 1 && !listed.to_string().contains(&abandoned), "{listed}");
    listening.kill().unwrap();
    listening.wait().unwrap();
    hub.end("TERM");
}

#[test]
fn listen_prints_every_problem_of_a_refused_endpoint() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let arguments =
        ["listen", "--forward-to", "http://127.0.0.1:1/", "--env-file", "hub.env", "--webhook-version", "9"];
    let refused = run(&arguments, scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("catraca: the hub at {url} refused the endpoint: 400 Bad Request Exception: version ");
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
    assert_eq!(refused.status.code(), Some(1));
    hub.end("TERM");
}

#[test]
fn an_error_of_listen_is_one_line_and_a_failure() {
    let scratch = Folder::in_memory().unwrap();
    fs::write(scratch.file("hub.env"), "HUB_URL=http://127.0.0.1:1\nHUB_CLIENT_ID=a\nHUB_SECRET_KEY=b\n").unwrap();
    fs::write(scratch.file("half.env"), "HUB_URL=http://127.0.0.1:1\n").unwrap();
    for (arguments, expected) in [
        (["http://127.0.0.1:1/", "--env-file", "hub.env"], "the hub at http://127.0.0.1:1 does not answer"),
        (["http://127.0.0.1:1/", "--env-file", "half.env"], "half.env cannot be used: it lacks HUB_SECRET_KEY"),
        (["http://127.0.0.1:1/", "--data", "nowhere"], "nowhere/account.json cannot be used"),
        (["the shop", "--env-file", "hub.env"], "--forward-to must be an http or https address"),
    ] {
        let refused = run(&[&["listen", "--forward-to"][..], &arguments].concat(), scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&format!("catraca: {expected}")) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_replay_reads_every_charge() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    assert_eq!(caller(&file)("POST", "/v1/charges", &payment(&file)).status, 201);
    // The answer comes once every earlier event is delivered.
    assert_eq!(caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 1})).status, 200);
    hub.end("TERM");
    let done = run(&["events", "replay", "--since", "2026-01-01T00:00:00Z"], scratch.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(said, "charges read     1\nevents replayed  0\n");
    assert_eq!(run(&["events", "replay", "--since", "yesterday"], scratch.path()).status.code(), Some(2));
}

#[test]
fn a_command_that_needs_a_hub_makes_none() {
    let scratch = Folder::in_memory().unwrap();
    let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    fs::create_dir(scratch.file("empty")).unwrap();
    for folder in ["nowhere", "empty"] {
        for command in [
            &["charge", "settle", id, "--request", "1", "approved"][..],
            &["charge", "apply", id],
            &["events", "replay", "--since", "2026-01-01T00:00:00Z"],
            &["client", "rotate-key", "--client", id],
        ] {
            let refused = run(&[command, &["--data", folder]].concat(), scratch.path());
            let said = String::from_utf8(refused.stderr).unwrap();
            let expected =
                format!("catraca: there is no hub in {folder}; nothing was done. Name its folder with --data\n");
            assert_eq!((refused.status.code(), said), (Some(1), expected), "{command:?}");
        }
    }
    assert!(!scratch.file("nowhere").exists());
    assert_eq!(fs::read_dir(scratch.file("empty")).unwrap().count(), 0);
}

#[test]
fn an_error_at_the_start_is_one_line_and_a_failure() {
    let scratch = Folder::in_memory().unwrap();
    fs::write(scratch.file("file"), "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, expected) in [
        (vec!["--memory", "--port", &port], "is in use"),
        (vec!["--port", "0", "--data", "file"], "the folder file cannot be used"),
        (vec!["--memory", "--port", "0", "--env-file", "none/hub.env"], "none/hub.env cannot be written"),
    ] {
        let refused = run(&arguments, scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.starts_with("catraca: ") && said.contains(expected) && said.lines().count() == 1, "{said}");
        assert!(refused.stdout.is_empty());
    }
}

#[test]
fn an_unknown_provider_is_a_wrong_command_line() {
    let scratch = Folder::in_memory().unwrap();
    for provider in ["pix", "pix=UNKNOWN", "gold=BS2"] {
        let refused = run(&["client", "create", "--name", "x", "--provider", provider], scratch.path());
        assert_eq!(refused.status.code(), Some(2), "{provider}");
        assert!(!scratch.file(".catraca").exists());
    }
}
