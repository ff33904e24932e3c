//! Status × command.

use domain::charge::command::Command;

use crate::{
    life::{capture, void},
    states::states,
    table::{Note, Table, kind},
};

const NOTES: &[Note] = &[
    (
        "authorized 50: card, 30 let go, then 50 of 70 captured, 50 available",
        "void 51",
        "design §3: after a capture, refunded starts at 0",
    ),
    ("authorized 20: card, all given back, 20 came back, 20 available", "void", "it may be given back again"),
    ("pending 100: card, running, 100 available", "void", "nothing is reserved or paid that could be given back: 400"),
    ("pending 100: card, running, 100 available", "cancel", "design §3 Superseding: its outcome is not known: 409"),
    (
        "pending 100: Pix that can be paid, 100 available",
        "cancel",
        "design §3 Superseding: an unpaid Pix or Drip gives way",
    ),
    (
        "pending 100: Pix, being given up, 100 available",
        "cancel",
        "one try at a time: its end says whether it was paid",
    ),
    (
        "pending 100: boleto that can be paid, 100 available",
        "cancel",
        "design §3 Superseding: any other live charge holds until it expires",
    ),
    (
        "pending 100: Pix that can be paid, its provider cannot give it up, 100 available",
        "cancel",
        "design §3 Superseding: able to cancel, read and refund",
    ),
    ("pre_authorized 100: card, 100 available", "capture 10", "facts §5.3: partial capture"),
    ("pre_authorized 100: card, 100 available", "void 10", "facts §5.3: partial void keeps the status"),
    ("pre_authorized 100: card, 100 available", "cancel", "reserved money is let go by a void, not given up"),
    (
        "pre_authorized 70: card, 30 let go, 70 available",
        "capture 71",
        "design §3: until capture, amount = authorized - released",
    ),
    (
        "pre_authorized 100: card, 30 being let go, 70 available",
        "capture",
        "design §3: a capture excludes everything else: 409",
    ),
    (
        "pre_authorized 100: card, 30 being let go, 70 available",
        "void",
        "no amount = all of amount, of which 30 are promised: 409",
    ),
    ("pre_authorized 100: card, 30 being let go, 70 available", "void 10", "design §3: voids may run in parallel"),
    ("pre_authorized 100: card, 30 being let go, 70 available", "void 101", "above amount comes first: 400"),
    (
        "pre_authorized 100: card, being captured, 100 available",
        "void",
        "design §3: a capture excludes everything else: 409",
    ),
    ("authorized 60: card, 60 of 100 captured, 60 available", "capture", "one capture only (facts §5.3 leave it open)"),
    (
        "authorized 60: card, 60 of 100 captured, 60 available",
        "void 61",
        "design §3: capture sets the base; the other 40 were let go",
    ),
    ("authorized 100: card, refund of 30 unknown, 70 available", "void", "above available: 409"),
    ("authorized 100: card, contested, 100 available", "void", "a contest moves no money yet"),
    (
        "authorized 100: card, all its requests used up, 100 available",
        "void",
        "design §3 Limits: room is kept for the provider's own notices",
    ),
    ("authorized 90: Pix, paid with a discount, 90 available", "void 91", "seed 001: amount is what was paid"),
    ("authorized 100: boleto, paid; nobody refunds it, 100 available", "void", "facts §5.3: boleto has no void"),
    ("authorized 100: Pix, paid; its provider refunds none, 100 available", "void", "seed 001, table of providers"),
    ("canceled 100: Pix, given up, 100 available", "cancel", "its session is free already: nobody asks"),
    ("charged_back 100: card, 100 available", "void", "design §3: new ones are 400"),
    (
        "refund_pending 100: Pix, 30 under way, 70 available",
        "void 10",
        "design §3: further voids within available are allowed",
    ),
    ("refund_pending 100: Pix, all under way, 0 available", "void", "nothing is left beside it: 409"),
    (
        "refund_pending 100: Pix, 30 begun at the provider, 70 available",
        "void",
        "what began at the provider counts like what was asked for",
    ),
];

/// What may be asked of a charge, in every state: all of it, a part, all that is available and one more, all that there
/// is and one more.
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
            ("cancel".to_owned(), Command::Cancel),
        ];
        for (name, command) in commands {
            let decided = match charge.decide(command, state.abilities) {
                Ok(ask) => format!("sends {} {}", kind(ask.kind), ask.amount),
                Err(refusal) => format!("refused: {}", refusal.to_string().split(';').next().unwrap()),
            };
            table.cell(&name, decided);
        }
    }
    insta::assert_snapshot!(table.end());
}
