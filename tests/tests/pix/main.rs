//! Whole lives of payments at banks with the API Pix, and at Drip: unknown outcomes, tokens and certificates, hostile
//! notifications, and what is late, superseded or expires.

mod access;
mod at_bank;
mod drip;
mod hostile;
mod life;
mod mutual_tls;
mod superseding;
mod tokens;
mod unknown;

use std::{sync::Mutex, time::Duration};

use domain::limits::CALL_WINDOW;
use tests::{
    TestHub, engine,
    fakes::{Fault, Reply, Server},
};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// How long the hub waits for a provider that is silent.
const SILENCE: Duration = Duration::from_secs(1);

/// A page that some server has in place of the API.
fn page(status: u16) -> Reply {
    let headers = vec![("content-type", "text/html".to_owned())];
    Reply { status, headers, body: b"<html><body>Service temporarily unavailable</body></html>".to_vec() }
}

/// The provider does it, and the hub cannot know.
fn done() -> [Fault; 7] {
    [
        Fault::Instead(Reply::empty(500)),
        Fault::Instead(page(502)),
        Fault::Instead(page(200)),
        Fault::Instead(Reply::empty(200)),
        Fault::LoseAnswer,
        Fault::HalfAnswer,
        Fault::HoldAfter,
    ]
}

/// The provider does not do it, and the hub cannot know.
fn not_done() -> [Fault; 5] {
    [
        Fault::Refuse(Reply::empty(500)),
        Fault::Refuse(page(200)),
        Fault::Refuse(Reply::empty(200)),
        Fault::LoseRequest,
        Fault::HoldBefore,
    ]
}

/// Both, and whether the provider does it.
fn faults() -> impl Iterator<Item = (Fault, bool)> {
    done().map(|fault| (fault, true)).into_iter().chain(not_done().map(|fault| (fault, false)))
}

/// The next request of this method whose path has this part meets with `fault`. Of a provider that is silent the hub
/// does not wait long.
fn spoil(hub: &TestHub, server: &Server, method: &'static str, part: &'static str, fault: Fault) {
    if matches!(fault, Fault::HoldBefore | Fault::HoldAfter) {
        hurry(hub);
    }
    let once = Mutex::new(Some(fault));
    server.treat(move |asked| {
        let is_it = asked.method == method && asked.path.contains(part);
        is_it.then(|| once.lock().unwrap().take()).flatten()
    });
}

/// The next intent of a charge is stored shortly before the time for its call is over.
fn hurry(hub: &TestHub) {
    let (clock, mut is_next) = (hub.clock().clone(), true);
    hub.engine.fail(move |operation, body| {
        let is_write = matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems");
        if is_write && body.to_string().contains("CHARGE#") && std::mem::take(&mut is_next) {
            clock.advance(CALL_WINDOW.checked_sub(SILENCE).unwrap());
        }
        engine::Fault::None
    });
}

/// No fault is left.
fn heal(hub: &TestHub, server: &Server) {
    hub.engine.heal();
    server.treat_all_alike();
}

/// What the tests read of the log.
fn listen() {
    tests::log::listen("warn");
}

/// The lines of failed provider calls that have all these words.
fn failed_calls(words: &[&str]) -> Vec<String> {
    let logged = tests::log::logged();
    let is_it = |line: &&str| {
        line.contains(r#""message":"provider call""#)
            && line.contains(r#""level":"WARN""#)
            && words.iter().all(|word| line.contains(word))
    };
    logged.lines().filter(is_it).map(str::to_owned).collect()
}
