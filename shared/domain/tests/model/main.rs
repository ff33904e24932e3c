//! The life of a charge against a model that shares no code with the domain and knows nothing but the bank's books.
//!
//! A life is a plan of at most 40 steps, drawn at random: people pay, capture, give back and cancel; the hub looks after
//! what is due; calls are lost, late or never made; buyers pay late; refunds begin and fail at the bank; its notices come
//! late, twice, in any order, or tell of more money than there is; whoever is at work may die between any two steps. After each step, and at
//! the end when all has come to rest, the hub must say what the books say.
//!
//! - [`bank`]: the books. What they say was decided before any answer could be lost; beside it stands whether the hub
//!   was told;
//! - [`notes`]: what the bank tells of its own accord;
//! - [`plan`]: what may happen;
//! - [`hub`]: the hub in memory, with stale copies, conditional writes and deaths;
//! - [`rules`] and [`broken`]: the decisions, and decisions that are wrong, all of which must be found out;
//! - [`check`]: what must hold;
//! - [`words`]: where the bank's words meet the domain's.
//!
//! Ten thousand lives are lived. `PROPTEST_CASES=200000` lives more of them. A failure prints the shortest life that was
//! found and the seed: `PROPTEST_RNG_SEED=… cargo test -p domain --test model` lives the same lives again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot unwrap, or whose index is wrong, has failed"
)]
#![expect(
    clippy::pedantic,
    clippy::large_enum_variant,
    clippy::type_complexity,
    reason = "the model is short-lived and small; its shape follows the books, not the machine"
)]

mod bank;
mod broken;
mod check;
mod hub;
mod notes;
mod plan;
mod rules;
mod words;

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use check::Broken;
use hub::Hub;
use plan::Step;
use rules::{RIGHT, Rules};

const LIVES: u32 = 10_000;
/// Lives in which a broken decision must be found out.
const LIVES_OF_BROKEN: u32 = 5_000;

/// Lives one life.
fn live(steps: &[Step], notices_first: bool, rules: Rules) -> Result<(), Broken> {
    let mut hub = Hub::new(rules);
    for step in steps {
        hub.step(*step)?;
        check::holds(&hub)?;
    }
    hub.settle_down(notices_first)?;
    check::is_settled(&hub)
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
    TestRunner::new(config).run(&plan::lives(), |(steps, notices_first)| {
        live(&steps, notices_first, rules).map_err(|Broken(what)| TestCaseError::fail(what))
    })
}

#[test]
fn whatever_happens_the_hub_says_what_the_banks_books_say() {
    let from_env = |name| env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let lives = from_env("PROPTEST_CASES").and_then(|lives| lives.try_into().ok()).unwrap_or(LIVES);
    let seed = from_env("PROPTEST_RNG_SEED").unwrap_or_else(|| RandomState::new().hash_one(()));
    match all(RIGHT, lives, seed, env::var("NOSHRINK").map_or(20_000, |_| 0)) {
        Ok(()) => {}
        Err(TestError::Fail(what, (steps, notices_first))) => {
            let steps = steps.iter().filter(|step| !matches!(step, Step::Nothing));
            let steps: Vec<String> = steps.map(|step| format!("    {step:?}\n")).collect();
            let steps = steps.concat();
            panic!("{what}\n{steps}    notices first: {notices_first}\nrun again with PROPTEST_RNG_SEED={seed}")
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn every_broken_decision_is_found_out() {
    for (what, rules, finding) in broken::BROKEN {
        match all(rules, LIVES_OF_BROKEN, 1, 0) {
            Err(TestError::Fail(found, _)) => {
                assert!(found.message().contains(finding), "{what}: {found}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}
