//! Tests of moving through memory: real ends, both engines.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;

use ringutils::cli::{Diagnostics, Invocation};
use ringutils::io::Session;
use ringutils::ring::{Config, EngineChoice, Fd};
use rustix::fs::{FileType, Mode, OFlags};

use crate::args;
use crate::ends::{Direction, End};
use crate::flow::Flow;
use crate::meter::Meter;
use crate::options::Options;
use crate::stop::Stop;

/// What a run has, apart from its ends.
pub struct Rig {
    pub session: Session,
    pub options: Options,
    pub diagnostics: Diagnostics,
    meter: Meter,
}

impl Rig {
    pub fn new(engine: EngineChoice, line: &str) -> Self {
        let invocation = Invocation::from_argv0(Some("usplice".into()), "usplice");
        let words = line.split_whitespace().map(Into::into).collect();
        let options = args::parse(&invocation, words).unwrap_or_else(|_| panic!("options: {line}"));
        let config = Config { engine, ..options.shared.ring.clone() };
        let diagnostics = Diagnostics::capturing(&invocation);
        let meter = Meter::new(&options.meter, &diagnostics, None);
        Self { session: Session::lazy(config), options, diagnostics, meter }
    }

    pub fn flow(&self, works: bool) -> Flow<'_> {
        let left = self.options.count.unwrap_or(u64::MAX);
        let about = (&self.session, &self.options, &self.diagnostics);
        Flow::new(about, &self.meter, None, left, works)
    }

    pub fn pump(&self, input: &End, output: &End) -> Result<(), Stop> {
        let works = crate::pump::works(&self.options, input, std::slice::from_ref(output));
        let flow = self.flow(works);
        flow.run(super::pump(&flow, input, output))
    }

    pub fn moved(&self) -> u64 {
        self.meter.bytes()
    }

    pub fn said(&self) -> String {
        String::from_utf8(self.diagnostics.captured()).expect("text")
    }
}

pub const ENGINES: [EngineChoice; 2] = [EngineChoice::Auto, EngineChoice::Threads];

pub fn end(file: impl Into<OwnedFd>, direction: Direction) -> End {
    End::new(Fd::new(file.into()), "NAME".into(), direction).expect("an end")
}

/// Bytes that do not repeat soon, and runs of zeros of all lengths.
pub fn pattern(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let run = (state >> 16) as usize % 20_000;
        if state & 0x800 == 0 {
            bytes.resize(bytes.len() + run, 0);
        } else {
            bytes.extend((0..run).map(|at| u8::try_from(at * 7 % 251).unwrap_or(0)));
        }
    }
    bytes.truncate(len);
    bytes
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file.rewind().expect("back");
    file
}

fn content(mut file: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().expect("back");
    file.read_to_end(&mut bytes).expect("read");
    bytes
}

const OPTIONS: [&str; 9] = [
    "",
    "-b 4096",
    "-b 65536",
    "--sparse",
    "--skip-errors",
    "--skip-errors --sparse",
    "--ring=direct",
    "--ring=direct --sparse",
    "-b 1000 --sparse",
];

#[test]
fn file_to_file_around_the_sizes_of_blocks() {
    let all = pattern(600_000);
    for (engine, line) in ENGINES.into_iter().flat_map(|engine| OPTIONS.map(|line| (engine, line))) {
        for len in [0, 1, 4095, 4096, 4097, 131_072, 131_073, 262_143, 262_144, 262_145, 524_288, 600_000] {
            let (from, to) = (file_of(&all[..len]), file_of(b""));
            let (input, output) = (from.try_clone(), to.try_clone());
            let (input, output) = (input.expect("dup"), output.expect("dup"));
            let rig = Rig::new(engine, line);
            rig.pump(&end(input, Direction::Input), &end(output, Direction::Output)).expect("moved");
            let at = |mut file: &File| file.stream_position().expect("a position");
            assert_eq!((at(&from), at(&to)), (len as u64, len as u64), "{line}: positions of {len}");
            assert!(content(&to) == all[..len], "{engine:?} {line}: {len} bytes");
            assert_eq!(rig.moved(), len as u64);
            assert_eq!(rig.said(), "");
        }
    }
}

