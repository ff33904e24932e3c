//! The life of charges and sessions against a model that shares no code with the domain and knows only the books of the
//! providers.
//!
//! A life is a plan of at most 40 steps, drawn at random: shoppers pay, once, twice or late; merchants capture, refund
//! and cancel; payments have attempts at several of five accounts, which have different abilities; the hub does what is
//! due; calls are lost, late or never made; notifications come late, twice, in any order and under several references;
//! two environments read stale data, and a worker may crash between any two steps. At the end, when everything has come
//! to rest, the hub must say what the books say.
//!
//! - [`model::bank`]: the books; [`model::notes`]: what the providers report by themselves;
//! - [`plan`]: what may happen;
//! - [`hub`]: the hub in memory, with stale reads, conditional writes and crashes;
//! - [`rules`] and [`mutations`]: the decisions, and decisions with one fault each, all of which must be found;
//! - [`check`], [`seen`] and [`end`]: what must hold of each write, of what callers were shown, and at the end;
//! - [`words`]: conversions between the model's values and the domain's.
//!
//! `PROPTEST_CASES=200000` lives more lives. A failure prints the shortest life that was found and the seed:
//! `PROPTEST_RNG_SEED=… cargo test -p domain --test model` lives the same lives again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or whose index is wrong, has failed"
)]
#![expect(
    clippy::pedantic,
    clippy::large_enum_variant,
    reason = "the model is short-lived and small; its shape follows the books, not the machine"
)]

mod check;
mod end;
mod hub;
mod mutations;
mod plan;
mod rules;
mod seen;
mod words;

use std::{env, io::Write};

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use check::Broken;
use hub::Hub;
use plan::Step;
use rules::{RIGHT, Rules};

const LIVES: u32 = 8_000;
/// Lives in which a mutation must be found.
const LIVES_OF_MUTATIONS: u32 = 5_000;
const SEED: u64 = 1;

/// Lives one life.
fn live(hub: &mut Hub, steps: &[Step], notifications_first: bool) -> Result<(), Broken> {
    for step in steps {
        hub.step(*step)?;
        check::holds(hub)?;
    }
    hub.settle_down(notifications_first)?;
    end::is_settled(hub)
}

/// Lives `lives` of them under `rules`.
fn all(rules: Rules, lives: u32, seed: u64, max_shrink_iters: u32) -> Result<(), TestError<(Vec<Step>, bool)>> {
    let config = Config {
        cases: lives,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters,
        ..Config::default()
    };
    TestRunner::new(config).run(&plan::lives(), |(steps, notifications_first)| {
        live(&mut Hub::new(rules), &steps, notifications_first).map_err(|Broken(what)| TestCaseError::fail(what))
    })
}

/// Prints a line that the test runner does not capture.
#[expect(clippy::explicit_write, reason = "the test runner captures what `eprintln` writes where the test passes")]
fn say(line: &str) {
    let short: String = line.chars().take(200).collect();
    writeln!(std::io::stderr(), "{short}").unwrap();
}

fn from_env(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn whatever_happens_the_hub_says_what_the_providers_books_say() {
    let lives = from_env("PROPTEST_CASES").and_then(|lives| lives.try_into().ok()).unwrap_or(LIVES);
    let seed = from_env("PROPTEST_RNG_SEED").unwrap_or(SEED);
    say(&format!("control: {lives} lives, seed {seed}"));
    match all(RIGHT, lives, seed, 20_000) {
        Ok(()) => {}
        Err(TestError::Fail(what, (steps, notifications_first))) => {
            let mut hub = Hub::new(RIGHT);
            let again = live(&mut hub, &steps, notifications_first);
            let steps = steps.iter().filter(|step| !matches!(step, Step::Nothing));
            let steps: String = steps.map(|step| format!("    {step:?}\n")).collect();
            let books = hub.dump();
            panic!(
                "{what}\n{steps}    notifications first: {notifications_first}\n{books}{again:?}\nrun again with PROPTEST_RNG_SEED={seed}"
            )
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn every_mutation_is_found() {
    let mut missed = Vec::new();
    for (name, rules) in mutations::MUTATIONS {
        match all(rules, LIVES_OF_MUTATIONS, SEED, 0) {
            Err(TestError::Fail(found, _)) => say(&format!("{name}: seed {SEED}: {}", found.message())),
            Err(TestError::Abort(why)) => panic!("{why}"),
            Ok(()) => missed.push(name),
        }
    }
    assert!(missed.is_empty(), "these mutations were not found: {missed:?}");
}
