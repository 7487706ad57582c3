//! `usplice`: bytes from any kind of end to any other, with limits, to several outputs, and with a meter.

mod every_pair;
mod generated;
mod limits;
mod outputs;
mod scarce;
mod skip_errors;
mod stage;
mod usage;
mod wrong;