#[test]
fn a_count_is_exact_wherever_it_ends() {
    let all = pattern(600_000);
    for (engine, line) in ENGINES.into_iter().flat_map(|engine| OPTIONS.map(|line| (engine, line))) {
        for count in [0, 1, 4096, 300_000, 599_999, 600_001] {
            let (mut from, to) = (file_of(&all), file_of(b""));
            from.seek(SeekFrom::Start(77)).expect("a position");
            let (input, output) = (from.try_clone().expect("dup"), to.try_clone().expect("dup"));
            let rig = Rig::new(engine, &format!("{line} -c {count}"));
            rig.pump(&end(input, Direction::Input), &end(output, Direction::Output)).expect("moved");
            let last = all.len().min(77 + count);
            assert_eq!(from.stream_position().expect("a position"), last as u64, "{line}: {count}");
            assert!(content(&to) == all[77..last], "{engine:?} {line}: {count} bytes");
        }
    }
}

#[test]
fn of_a_pipe_no_more_is_taken_than_is_moved() {
    for engine in ENGINES {
        let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(b"0123456789").expect("room");
        let to = file_of(b"");
        let rig = Rig::new(engine, "-c 4");
        let input = end(reader.try_clone().expect("dup"), Direction::Input);
        rig.pump(&input, &end(to.try_clone().expect("dup"), Direction::Output)).expect("moved");
        assert_eq!(content(&to), b"0123");
        let mut rest = [0; 6];
        reader.read_exact(&mut rest).expect("the rest");
        assert_eq!(&rest, b"456789");
    }
}

#[test]
fn streams_of_all_kinds_with_slow_ends() {
    let all = pattern(700_000);
    let nonblocking = |fd: &dyn AsFd| rustix::io::ioctl_fionbio(fd.as_fd(), true).expect("ioctl");
    for engine in ENGINES {
        for kind in ["pipe", "pipe, nonblocking", "socket", "socket, nonblocking", "fifo"] {
            let pair = || -> (OwnedFd, OwnedFd) {
                if kind.starts_with("pipe") {
                    let (reader, writer) = std::io::pipe().expect("a pipe");
                    return (reader.into(), writer.into());
                }
                if kind.starts_with("socket") {
                    let (a, b) = UnixStream::pair().expect("sockets");
                    return (a.into(), b.into());
                }
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path().join("fifo");
                let mode = Mode::RUSR | Mode::WUSR;
                rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, mode, 0).expect("a FIFO");
                // Opened for both, as one alone would wait for the other; then each for itself.
                let open = |flags| rustix::fs::open(&path, flags, Mode::empty()).expect("open");
                let both = open(OFlags::RDWR);
                let ends = (open(OFlags::RDONLY), open(OFlags::WRONLY));
                drop(both);
                ends
            };
            let ((from, feed), (drain, to)) = (pair(), pair());
            if kind.ends_with("nonblocking") {
                nonblocking(&from);
                nonblocking(&to);
            }
            thread::scope(|scope| {
                let all = &all;
                scope.spawn(move || {
                    let mut feed = File::from(feed);
                    for piece in all.chunks(70_001) {
                        feed.write_all(piece).expect("taken");
                        thread::yield_now();
                    }
                });
                let drained = scope.spawn(move || {
                    let mut bytes = Vec::new();
                    let mut drain = File::from(drain);
                    let mut piece = vec![0; 3001];
                    loop {
                        let n = drain.read(&mut piece).expect("given");
                        if n == 0 {
                            return bytes;
                        }
                        bytes.extend_from_slice(&piece[..n]);
                    }
                });
                let rig = Rig::new(engine, "");
                let (input, output) = (end(from, Direction::Input), end(to, Direction::Output));
                rig.pump(&input, &output).expect("moved");
                drop((input, output));
                assert!(drained.join().expect("a thread") == *all, "{engine:?} {kind}");
                assert_eq!(rig.moved(), all.len() as u64);
            });
        }
    }
}

