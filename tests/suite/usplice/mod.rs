//! `usplice`: bytes from any kind of end to any other, with limits, to several outputs, and with a meter.

mod common;
mod every_pair;
mod generated;
mod limits;
mod meter;
mod outputs;
mod rate;
mod resets;
mod ring_options;
mod scarce;
mod signals;
mod skip_errors;
mod stage;
mod streams;
mod tee;
mod tee_modes;
mod usage;
mod watch;
mod wrong;
