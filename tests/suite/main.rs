//! The integration tests: each tool run as a user runs it, compared with what GNU documents and does.
//!
//! `cargo test --test suite`, under each engine with `RINGUTILS_TEST_ENGINE` (see [`harness`]'s `tools`).
//! The suite itself is tested by running it on GNU's cat:
//! `RINGUTILS_TEST_GNU=1 RINGUTILS_TEST_UCAT=…/cat cargo test --test suite`.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "expected texts are built where it reads best, not where it runs fastest"
)]

mod harness;
mod ucat;