#[test]
fn holes_of_the_input_are_not_read() {
    const LEN: u64 = 1 << 30;
    let from = file_of(b"");
    from.set_len(LEN).expect("a hole");
    let mut writer = &from;
    for at in [0, 3 << 20, (3 << 20) + 8192, 700 << 20] {
        writer.seek(SeekFrom::Start(at)).expect("a position");
        writer.write_all(b"data").expect("written");
    }
    writer.rewind().expect("back");
    if rustix::fs::fstat(&from).expect("stat").st_blocks > 1000 {
        return; // A file system that keeps no holes.
    }
    for line in ["--sparse", "--sparse -b 8192", "--sparse --skip-errors", "--sparse --ring=direct"] {
        for engine in ENGINES {
            let to = file_of(b"");
            let rig = Rig::new(engine, &format!("{line} --ring-stats"));
            let output = end(to.try_clone().expect("dup"), Direction::Output);
            (&from).rewind().expect("back");
            rig.pump(&end(from.try_clone().expect("dup"), Direction::Input), &output).expect("moved");
            assert_eq!(to.metadata().expect("stat").len(), LEN);
            assert!(rustix::fs::fstat(&to).expect("stat").st_blocks <= 4 * 8, "{line}");
            for at in [0, 3 << 20, (3 << 20) + 8192, 700 << 20] {
                let mut bytes = [0; 8];
                std::os::unix::fs::FileExt::read_exact_at(&to, &mut bytes, at).expect("read");
                assert_eq!(&bytes, b"data\0\0\0\0", "{line}: at {at}");
            }
            let stats = rig.session.stats().expect("counted");
            let read: u64 = stats
                .operations
                .iter()
                .filter(|(name, _)| name.to_lowercase().starts_with("read"))
                .map(|(_, tally)| tally.bytes)
                .sum();
            assert!(read > 0 && read < 16 << 20, "{line}: {read} bytes were read");
            assert_eq!(rig.moved(), LEN);
        }
    }
}

#[test]
fn whose_error_it_is() {
    let rig = Rig::new(EngineChoice::Auto, "");
    let from = file_of(&pattern(300_000));
    let full = File::options().write(true).open("/dev/full").expect("there is one");
    let input = end(from, Direction::Input);
    match rig.pump(&input, &end(full, Direction::Output)) {
        Err(Stop::Output(error)) => assert_eq!(error.raw_os_error(), Some(libc::ENOSPC)),
        other => panic!("{other:?}"),
    }
    // A folder can be opened, and not be read.
    let folder = File::open("/").expect("there is one");
    match rig.pump(&end(folder, Direction::Input), &end(file_of(b""), Direction::Output)) {
        Err(Stop::Input(error)) => assert_eq!(error.raw_os_error(), Some(libc::EISDIR)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_claim_to_be_empty() {
    let expected = fs::read("/proc/version").expect("there is one");
    for (engine, line) in ENGINES.into_iter().flat_map(|engine| OPTIONS.map(|line| (engine, line))) {
        let (from, to) = (File::open("/proc/version").expect("there is one"), file_of(b""));
        let rig = Rig::new(engine, line);
        let output = end(to.try_clone().expect("dup"), Direction::Output);
        rig.pump(&end(from, Direction::Input), &output).expect("moved");
        assert_eq!(content(&to), expected, "{line}");
    }
}

#[test]
fn the_way_is_told() {
    let say = |line: &str, len| {
        let rig = Rig::new(EngineChoice::Auto, &format!("{line} --debug"));
        let (input, output) = (file_of(&pattern(len)), file_of(b""));
        rig.pump(&end(input, Direction::Input), &end(output, Direction::Output)).expect("moved");
        // The rate limit waits.
        rig.said()
            .replace("usplice: using a ring of io_uring\n", "")
            .replace("usplice: using a ring of threads\n", "")
    };
    assert_eq!(say("", 300_000), "usplice: reads ahead into registered buffers\n");
    assert_eq!(say("", 3000), "usplice: reads piece by piece\n");
    assert_eq!(say("-L 100M", 300_000), "usplice: reads piece by piece\n");
    assert_eq!(say("-E", 300_000), "usplice: reads piece by piece, and around errors\n");
}
