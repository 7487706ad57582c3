//! `--files0-from`: names from a file, each ending with NUL, in bounded memory.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;

use ringutils::cli::{Fault, bytes, quote};
use ringutils::sys;

use crate::item::PLENTY;

/// See the module.
pub struct Names {
    shown: OsString,
    from: BufReader<File>,
    /// Names given so far.
    count: u64,
    /// Names that are in memory from end to end.
    ready: usize,
    /// More may be read than was asked for.
    is_file: bool,
    over: bool,
}

impl Names {
    /// # Errors
    /// The file can't be opened.
    pub fn open(name: OsString) -> Result<Self, Fault> {
        let cannot = |error| Fault::naming("cannot open ", &name, " for reading", error);
        let from = if name == "-" {
            let stdin = sys::process::standard(0).and_then(|fd| fd.try_clone_to_owned());
            File::from(stdin.map_err(|error| Fault::io("standard input", error))?)
        } else {
            let opened = sys::c_path(&name).and_then(|path| sys::open_plain(&path, libc::O_RDONLY));
            File::from(opened.map_err(cannot)?)
        };
        let is_file = from.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(Self {
            shown: name,
            from: BufReader::with_capacity(64 * 1024, from),
            count: 0,
            ready: 0,
            is_file,
            over: false,
        })
    }

    /// How many are known to be left: see [`crate::item::Feed::left`].
    pub fn left(&self) -> usize {
        match (self.over, self.is_file) {
            (true, _) => 0,
            (false, true) => PLENTY,
            // What has arrived through a pipe may be used; for more we might wait.
            (false, false) => self.ready,
        }
    }

    fn fault(&self, text: &str) -> Fault {
        Fault::new(bytes![quote::needed(&self.shown), ":", self.count.to_string(), text])
    }
}

impl Iterator for Names {
    type Item = Result<OsString, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let mut name = Vec::new();
        if let Err(error) = self.from.read_until(0, &mut name) {
            self.over = true;
            return Some(Err(Fault::io(bytes![quote::needed(&self.shown), ": read error"], error)));
        }
        self.ready = match self.ready {
            // It was read just now, and perhaps others with it.
            0 => memchr::memchr_iter(0, self.from.buffer()).count(),
            ready => ready - 1,
        };
        if name.is_empty() {
            self.over = true;
            return None;
        }
        if name.last() == Some(&0) {
            name.pop();
        }
        self.count += 1;
        if name.is_empty() {
            return Some(Err(self.fault(": invalid zero-length file name")));
        }
        if name == b"-" && self.shown == "-" {
            let text = "when reading file names from standard input, no file name of '-' allowed";
            return Some(Err(Fault::new(text)));
        }
        Some(Ok(OsString::from_vec(name)))
    }
}
