//! A table of rows and cells, in which cells with the same value stand together and a note says why.

use std::fmt::Write as _;

use domain::charge::{Charge, SessionEffect, Settled, request::RequestKind};

/// A row's name, the first of the cells that it is about, and why that is so.
pub(crate) type Note = (&'static str, &'static str, &'static str);

pub(crate) struct Table {
    notes: Vec<Note>,
    text: String,
    row: String,
    cells: Vec<(Vec<String>, String)>,
}

/// Columns of the cells' names, and of what is said of them.
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

/// What became of `before`.
pub(crate) fn said(before: &Charge, settled: &Settled) -> String {
    match settled {
        Settled::Unchanged => "-".to_owned(),
        Settled::NotYet => "not yet: waits".to_owned(),
        Settled::Late(late) => format!("LATE MONEY, {}", late.amount),
        Settled::Alarm(name) => format!("ALARM {name}"),
        Settled::Changed(after, effect) => change(before, after, *effect),
    }
}

/// From one charge to the next: its requests that changed, its status and amount, its session, its events.
pub(crate) fn change(before: &Charge, after: &Charge, effect: SessionEffect) -> String {
    assert_eq!(after.version, before.version + 1, "one write");
    let mut text = String::new();
    for (index, request) in after.requests.iter().enumerate() {
        let (number, kind, status) = (index + 1, kind(request.kind), request.status().name());
        let named = request.names.map(|number| format!(" naming #{number}")).unwrap_or_default();
        match before.requests.get(index) {
            None => write!(text, "+{kind}/{status} {}{named}, ", request.amount).unwrap(),
            Some(old) if old.status() != request.status() => write!(text, "#{number} {kind}/{status}, ").unwrap(),
            Some(old) if old.standing != request.standing => write!(text, "#{number} ended, ").unwrap(),
            Some(_) => {}
        }
    }
    write!(text, "{} {}", after.status(), after.amount()).unwrap();
    if effect != SessionEffect::Keep {
        write!(text, ", session {effect:?}").unwrap();
    }
    let old = before.event_no;
    let events: Vec<_> = after.requests.iter().flat_map(|request| &request.events).filter(|e| e.no > old).collect();
    assert_eq!(u32::try_from(events.len()).unwrap(), after.event_no - old, "events are numbered without a gap");
    for event in events {
        write!(text, ", event {}", event.name.name()).unwrap();
    }
    text
}

/// A request's kind; a payment given up is printed as `void` and told apart here.
pub(crate) const fn kind(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Cancel => "cancel",
        _ => kind.name(),
    }
}
