//! Every cell of the state machine, as tables that a payments person can review.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::{fmt::Write as _, time::Duration};

use domain::{
    card::{CardSnapshot, Pan},
    charge::{
        Body, Charge, Outcome, Settled, Source,
        decline::DeclineCode,
        event::{Change, event},
        request::{After, Answer, Receipt, RequestKind, RequestStatus, Standing, TransactionRequest, Via},
        status::Status,
    },
    ids::{CardId, ChargeId, ClientId, MerchantId, ProviderId, RequestId, SessionId},
    limits::{CALL_WINDOW, NOT_FOUND_GRACE},
    merchant::ProviderType,
    method::{Accepted, Method, PaymentType},
    money::{Amount, Currency},
    session::{Command, Session, SessionKey, SessionStatus},
    time::Timestamp,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id<T: std::str::FromStr>(last: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("c1db83fa-723c-4e1f-9722-bc19d1be67{last:02x}").parse().unwrap()
}

fn answer(status: RequestStatus) -> Answer {
    Answer { status, at: at("2026-01-01T00:00:01Z"), took_ms: None, receipt: Receipt::default(), decline: None }
}

fn charge(kind: RequestKind, standing: Standing) -> Charge {
    let created = at("2026-01-01T00:00:00Z");
    let method = match kind {
        RequestKind::Pending => Method::Pix { expires_in: 3600 },
        RequestKind::Authorization | RequestKind::PreAuthorization => Method::Credit { installments: 1 },
    };
    let card = CardSnapshot {
        brand: Pan::new("4929564637987814").unwrap().brand(),
        first6: "492956".to_owned(),
        last4: "7814".to_owned(),
        holder: "JOAO DA SILVA".to_owned(),
        expiry: "06/2028".parse().unwrap(),
    };
    Charge {
        id: id::<ChargeId>(1),
        client: id::<ClientId>(2),
        merchant: id::<MerchantId>(3),
        session: Some(id::<SessionId>(4)),
        customer: None,
        order_id: None,
        description: None,
        statement_descriptor: None,
        original_amount: Amount::new(150).unwrap(),
        currency: Currency::BRL,
        capture: kind == RequestKind::Authorization,
        method,
        source: Source::Card { card_id: id::<CardId>(5), card },
        idempotency_key: "key".to_owned(),
        body: Body { as_sent: "said".to_owned(), by_card: None },
        requests: vec![TransactionRequest {
            id: id::<RequestId>(6),
            kind,
            amount: Amount::new(150).unwrap(),
            via: Via { id: id::<ProviderId>(7), kind: ProviderType::Stripe },
            created_at: created,
            call_before: created.plus(CALL_WINDOW),
            standing,
            is_retry: false,
            events: Vec::new(),
        }],
        event_no: 0,
        created_at: created,
        updated_at: created,
        version: 1,
    }
}

fn standings() -> [(&'static str, Standing); 5] {
    let after = After { status: Status::Pending, amount: Amount::new(150).unwrap() };
    let ended = |status| Standing::Final { answer: answer(status), after, end: None };
    [
        ("running", Standing::Running),
        ("open (processing)", Standing::Open { answer: answer(RequestStatus::Processing), after }),
        ("ended: success", ended(RequestStatus::Success)),
        ("ended: failed", ended(RequestStatus::Failed)),
        ("ended: internal_error", ended(RequestStatus::InternalError)),
    ]
}

fn outcomes() -> [(&'static str, Outcome); 6] {
    let code = Receipt { pix_code: Some("00020126".to_owned()), ..Receipt::default() };
    [
        ("Approved", Outcome::Approved(Receipt::default())),
        ("Declined", Outcome::Declined(DeclineCode::Generic.into())),
        ("Pending", Outcome::Pending(code)),
        ("Unknown", Outcome::Unknown),
        ("NotFound", Outcome::NotFound),
        ("NotSent", Outcome::NotSent),
    ]
}

fn said(settled: &Settled) -> String {
    match settled {
        Settled::Unchanged => "-".to_owned(),
        Settled::LateMoney => "LATE MONEY: alarm, nothing is written".to_owned(),
        Settled::Changed(charge, effect) => {
            let request = charge.request(1).unwrap();
            let events: Vec<_> = request.events.iter().map(|event| format!("{:?}", event.name)).collect();
            let event = if events.is_empty() { "no event".to_owned() } else { format!("event {}", events.join(", ")) };
            format!("{} / charge {} / session {effect:?} / {event}", request.status().name(), charge.status())
        }
    }
}

/// Request kind × standing × outcome. Where the outcome is learned: two seconds after the intent, unless it says late.
#[test]
fn every_outcome_of_every_request() {
    let mut table = String::new();
    let soon = at("2026-01-01T00:00:02Z");
    let late = at("2026-01-01T00:00:00Z").plus(CALL_WINDOW).plus(NOT_FOUND_GRACE).plus(Duration::from_millis(1));
    for kind in RequestKind::ALL {
        for (standing_name, standing) in standings() {
            writeln!(table, "{} {standing_name}", kind.name()).unwrap();
            let charge = charge(kind, standing);
            for (name, outcome) in outcomes() {
                let settled = charge.settle(1, outcome.clone(), soon, None);
                writeln!(table, "    {name:<14} {}", said(&settled)).unwrap();
            }
            let settled = charge.settle(1, Outcome::NotFound, late, None);
            writeln!(table, "    {:<14} {}", "NotFound late", said(&settled)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// Transition → event, per way to pay.
#[test]
fn every_transition_and_its_event() {
    let mut table = String::new();
    for method in PaymentType::ALL {
        writeln!(table, "{method}").unwrap();
        let name = |change| event(method, change).map_or("-".to_owned(), |event| format!("{event:?}"));
        writeln!(table, "    created                          {}", name(Change::Created)).unwrap();
        for from in Status::ALL.iter().copied() {
            for to in Status::ALL.iter().copied() {
                for payable in [false, true] {
                    let code = if payable { " (with a code)" } else { "" };
                    let change = Change::Settled { from, to, payable };
                    writeln!(table, "    {from:<14} -> {to:<14}{code:<14} {}", name(change)).unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

fn session(status: SessionStatus) -> Session {
    Session {
        id: id(1),
        client: id(2),
        merchant: id(3),
        name: "Pedido 1".to_owned(),
        amount: Amount::new(100).unwrap(),
        currency: Currency::BRL,
        capture: true,
        is_active: true,
        was_active: true,
        due_date: at("2026-02-01T00:00:00Z"),
        status,
        order_id: None,
        description: None,
        statement_descriptor: None,
        items: Vec::new(),
        methods: vec![Accepted::Credit { installments: None }],
        key: SessionKey { digest: String::new(), sealed: String::new() },
        body: String::new(),
        claim: None,
        attempts: Vec::new(),
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: at("2026-01-01T00:00:00Z"),
        version: 1,
    }
}

/// Session × command: every status, and every reason for which a created session cannot be paid.
#[test]
fn every_command_to_every_session() {
    let created = || session(SessionStatus::Created);
    let sessions = [
        ("created", created()),
        ("created, held by a charge", Session { claim: Some(id(9)), ..created() }),
        ("created, held, inactive", Session { claim: Some(id(9)), is_active: false, ..created() }),
        ("created, inactive", Session { is_active: false, ..created() }),
        ("created, past due", Session { due_date: at("2026-01-02T00:00:00Z"), ..created() }),
        ("created, ten attempts", Session { attempts: (0..10).map(id).collect(), ..created() }),
        ("paid", session(SessionStatus::Paid)),
        ("canceled", session(SessionStatus::Canceled)),
        ("voided", session(SessionStatus::Voided)),
    ];
    let commands = [
        ("pay by credit", Command::Pay(PaymentType::Credit)),
        ("pay by pix", Command::Pay(PaymentType::Pix)),
        ("cancel", Command::Cancel),
        ("enable", Command::Enable),
        ("disable", Command::Disable),
    ];
    let mut table = String::new();
    for (name, session) in sessions {
        writeln!(table, "{name}").unwrap();
        for (command_name, command) in commands {
            let decision = match session.decide(command, at("2026-01-15T00:00:00Z")) {
                Ok(decision) => format!("{decision:?}"),
                Err(refusal) => format!("refused: {refusal}"),
            };
            writeln!(table, "    {command_name:<14} {decision}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
