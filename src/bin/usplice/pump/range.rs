//! TODO

use super::Way;
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// TODO
pub async fn pump(flow: &Flow<'_>, input: &End, output: &End) -> Result<Way, Stop> {
    let _ = (flow, input, output);
    Ok(Way::Unsuited)
}
