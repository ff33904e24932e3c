//! `catraca provider`: accounts are added, listed and checked, and no secret is an argument or is printed.

use std::{fs, process::Output};

use aws_local::folder::Folder;

use crate::command::run;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn value(output: &Output, name: &str) -> String {
    let printed = text(&output.stdout);
    let line = printed.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().last().unwrap().to_owned()
}

#[test]
fn an_account_is_added_listed_and_checked() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja"], scratch.path());
    let (client, merchant) = (value(&made, "client id"), value(&made, "merchant id"));
    fs::write(scratch.file("key.txt"), "key_secret_1\n").unwrap();
    let base = "baseUrl=https://api.drip.example/api/v1";
    let add = |fields: &[&str]| {
        let mut arguments = vec!["provider", "add", "DRIP", "--client", &client, "--merchant", &merchant];
        arguments.extend(fields.iter().flat_map(|field| ["--field", field]));
        run(&arguments, scratch.path())
    };
    for (fields, problem) in [
        (&[base, "apiKey=key_secret_1"][..], "apiKey is a secret"),
        (&[base][..], "credentials.fields.apiKey should not be empty"),
        (&["baseUrl=http://10.0.0.1/", "apiKey=@key.txt"][..], "credentials.fields.baseUrl"),
        (&[base, base, "apiKey=@key.txt"][..], "baseUrl comes twice"),
        (&[base, "apiKey=@none.txt"][..], "apiKey cannot be read from none.txt"),
    ] {
        let refused = add(fields);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(problem) && !said.contains("key_secret"), "{said}");
    }
    let added = add(&[base, "apiKey=@key.txt"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    let account = text(&added.stdout).split_whitespace().nth(1).unwrap().to_owned();

    let listed = text(&run(&["provider", "list", "--client", &client], scratch.path()).stdout);
    let line = listed.lines().find(|line| line.contains(&account)).unwrap();
    assert!(line.contains("DRIP  sandbox") && line.contains(base) && !listed.contains("key_secret"), "{listed}");
    assert_eq!(listed.matches("the hub's sandbox").count(), 3, "the other accounts stay: {listed}");

    let check = |account: &str| {
        let stand_in = "DRIP=http://127.0.0.1:1";
        run(&["provider", "check", account, "--client", &client, "--provider-url", stand_in], scratch.path())
    };
    let said = text(&check(&account).stderr);
    assert!(said.contains("the provider's host refuses the connection"), "{said}");
    let said = text(&check(&merchant).stderr);
    assert!(said.contains("no merchant has the account"), "{said}");
    let replaced = run(
        &[
            "provider",
            "add",
            "DRIP",
            "--client",
            &client,
            "--merchant",
            &merchant,
            "--account",
            &account,
            "--field",
            base,
            "--field",
            "apiKey=@key.txt",
        ],
        scratch.path(),
    );
    assert!(text(&replaced.stdout).contains("has new keys"), "{}", text(&replaced.stderr));
}
