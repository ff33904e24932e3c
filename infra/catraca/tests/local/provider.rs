//! `catraca provider`: accounts are added, listed and checked, no secret is an argument or is printed, and the addresses of
//! their notifications are shown and registered.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::Output,
    thread,
    time::Duration,
};

use aws_local::folder::Folder;
use base64::{Engine, engine::general_purpose::STANDARD};
use flows::Clock;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

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
        (&[base, "apiKey="][..], "credentials.fields.apiKey should not be empty"),
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
    assert!(
        line.contains("DRIP  the provider's sandbox") && line.contains(base) && !listed.contains("key_secret"),
        "{listed}"
    );
    assert_eq!(listed.matches("the hub's sandbox").count(), 3, "the other accounts stay: {listed}");

    let check = |account: &str| {
        let stand_in = "DRIP=http://127.0.0.1:1";
        run(&["provider", "check", account, "--client", &client, "--provider-url", stand_in], scratch.path())
    };
    let said = text(&check(&account).stderr);
    assert!(said.contains("the provider's host refuses the connection (127.0.0.1)"), "{said}");
    let of_sandbox = listed.lines().find(|line| line.contains("the hub's sandbox")).unwrap();
    let said = text(&check(of_sandbox.split_whitespace().nth(2).unwrap()).stdout);
    assert!(said.contains("is of the hub's sandbox: no provider was asked"), "{said}");
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
    let unknown = run(&["provider", "add", "Drip", "--client", &client, "--merchant", &merchant], scratch.path());
    let said = text(&unknown.stderr);
    assert!(said.contains("the hub has accounts at ADYEN, BB, BCB_PIX, BS2, DRIP, PAGARME"), "{said}");
}

#[test]
fn a_new_account_is_the_last_that_is_asked_until_it_is_made_the_first() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja"], scratch.path());
    let (client, merchant) = (value(&made, "client id"), value(&made, "merchant id"));
    fs::write(scratch.file("key.txt"), "sk_test_1\n").unwrap();
    fs::write(scratch.file("other.txt"), "sk_test_2\n").unwrap();
    let provider = |arguments: &[&str]| {
        let done = run(&[&["provider"], arguments, &["--client", &client]].concat(), scratch.path());
        (done.status.success(), text(&done.stdout) + &text(&done.stderr))
    };
    let add = |key: &str| {
        let (is_done, said) = provider(&["add", "PAGARME", "--merchant", &merchant, "--field", key]);
        assert!(is_done, "{said}");
        (said.split_whitespace().nth(1).unwrap().to_owned(), said)
    };
    let (id, said) = add("secretKey=@key.txt");
    let credit = said.lines().find(|line| line.starts_with("  credit: ")).unwrap();
    let sandbox = credit.split_whitespace().nth(2).unwrap();
    let expected =
        format!("  credit: STRIPE {sandbox} (the hub's sandbox), then PAGARME {id} (the provider's sandbox)");
    assert_eq!(credit, expected);
    let first = format!("catraca provider add PAGARME --account {id} --client {client} --first");
    assert!(said.contains(&format!("PAGARME {id} is not the first. Make it so: {first}\n")), "{said}");
    let remove =
        format!("approves payments that no provider gets: catraca provider remove {sandbox} --client {client}");
    assert!(said.contains(&remove) && said.matches("warning: ").count() == 2, "{said}");

    let (is_done, said) = provider(&["add", "PAGARME", "--account", &id, "--first"]);
    assert!(is_done && said.starts_with(&format!("PAGARME {id} is changed, and keeps its keys.")), "{said}");
    assert!(
        said.contains(&format!("  credit: PAGARME {id} (the provider's sandbox), then STRIPE {sandbox}")),
        "{said}"
    );
    assert!(said.contains(&remove) && !said.contains("is not the first"), "{said}");
    let (_, listed) = provider(&["list"]);
    assert!(listed.lines().next().unwrap().contains(&format!("{id}  PAGARME")), "{listed}");

    let (is_done, said) = provider(&["remove", sandbox]);
    assert!(is_done && said.contains("3 are left"), "{said}");
    assert!(!provider(&["list"]).1.contains(sandbox), "{listed}");
    let (is_done, said) = provider(&["remove", sandbox]);
    assert!(!is_done && said.contains("was removed before"), "{said}");
    let (other, said) = add("secretKey=@other.txt");
    let mistake = format!("has another account at PAGARME. Where that is a mistake: catraca provider remove {id}");
    assert!(said.contains(&mistake), "{said}");
    let (is_done, said) = provider(&["add", "PAGARME", "--account", &other, "--first"]);
    assert!(
        is_done && said.contains(&format!("  credit: PAGARME {other} (the provider's sandbox), then PAGARME {id}"))
    );
}

