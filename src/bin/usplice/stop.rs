//! Why moving bytes ended before the input did.

use std::io;

/// See the module.
#[derive(Debug)]
pub enum Stop {
    /// A signal that ends the process once it has been told how far it got.
    Signal(i32),
    /// Reading failed.
    Input(io::Error),
    /// Writing to the only output did.
    Output(io::Error),
    /// What was wrong was said already.
    Told,
}
