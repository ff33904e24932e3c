//! Late money: who it comes to × how the session stands.

use domain::{
    charge::{Charge, LateMoney, Outcome, SessionEffect, command::Command, late::Late, notice::News, request::Receipt},
    session::{Session, SessionStatus},
    time::Timestamp,
};

use crate::{
    life::{Life, amount, id, refused, why},
    sessions::session,
    table::{Note, Table, change},
};

const NOTES: &[Note] = &[
    ("Pix, expired", "no session", "design §3 Late money: failed → authorized, never refunded by itself"),
    ("Pix, expired", "free", "inactive, past due, used up: all the same, the charge takes it"),
    ("Pix, expired", "held by a boleto", "by an unpaid boleto: the money takes the session"),
    ("Pix, expired", "held by a card, running", "claim running or unknown: in a minute again"),
    ("Pix, expired", "held by itself", "an earlier try of it has not ended"),
    ("Pix, expired", "held by a card that has just failed", "the claim is released in the same write: read again"),
    ("Pix, expired", "paid", "authorized, and owed in the same write"),
    ("Pix, expired", "held by a reservation", "pre-authorized counts as paid"),
    ("Pix, expired", "held by a Pix", "cancel that first, then as if it were free"),
    ("Pix, expired; its provider refunds none", "paid", "alarm second_payment"),
    ("card to be captured later, declined", "free", "it only holds the session until it is captured"),
    ("card to be captured later, declined", "paid", "the hub lets go of it"),
    ("boleto whose session was taken from it", "paid", "nobody refunds a boleto: alarm second_payment"),
];

/// The session, and the charge that holds it.
type Found = (&'static str, Option<Session>, Option<Charge>);

fn sessions() -> Vec<Found> {
    let created = || session(SessionStatus::Created);
    let held = |name, life: Life| {
        let holder = Charge { id: id(9), ..life.charge };
        (name, Some(Session { claim: Some(holder.id), ..created() }), Some(holder))
    };
    let ended = |status| Some(Session { claim: Some(id(9)), ..session(status) });
    vec![
        ("no session", None, None),
        ("free", Some(created()), None),
        ("free, inactive", Some(Session { is_active: false, ..created() }), None),
        ("free, past due", Some(Session { due_date: "2025-01-01T00:00:00Z".parse().unwrap(), ..created() }), None),
        ("free, ten attempts", Some(Session { attempts: (0..10).map(id).collect(), ..created() }), None),
        ("held by itself", Some(Session { claim: Some(id(1)), ..created() }), None),
        ("held by a charge not found", Some(Session { claim: Some(id(9)), ..created() }), None),
        held("held by a card, running", Life::card()),
        held("held by a card, unknown", Life::card().answered(1, Outcome::Unknown)),
        held("held by a reservation", Life::reserved()),
        held("held by a reservation, being captured", Life::reserved().asked(Command::Capture(None))),
        held("held by a Pix, being registered", Life::new_pix()),
        held("held by a Pix", Life::pix()),
        held("held by a Pix, being given up", Life::pix().asked(Command::Cancel)),
        held("held by a Drip", Life::drip()),
        held("held by a boleto, being registered", Life::new_boleto()),
        held("held by a boleto", Life::boleto()),
        held("held by a card that has just failed", Life::card().answered(1, refused())),
        ("paid", ended(SessionStatus::Paid), None),
        ("voided", ended(SessionStatus::Voided), None),
        ("canceled", ended(SessionStatus::Canceled), None),
    ]
}

fn latecomers() -> Vec<(&'static str, Life, bool)> {
    let expired = || Life::pix().told(1, News::NotPaid { why: why() });
    vec![
        ("Pix, expired", expired(), true),
        ("Pix, expired; its provider refunds none", expired(), false),
        ("Pix, given up", Life::pix().done(Command::Cancel, Outcome::Canceled), true),
        ("card, declined", Life::card().answered(1, refused()), true),
        ("card to be captured later, declined", Life::hold().answered(1, refused()), true),
        ("boleto whose session was taken from it", Life::boleto(), false),
        ("Pix that is paid already", Life::paid_pix(), true),
    ]
}

/// What becomes of 90 that come for each of these charges, by their session.
#[test]
fn late_money_by_every_session() {
    let mut table = Table::new(NOTES);
    for (name, life, can_refund) in latecomers() {
        table.row(name);
        for (session_name, session, holder) in sessions() {
            let late = LateMoney { amount: amount(90), receipt: Receipt::default() };
            let became = life.charge.take_late(&late, session.as_ref(), holder.as_ref(), can_refund, life.learned());
            table.cell(session_name, told(&life.charge, &became));
        }
    }
    insta::assert_snapshot!(table.end());
}

fn told(before: &Charge, became: &Late) -> String {
    let keep = SessionEffect::Keep;
    match became {
        Late::Taken(charge, effect) => format!("taken: {}{}", change(before, charge, *effect), beside(charge)),
        Late::Owed(charge) => format!("owed: {}{}", change(before, charge, keep), beside(charge)),
        Late::Stuck(charge) => format!("STUCK: {}{}", change(before, charge, keep), beside(charge)),
        Late::GiveUpFirst => "the holder is to be given up first".to_owned(),
        Late::Wait => "waits".to_owned(),
        Late::Nothing => "nothing to take".to_owned(),
    }
}

fn beside(charge: &Charge) -> String {
    match (charge.beside_session, charge.owes_void) {
        (false, None) => String::new(),
        (true, None) => ", beside its session".to_owned(),
        (true, Some(since)) => format!(", beside its session, void owed, due {}", at(charge, since)),
        (false, Some(_)) => ", OWES WITHOUT BEING BESIDE".to_owned(),
    }
}

fn at(charge: &Charge, since: Timestamp) -> &'static str {
    if charge.due_at() == Some(since) && since == charge.updated_at { "at once" } else { "LATER" }
}