/// A certificate and its private key in two files in PEM, until so long from now.
fn pair(scratch: &Folder, life: Duration) {
    let mut params = CertificateParams::default();
    let end = u64::try_from(Clock::system().now().plus(life).as_seconds()).unwrap();
    params.not_before = date_time_ymd(1995, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(end);
    let key = KeyPair::generate().unwrap();
    fs::write(scratch.file("certificate.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(scratch.file("key.pem"), key.serialize_pem()).unwrap();
}

/// A server that answers each call of it with 401: the `authorization` of its first call.
fn refuses() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let first = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        head.into_iter().find(|line| line.to_lowercase().starts_with("authorization: ")).unwrap()
    });
    (url, first)
}

#[test]
fn a_certificate_is_replaced_alone_and_its_end_is_shown() {
    let scratch = Folder::in_memory().unwrap();
    let made = run(&["client", "create", "--name", "Loja"], scratch.path());
    let (client, merchant) = (value(&made, "client id"), value(&made, "merchant id"));
    fs::write(scratch.file("secret.txt"), "secret-1\n").unwrap();
    let provider = |arguments: &[&str], fields: &[&str]| {
        let fields = fields.iter().flat_map(|field| ["--field", field]).collect::<Vec<_>>();
        let done = run(&[&["provider"], arguments, &["--client", &client], &fields].concat(), scratch.path());
        (done.status.success(), text(&done.stdout) + &text(&done.stderr))
    };
    let both = ["certificate=@certificate.pem", "privateKey=@key.pem"];
    let others = ["clientId=loja", "clientSecret=@secret.txt", "appKey=app", "pixKey=loja@bank.example"];
    let new = ["add", "BB", "--merchant", &merchant];
    fs::write(scratch.file("pair.p12"), [0x30, 0x82, 0xff, 0x00]).unwrap();
    for (field, command) in
        [("certificate=@pair.p12", "-clcerts -nokeys | openssl x509"), ("privateKey=@pair.p12", "| openssl pkey")]
    {
        let (is_done, said) = provider(&new, &[field]);
        assert!(!is_done && said.contains("is no PEM. Of a .pfx or .p12 file: openssl pkcs12"), "{said}");
        assert!(said.contains(command), "{said}");
    }

    let day = Duration::from_hours(24);
    pair(&scratch, day * 10);
    let (is_done, said) = provider(&new, &[&both[..], &others].concat());
    assert!(is_done && said.contains("warning: the client certificate ends at 20"), "{said}");
    let id = said.split_whitespace().nth(1).unwrap().to_owned();
    let ends = |soon: &str| {
        let (_, listed) = provider(&["list"], &[]);
        let below = listed.lines().skip_while(|line| !line.contains(&id)).nth(1).unwrap().to_owned();
        below.starts_with("  the client certificate ends at 20") && below.ends_with(soon)
    };
    assert!(ends("Z, soon or already"));
    pair(&scratch, day * 400);
    let (is_done, said) = provider(&["add", "BB", "--account", &id], &both);
    assert!(is_done && said.contains("has new keys") && !said.contains("client certificate"), "{said}");
    assert!(ends("Z") && provider(&["list"], &[]).1.contains("pixKey=loja@bank.example"));
    let (is_done, said) = provider(&["add", "BB", "--account", &id], &["clientSecret="]);
    assert!(!is_done && said.contains("credentials.fields.clientSecret should not be empty"), "{said}");

    let (url, asked) = refuses();
    let (is_done, said) = provider(&["check", &id, "--provider-url", &format!("BB={url}")], &[]);
    let mend = format!("catraca provider add BB --account {id} --client {client} --field …");
    assert!(!is_done && said.contains("lack a permission or scope") && said.contains(&mend), "{said}");
    let kept = STANDARD.encode("loja:secret-1");
    assert!(asked.join().unwrap().ends_with(&kept), "the secret that was not given again is still there");
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
