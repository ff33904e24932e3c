//! Which key opens which route: the table of the edge compared with the functions, and as a matrix for review.

use std::collections::BTreeSet;

use domain::scope::{Scope, Scopes};
use edge::access::{Key, RULES, Rule};

use crate::hub::FUNCTIONS;

/// The route of the clock, which is in no template and has no function.
const CLOCK: &str = "POST /_local/clock";

#[test]
fn the_table_names_every_route_of_every_function_once_and_no_other() {
    let named: Vec<&str> = RULES.iter().map(|rule| rule.route).collect();
    let once: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(named.len(), once.len(), "a route has two rules");
    let answered: BTreeSet<&str> = FUNCTIONS
        .iter()
        .flat_map(|(_, routes)| routes.iter().copied())
        .filter(|route| *route != "$default")
        .chain([CLOCK])
        .collect();
    assert_eq!(once, answered);
}

#[test]
fn every_route_by_every_kind_of_key() {
    let mut lines = vec![format!("{:<52}{:<8}{:<8}{:<14}{}", "route", "no key", "secret", "session key", "public key")];
    lines.extend(RULES.iter().map(line));
    insta::assert_snapshot!(lines.join("\n"));
}

fn line(rule: &Rule) -> String {
    let may = |key| if rule.admits(key) { "yes" } else { "-" };
    let session = match (rule.admits(Key::OwnSession), rule.admits(Key::Session)) {
        (true, true) => "any",
        (true, false) => "own",
        (false, _) => "-",
    };
    let scopes: Vec<&str> = Scope::ALL
        .iter()
        .filter(|scope| rule.admits(Key::Public(&Scopes::One(**scope))))
        .map(|scope| scope.name())
        .collect();
    let public = if scopes.is_empty() { "-".to_owned() } else { scopes.join(" ") };
    format!("{:<52}{:<8}{:<8}{session:<14}{public}", rule.route, may(Key::None), may(Key::Secret))
}
