//! What a delivery costs beside the table: an event of common size, signed and posted to a sink on loopback, ten at once
//! as the queue hands them over.
//!
//! `cargo bench -p flows`; instructions: `valgrind --tool=callgrind --separate-threads=yes` on the same binary.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot unwrap has failed")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use criterion::Criterion;
use domain::webhook::{Delivery, Try};
use flows::{Clock, Outbound, Stage, deliver::tell};
use futures::future::join_all;
use seal::signing::{self, SigningKey};
use uuid::Uuid;

/// Bytes of an event of version 1.1 about a charge with two transaction requests.
const EVENT: usize = 2_500;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (clock, outbound) = (Clock::system(), Outbound::local(Stage::Sandbox).unwrap());
    let keys = (SigningKey::from_pkcs8(&signing::generate().unwrap().0).unwrap(), None);
    let (endpoint, body) = (sink(), format!("{{\"data\":\"{}\"}}", "x".repeat(EVENT)));
    let id = Uuid::from_u128(1).to_string();
    let delivery = Delivery::new(id.parse().unwrap(), id.parse().unwrap(), id.parse().unwrap(), clock.now());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    criterion.bench_function("ten deliveries, signed and posted", |bencher| {
        bencher.iter(|| {
            let ten = (0..10).map(|_| tell(&outbound, &clock, &endpoint, &delivery, &keys, body.clone()));
            let tries = runtime.block_on(join_all(ten));
            assert!(tries.iter().all(Try::is_taken), "{tries:?}");
        });
    });
    criterion.final_summary();
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
        // The event ends every request, and nothing else ends so.
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
