//! How a row is run: [`contest`] checks everybody's result and has them take turns, [`pipeline`] says what exactly is
//! timed, and [`follow`] is about commands that never end by themselves.
//!
//! Some rows need more: a fresh place for each copy ([`grounds`], [`loops`]), a sum of all that a copy is
//! ([`digest`]), more than one reader ([`fan`]).

pub mod contest;
pub mod digest;
pub mod loops;

mod appended;
mod fan;
mod follow;
mod grounds;
mod lines;
mod pipeline;
mod wakeups;
