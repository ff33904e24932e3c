//! The tables. A line is whose the thing is, a column a kind of key (the headings of [`COLUMNS`]), a cell the status of
//! the answer, or the letter of the reason why the case cannot arise. A row is a route; words after it say what of the
//! request is the thing.

use crate::{keys::COLUMNS, things::Whose};

/// Why a case cannot arise.
const REASONS: [(&str, &str); 6] = [
    ("n", "without a key, and with one that is none, nothing was made"),
    ("s", "the scope of the key, or a session's key, makes no such things"),
    ("c", "no key of these was made with it; what others made with the secret key is below"),
    ("p", "no public key made it"),
    ("m", "its session names no customer"),
    ("k", "the secret key alone makes these: they are the account's, or another account's"),
];

/// The answer that a cell expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This status.
    Status(u16),
    /// None: the case cannot arise.
    CannotArise,
}

/// A route, and its cells by line and column.
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) lines: Vec<(Whose, Vec<Verdict>)>,
}

/// Every row of every table.
pub(crate) fn rows() -> Vec<Row> {
    let tables =
        [PUBLIC_KEYS, MERCHANTS, SESSIONS, PAYING_A_SESSION, CHECKOUT, CHARGES, CARDS, CUSTOMERS, WEBHOOKS, CALLBACKS];
    let mut rows: Vec<Row> = Vec::new();
    for table in tables {
        let mut lines = table.lines().skip(1);
        let headings: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(headings, COLUMNS.map(|(heading, _)| heading));
        for line in lines {
            match line.strip_prefix("  ") {
                None => rows.push(Row { title: line.to_owned(), lines: Vec::new() }),
                Some(cells) => rows.last_mut().unwrap().lines.extend(read(cells)),
            }
        }
    }
    rows
}

/// The lines that one line of text states: it may name several.
fn read(text: &str) -> Vec<(Whose, Vec<Verdict>)> {
    let (names, cells) = text.split_once(' ').unwrap();
    let cells: Vec<Verdict> = match cells.strip_prefix("every ") {
        Some(cell) => COLUMNS.iter().map(|_| verdict(cell)).collect(),
        None => cells.split_whitespace().map(verdict).collect(),
    };
    let whose = |name: &str| Whose::LINES.into_iter().find(|(heading, _)| *heading == name).unwrap().1;
    names.split(',').map(|name| (whose(name), cells.clone())).collect()
}

fn verdict(cell: &str) -> Verdict {
    if let Ok(status) = cell.parse() {
        return Verdict::Status(status);
    }
    assert!(REASONS.iter().any(|(letter, _)| *letter == cell), "{cell} is no status and no reason");
    Verdict::CannotArise
}

/// Public keys. The key of a session is no public key, so none removes it.
const PUBLIC_KEYS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/auth
  -        403 403 201 201 403 403 403 403 403 403 201 403 403 403 201 201 201 403 403 403 403 403
GET /v1/auth
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
DELETE /v1/auth
  -        403 403 204 204 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
DELETE /v1/auth/{id}
  own      n   n   204 204 s   s   s   s   s   s   204 s   s   s   204 204 204 s   s   s   403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   204 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 204 404 403 403 403 403 403 403 404 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 204 404 403 403 403 403 403 403 404 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 404 404 403 403 403 403 403 403 404 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 204 403 403 403 403 403 403 404 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 404 403 403 403 404 404 404 403 403 403 403 403";

/// Merchants and their settings. The logo is for everyone.
const MERCHANTS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/merchants
  -        403 403 201 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/merchants
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/merchants/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
PATCH /v1/merchants/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
DELETE /v1/merchants/{id}
  own,child,parent,other,session every k
  account  403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 204 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/settings
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/settings without a merchant
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/settings
  own,child,parent,other,session every k
  account  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
PATCH /v1/settings
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/settings/logo/{id}
  own,child,parent,other,session every k
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404";

/// Sessions. To the key of a session every other session is forbidden, there or not.
const SESSIONS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/sessions
  -        403 403 201 201 403 403 403 403 403 201 403 403 403 403 201 201 201 403 403 403 403 403
