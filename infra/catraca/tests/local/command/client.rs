//! `catraca client`.

use super::{Hub, run, variables};
use crate::support::{call, keys};
use aws_local::folder::Folder;

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
fn an_unknown_provider_is_a_wrong_command_line() {
    let scratch = Folder::in_memory().unwrap();
    for provider in ["pix", "pix=UNKNOWN", "gold=BS2"] {
        let refused = run(&["client", "create", "--name", "x", "--provider", provider], scratch.path());
        assert_eq!(refused.status.code(), Some(2), "{provider}");
        assert!(!scratch.file(".catraca").exists());
    }
}
