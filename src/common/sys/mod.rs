//! See lib.rs.
pub mod locale;
pub mod process;
