//! What a program costs, and how that is printed and compared.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

/// The figures of one program.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Figures {
    /// Bytes as it is deployed.
    pub bytes: u64,
    /// The same, compressed.
    pub compressed: u64,
    /// Instructions until it asks for the first event.
    pub init: u64,
    /// Instructions until it asks for the second event: a cold start with its request.
    pub cold: u64,
    /// The same with TLS.
    pub cold_tls: u64,
    /// Instructions of a request to a warm program.
    pub warm: u64,
    /// Connections of a cold start.
    pub connections: usize,
    /// Round trips of a cold start that follow each other.
    pub cold_trips: usize,
    /// Round trips of a request to a warm program that follow each other.
    pub warm_trips: usize,
    /// The calls of a request to a warm program.
    pub calls: Vec<String>,
    /// The capacity that it consumes on the table itself, in units.
    pub table_units: f64,
    /// The same with all indexes.
    pub units: f64,
}

/// The figures of each program, by its name.
pub type Report = BTreeMap<String, Figures>;

/// A count may differ by so many hundredths: hash maps are ordered at random, and an answer may come in two parts.
const SLACK: u64 = 6;

/// The report that is kept in the repository.
fn kept() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/figures.json").into()
}

/// The kept report.
#[must_use]
pub fn read() -> Report {
    serde_json::from_str(&fs::read_to_string(kept()).unwrap()).unwrap()
}

/// Replaces what the kept report says of these programs.
pub fn keep(report: Report) {
    let mut kept_report = read();
    kept_report.extend(report);
    fs::write(kept(), format!("{}\n", serde_json::to_string_pretty(&kept_report).unwrap())).unwrap();
}

/// What costs more than it did: instructions and bytes beyond the slack; units, calls and round trips at all.
#[must_use]
pub fn regressions(before: &Report, now: &Report) -> Vec<String> {
    let mut found = Vec::new();
    for (program, now) in now {
        let Some(before) = before.get(program) else { continue };
        for ((name, before), (_, now)) in before.counted().into_iter().zip(now.counted()) {
            if now > before + before * SLACK / 100 {
                found.push(format!("{program}: {name} {before} -> {now}"));
            }
        }
        let exact = |figures: &Figures| (figures.cold_trips, figures.warm_trips);
        if exact(before) != exact(now) || before.calls != now.calls {
            found.push(format!("{program}: other round trips or calls: {before:?} -> {now:?}"));
        }
        if (before.table_units, before.units) != (now.table_units, now.units) {
            found.push(format!(
                "{program}: units {} ({}) -> {} ({})",
                before.table_units, before.units, now.table_units, now.units
            ));
        }
    }
    found
}

impl Figures {
    fn counted(&self) -> [(&'static str, u64); 6] {
        [
            ("bytes", self.bytes),
            ("compressed", self.compressed),
            ("init", self.init),
            ("cold", self.cold),
            ("cold with TLS", self.cold_tls),
            ("warm", self.warm),
        ]
    }
}

/// The figures as a table of Markdown: beside each count, how many times the count of `control` it is.
#[must_use]
pub fn table(report: &Report, control: &str) -> String {
    let control = &report[control];
    let mut lines = vec![
        "| program | MB | compressed | init | cold | cold, TLS | warm | connections | round trips cold, warm | units |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for (program, figures) in report {
        let times = |count: u64, of: u64| format!("{} K ({}x)", count / 1000, ratio(count, of));
        lines.push(format!(
            "| {program} | {} | {} | {} | {} | {} | {} | {} | {}, {} | {} ({}) |",
            megabytes(figures.bytes),
            megabytes(figures.compressed),
            times(figures.init, control.init),
            times(figures.cold, control.cold),
            times(figures.cold_tls, control.cold_tls),
            times(figures.warm, control.warm),
            figures.connections,
            figures.cold_trips,
            figures.warm_trips,
            figures.table_units,
            figures.units,
        ));
    }
    lines.join("\n")
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{:02}", bytes / 1_000_000, bytes / 10_000 % 100)
}

fn ratio(count: u64, of: u64) -> String {
    let hundredths = 100 * count / of.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
