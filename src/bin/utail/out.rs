//! Standard output and standard error: lines, headers between the files, diagnostics, in the order in which they were
//! said.

use std::io;
use std::os::fd::BorrowedFd;

use ringutils::bytes;
use ringutils::cli::{Diagnostics, Fault};
use ringutils::io::Session;
use ringutils::sys::{self, Stat, process};

use crate::entry::Label;
use crate::options::Options;
use crate::prefix::Prefix;

/// There is no point in going on: writing failed, or (`None`) something else did, and that was said.
#[derive(Debug)]
pub struct Fatal(Option<io::Error>);

impl Fatal {
    /// The end, of which the reason was reported.
    pub fn told() -> Self {
        Self(None)
    }

    /// Nobody reads standard output any more.
    fn is_deadly(&self) -> bool {
        self.0.as_ref().is_some_and(process::is_deadly)
    }
}

/// Collected at most.
const FULL: usize = 64 * 1024;
/// The C library's buffer. What fills it is written by GNU's tail before the end of the program, and
/// failing to is told in other words.
const STDIO: usize = 4096;

/// See the module.
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Out<'a> {
    diagnostics: &'a Diagnostics,
    session: &'a Session,
    /// Standard output, or why there is none.
    output: Result<BorrowedFd<'static>, i32>,
    headers: bool,
    prefix: Option<Prefix>,
    silent: bool,
    collected: Vec<u8>,
    /// Bytes written so far.
    written: u64,
    /// The file whose bytes came last.
    last: Option<usize>,
    any_header: bool,
    /// Something could not be written in front of a diagnostic.
    lost: bool,
}

impl<'a> Out<'a> {
    pub fn new(options: &Options, session: &'a Session, diagnostics: &'a Diagnostics) -> Self {
        let output = process::standard(1).map_err(|error| error.raw_os_error().unwrap_or(libc::EBADF));
        Self {
            diagnostics,
            session,
            output,
            headers: options.headers && !options.prefix,
            prefix: options.prefix.then(|| Prefix::new(options.line_end)),
            silent: false,
            collected: Vec::new(),
            written: 0,
            last: None,
            any_header: false,
            lost: false,
        }
    }

    /// From here on bytes are this file's, which the header says, unless they were before.
    pub fn switch_to(&mut self, label: &Label) -> Result<(), Fatal> {
        if self.last == Some(label.number) {
            return Ok(());
        }
        self.begin(label)
    }

    /// From here on bytes are this file's, and no header says so.
    pub fn regard(&mut self, label: &Label) {
        self.last = Some(label.number);
    }

    /// The header of a file, in any case.
    pub fn begin(&mut self, label: &Label) -> Result<(), Fatal> {
        self.last = Some(label.number);
        if !self.headers {
            return Ok(());
        }
        let space: &[u8] = if std::mem::replace(&mut self.any_header, true) { b"\n" } else { b"" };
        self.print(&bytes![space, "==> ", label.text, " <==\n"])
    }

    /// Bytes of a file, which go on where the last ones ended.
    pub fn data(&mut self, label: &mut Label, bytes: &[u8]) -> Result<(), Fatal> {
        let Some(mut prefix) = self.prefix else {
            return self.print(bytes);
        };
        let result = prefix.data(label, bytes, |bytes| self.gather(bytes));
        self.prefix = Some(prefix);
        result
    }

    /// A file's bytes do not go on where the last ones ended: it is shown from another place, or not at all. To be
    /// said of each file before the end, too; without `--prefix` it makes no difference.
    pub fn end_of(&mut self, label: &mut Label) -> Result<(), Fatal> {
        let Some(mut prefix) = self.prefix.filter(|_| !self.silent) else {
            return Ok(());
        };
        let result = prefix.end_of(label, |bytes| self.gather(bytes));
        self.prefix = Some(prefix);
        result
    }

    /// Nobody reads any more: what is held back is not put out, and is no write error.
    pub fn fall_silent(&mut self) {
        self.silent = true;
    }

