//! The integration tests: each tool run as a user runs it, compared with what GNU documents and does.
//!
//! ```sh
//! cargo test --test suite                                              # the engine that fits
//! RINGUTILS_TEST_ENGINE=threads cargo test --test suite                # or uring
//! RINGUTILS_TEST_ENGINE=uring+faults cargo test --test suite
//! PROPTEST_CASES=2000 cargo test --test suite differential             # longer than usual
//! RINGUTILS_SKIP_LOG=skipped cargo test --test suite; cat skipped      # what could not be tested here
//! RINGUTILS_TEST_GNU=1 RINGUTILS_TEST_UCAT=…/cat RINGUTILS_TEST_UCP=…/cp cargo test --test suite   # on GNU's
//! RINGUTILS_TEST_GNU=1 RINGUTILS_TEST_UHASH=… cargo test --test suite uhash    # a folder with GNU's md5sum, cksum, …
//! ```
//!
//! All variables are listed in `harness/tools.rs`. More is tested as root: a full disk, and how it is without
//! root's rights.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "expected texts are built where it reads best, not where it runs fastest"
)]

mod compare;
mod completions;
mod documents;
mod harness;
mod let_go;
mod manual;
mod ucat;
mod ucp;
mod uhash;
mod usplice;
mod utail;
