//! Following a single pipe or device: a read that waits.

use ringutils::ring::{Either, Fd, Pool, either};

use super::{Result, Scene};
use crate::entry::{Entry, File, Handle};

/// Goes on until nothing more can come.
pub fn run(scene: &mut Scene<'_, '_>) -> Result<()> {
    let Some((mut entry, file)) = take(&mut scene.entries) else { return Ok(()) };
    let fd = match file.handle {
        Handle::Own(fd) => Fd::new(fd),
        Handle::Stdin(fd) => Fd::standard(fd),
        // Only what is followed by name is ever parked.
        Handle::Parked => return Ok(()),
    };
    let reader = scene.reader();
    let ring = scene.ring.clone();
    let pool = Pool::new(64 * 1024, 1).map_err(crate::out::Fatal::from)?;
    scene.screen.out.flush()?;
    let mut gone = reader.as_ref().map(|fd| ring.poll(fd, 0));
    loop {
        let Some(buf) = pool.take() else { return Ok(()) };
        let mut read = ring.read(&fd, buf, None);
        let result = match &mut gone {
            None => ring.block_on(read),
            Some(gone) => match ring.block_on(either(&mut read, gone)) {
                Either::First(result) => result,
                Either::Second(_) => return Err(scene.reader_gone()),
            },
        };
        match result {
            Ok(buf) if !buf.is_empty() => {
                scene.screen.show(&mut entry.label, &buf)?;
                scene.screen.out.flush()?;
            }
            // There is nothing now, and no way to wait for what may come.
            Ok(_) => scene.sleep(reader.as_ref())?,
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => scene.sleep(reader.as_ref())?,
            Err(error) => {
                scene.screen.out.end_of(&mut entry.label)?;
                return Err(scene.screen.unreadable(&entry.label, error));
            }
        }
    }
}

fn take(entries: &mut Vec<Entry>) -> Option<(Entry, File)> {
    let mut entry = entries.pop()?;
    let file = entry.file.take()?;
    Some((entry, file))
}
