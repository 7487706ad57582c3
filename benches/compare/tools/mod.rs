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