    /// Standard output itself, with nothing held back; `None` where bytes must pass through here.
    pub fn direct(&mut self) -> Result<Option<BorrowedFd<'static>>, Fatal> {
        if self.prefix.is_some() {
            return Ok(None);
        }
        self.hurry()?;
        Ok(self.output.ok().filter(|_| self.collected.is_empty()))
    }

    fn output(&self) -> Result<BorrowedFd<'static>, Fatal> {
        self.output.map_err(|error| Fatal::from(io::Error::from_raw_os_error(error)))
    }

    /// What standard output is; `None` if it was closed.
    pub fn stat(&self) -> Option<Stat> {
        sys::fstat(self.output.ok()?).ok()
    }

    /// Where diagnostics go.
    pub fn diagnostics(&self) -> &'a Diagnostics {
        self.diagnostics
    }

    /// So many bytes were written to [`Out::direct`].
    pub fn wrote(&mut self, bytes: usize) {
        self.written += bytes as u64;
    }

    fn print(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        if self.collected.len() + bytes.len() <= FULL {
            self.collected.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush_for_more()?;
        self.write(bytes)
    }

    /// As [`Out::print`], for small pieces: none of them is written by itself.
    fn gather(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        if self.collected.len() + bytes.len() > FULL {
            self.flush()?;
        }
        self.print(bytes)
    }

    /// Writes what was collected.
    pub fn flush(&mut self) -> Result<(), Fatal> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let collected = std::mem::take(&mut self.collected);
        let result = self.write(&collected);
        self.collected = collected;
        self.collected.clear();
        result
    }

    /// Writes what was collected before a wait for more. What cannot be written is kept: it is told when more has come
    /// than the C library's buffer holds, or at the end, and how depends on that.
    ///
    /// # Errors
    /// Nobody reads, and that is the end.
    pub fn hurry(&mut self) -> Result<(), Fatal> {
        let Ok(output) = self.output else { return Ok(()) };
        let mut done = 0;
        while done < self.collected.len() {
            match sys::write(output, &self.collected[done..]) {
                Ok(n @ 1..) => {
                    self.session.tally("write", n);
                    done += n;
                }
                Err(error) if process::is_deadly(&error) => return Err(error.into()),
                _ => break,
            }
        }
        self.written += done as u64;
        self.collected.drain(..done);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        self.written += bytes.len() as u64;
        self.session.tally("write", bytes.len());
        sys::write_all(self.output()?, bytes).map_err(Fatal::from)
    }

    /// Before more than the C library's buffer holds.
    fn flush_for_more(&mut self) -> Result<(), Fatal> {
        let result = self.flush();
        if result.is_err() {
            self.written += STDIO as u64 + 1;
        }
        result
    }

    /// In front of a diagnostic, which is to be seen even if nothing else is. That this failed is told in the end, when
    /// nobody knows any more why it did: thus GNU. But what would not have fitted in its buffer it would have tried to
    /// write before.
    fn flush_or_lose(&mut self) -> Result<(), Fatal> {
        let fits = self.collected.len() <= STDIO;
        match self.flush() {
            Err(fatal) if fits && !fatal.is_deadly() => self.lost = true,
            result => result?,
        }
        Ok(())
    }

    /// Writes what was collected, at the end of everything.
    ///
    /// # Errors
    /// Writing failed, now or before a diagnostic.
    pub fn finish(&mut self) -> Result<(), Fatal> {
        self.flush()?;
        self.tell_losses();
        Ok(())
    }

    /// Something that was to be written before a diagnostic was not.
    fn tell_losses(&mut self) {
        if std::mem::take(&mut self.lost) {
            // That there is no standard output shows once more when it is closed.
            let fault = match self.output {
                Ok(_) => Fault::new("write error"),
                Err(error) => Fault::io("write error", io::Error::from_raw_os_error(error)),
            };
            self.diagnostics.report(&fault);
        }
    }

    /// A diagnostic that makes the exit status 1.
    pub fn report(&mut self, fault: &Fault) -> Result<(), Fatal> {
        self.flush_or_lose()?;
        self.diagnostics.report(fault);
        Ok(())
    }

    /// A diagnostic that does not.
    pub fn warn(&mut self, text: impl AsRef<[u8]>) -> Result<(), Fatal> {
        self.flush_or_lose()?;
        self.diagnostics.warn(text);
        Ok(())
    }

    /// The exit status is to be 1.
    pub fn fail(&self) {
        self.diagnostics.fail(1);
    }

    /// What failed so far does not count.
    pub fn forgive(&self) {
        self.diagnostics.forgive();
    }

    /// Says what there is to say at an end that comes early.
    pub fn end(&mut self, Fatal(error): Fatal) {
        match error {
            Some(error) => self.diagnostics.report(&self.fault(error)),
            None => self.tell_losses(),
        }
    }

    fn fault(&self, error: io::Error) -> Fault {
        // A full buffer is not written before more comes; what would fill all of an empty one does not go through it.
        let held = if self.any_header { STDIO } else { STDIO - 1 };
        let early = self.written > held as u64;
        Fault::writing(if early { "error writing 'standard output'" } else { "write error" }, error)
    }
}

#[cfg(test)]
impl Out<'_> {
    /// Writes there and not to standard output.
    pub fn redirect(&mut self, output: BorrowedFd<'static>) {
        self.output = Ok(output);
    }
}

impl From<io::Error> for Fatal {
    fn from(error: io::Error) -> Self {
        Self(Some(error))
    }
}
