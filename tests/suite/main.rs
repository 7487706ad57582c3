//! suite.

