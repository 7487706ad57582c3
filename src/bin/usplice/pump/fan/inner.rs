//! Pipes of our own: one that holds a piece, and one for each output, into which the piece is duplicated.

use std::cell::OnceCell;
use std::io;
use std::os::fd::BorrowedFd;

use ringutils::ring::Fd;
use ringutils::sys::{self, InnerPipe};

/// A pipe of our own.
pub struct Inner {
    pipe: InnerPipe,
    /// Its end to read from, for the ring, which wants to hold what it works with.
    shared: OnceCell<Fd>,
}

impl Inner {
    pub fn new(want: usize) -> io::Result<Self> {
        Ok(Self { pipe: InnerPipe::new(want)?, shared: OnceCell::new() })
    }

    /// So many pipes; the one that holds the least comes last: what fits into it fits into any other.
    pub fn several(count: usize, want: usize) -> io::Result<Vec<Self>> {
        let mut all = (0..count).map(|_| Self::new(want)).collect::<io::Result<Vec<_>>>()?;
        all.sort_by_key(|inner| std::cmp::Reverse(inner.capacity()));
        Ok(all)
    }

    pub fn capacity(&self) -> usize {
        self.pipe.capacity
    }

    pub fn input(&self) -> BorrowedFd<'_> {
        self.pipe.input()
    }

    pub fn output(&self) -> BorrowedFd<'_> {
        self.pipe.output()
    }

    /// The end to read from, for the ring.
    pub fn shared(&self) -> io::Result<&Fd> {
        if let Some(fd) = self.shared.get() {
            return Ok(fd);
        }
        let fd = Fd::new(self.pipe.output().try_clone_to_owned()?);
        Ok(self.shared.get_or_init(|| fd))
    }

    /// Takes `len` bytes out, which it holds, and adds them to `into`.
    pub fn read(&self, mut len: usize, into: &mut Vec<u8>) -> io::Result<()> {
        while len > 0 {
            let start = into.len();
            into.resize(start + len, 0);
            let result = sys::read(self.output(), &mut into[start..]);
            let n = *result.as_ref().unwrap_or(&0);
            into.truncate(start + n);
            if result? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            len -= n;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_the_last() {
        let all = Inner::several(3, 1 << 16).expect("pipes");
        assert!(all.iter().all(|inner| inner.capacity() >= all[2].capacity()));
    }

    #[test]
    fn reads_what_it_holds_and_no_more() {
        let inner = Inner::new(1 << 16).expect("a pipe");
        sys::write_all(inner.input(), b"abcdef").expect("room");
        let mut bytes = b"-".to_vec();
        inner.read(4, &mut bytes).expect("four bytes");
        assert_eq!(bytes, b"-abcd");
        inner.read(2, &mut bytes).expect("the others");
        assert_eq!(bytes, b"-abcdef");
    }
}
