//! What a payment costs on Lambda: instructions, capacity units, round trips, connections and bytes.
//!
//! `cargo bench -p benches --profile dev` builds the functions as they ship, and two controls with the same profile:
//! what every function costs, and what one bare transaction costs. It runs each under a Runtime API of its own, prints
//! a table, and fails where something costs more than `benches/figures.json` says; with `-- --keep` it replaces what that
//! file says. `-- session-pay` measures this function alone, beside the controls. The profile is that of the bench
//! itself, of which nothing is counted.

use std::{cell::Cell, ops::Add, time::Duration};

use benches::{
    figures::{self, Figures, Report},
    lambda::event,
    program::{Process, Program, Run},
    services::Services,
    tls::Authority,
};
use serde_json::{Value, json};
use tests::{
    TestHub,
    samples::{APPROVED, by_card, card_charge, session},
};

/// The requests of the two runs that are compared for one warm request.
const FEW: usize = 1;
const MANY: usize = 101;
/// So long each call takes where those under way at the same time are to be seen.
const SLOW: Duration = Duration::from_millis(100);
/// What the controls cost cold and warm, within three hundredths: where they change, the compiler or the libraries have.
const CONTROLS: [(Kind, u64, u64); 2] = [(Kind::Hello, 694_000, 198_000), (Kind::Transaction, 2_480_000, 785_000)];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A function that does nothing.
    Hello,
    /// A function that writes three items in one transaction with the bare SDK.
    Transaction,
    /// A charge of a card that comes with it, under an idempotency key.
    Charge,
    /// The same card pays a session, with the account's secret key.
    PaySession,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Hello, Self::Transaction, Self::Charge, Self::PaySession];

    const fn is_control(self) -> bool {
        matches!(self, Self::Hello | Self::Transaction)
    }

    const fn package(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Transaction => "transaction",
            Self::Charge => "charge-create",
            Self::PaySession => "session-pay",
        }
    }
}

#[tokio::main]
async fn main() {
    let bench = Bench { hub: TestHub::build().await, authority: Authority::new(), sent: Cell::new(0) };
    let mut report = Report::new();
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_meant =
        |kind: &Kind| kind.is_control() || named.is_empty() || named.iter().any(|name| name == kind.package());
    for kind in Kind::ALL.into_iter().filter(is_meant) {
        report.insert(kind.package().to_owned(), bench.measure(kind).await);
    }
    println!("{}", figures::table(&report, Kind::Hello.package()));
    for (kind, cold, warm) in CONTROLS {
        let control = &report[kind.package()];
        let is_near = |now: u64, pinned: u64| now.abs_diff(pinned) * 100 <= pinned * 3;
        assert!(is_near(control.cold, cold) && is_near(control.warm, warm), "a control has changed: {control:?}");
    }
    if std::env::args().any(|argument| argument == "--keep") {
        return figures::keep(report);
    }
    let regressions = figures::regressions(&figures::read(), &report);
    assert!(regressions.is_empty(), "{regressions:#?}");
}

struct Bench {
    hub: TestHub,
    authority: Authority,
    sent: Cell<u64>,
}

impl Bench {
    async fn measure(&self, kind: Kind) -> Figures {
        let program = Program::build(kind.package()).await;
        let size = program.size().await;
        let plain = Services::open(&self.hub, None, Duration::ZERO).await;
        let init = self.count(&program, &plain, kind, 0).await;
        let cold = self.count(&program, &plain, kind, FEW).await;
        let many = self.count(&program, &plain, kind, MANY).await;
        let (cold_tls, connections) = self.cold_over_tls(&program, kind, cold).await;
        let slow = Services::open(&self.hub, None, SLOW).await;
        let mut process = program.start(Run::Bare, slow.url()).await;
        self.request(&mut process, kind).await;
        let cold_trips = slow.take().round_trips();
        let event = self.event(kind).await;
        let _ = self.hub.engine.take_calls();
        process.answer(event).await;
        let (calls, warm_trips) = (self.hub.engine.take_calls(), slow.take().round_trips());
        process.end().await;
        let mut operations: Vec<String> = calls.iter().map(tests::engine::Call::what).collect();
        operations.sort(); // some are under way at the same time
        Figures {
            bytes: size.bytes,
            compressed: size.compressed,
            init,
            cold,
            cold_tls,
            warm: (many - cold) / (MANY - FEW) as u64,
            connections,
            cold_trips,
            warm_trips,
            table_units: calls.iter().map(|call| call.table_units).fold(0.0, f64::add),
            units: calls.iter().map(|call| call.units).fold(0.0, f64::add),
            calls: operations,
        }
    }

    /// The instructions of a cold start with TLS, and its connections.
    async fn cold_over_tls(&self, program: &Program, kind: Kind, cold: u64) -> (u64, usize) {
        if kind == Kind::Hello {
            return (cold, 0); // it calls no service
        }
        let secure = Services::open(&self.hub, Some(&self.authority), Duration::ZERO).await;
        let count = self.count(&program.trusting(&self.authority), &secure, kind, FEW).await;
        (count, secure.take().connections)
    }

    /// The instructions of a process that answers so many new requests.
    async fn count(&self, program: &Program, services: &Services, kind: Kind, requests: usize) -> u64 {
        let mut process = program.start(Run::Counted, services.url()).await;
        for _ in 0..requests {
            self.request(&mut process, kind).await;
        }
        process.end().await.unwrap()
    }

    /// Sends a new request, which must succeed.
    async fn request(&self, process: &mut Process, kind: Kind) {
        let answer = process.answer(self.event(kind).await).await;
        assert_eq!(answer["statusCode"], 201, "{kind:?}: {answer}");
    }

    /// A new request of common size.
    async fn event(&self, kind: Kind) -> Value {
        let merchant = &self.hub.merchant;
        self.sent.set(self.sent.get() + 1);
        let key = format!("payment-{:08}", self.sent.get());
        let headers =
            [("x-client-id", &*merchant.client_id), ("x-api-key", &*merchant.api_key), ("x-idempotency-key", &*key)];
        match kind {
            Kind::Hello | Kind::Transaction => event("POST /v1/charges", None, &headers, &json!({"name": key})),
            Kind::Charge => event("POST /v1/charges", None, &headers, &card_charge(&merchant.id, APPROVED)),
            Kind::PaySession => {
                let order = merchant.creates_session(&session(&merchant.id)).await;
                event("POST /v1/sessions/{id}/charge", Some(&order.id), &headers, &by_card(APPROVED))
            }
        }
    }
}
