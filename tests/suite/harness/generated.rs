//! Tests of generated cases.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// Checks `cases` cases, or as many as `PROPTEST_CASES` says. One that fails is shrunk to the smallest that still does.
#[track_caller]
pub fn each_generated<S: Strategy>(
    cases: u32,
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |n| n.parse().expect("a number"));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    if let Err(failure) = TestRunner::new(config).run(strategy, check) {
        panic!("{failure}");
    }
}
