//! Status × command.

use domain::{
    charge::{Superseding, command::Command},
    refusal::Refusal,
};

use crate::{
    life::{Life, capture, void},
    states::states,
    table::{Note, Table, kind},
};

const NOTES: &[Note] = &[
    (
        "authorized 50: card, 30 released, then 50 of 70 captured, 50 available",
        "void 51",
        "after a capture, refunded starts at 0",
    ),
    ("authorized 20: card, all refunded, 20 came back, 20 available", "void", "it may be refunded again"),
    ("pending 100: card, running, 100 available", "void", "nothing is reserved or paid that could be refunded: 400"),
    ("pending 100: card, running, 100 available", "cancel", "its outcome is unknown: 409"),
    (
        "pending 100: card, running, 100 available",
        "paid by another method",
        "the lock stays until its outcome is known",
    ),
    ("pending 100: Pix that can be paid, 100 available", "cancel", "an unpaid Pix is canceled"),
    ("pending 100: Pix, cancel running, 100 available", "cancel", "one at a time: its end says whether it was paid"),
    ("pending 100: Pix, all its cancels refused, 100 available", "cancel", "at most 5 cancels: then 409 until its end"),
    (
        "pending 100: boleto that can be paid, 100 available",
        "paid by another method",
        "its payment after all is a late payment",
    ),
    (
        "pending 100: Pix that can be paid, 100 available",
        "paid by the same method",
        "under another idempotency key: 201, no attempt used",
    ),
    ("pending 100: Pix, being registered, 100 available", "paid by the same method", "no code yet: 409"),
    ("pending 100: Pix, cancel running, 100 available", "paid by the same method", "it may be canceled: 409"),
    (
        "pending 100: Pix, its provider cannot cancel it, 100 available",
        "paid by another method",
        "its payment after all is a late payment, and is refunded",
    ),
    (
        "pending 100: Pix, its provider can neither cancel nor refund it, 100 available",
        "paid by another method",
        "the 409 says until when",
    ),
    (
        "pending 100: Pix, its provider can cancel but not refund it, 100 available",
        "paid by another method",
        "superseded only where it can be canceled, read and refunded",
    ),
    ("pre_authorized 100: card, 100 available", "capture 10", "partial capture"),
    ("pre_authorized 100: card, 100 available", "void 10", "a partial release keeps the status"),
    (
        "pre_authorized 100: card, its provider captures and releases no part, 100 available",
        "capture 10",
        "400: all, or nothing",
    ),
    (
        "pre_authorized 100: card, its provider captures and releases no part, 100 available",
        "void 10",
        "400: all, or nothing",
    ),
    (
        "pre_authorized 100: card, release of 30 accepted, its provider takes one at a time, 70 available",
        "void 10",
        "its reads say sums alone: 409 until the first one has ended",
    ),
    ("pre_authorized 100: card, 100 available", "cancel", "reserved money is released by a void, not canceled"),
    ("pre_authorized 70: card, 30 released, 70 available", "capture 71", "until capture, amount = reserved - released"),
    (
        "pre_authorized 100: card, release of 30 running, 70 available",
        "capture",
        "a capture excludes everything else: 409",
    ),
    (
        "pre_authorized 100: card, release of 30 running, 70 available",
        "void",
        "no amount = all of amount, of which 30 are promised: 409",
    ),
    ("pre_authorized 100: card, release of 30 running, 70 available", "void 10", "voids may run in parallel"),
    ("pre_authorized 100: card, release of 30 running, 70 available", "void 101", "above amount comes first: 400"),
    (
        "pre_authorized 100: card, capture of 60 unknown, 100 available",
        "void",
        "a capture excludes everything else: 409",
    ),
    ("authorized 60: card, 60 of 100 captured, 60 available", "capture", "one capture only"),
    ("authorized 60: card, 60 of 100 captured, 60 available", "void 61", "capture sets the base"),
    ("authorized 100: card, refund of 30 unknown, 70 available", "void", "above available: 409"),
    ("authorized 100: card, refund of 30 unknown, 70 available", "refund", "no amount = all that is available"),
    ("authorized 100: card, disputed, 100 available", "void", "a dispute moves no money yet"),
    (
        "authorized 100: card, all its requests used up, 100 available",
        "void",
        "room is kept for the provider's own notifications",
    ),
    ("authorized 90: Pix, paid with a discount, 90 available", "void 91", "amount is what was paid"),
    ("authorized 100: Pix, paid twice, 100 available", "void 101", "the duplicate payment is outside the sums"),
    ("authorized 100: boleto, its provider does not refund it, 100 available", "void", "400, nothing is sent"),
    ("canceled 100: Pix, canceled, 100 available", "cancel", "its session is free already"),
    ("charged_back 100: card, 0 available", "void", "nothing is left beside the dispute: 409"),
    ("charged_back 100: card, 40 of it, 60 available", "void", "no amount = all that is available"),
    ("charged_back 100: card, 40 of it, 60 available", "void 61", "above available: 409"),
    ("charged_back 40: card, 40 of it, the rest refunded, 0 available", "void", "nothing is left beside the dispute"),
    (
        "authorized 100: card, 40 of it credited again, 100 available",
        "void",
        "all disputes are credited: the status follows from the rest",
    ),
    (
        "refund_pending 100: Pix, refund of 30 accepted, 70 available",
        "void 10",
        "further voids within available are allowed",
    ),
    ("refund_pending 100: Pix, refund of all accepted, 0 available", "void", "nothing is left beside it: 409"),
    (
        "refund_pending 100: Pix, refund of 30 begun at the provider, 70 available",
        "void",
        "what began at the provider counts like what was asked for",
    ),
];

