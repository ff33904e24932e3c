//! The commands `catraca charge settle` and `catraca charge apply`, by which an operator repairs a charge.

use std::{collections::HashMap, net::TcpListener, path::Path};

use aws_local::folder::Folder;
use serde_json::{Value, json};

use crate::{
    command::{Hub, run, variables},
    support::{Answer, call, keys},
};

/// A hub in `folder` whose bank accepts every call and answers none. The hub is stopped between the commands.
struct Fixture {
    folder: Folder,
    bank: String,
}

impl Fixture {
    fn open() -> Self {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let bank = format!("http://{}", silent.local_addr().unwrap());
        std::thread::spawn(move || silent.incoming().for_each(drop));
        Self { folder: Folder::in_memory().unwrap(), bank }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the hub for these requests, and stops it after them.
    fn serve<T>(&self, requests: impl FnOnce(&Caller) -> T) -> T {
        let arguments = ["--port", "0", "--env-file", "hub.env", "--sandbox-bank", &self.bank];
        let hub = Hub::start(&arguments, self.path());
        let answered = requests(&Caller { variables: variables(&self.folder.file("hub.env")) });
        hub.end("TERM");
        answered
    }

    /// The command's exit code, with its output, or its error where it failed.
    fn settle(&self, arguments: &[&str]) -> (Option<i32>, String) {
        settle(self.path(), arguments)
    }
}

/// The exit code of `catraca charge settle`, with its first line, or its error where it failed. The second line says where
/// the provider shows the payment of the charge.
fn settle(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let (code, said) = charge(folder, &[&["settle"], arguments].concat());
    if code != Some(0) {
        return (code, said);
    }
    let (first, second) = said.split_once('\n').unwrap();
    let id = arguments.iter().find(|argument| argument.len() == 36).unwrap();
    assert!(second.contains(&format!("the reference {}001", id.replace('-', ""))), "{second}");
    assert!(second.ends_with(&format!("{LOOK_UP}\n")), "{second}");
    (code, format!("{first}\n"))
}

/// Where payments at the sandbox are looked up.
const LOOK_UP: &str =
    ": the books of the sandbox's bank, where that bank is an HTTP server: the reference is the payment's";

/// The exit code of `catraca charge`, with its output, or its error where it failed.
fn charge(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let done = run(&[&["charge"], arguments].concat(), folder);
    let said = String::from_utf8(if done.status.success() { done.stdout } else { done.stderr }).unwrap();
    // Errors and the log are both on standard error.
    let lines: Vec<&str> = said.split_inclusive('\n').filter(|line| !line.starts_with('{')).collect();
    (done.status.code(), lines.concat())
}

/// The sandbox account's caller.
struct Caller {
    variables: HashMap<String, String>,
}

impl Caller {
    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let sender = keys(&self.variables["HUB_CLIENT_ID"], &self.variables["HUB_SECRET_KEY"]);
        let body = if method == "GET" { String::new() } else { body.to_string() };
        call(&self.variables["HUB_URL"], method, path, &sender, &body)
    }

    /// A session whose card payment the bank did not answer, and that charge.
    fn unknown(&self) -> (String, String) {
        let session = self.ask(
            "POST",
            "/v1/sessions",
            &json!({
                "merchantId": self.variables["HUB_MERCHANT_ID"], "name": "Pedido", "amount": 100,
                "dueDate": "2999-01-01T00:00:00Z", "paymentMethods": [{"paymentType": "credit"}],
                "items": [{"name": "Item", "unitPrice": 100, "quantity": 1}],
            }),
        );
        let session = session.body["id"].as_str().unwrap().to_owned();
        let card = json!({
            "cardNumber": "4929564637987814", "cardCvv": "321", "cardExpirationDate": "12/2031",
            "cardHolderName": "MARIA SILVA",
        });
        let body = json!({
            "paymentMethod": {"paymentType": "credit"}, "paymentSource": {"sourceType": "card", "card": card},
        });
        let paid = self.ask("POST", &format!("/v1/sessions/{session}/charge"), &body);
        assert_eq!((paid.status, &paid.body["status"]), (201, &json!("pending")), "{}", paid.body);
        (session, paid.body["chargeId"].as_str().unwrap().to_owned())
    }

