//! `catraca key` and `catraca worldline-key`.

use std::fs;

use super::{Hub, run, variables};
use crate::support::{call, keys};
use aws_local::folder::Folder;

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
