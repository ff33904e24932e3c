//! The life of a charge against a model that knows nothing but the bank's books.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or whose index is wrong, has failed"
)]

mod bank;
mod check;
mod hub;
mod notes;
mod plan;
mod rules;
mod words;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use check::Broken;
use hub::Hub;
use plan::Step;
use rules::Rules;

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

#[test]
fn whatever_happens_the_hub_and_the_bank_agree() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&plan::lives(), |(steps, notices_first)| {
        live(&steps, notices_first, rules::RIGHT).map_err(|Broken(what)| TestCaseError::fail(what))
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (steps, notices_first))) => {
            let steps: Vec<String> = steps
                .iter()
                .filter(|step| !matches!(step, Step::Nothing))
                .map(|step| format!("    {step:?},\n"))
                .collect();
            panic!("{reason}\n{}notices first: {notices_first}\nPROPTEST_RNG_SEED={seed}", steps.concat())
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}
