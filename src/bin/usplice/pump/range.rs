//! From file to file inside the kernel: `copy_file_range(2)`, which shares blocks where the file system can, or has the
//! server copy.

use ringutils::io::transfer::{Ranged, copy_piece};

use super::Way;
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Bytes a call: nothing else happens meanwhile.
const RANGE: usize = 16 * 1024 * 1024;

/// Goes on from both files' positions. What fails is left to be found again by reading and writing, which can tell
/// whose fault it is; so is what is at its end at once, for files of /proc only claim to be empty.
pub async fn pump(flow: &Flow<'_>, input: &End, output: &End) -> Result<Way, Stop> {
    let mut any = false;
    loop {
        let most = flow.allow(RANGE).await?;
        if most == 0 {
            return Ok(Way::Done);
        }
        match copy_piece(flow.session, input.fd(), output.fd(), most) {
            Ranged::Moved(n) => {
                any = true;
                flow.took(n);
                flow.moved(n);
            }
            Ranged::End if any => return Ok(Way::Done),
            Ranged::End | Ranged::Unusable | Ranged::Failed(_) => return Ok(Way::Unsuited),
        }
    }
}