POST /v1/sessions at a merchant
  own,child,parent,other,session every k
  account  403 403 201 400 403 403 403 403 403 201 403 403 403 403 201 201 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 201 403 403 403 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/sessions for a customer
  own      n   n   201 201 403 s   s   403 s   s   s   s   s   s   400 400 400 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   400 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
  other    403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
  session  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 403 403 403 403 403
GET /v1/sessions
  -        403 403 200 200 403 403 403 403 403 200 403 403 403 403 200 200 200 403 403 403 403 403
GET /v1/sessions/{id}
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/sessions/{id}/link
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/sessions/{id}/status
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/sessions/{id}/charge
  own      n   n   200 200 s   s   s   s   s   403 s   s   s   s   200 200 200 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/sessions/{id}/history
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
PATCH /v1/sessions/{id}
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/sessions/{id}/cancel
  own      n   n   201 201 s   s   s   s   s   201 s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/sessions/{id}/charge
  own      n   n   201 201 s   s   s   s   s   201 s   s   s   s   201 201 201 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 201 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 404 403 403 403 403 404 404 404 403 403 403 403 403";

/// The checkout: its pages, and what they load, are for everyone.
const CHECKOUT: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
GET /pay/{id}
  own      n   n   404 404 s   s   s   s   s   404 s   s   s   s   404 404 404 404 404 404 404 404
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   404 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   404 p   p   p
  account  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  other    404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  session  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  foreign  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
HEAD /pay/{id}
  own      n   n   404 404 s   s   s   s   s   404 s   s   s   s   404 404 404 404 404 404 404 404
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   404 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   404 p   p   p
  account  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  other    404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  session  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  foreign  404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
GET /checkout/frame/{id}
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 200 200 200 200 200
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   200 p   p   200 p   p   p
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  other    200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  session  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
HEAD /checkout/frame/{id}
  own      n   n   200 200 s   s   s   s   s   200 s   s   s   s   200 200 200 200 200 200 200 200
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   200 p   p   200 p   p   p
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  other    200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  session  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
GET /checkout/catraca-checkout.js
  -        200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
HEAD /checkout/catraca-checkout.js
  -        200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
GET /checkout/assets/{file}
  -        404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
HEAD /checkout/assets/{file}
  -        404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
GET /checkout/integrity.json
  -        200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
POST /checkout/reports
  -        204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204 204";

/// The own session, paid with what may be another one's. A key that has no session tries one of the account.
const PAYING_A_SESSION: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/sessions/{id}/charge with a card
  own      n   n   201 201 s   403 s   403 s   s   s   s   s   s   201 201 201 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   400 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   201 m   m
  account  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  other    403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  session  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
POST /v1/sessions/{id}/charge with the card of a customer
  own      n   n   201 201 s   s   s   s   s   s   s   s   s   s   201 201 201 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   400 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   201 m   m
  account  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  other    403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  session  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
POST /v1/sessions/{id}/charge by a customer
  own      n   n   201 201 403 s   s   403 s   s   s   s   s   s   201 201 201 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   400 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   201 m   m
  account  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  other    403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  session  403 403 201 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403
POST /v1/sessions/{id}/charge with a token
  own      n   n   201 201 s   s   403 s   s   s   s   s   s   s   201 201 201 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   201 p   p   201 p   p   p
  account  403 403 201 400 403 403 403 403 403 201 403 403 403 403 201 201 400 201 201 201 403 403
  other    403 403 201 400 403 403 403 403 403 201 403 403 403 403 201 201 400 201 201 201 403 403
  session  403 403 201 400 403 403 403 403 403 201 403 403 403 403 201 201 400 201 201 201 403 403
  foreign  403 403 400 201 403 403 403 403 403 400 403 403 403 403 400 400 201 400 400 400 403 403
  absent   403 403 400 400 403 403 403 403 403 400 403 403 403 403 400 400 400 400 400 400 403 403";

/// Charges, paid with what may be another one's, and what is done with them. The address of an image is signed and needs
/// no key.
const CHARGES: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/charges
  -        403 403 201 201 403 403 403 201 403 403 403 403 403 403 201 201 201 403 403 403 403 403
