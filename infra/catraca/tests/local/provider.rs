//! `catraca provider`: accounts are added, listed and checked, no secret is an argument or is printed, and the addresses of
//! their notifications are shown and registered.

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

/// The id of the account that the output says was added.
fn added(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn an_address_of_notifications_is_shown_and_registered_where_the_provider_takes_it() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja"], scratch.path());
    let (client, merchant) = (value(&made, "client id"), value(&made, "merchant id"));
    fs::write(scratch.file("secret.txt"), "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056\n")
        .unwrap();
    let add = |kind: &str, fields: &[&str]| {
        let mut arguments = vec!["provider", "add", kind, "--client", &client, "--merchant", &merchant];
        arguments.extend(fields.iter().flat_map(|field| ["--field", field]));
        added(&run(&arguments, scratch.path()))
    };
    let bank = add(
        "BCB_PIX",
        &[
            "baseUrl=https://pix.bank.example/v2",
            "tokenUrl=https://pix.bank.example/token",
            "clientId=loja",
            "clientSecret=@secret.txt",
            "pixKey=loja@bank.example",
        ],
    );
    let adyen = add("ADYEN", &["merchantAccount=Loja", "apiKey=@secret.txt", "hmacKey=@secret.txt"]);
    let drip = add("DRIP", &["baseUrl=https://api.drip.example/api/v1", "apiKey=@secret.txt"]);

    let list = |options: &[&str]| {
        let arguments = [&["provider", "list", "--client", &client], options].concat();
        text(&run(&arguments, scratch.path()).stdout)
    };
    let below = |listed: &str, account: &str| {
        let mut lines = listed.lines().skip_while(|line| !line.contains(account));
        lines.nth(1).unwrap().to_owned()
    };
    let listed = list(&[]);
    assert!(below(&listed, &bank).starts_with("  notifications to /v1/callbacks/BCB_PIX/"), "{listed}");
    let listed = list(&["--public-url", "https://pay.example"]);
    let address = below(&listed, &adyen);
    let address = address.strip_prefix("  notifications to ").unwrap().split(": ").next().unwrap();
    assert!(address.starts_with("https://pay.example/v1/callbacks/ADYEN/"), "{listed}");
    assert!(below(&listed, &adyen).contains(": a person registers the address at the provider: Customer Area"));
    assert!(below(&listed, &drip).ends_with(": each payment names the address"), "{listed}");
    assert!(below(&listed, &bank).ends_with("register-webhook` registers the address"), "{listed}");

    let register = |account: &str, options: &[&str]| {
        let arguments = [&["provider", "register-webhook", account, "--client", &client], options].concat();
        let done = run(&arguments, scratch.path());
        (done.status.success(), text(if done.status.success() { &done.stdout } else { &done.stderr }))
    };
    let public = ["--public-url", "https://pay.example"];
    let (is_done, said) = register(&adyen, &public);
    assert!(is_done && said.contains(&format!("Register {address} at the provider: Customer Area")), "{said}");
    let (is_done, said) = register(&drip, &[]);
    assert!(is_done && said.contains("nothing to register: each payment names the address"), "{said}");
    let no_address = "providers call public https addresses alone, and the hub has none here: name the hub's with";
    for options in [&[][..], &["--public-url", "http://127.0.0.1:3000"]] {
        let (is_done, said) = register(&bank, options);
        assert!(!is_done && said.contains(no_address), "{said}");
    }
    let stand_in = [&public[..], &["--provider-url", "BCB_PIX=http://127.0.0.1:1"]].concat();
    let (is_done, said) = register(&bank, &stand_in);
    assert!(!is_done && said.contains("was not registered: the provider's host refuses the connection"), "{said}");
    let (is_done, said) = register(&merchant, &public);
    assert!(!is_done && said.contains("no merchant has the account"), "{said}");
}
