//! Who may what: every route, by every kind of key, against what is the key's own and what is not.
//!
//! The tables of [`tables`] are written by hand and say what each answer must be: nothing here reads them off the hub.

mod attacks;
mod keys;
mod requests;
mod tables;
mod things;

use std::collections::{BTreeSet, HashMap, HashSet};

use aws_local::template::{TEXT, Template};
use reqwest::redirect::Policy;

use crate::{
    keys::{COLUMNS, Key},
    requests::{Request, noun, route},
    tables::{Row, Verdict},
    things::{Asked, Noun, Whose, World},
};

const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

/// What came back.
struct Answer {
    status: u16,
    body: String,
}

#[test]
fn every_route_of_the_template_has_a_row_and_every_row_every_cell() {
    let mut routes = Template::parse(TEXT).unwrap().routes;
    // Those of Worldline's dialect are walked in tests/worldline.
    routes.retain(|route| route.function.name != "worldline");
    let routes: BTreeSet<String> = routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    let rows = tables::rows();
    assert_eq!(rows.iter().map(|row| route(&row.title)).collect::<BTreeSet<_>>(), routes);
    for row in &rows {
        let lines: Vec<Whose> = row.lines.iter().map(|(whose, _)| *whose).collect();
        assert_eq!(lines.iter().collect::<HashSet<_>>(), noun(&row.title).lines().iter().collect(), "{}", row.title);
        assert!(row.lines.iter().all(|(_, cells)| cells.len() == COLUMNS.len()), "{}", row.title);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_by_every_kind_of_key_against_own_and_foreign_things() {
    let mut walk = Walk::build().await;
    for row in tables::rows() {
        walk.row(&row).await;
    }
    assert!(walk.differences.is_empty(), "{} differences:\n{}", walk.differences.len(), walk.differences.join("\n"));
}

/// The walk through all rows.
struct Walk {
    world: World,
    http: reqwest::Client,
    differences: Vec<String>,
}

impl Walk {
    async fn build() -> Self {
        let world = World::build().await;
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { world, http, differences: Vec::new() }
    }

    async fn row(&mut self, row: &Row) {
        for (column, (heading, key)) in COLUMNS.into_iter().enumerate() {
            let mut refused = HashMap::new();
            for (whose, cells) in &row.lines {
                let cell = format!("{} {whose:?} {heading}", row.title);
                if let Some(body) = self.cell(&cell, &row.title, key, *whose, cells[column]).await {
                    refused.insert(*whose, body);
                }
            }
            self.compare(row, column, &refused);
        }
    }

    /// Tries one cell. Returns the body of a refusal, without the thing's id.
    async fn cell(&mut self, cell: &str, title: &str, key: Key, whose: Whose, verdict: Verdict) -> Option<String> {
        let Some(asked) = self.world.asked(key, noun(title), whose).await else {
            if matches!(verdict, Verdict::Status(_)) {
                self.differ(cell, "it cannot arise");
            }
            return None;
        };
        let Verdict::Status(expected) = verdict else {
            self.differ(cell, "it arises");
            return None;
        };
        let request = self.world.request(title, &asked).await;
        let operations = self.world.hub.bank.operations();
        let answer = self.send(key, &asked, request).await;
        if (200..300).contains(&answer.status) && !["GET ", "HEAD "].iter().any(|read| title.starts_with(read)) {
            self.world.forget(&asked);
        }
        if answer.status != expected {
            self.differ(cell, &format!("{expected}, not {} {}", answer.status, answer.body));
        }
        if expected >= 400 && self.world.hub.bank.operations() != operations {
            self.differ(cell, "a provider was called");
        }
        self.check_leaks(cell, key, &asked, title, &answer);
        (answer.status >= 400).then(|| answer.body.replace(&asked.id, "{id}"))
    }

    async fn send(&self, key: Key, asked: &Asked, request: Request) -> Answer {
        let caller = &asked.holder.caller;
        let mut sent = self.http.request(request.method, format!("{}{}", caller.url(), request.path));
        if key != Key::None {
            sent = sent.header("x-client-id", &caller.client_id).header("x-api-key", &caller.api_key);
        }
        for (name, value) in request.headers {
            sent = sent.header(name, value);
        }
        if let Some(body) = request.body {
            sent = sent.body(body);
        }
        let answer = sent.send().await.unwrap();
        let status = answer.status().as_u16();
        Answer { status, body: String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned() }
    }

    /// A refusal says nothing, and no answer shows what others wrote.
    fn check_leaks(&mut self, cell: &str, key: Key, asked: &Asked, title: &str, answer: &Answer) {
        if answer.status == 403 && answer.body != FORBIDDEN {
            self.differ(cell, &format!("a forbidden answer says {}", answer.body));
        }
        if key.is_browser() && answer.body.contains("fingerprint") {
            self.differ(cell, "it shows a fingerprint");
        }
        // A token is a bearer's: whoever makes a card of it sees the card.
        let is_bearers = |mark: &str| noun(title) == Noun::Token && asked.maker.mark == mark;
        let shown =
            |(mark, text): &&(&str, String)| !key.may_see(mark) && !is_bearers(mark) && answer.body.contains(text);
        let leaked: BTreeSet<&str> = self.world.canaries.iter().filter(shown).map(|(_, text)| text.as_str()).collect();
        if !leaked.is_empty() {
            self.differ(cell, &format!("it shows {leaked:?}"));
        }
    }

    /// What is another one's is refused in the very bytes with which the absent is refused.
    fn compare(&mut self, row: &Row, column: usize, refused: &HashMap<Whose, String>) {
        let Some(absent) = refused.get(&Whose::Absent) else { return };
        let expected = |whose| row.lines.iter().find(|(line, _)| *line == whose).map(|(_, cells)| cells[column]);
        for (whose, body) in refused {
            if *whose != Whose::Own && expected(*whose) == expected(Whose::Absent) && body != absent {
                let cell = format!("{} {whose:?} {}", row.title, COLUMNS[column].0);
                self.differ(&cell, &format!("{body}, and of the absent {absent}"));
            }
        }
    }

    fn differ(&mut self, cell: &str, how: &str) {
        self.differences.push(format!("{cell}: {how}"));
    }
}