POST /v1/charges at a merchant
  own,child,parent,other,session every k
  account  403 403 201 400 403 403 403 201 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 400 403 403 403 403 403 403 400 400 201 403 403 403 403 403
  absent   403 403 400 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/charges with a card
  own      n   n   201 201 s   403 s   201 s   s   s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  other    403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  session  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  absent   403 403 400 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/charges with the card of a customer
  own      n   n   201 201 s   s   s   s   s   s   s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  other    403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  session  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  absent   403 403 400 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/charges by a customer
  own      n   n   201 201 403 s   s   201 s   s   s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   400 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  other    403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  session  403 403 201 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
  absent   403 403 400 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/charges with a token
  own      n   n   201 201 s   s   403 s   s   s   s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   201 p   p   403 p   p   p
  account  403 403 201 400 403 403 403 201 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  other    403 403 201 400 403 403 403 201 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  session  403 403 201 400 403 403 403 201 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  foreign  403 403 400 201 403 403 403 400 403 403 403 403 403 403 400 400 201 403 403 403 403 403
  absent   403 403 400 400 403 403 403 400 403 403 403 403 403 403 400 400 400 403 403 403 403 403
GET /v1/charges
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/charges/{id}
  own      n   n   200 200 s   s   s   200 s   s   s   s   s   s   200 200 200 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   200 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 200 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 403 403 403 404 403 403 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/charges/{id}/image/{signature}
  own,child,parent,other,session every k
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
POST /v1/charges/{id}/capture
  own      n   n   201 201 s   s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  account  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/charges/{id}/void
  own      n   n   201 201 s   s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  account  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/charges/{id}
  own      n   n   200 200 s   s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
PATCH /v1/charges/{id}/antifraud
  own      n   n   400 400 s   s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  account  403 403 400 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 400 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 400 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 400 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403";

/// Tokens and stored cards. A token is good for whoever of its account holds it.
const CARDS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/tokens
  -        403 403 201 201 403 403 201 403 403 403 403 403 403 403 201 201 201 403 403 403 403 403
POST /v1/sessions/tokens
  -        403 403 201 201 403 403 403 403 403 403 403 403 403 403 403 403 403 201 201 201 403 403
POST /v1/cards
  own      n   n   201 201 s   s   403 s   s   s   s   s   s   s   201 201 201 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   201 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   201 p   p   403 p   p   p
  account  403 403 201 400 403 201 403 403 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  other    403 403 201 400 403 201 403 403 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  session  403 403 201 400 403 201 403 403 403 403 403 403 403 403 201 201 400 403 403 403 403 403
  foreign  403 403 400 201 403 400 403 403 403 403 403 403 403 403 400 400 201 403 403 403 403 403
  absent   403 403 400 400 403 400 403 403 403 403 403 403 403 403 400 400 400 403 403 403 403 403
POST /v1/sessions/cards
  own      n   n   201 201 s   s   403 s   s   s   s   s   s   s   403 403 403 201 201 201 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   201 p   p   p
  account  403 403 201 400 403 403 403 403 403 403 403 403 403 403 403 403 403 201 201 201 403 403
  other    403 403 201 400 403 403 403 403 403 403 403 403 403 403 403 403 403 201 201 201 403 403
  session  403 403 201 400 403 403 403 403 403 403 403 403 403 403 403 403 403 201 201 201 403 403
  foreign  403 403 400 201 403 403 403 403 403 403 403 403 403 403 403 403 403 400 400 400 403 403
  absent   403 403 400 400 403 403 403 403 403 403 403 403 403 403 403 403 403 400 400 400 403 403
GET /v1/cards
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/cards/{id}
  own      n   n   200 200 s   403 s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403";

/// Customers and their cards. A card is linked to a customer where both are one's own; a key of the scope
/// `customers` alone stores no card, so it links none.
const CUSTOMERS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/customers
  -        403 403 201 201 201 403 403 403 403 403 403 403 403 403 201 201 201 403 403 403 403 403