    /// A card payment that is to be reserved, which the bank did not answer.
    fn reserves(&self) -> String {
        let card = json!({
            "cardNumber": "4929564637987814", "cardCvv": "321", "cardExpirationDate": "12/2031",
            "cardHolderName": "MARIA SILVA",
        });
        let body = json!({
            "merchantId": self.variables["HUB_MERCHANT_ID"], "amount": 100, "capture": false,
            "paymentMethod": {"paymentType": "credit", "installments": 1},
            "paymentSource": {"sourceType": "card", "card": card},
        });
        let made = self.ask("POST", "/v1/charges", &body);
        assert_eq!((made.status, &made.body["status"]), (201, &json!("pending")), "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    /// Moves the clock by two minutes: longer than a provider may take to answer.
    fn wait(&self) {
        assert_eq!(self.ask("POST", "/_local/clock", &json!({"advanceSeconds": 120})).status, 200);
    }

    fn status(&self, path: &str) -> String {
        self.ask("GET", path, &Value::Null).body["status"].as_str().unwrap().to_owned()
    }
}

fn recorded(text: &str) -> (Option<i32>, String) {
    (Some(0), text.to_owned())
}

fn refused(text: &str) -> (Option<i32>, String) {
    (Some(1), format!("catraca: {text}\n"))
}

#[test]
fn an_outcome_that_an_operator_records_settles_the_charge_and_its_session() {
    let fixture = Fixture::open();
    let [approved, declined] = fixture.serve(|hub| {
        let unknown = [hub.unknown(), hub.unknown()];
        hub.wait();
        unknown
    });
    assert_eq!(
        fixture.settle(&[&approved.1, "--request", "1", "approved", "--id", "tran_7-1"]),
        recorded("request 1 is success; the charge is authorized, amount 100\n")
    );
    assert_eq!(
        fixture.settle(&["--data", ".catraca", "--request", "1", &declined.1, "declined"]),
        recorded("request 1 is failed; the charge is failed, amount 100\n")
    );
    fixture.serve(|hub| {
        for ((session, charge), of_charge, of_session) in
            [(&approved, "authorized", "paid"), (&declined, "failed", "created")]
        {
            assert_eq!(hub.status(&format!("/v1/charges/{charge}")), of_charge);
            assert_eq!(hub.status(&format!("/v1/sessions/{session}")), of_session);
        }
    });
}

/// A card approval after a published failure is a late payment.
#[test]
fn a_record_that_changes_nothing_is_refused_and_an_approval_after_a_failure_is_recorded() {
    let fixture = Fixture::open();
    let [(_, approved), (session, declined)] = fixture.serve(|hub| {
        let unknown = [hub.unknown(), hub.unknown()];
        hub.wait();
        unknown
    });
    let nothing = |request: &str, charge: &str| {
        refused(&format!(
            "request 1 is {request} and the charge is {charge}: that changes nothing, and nothing was recorded"
        ))
    };
    assert_eq!(fixture.settle(&[&approved, "--request", "1", "approved"]).0, Some(0));
    for again in ["approved", "declined"] {
        assert_eq!(fixture.settle(&[&approved, "--request", "1", again]), nothing("success", "authorized"));
    }
    assert_eq!(fixture.settle(&[&declined, "--request", "1", "declined"]).0, Some(0));
    assert_eq!(fixture.settle(&[&declined, "--request", "1", "declined"]), nothing("failed", "failed"));
    assert_eq!(
        fixture.settle(&[&declined, "--request", "1", "approved"]),
        recorded(
            "a late payment is recorded, which is not kept: the hub refunds it; the charge is authorized, amount 100\n"
        )
    );
    fixture.serve(|hub| {
        assert_eq!(hub.status(&format!("/v1/charges/{approved}")), "authorized");
        assert_eq!(hub.status(&format!("/v1/sessions/{session}")), "created");
    });
}

#[test]
fn a_refund_that_was_made_outside_the_hub_is_recorded() {
    let fixture = Fixture::open();
    let (_, charge) = fixture.serve(|hub| {
        let unknown = hub.unknown();
        hub.wait();
        unknown
    });
    let settle = |verdict: &[&str]| fixture.settle(&[&[&*charge, "--request", "1"], verdict].concat());
    let unpaid = "the charge is pending: nothing is paid that could be refunded, and nothing was recorded";
    assert_eq!(settle(&["refunded"]), refused(unpaid));
    let misplaced = "--id is for `approved` alone; nothing was recorded";
    assert_eq!(settle(&["refunded", "--id", "tran_7-1"]), refused(misplaced));
    assert_eq!(settle(&["approved"]).0, Some(0));
    let part = "a refund of 40 is recorded; the charge is authorized, amount 60\n";
    assert_eq!(settle(&["refunded", "--amount", "40"]), recorded(part));
    let beyond = "61 is more than the 60 that are left of this payment; nothing was recorded";
    assert_eq!(settle(&["refunded", "--amount", "61"]), refused(beyond));
    let no_amount =
        |left| format!("a refund is of 1 at least, and {left} are left of this payment; nothing was recorded");
    assert_eq!(settle(&["refunded", "--amount", "0"]), refused(&no_amount(60)));
    assert_eq!(settle(&["refunded"]), recorded("a refund of 60 is recorded; the charge is voided, amount 0\n"));
    assert_eq!(settle(&["refunded"]), refused(&no_amount(0)));
    let (_, shown) = self::charge(fixture.path(), &["show", &charge]);
    let recorded: Vec<_> =
        shown.lines().map(|line| line.ends_with("  recorded by an operator: not at the provider")).collect();
    assert_eq!(recorded, [false, false, true, true], "{shown}");
    let none = "no notification of this charge is waiting: nothing was applied, and nothing is to be done";
    assert_eq!(self::charge(fixture.path(), &["apply", &charge]), refused(none));
}

#[test]
fn a_request_that_its_provider_may_still_answer_is_not_settled() {
    let fixture = Fixture::open();
    let (_, charge) = fixture.serve(Caller::unknown);
    let early = "this request began less than a minute ago; its provider may still answer. Nothing was recorded; try again in a minute";
    assert_eq!(fixture.settle(&[&charge, "--request", "1", "approved"]), refused(early));
    fixture.serve(|hub| {
        assert_eq!(hub.status(&format!("/v1/charges/{charge}")), "pending");
        hub.wait();
    });
    assert_eq!(fixture.settle(&[&charge, "--request", "1", "approved"]).0, Some(0));
}

#[test]
fn an_unknown_charge_or_request_is_refused() {
    let fixture = Fixture::open();
    let (_, charge) = fixture.serve(|hub| {
        let unknown = hub.unknown();
        hub.wait();
        unknown
    });
    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let no_charge = "there is no such charge; nothing was recorded";
    let no_request = "the charge has 1 requests; they are counted from 1, the oldest first. Nothing was recorded";
    assert_eq!(fixture.settle(&[unknown, "--request", "1", "approved"]), refused(no_charge));
    for number in ["0", "2"] {
        assert_eq!(fixture.settle(&[&charge, "--request", number, "approved"]), refused(no_request), "{number}");
    }
    let reference = charge.replace('-', "") + "002";
    let another = "the id is that of request 2, and --request is 1; nothing was recorded";
    assert_eq!(fixture.settle(&[&reference, "--request", "1", "approved"]), refused(another));
    assert_eq!(fixture.settle(&[&reference, "--request", "2", "approved"]), refused(no_request));
    // A wrong command line has an exit code of its own, and opens no hub.
    for arguments in [
        vec!["7", "--request", "1", "approved"],
        vec![&*charge, "approved"],
        vec![&charge, "--request", "-1", "approved"],
        vec![&charge, "--request", "1", "perhaps"],
        vec![&charge, "--request", "1"],
        vec![&charge, "--request", "1", "approved", "--id", "tran/7"],
        vec![&charge, "--request", "1", "approved", "--data", "hub", "--table", "hub"],
        vec![&charge, "--request", "1", "approved", "--sandbox-bank", "http://127.0.0.1:1", "--table", "hub"],
    ] {
        let (code, error) = fixture.settle(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(error.starts_with("error: "), "{error}");
    }
    assert!(!fixture.folder.file("hub").exists());
    fixture.serve(|hub| assert_eq!(hub.status(&format!("/v1/charges/{charge}")), "pending"));
}

#[test]
fn the_folder_of_a_running_hub_is_refused() {
    let fixture = Fixture::open();
    fixture.serve(|hub| {
        let (_, charge) = hub.unknown();
        hub.wait();
        let expected = "catraca: a hub is running on the folder .catraca; nothing was recorded. Stop it first\n";
        let refused = fixture.settle(&[&charge, "--request", "1", "approved"]);
        assert_eq!(refused, (Some(1), expected.to_owned()));
        assert_eq!(hub.status(&format!("/v1/charges/{charge}")), "pending");
    });
}

/// A Pix that waits for its shopper has no unknown outcome: an operator records that it was paid, or that it will not
/// be. If it was paid after all, that is a late payment.
#[test]
fn a_payment_that_waits_for_its_shopper_is_settled_as_paid_or_not() {
    let folder = Folder::in_memory().unwrap();
    let arguments = ["--port", "0", "--env-file", "hub.env"];
    let hub = Hub::start(&arguments, folder.path());
    let caller = Caller { variables: variables(&folder.file("hub.env")) };
    let customer = json!({
        "name": "Maria Silva", "email": "maria@loja.example", "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": "72912053013"},
    });
    let pix = json!({
        "merchantId": caller.variables["HUB_MERCHANT_ID"], "amount": 150,
        "paymentMethod": {"paymentType": "pix", "expiresIn": 3600},
        "paymentSource": {"sourceType": "customer", "customer": customer},
    });
    let charges = [(); 2].map(|()| {
        let made = caller.ask("POST", "/v1/charges", &pix);
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    });
    caller.wait();
    hub.end("TERM");
    let settle = |id: &str, verdict: &str| settle(folder.path(), &[id, "--request", "1", verdict]);
    let [paid, unpaid] = charges;
    let is = |status: &str| format!("request 1 is success; the charge is {status}, amount 150\n");
    assert_eq!(settle(&paid, "approved"), recorded(&is("authorized")));
    assert_eq!(settle(&unpaid, "declined"), recorded(&is("failed")));
    assert_eq!(settle(&paid, "approved").0, Some(1));
    assert_eq!(settle(&unpaid, "declined").0, Some(1));
    assert_eq!(settle(&unpaid, "approved"), recorded(&is("authorized")));
    assert_eq!(settle(&unpaid, "approved").0, Some(1));
}

#[test]
fn a_charge_is_shown_with_where_its_provider_shows_what_is_open() {
    let fixture = Fixture::open();
    let (_, id) = fixture.serve(|hub| {
        let unknown = hub.unknown();
        hub.wait();
        unknown
    });
    let show = |id: &str| charge(fixture.path(), &["show", id]);
    let reference = format!("{}001", id.replace('-', ""));
    let (code, shown) = show(&id);
    assert_eq!(code, Some(0), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let variables = variables(&fixture.folder.file("hub.env"));
    let (client, merchant) = (&variables["HUB_CLIENT_ID"], &variables["HUB_MERCHANT_ID"]);
    let head = format!("charge {id}  credit  pending  amount 100 BRL  client {client}  merchant {merchant}");
    assert_eq!(lines[0], head);
    assert_eq!(show(&reference), (code, shown.clone()), "a reference names its charge");
    assert!(lines[1].starts_with("request 1  authorization processing  amount 100  "), "{shown}");
    assert!(lines[1].ends_with(&format!("  reference {reference}")), "{shown}");
    assert!(lines[2].contains(&format!(", look for the reference {reference}{LOOK_UP}")), "{shown}");
    assert_eq!(lines[3], format!("  Record what it shows: catraca charge settle {id} --request 1 …"));
    assert_eq!(fixture.settle(&[&id, "--request", "1", "approved"]).0, Some(0));
    let (_, shown) = show(&id);
    assert_eq!(shown.lines().count(), 2, "nothing is open: {shown}");
    assert!(shown.contains("authorized  amount 100 BRL") && shown.contains("authorization success"), "{shown}");
    assert_eq!(
        show("c1db83fa-723c-4e1f-9722-bc19d1be6791"),
        refused(
            "there is no such charge in this hub; nothing was shown. Compare the id, and which hub --data or --table names"
        )
    );
}

#[test]
fn a_reservation_that_cannot_be_read_is_recorded_as_refunded_once_it_ended() {
    let fixture = Fixture::open();
    let [id, captured] = fixture.serve(|hub| {
        let made = [hub.reserves(), hub.reserves()];
        hub.wait();
        made
    });
    let settle = |verdict: &str| fixture.settle(&[&id, "--request", "1", verdict]);
    assert_eq!(settle("approved"), recorded("request 1 is success; the charge is pre_authorized, amount 100\n"));
    let show = || charge(fixture.path(), &["show", &id]).1;
    assert_eq!(show().lines().count(), 2, "{}", show());
    fixture.serve(|hub| {
        assert_eq!(hub.ask("POST", "/_local/clock", &json!({"advanceSeconds": 8 * 24 * 3600})).status, 200);
    });
    let shown = show();
    assert!(shown.contains("  reserved until 20") && shown.contains(LOOK_UP), "{shown}");
    let command = format!("Where the reservation ended, record that: catraca charge settle {id} --request 1 refunded");
    assert!(shown.contains(&command), "{shown}");
    for verdict in ["approved", "declined"] {
        let (code, said) = settle(verdict);
        assert_eq!(code, Some(1));
        assert!(said.contains("If the reservation has ended at the provider, record `refunded`"), "{said}");
    }
    assert_eq!(settle("refunded"), recorded("a refund of 100 is recorded; the charge is canceled, amount 0\n"));
    assert_eq!(show().lines().count(), 3, "{}", show());

    // One that was captured at the provider: the capture that the provider refuses is recorded.
    let settle = |number, verdict| fixture.settle(&[&captured, "--request", number, verdict]);
    assert_eq!(settle("1", "approved").0, Some(0));
    fixture.serve(|hub| {
        let path = format!("/v1/charges/{captured}/capture");
        assert_eq!(hub.ask("POST", &path, &json!({})).status, 201);
        hub.wait();
    });
    assert_eq!(settle("2", "declined").0, Some(0));
    let is = "request 2 is success; the charge is authorized, amount 100\n";
    assert_eq!(settle("2", "approved"), recorded(is));
}
