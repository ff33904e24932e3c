//! A table of rows and cells, in which cells with the same value are one line and a note says why.

use std::fmt::Write as _;

use domain::{
    charge::{
        Charge, Decision, SessionStep, SessionWrite, Write,
        request::{RequestKind, TransactionRequest},
        settle::WaitReason,
    },
    ids::ChargeId,
};

/// A row's name, the name of one of its cells, and why the cell has this value.
pub(crate) type Note = (&'static str, &'static str, &'static str);

pub(crate) struct Table {
    notes: Vec<Note>,
    text: String,
    row: String,
    cells: Vec<(Vec<String>, String)>,
}

/// Columns of the cells' names, and of their values.
const NAMES: usize = 44;
const VALUE: usize = 72;

impl Table {
    pub(crate) fn new(notes: &[Note]) -> Self {
        Self { notes: notes.to_vec(), text: String::new(), row: String::new(), cells: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: &str) {
        self.end_row();
        name.clone_into(&mut self.row);
    }

    pub(crate) fn cell(&mut self, name: &str, value: String) {
        match self.cells.iter_mut().find(|(_, known)| *known == value) {
            Some((names, _)) if names.iter().any(|known| known == name) => {}
            Some((names, _)) => names.push(name.to_owned()),
            None => self.cells.push((vec![name.to_owned()], value)),
        }
    }

    /// The table. Every note was about one of its cells.
    pub(crate) fn end(mut self) -> String {
        self.end_row();
        assert_eq!(self.notes, [], "these notes are about no cell");
        self.text
    }

    fn end_row(&mut self) {
        if self.cells.is_empty() {
            return;
        }
        writeln!(self.text, "{}", self.row).unwrap();
        let is_all_the_same = matches!(self.cells.as_slice(), [(names, _)] if names.len() > 4);
        for (names, value) in std::mem::take(&mut self.cells) {
            let is_about = |note: &Note| note.0 == self.row && names.iter().any(|name| name == note.1);
            let why: Vec<_> = self.notes.iter().filter(|note| is_about(note)).map(|note| note.2).collect();
            self.notes.retain(|note| !is_about(note));
            let note = if why.is_empty() { String::new() } else { format!(" // {}", why.join("; ")) };
            let lines = if is_all_the_same { vec!["whatever".to_owned()] } else { wrapped(&names) };
            for (number, line) in lines.iter().enumerate() {
                let rest = if number == 0 { format!("{value:<VALUE$}{note}") } else { String::new() };
                writeln!(self.text, "{}", format!("    {line:<NAMES$}{rest}").trim_end()).unwrap();
            }
        }
    }
}

/// The names, as many in a line as there is room for.
fn wrapped(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + name.len() + 4 <= NAMES => write!(line, ", {name}").unwrap(),
            Some(line) => {
                line.push(',');
                lines.push(name.clone());
            }
            None => lines.push(name.clone()),
        }
    }
    lines
}

/// A decision about `before`, as a cell.
pub(crate) fn said(before: &Charge, decision: &Decision) -> String {
    match decision {
        Decision::Nothing => "-".to_owned(),
        Decision::ReadSession => "READ THE SESSION".to_owned(),
        Decision::Supersede => "CANCEL THE ACTIVE CHARGE FIRST".to_owned(),
        Decision::Wait(reason) => format!("waits for {}", reason_name(*reason)),
        Decision::Contradiction(name) => format!("CONTRADICTION {name}"),
        Decision::Store(write) => change(before, write),
    }
}

const fn reason_name(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::RequestUnderWay => "a request",
        WaitReason::OtherAttempt => "the other attempt",
        WaitReason::ActiveCharge(_) => "the active charge",
        WaitReason::Payment => "a payment",
        WaitReason::Nothing => "nothing that is open",
    }
}

/// From one charge to the next: its requests that changed, its status and amount, its session, its events, its alarms.
pub(crate) fn change(before: &Charge, write: &Write) -> String {
    let after = &write.charge;
    assert_eq!(after.version, before.version + 1, "one write");
    let mut text = String::new();
    for (index, request) in after.requests.iter().enumerate() {
        let number = index + 1;
        match before.requests.get(index) {
            None => write!(text, "+{}, ", appended(request)).unwrap(),
            Some(old) if old.answers.len() != request.answers.len() => {
                let refunded = not_kept(request);
                write!(text, "#{number} {}{}{refunded}, ", name(request), other_amount(old, request)).unwrap();
            }
            Some(old) if old.hub_refund != request.hub_refund => {
                write!(text, "#{number}{}, ", not_kept(request)).unwrap();
            }
            Some(old) if old.known_as != request.known_as => write!(text, "#{number} has one more id, ").unwrap(),
            Some(_) => {}
        }
    }
    write!(text, "{} {}", after.status(), after.amount()).unwrap();
    text.push_str(&session(after.id, &write.session));
    for event in new_events(before, after) {
        write!(text, ", event {event}").unwrap();
    }
    for alarm in &write.alarms {
        write!(text, ", ALARM {alarm}").unwrap();
    }
    text
}

fn appended(request: &TransactionRequest) -> String {
    let about = request.about.map(|number| format!(" about #{number}")).unwrap_or_default();
    let second = if request.is_duplicate { ", outside the sums" } else { "" };
    let refunded = not_kept(request);
    let dispute = request.dispute.as_deref().map(|id| format!(" of dispute {id}")).unwrap_or_default();
    format!("{} {}{about}{dispute}{second}{refunded}", name(request), request.amount())
}

const fn not_kept(request: &TransactionRequest) -> &'static str {
    if request.hub_refund.is_some() { ", to be refunded by the hub" } else { "" }
}

fn name(request: &TransactionRequest) -> String {
    format!("{}/{}", kind(request.kind), request.status().name())
}

fn other_amount(old: &TransactionRequest, request: &TransactionRequest) -> String {
    if old.amount() == request.amount() { String::new() } else { format!(" {}", request.amount()) }
}

fn session(charge: ChargeId, write: &SessionWrite) -> String {
    match write {
        SessionWrite::None => String::new(),
        SessionWrite::IfLocked(step) => {
            assert_ne!(*step, SessionStep::Keep, "nothing is written of a session that stays as it is");
            format!(", session {step:?}")
        }
        SessionWrite::Next(session) => {
            let lock = match session.lock {
                None => "free",
                Some(lock) if lock == charge => "its lock is this charge's",
                Some(_) => "ITS LOCK IS ANOTHER CHARGE'S",
            };
            format!(", session {}, {lock}", session.status)
        }
    }
}

fn new_events(before: &Charge, after: &Charge) -> Vec<&'static str> {
    let answers = after.requests.iter().flat_map(|request| &request.answers).filter_map(|answer| answer.event);
    let stored = after.requests.iter().filter_map(|request| request.event);
    let mut events: Vec<_> = stored.chain(answers).filter(|event| event.no > before.event_no).collect();
    events.sort_by_key(|event| event.no);
    let numbers: Vec<_> = events.iter().map(|event| event.no).collect();
    assert_eq!(numbers, (before.event_no + 1..=after.event_no).collect::<Vec<_>>(), "events have no gap");
    events.iter().map(|event| event.name.name()).collect()
}

/// A request's kind, with names of their own for kinds that the API prints as others.
pub(crate) fn kind(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Cancel => "cancel",
        RequestKind::ChargeBackReversal => "charge_back_reversal",
        _ => kind.name(),
    }
}
