//! What is left to do once the bytes are moved: on the disk, if that is wanted, and closed.

use ringutils::cli::Diagnostics;
use ringutils::sys;

use super::Ends;
use crate::flow::Flow;
use crate::stop::Stop;

/// `fsync(2)` of what has nothing to keep: pipes, sockets, terminals, some devices.
const NOTHING_TO_KEEP: [i32; 3] = [libc::EINVAL, libc::EROFS, libc::EOPNOTSUPP];

impl Ends {
    /// Waits until all outputs are on the disk, at once. What goes wrong is reported.
    pub async fn sync(&self, flow: &Flow<'_>) -> Result<(), Stop> {
        let left = || self.outputs.iter().filter(|output| !output.dropped.get());
        let syncs: Vec<_> = left().map(|output| flow.ring().fsync(&output.file, false)).collect();
        for (output, sync) in left().zip(syncs) {
            if let Err(error) = flow.served(sync).await?
                && !error.raw_os_error().is_some_and(|errno| NOTHING_TO_KEEP.contains(&errno))
            {
                flow.diagnostics.report(&output.fault(error));
            }
        }
        Ok(())
    }

    /// Closes the outputs, which may tell of writes that did not arrive.
    pub fn close(self, diagnostics: &Diagnostics) {
        for output in self.outputs {
            let (shown, dropped) = (output.shown(), output.dropped.get());
            // The standard ones stay open.
            if let Ok(file) = output.file.into_owned()
                && let Err(error) = sys::close(file)
                && !dropped
            {
                diagnostics.report(&ringutils::cli::Fault::io(shown, error));
            }
        }
    }
}