GET /v1/customers
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/customers/{id}
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
PATCH /v1/customers/{id}
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
DELETE /v1/customers/{id}
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/customers/{id}/cards
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/customers/{id}/cards
  own      n   n   204 204 404 s   s   403 s   s   s   s   s   s   204 204 204 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   204 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 204 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/customers/{id}/cards of a card
  own      n   n   204 204 s   403 s   403 s   s   s   s   s   s   204 204 204 403 403 403 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   204 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   404 p   p   403 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   403 m   m
  account  403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  other    403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  session  403 403 204 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  foreign  403 403 404 204 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
  absent   403 403 404 404 404 403 403 403 403 403 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/sessions/customers
  -        403 403 201 201 403 403 403 403 403 403 403 403 403 403 403 403 403 201 201 201 403 403
GET /v1/sessions/customers/{id}
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   404 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   200 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
GET /v1/sessions/customers/{id}/cards
  own      n   n   200 200 403 s   s   403 s   s   s   s   s   s   403 403 403 200 200 200 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   404 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   200 m   m
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  other    403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  session  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
POST /v1/sessions/customers/{id}/cards
  own      n   n   204 204 403 s   s   403 s   s   s   s   s   s   403 403 403 204 204 204 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   404 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   204 m   m
  account  403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  other    403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  session  403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  foreign  403 403 404 204 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
POST /v1/sessions/customers/{id}/cards of a card
  own      n   n   204 204 s   403 s   403 s   s   s   s   s   s   403 403 403 204 204 204 403 403
  child    c   c   c   c   c   c   c   c   c   c   c   c   c   c   403 c   c   c   c   c   c   c
  parent   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   403 p   p   404 p   p   p
  named    m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   m   404 m   m
  account  403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  other    403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  session  403 403 204 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  foreign  403 403 404 204 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 404 404 404 403 403";

/// Webhook endpoints and events.
const WEBHOOKS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/webhooks
  -        403 403 201 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/webhooks
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/webhooks/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
PATCH /v1/webhooks/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
DELETE /v1/webhooks/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/webhooks/{id}/secret
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/webhooks/{id}/rotate
  own,child,parent,other,session every k
  account  403 403 201 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/webhooks/{id}/deliveries
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
POST /v1/webhooks/{id}/deliveries/{event}/resend
  own,child,parent,other,session every k
  account  403 403 201 404 403 403 403 403 201 403 403 403 403 403 201 201 404 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 404 403 403 403 403 403 404 404 201 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 404 403 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/webhooks/{id}/deliveries/{event}/resend of an event
  own,child,parent,other,session every k
  account  403 403 201 404 403 403 403 403 201 403 403 403 403 403 201 201 404 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 404 403 403 403 403 403 404 404 201 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 404 403 403 403 403 403 404 404 404 403 403 403 403 403
POST /v1/webhooks/{id}/test
  own,child,parent,other,session every k
  account  403 403 201 404 403 403 403 403 201 403 403 403 403 403 201 201 404 403 403 403 403 403
  foreign  403 403 404 201 403 403 403 403 404 403 403 403 403 403 404 404 201 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 404 403 403 403 403 403 404 404 404 403 403 403 403 403
GET /v1/events
  -        403 403 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
GET /v1/events/{id}
  own,child,parent,other,session every k
  account  403 403 200 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  foreign  403 403 404 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   403 403 404 404 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403";

/// What providers call, and browsers that return from them: no key counts. The notification is signed by the account's
/// provider, so another account's address refuses it; a browser returns to the address that its
/// own payment gave it.
const CALLBACKS: &str = "
           non unk sec sc2 cus car tok cha hoo ses aut rep flo sel all chi al2 sns snp snc rev exp
POST /v1/callbacks/{provider}/{token}
  own,child,parent,other,session every k
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
POST /v1/callbacks/{provider}/{token}/pix
  own,child,parent,other,session every k
  account  200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200
  foreign  403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404
GET /v1/callbacks/{provider}/{token}
  own,child,parent,other,session every k
  account  302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302
  foreign  302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302 302
  absent   404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404 404";
