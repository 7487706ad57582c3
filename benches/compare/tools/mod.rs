//! The rows, a file for each tool.

mod cat;
mod cp;
mod hash;
mod splice;
mod tail;
mod technique;

use crate::row::Tool;

/// Every tool that has rows.
pub const TOOLS: &[Tool] = &[cat::TOOL, cp::TOOL, hash::TOOL, splice::TOOL, tail::TOOL, technique::TOOL];

/// Why others are as fast, or faster, at next to nothing.
const START: &str = "A handful of system calls is all there is to do, and no ring is set up for it. The \
    rest is the start of the program.";
