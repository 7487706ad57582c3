//! How much there is to copy, counted while copying: for `--progress`.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, Scope};

use ringutils::sys::{Kind, partial};
use rustix::fs::OFlags;

use crate::crew::Folder;
use crate::list;
use crate::names::{join, stat};
use crate::options::Follow;
use crate::place::{Place, open_folder};
use crate::run::Run;

/// Ends the counting when dropped.
pub struct Counting(Arc<AtomicBool>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts on a thread of its own; the total is known when all is counted. Without a thread there is no total.
pub fn start<'scope>(scope: &'scope Scope<'scope, '_>, run: &'scope Run<'_>) -> Counting {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let _ = Builder::new().stack_size(256 * 1024).spawn_scoped(scope, move || {
        partial::leave_signals_to_others();
        let mut sum = Sum { run, bytes: 0, files: 0, stopped: &stopped };
        if sum.all().is_some() {
            run.progress.set_total(sum.bytes, Some(sum.files));
        }
    });
    Counting(stop)
}

struct Sum<'a> {
    run: &'a Run<'a>,
    bytes: u64,
    files: u64,
    stopped: &'a AtomicBool,
}

impl Sum<'_> {
    /// `None` if we were told to stop.
    fn all(&mut self) -> Option<()> {
        let options = self.run.options;
        let mut folders = Vec::new();
        for source in &options.sources {
            let place = Place::of_path(source.as_bytes());
            self.count(place, options.follow != Follow::Never, &mut folders)?;
        }
        while let Some(place) = folders.pop() {
            // What cannot be read is not copied either.
            let Ok(fd) = open_folder(place.folder(), place.name(), OFlags::empty()) else { continue };
            let listing = Arc::new(fd);
            let folder = Folder { fd: Some(Arc::clone(&listing)), shown: Arc::from(&b""[..]) };
            let path = place.name().to_bytes();
            let follow = options.follow == Follow::Always;
            while let Ok(entries) = list::next_entries(&listing) {
                let more = entries.len() >= list::TOGETHER;
                for entry in entries {
                    if entry.kind == Some(Kind::Directory) {
                        self.files += 1;
                        folders.push(Place::of_path(&join(path, entry.name.to_bytes())));
                    } else {
                        self.count(folder.place(&entry.name), follow, &mut Vec::new())?;
                    }
                }
                if !more {
                    break;
                }
            }
        }
        Some(())
    }

    fn count(&mut self, place: Place, follow: bool, folders: &mut Vec<Place>) -> Option<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        if let Ok(found) = stat(&place, follow) {
            self.files += 1;
            if found.kind == Kind::Regular {
                self.bytes += found.size;
            } else if found.kind == Kind::Directory && self.run.options.recursive {
                folders.push(place);
            }
        }
        Some(())
    }
}
