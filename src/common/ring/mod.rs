//! The runtime.
pub mod config;
pub use config::{Config, EngineChoice, StatsFormat};
