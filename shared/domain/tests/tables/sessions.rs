//! Session × command.

use domain::{
    maker::Maker,
    method::{Accepted, PaymentType},
    session::{Command, Decision, Session, SessionKey, SessionStatus},
};

use crate::{
    life::{amount, id, start},
    table::{Note, Table},
};

const NOTES: &[Note] = &[
    ("created", "pay by pix", "400 naming the accepted ones"),
    ("created", "enable", "it is so already: nothing is written"),
    ("created, due this millisecond", "pay by credit", "payable until then, not at that instant"),
    ("created, due this millisecond", "cancel", "past due is no obstacle to canceling it"),
    ("created, ten attempts", "pay by pix", "attempts used up comes before the payment method"),
    ("created, inactive, past due, ten attempts", "pay by credit", "inactive, past due, attempts: the first of them"),
    ("created, locked", "pay by credit", "an unpaid Pix, Drip or boleto may be superseded; else 409"),
    ("created, locked", "disable", "takes effect at once; the cancel of its payment follows"),
    ("created, locked, inactive", "pay by credit", "a conflict comes before what is wrong with the session itself"),
    ("paid", "cancel", "only from created: 409"),
    ("voided", "pay by credit", "it never reopens"),
    ("canceled", "cancel", "canceled twice: 201 again"),
];

pub(crate) fn session(status: SessionStatus) -> Session {
    Session {
        id: id(4),
        client: id(2),
        made_by: Maker::ACCOUNT,
        customer: None,
        merchant: id(3),
        name: "Pedido 1".to_owned(),
        amount: amount(100),
        currency: domain::money::Currency::BRL,
        capture: true,
        is_active: true,
        was_active: true,
        due_date: "2026-02-01T00:00:00Z".parse().unwrap(),
        status,
        order_id: None,
        description: None,
        statement_descriptor: None,
        items: Vec::new(),
        methods: vec![Accepted::Credit { installments: 1 }],
        has_link: false,
        key: SessionKey { digest: String::new(), sealed: String::new() },
        body: String::new(),
        lock: None,
        attempts: Vec::new(),
        aliases: Vec::new(),
        created_at: start(),
        updated_at: start(),
        version: 1,
    }
}

fn sessions() -> Vec<(&'static str, Session)> {
    let created = || session(SessionStatus::Created);
    let locked = || Session { lock: Some(id(9)), attempts: vec![id(9)], ..created() };
    let due = "2026-01-15T00:00:00Z".parse().unwrap();
    let ten = || (0..10).map(id).collect();
    let both = vec![Accepted::Credit { installments: 1 }, Accepted::Pix { expires_in: None }];
    vec![
        ("created", created()),
        ("created, accepts credit and pix", Session { methods: both, ..created() }),
        ("created, inactive", Session { is_active: false, ..created() }),
        ("created, due this millisecond", Session { due_date: due, ..created() }),
        ("created, ten attempts", Session { attempts: ten(), ..created() }),
        ("created, inactive, past due, ten attempts", {
            Session { is_active: false, due_date: start().into(), attempts: ten(), ..created() }
        }),
        ("created, locked", locked()),
        ("created, locked, inactive", Session { is_active: false, ..locked() }),
        ("created, locked, past due", Session { due_date: start().into(), ..locked() }),
        ("created, locked, ten attempts", Session { attempts: ten(), ..locked() }),
        ("paid", Session { status: SessionStatus::Paid, ..locked() }),
        ("voided", Session { status: SessionStatus::Voided, ..locked() }),
        ("canceled", Session { status: SessionStatus::Canceled, ..locked() }),
        ("canceled, inactive", Session { status: SessionStatus::Canceled, is_active: false, ..locked() }),
    ]
}

/// Every status, and every reason for which a created session cannot be paid, at the fifteenth of January.
#[test]
fn every_command_to_every_session() {
    let commands = [
        ("pay by credit", Command::Pay(PaymentType::Credit)),
        ("pay by pix", Command::Pay(PaymentType::Pix)),
        ("cancel", Command::Cancel),
        ("enable", Command::Enable),
        ("disable", Command::Disable),
    ];
    let mut table = Table::new(NOTES);
    for (name, session) in sessions() {
        table.row(name);
        for (command_name, command) in commands {
            let decision = match session.decide(command, "2026-01-15T00:00:00Z".parse().unwrap()) {
                Ok(Decision::Locked(_)) => "the active charge decides".to_owned(),
                Ok(decision) => format!("{decision:?}"),
                Err(refusal) => format!("refused: {refusal:?}"),
            };
            table.cell(command_name, decision);
        }
    }
    insta::assert_snapshot!(table.end());
}
