//! The cost of a delivery without the table: an event of common size, signed and posted to a sink on loopback, ten at
//! once as they come from the queue.
//!
//! `cargo bench -p flows --bench deliver` measures how long ten take and, with valgrind, counts the instructions of
//! one: it fails where they are over the budget. Neither the sink, which is another process, nor the start is counted.
//! The signatures are counted by themselves, and the budget is for all the rest. For the details of a count:
//! `callgrind_annotate --inclusive=yes` on the count's file in the folder `target/tmp`, of a build with
//! `CARGO_PROFILE_BENCH_STRIP=none CARGO_PROFILE_BENCH_DEBUG=1`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot unwrap has failed")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

use std::{
    env,
    hint::black_box,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
};

use criterion::Criterion;
use domain::webhook::{Delivery, DeliveryAttempt};
use flows::{Clock, Outbound, Stage, webhook::deliver::send};
use futures::future::join_all;
use seal::signing::{self, SigningKey};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Bytes of an event of version 1.1 about a charge with two transaction requests.
const EVENT: usize = 2_500;
/// Deliveries of a batch.
const BATCH: usize = 10;
/// The instructions that one delivery may take, besides its signatures.
const BUDGET: u64 = 120_000;
/// Batches of the two runs that are compared.
const FEW: u64 = 10;
const MANY: u64 = 110;
/// The arguments of a process whose instructions are counted: what it does, for which endpoint, and how often.
const DELIVER: &str = "deliver";
const SIGN: &str = "sign";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [what @ (DELIVER | SIGN), endpoint, batches] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let sender = Sender::new(endpoint.to_owned());
        let batch = || if what == DELIVER { sender.deliver() } else { sender.sign() };
        return (0..batches.parse().unwrap()).for_each(|_| batch());
    }
    let sender = Sender::new(sink());
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("ten deliveries, signed and posted", |bencher| bencher.iter(|| sender.deliver()));
    criterion.bench_function("their signatures alone", |bencher| bencher.iter(|| sender.sign()));
    criterion.final_summary();
    // A run that only tests the benchmark measures nothing.
    if arguments.iter().any(|argument| argument == "--bench") {
        count(&sender.endpoint);
    }
}

/// Sends events to an endpoint.
struct Sender {
    runtime: Runtime,
    clock: Clock,
    outbound: Outbound,
    keys: (SigningKey, Option<SigningKey>),
    endpoint: String,
    delivery: Delivery,
    body: String,
}

impl Sender {
    fn new(endpoint: String) -> Self {
        let (clock, id) = (Clock::system(), Uuid::from_u128(1).to_string());
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            outbound: Outbound::local(Stage::Sandbox).unwrap(),
            keys: (SigningKey::from_pkcs8(&signing::generate().unwrap().0).unwrap(), None),
            endpoint,
            delivery: Delivery::new(id.parse().unwrap(), id.parse().unwrap(), id.parse().unwrap(), clock.now()),
            body: format!("{{\"data\":\"{}\"}}", "x".repeat(EVENT)),
            clock,
        }
    }

    /// Sends ten at once.
    fn deliver(&self) {
        let one = |_| send(&self.outbound, &self.clock, &self.endpoint, &self.delivery, &self.keys, self.body.clone());
        let attempts = self.runtime.block_on(join_all((0..BATCH).map(one)));
        assert!(attempts.iter().all(DeliveryAttempt::is_taken), "{attempts:?}");
    }

    /// Signs as much as ten are signed.
    fn sign(&self) {
        let (key, body) = (&self.keys.0, self.body.as_bytes());
        for _ in 0..BATCH {
            black_box((key.sign(body), key.sign(body), key.mac(body)));
        }
    }
}

/// Counts the instructions of one delivery.
fn count(endpoint: &str) {
    let Some((all, signatures)) = each(DELIVER, endpoint).zip(each(SIGN, endpoint)) else {
        return println!("instructions were NOT counted: there is no valgrind");
    };
    let rest = all.saturating_sub(signatures);
    println!("{all} instructions for each delivery: {signatures} sign, and the other {rest} may be {BUDGET}");
    assert!(rest <= BUDGET, "a delivery takes too many instructions");
}

/// The instructions of one in a batch: what more batches take more.
fn each(what: &str, endpoint: &str) -> Option<u64> {
    let (few, many) = (instructions(what, endpoint, FEW)?, instructions(what, endpoint, MANY)?);
    Some(many.saturating_sub(few) / ((MANY - FEW) * BATCH as u64))
}

/// The instructions of a process that does this with so many batches; none without valgrind.
fn instructions(what: &str, endpoint: &str, batches: u64) -> Option<u64> {
    let profile = format!("--callgrind-out-file={}/{what}.{batches}.callgrind", env!("CARGO_TARGET_TMPDIR"));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", &profile]).arg(env::current_exe().unwrap());
    let ran = match valgrind.args([what, endpoint, &batches.to_string()]).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        ran => ran.unwrap(),
    };
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    said.lines().find_map(|line| line.split_once("Collected : ")?.1.parse().ok())
}

/// An endpoint that takes everything.
fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || swallow(stream));
        }
    });
    format!("http://{address}/hooks")
}

fn swallow(mut stream: TcpStream) {
    let (mut seen, mut buffer) = (Vec::new(), [0; 8192]);
    while let Ok(count) = stream.read(&mut buffer) {
        seen.extend(buffer.iter().take(count));
        // Every request ends with the event, and nothing else ends so.
        if seen.ends_with(b"x\"}") {
            seen.clear();
            if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").is_err() {
                return;
            }
        }
        if count == 0 {
            return;
        }
    }
}
