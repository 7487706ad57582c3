//! suite.

mod compare;
