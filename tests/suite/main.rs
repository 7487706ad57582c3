//! The integration tests: a module a tool, and one for the pure parts of the benchmark.

mod compare;
