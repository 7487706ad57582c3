//! The last of the ways, which always works: bytes are read into memory, and written from there.
//!
//! Large files are read ahead into registered buffers, by the ring's workers, while plain calls write; everything else is
//! read piece by piece ([`Source`]). Nothing here waits but in the ring, so that signals and the meter are seen to, only
//! regular files and block devices take the time that they take ([`Sink`]).

use super::sink::Sink;
use super::source::{Piece, Source};
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Moves everything. Whatever was taken is written before an error of the input is reported.
pub async fn pump(flow: &Flow<'_>, input: &End, output: &End) -> Result<(), Stop> {
    let workers = super::works(flow.options, input, std::slice::from_ref(output));
    let mut sink = Sink::new(flow, output).map_err(Stop::Output)?;
    let mut source = Source::new(flow, input, workers).map_err(Stop::Input)?;
    let result = pass(&mut source, &mut sink).await;
    source.leave();
    let finished = sink.finish().map_err(Stop::Output);
    result.and(finished)
}

async fn pass(source: &mut Source<'_>, sink: &mut Sink<'_>) -> Result<(), Stop> {
    loop {
        match source.next().await? {
            Piece::Bytes(bytes) => sink.write(bytes).await?,
            Piece::Hole(len) => sink.skip(len).await?,
            Piece::End => return Ok(()),
        }
    }
}

#[cfg(test)]
pub mod tests;