/// Every command to a charge in every state: for all of it, for a part, for one more than is available, and for one
/// more than is left. Then whether its session can be paid by another method, or by the same method once more.
#[test]
fn every_command_to_every_charge() {
    let mut table = Table::new(NOTES);
    for state in states() {
        let charge = &state.life.charge;
        let (left, available) = (charge.amount().minor(), charge.available().minor());
        table.row(&format!("{}, {available} available", state.name));
        let commands = [
            ("capture".to_owned(), Command::Capture(None)),
            ("capture 10".to_owned(), capture(10)),
            (format!("capture {}", left + 1), capture(left + 1)),
            ("void".to_owned(), Command::Void(None)),
            ("void 10".to_owned(), void(10)),
            (format!("void {}", available + 1), void(available + 1)),
            (format!("void {}", left + 1), void(left + 1)),
            ("release".to_owned(), Command::Release),
            ("refund".to_owned(), Command::Refund(None)),
            ("refund 10".to_owned(), refund(10)),
            ("cancel".to_owned(), Command::Cancel),
        ];
        for (name, command) in commands {
            table.cell(&name, commanded(&state.life, command));
        }
        let again = if charge.is_payable(state.life.now) { "answered with this charge" } else { "-" };
        table.cell("paid by another method", superseded(&state.life));
        table.cell("paid by the same method", again.to_owned());
    }
    insta::assert_snapshot!(table.end());
}

fn refund(minor: u64) -> Command {
    Command::Refund(Some(domain::money::Amount::new(minor).unwrap()))
}

fn commanded(life: &Life, command: Command) -> String {
    match life.charge.command(command, life.abilities) {
        Ok(ask) => format!("sends {} {}", kind(ask.kind), ask.amount),
        Err(Refusal::SessionLocked { until: Some(until) }) => format!("refused: SessionLocked until {until}"),
        Err(refusal) => format!("refused: {refusal:?}"),
    }
}

fn superseded(life: &Life) -> String {
    match life.charge.superseding(life.abilities) {
        Superseding::CancelFirst => "it is canceled first".to_owned(),
        Superseding::AtOnce => "at once".to_owned(),
        Superseding::Never { until } => format!("not before {until}"),
        Superseding::Reserved => "no: it reserved the money".to_owned(),
        Superseding::Busy => "no: it is paid, ended or under way".to_owned(),
    }
}
