//! Counters, the trace, kernels that lack an opcode, and the engine that is none.

use std::io::Write as _;
use std::process::Command;

use super::*;
use crate::ring::StatsFormat;
use crate::ring::ops::How;
use io_uring::opcode;

#[test]
fn counters_count() {
    for_both_with(&counting(), |ring| {
        let folder = Folder::new();
        let path = folder.file("file", &pattern(100));
        let (fd, pool) = (folder.open("file"), pool(2));
        for at in [0, 50, 100] {
            drop(ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(at))).expect("read"));
        }
        assert_eq!(errno(ring.block_on(ring.open(None, name(&folder.path("no")), How::READ))), libc::ENOENT);
        ring.block_on(ring.statx(None, path, 0)).expect("statx");
        let stats = ring.stats().expect("counters");
        assert_eq!(stats.engine, if ring.is_uring() { "uring" } else { "threads" });
        assert_eq!(stats.fallback, None);
        let reads = stats.operations["READ"];
        assert_eq!((reads.count, reads.bytes, reads.short, reads.failed), (3, 150, 3, 0));
        assert_eq!((stats.operations["OPENAT"].failed, stats.operations["STATX"].count), (1, 1));
        assert_eq!(stats.completions, 5);
        assert!(stats.inline <= 5 && stats.high_water >= 1 && stats.average_in_flight() >= 1.0);
        if ring.is_uring() {
            assert_eq!((stats.submitted, stats.enters), (5, 5));
        }
        let json: serde_json::Value = serde_json::from_str(&stats.render(StatsFormat::Json)).expect("JSON");
        assert_eq!(json["operations"]["READ"], 3);
        assert_eq!(json["details"]["READ"]["bytes"], 150);
        assert_eq!(json["bytes"], 150);
        assert_eq!(json["engine"], stats.engine);
        let text = stats.render(StatsFormat::Text);
        let line = text.lines().find(|line| line.starts_with("READ ")).expect("a line on reads");
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["READ", "3", "3", "0", "150"]);
        assert!(text.starts_with(&format!("engine        {}\n", stats.engine)));
    });
    for_both(|ring| assert!(ring.stats().is_none(), "nobody asked"));
}

/// Many operations are submitted by few calls.
#[test]
fn one_enter_submits_many() {
    for_uring_with(&counting(), |ring| {
        let nops: Vec<_> = (0..100).map(|_| ring.nop()).collect();
        for nop in nops {
            assert_eq!(ring.block_on(nop), 0);
        }
        let stats = ring.stats().expect("counters");
        assert_eq!((stats.enters, stats.submitted, stats.high_water), (1, 100, 100));
        assert!(stats.per_enter() > 99.0);
    });
}

/// What the kernel has no opcode for is called; the outcome is the same.
#[test]
fn what_the_kernel_lacks_is_called() {
    for_uring_with(&counting(), |ring| {
        let folder = Folder::new();
        let path = folder.file("file", b"content");
        for opcode in [opcode::Read::CODE, opcode::Statx::CODE, opcode::PollAdd::CODE, opcode::Timeout::CODE]
        {
            ring.core().lack(opcode);
        }
        let (fd, pool) = (folder.open("file"), pool(1));
        let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(0)));
        assert_eq!(&read.expect("read")[..], b"content");
        assert_eq!(ring.block_on(ring.statx(None, path.clone(), 0)).expect("statx").size, 7);
        let head =
            ring.file_head(None, &path, How::READ, 7, pool.take().expect("a buffer")).expect("a place");
        let head = ring.block_on(head).expect("head");
        assert!(head.complete && &head.buf[..] == b"content");
        let time = Duration::from_millis(5);
        let before = Instant::now();
        ring.block_on(ring.timeout(time)).expect("it passes");
        assert!(before.elapsed() >= time);
        let (reader, mut writer) = pipe();
        let writing = thread::spawn(move || {
            thread::yield_now();
            writer.write_all(b"x").map(|()| writer)
        });
        assert_eq!(ring.block_on(ring.poll(&reader, libc::POLLIN)).expect("poll"), libc::POLLIN);
        let _writer = writing.join().expect("no panic").expect("write");
        let mut stream = ring.poll_many(&reader, libc::POLLIN);
        for _ in 0..3 {
            assert_eq!(ring.block_on(stream.next()).expect("an event"), libc::POLLIN);
        }
        let stats = ring.stats().expect("counters");
        assert!(stats.unsupported >= 6, "{}", stats.unsupported);
        assert_eq!(stats.operations.get("READ"), None);
        drop(stream);
        settle(&ring);
        assert_eq!(peek(&ring, |uring| uring.free_places()), Some(256));
    });
}

/// No engine: the same outcomes, on the spot.
#[test]
fn nothing_does_everything_on_the_spot() {
    let _watch = watch();
    let ring = Ring::of_nothing(&counting());
    assert!(!ring.is_uring());
    let folder = Folder::new();
    let path = folder.file("file", b"content");
    let pool = pool(4);
    let open = ring.open(None, path.clone(), How::READ);
    assert_eq!(descriptors_on(&folder.path("file")), 1, "it is open before anyone asks");
    let fd = ring.block_on(open).expect("open");
    let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(0)));
    assert_eq!(&read.expect("read")[..], b"content");
    let head = ring.file_head(None, &path, How::READ, 7, pool.take().expect("a buffer")).expect("a head");
    assert!(ring.block_on(head).expect("head").complete);
    assert_eq!(ring.block_on(ring.statx(None, path, 0)).expect("statx").size, 7);
    ring.block_on(ring.close(fd)).expect("close");
    assert_eq!(descriptors_on(&folder.path("file")), 0);
    // What waits, waits in poll(2).
    let (reader, mut writer) = pipe();
    let read = ring.read(&reader, pool.take().expect("a buffer"), None);
    let mut hour = ring.timeout(Duration::from_hours(1));
    assert_eq!(ring.block_on(ring.nop()), 0);
    assert!(!read.is_done());
    writer.write_all(b"piped").expect("write");
    assert_eq!(&ring.block_on(read).expect("read")[..], b"piped");
    hour.cancel();
    assert_eq!(errno(ring.block_on(hour)), libc::ECANCELED);
    ring.block_on(ring.timeout(Duration::from_millis(1))).expect("it passes");
    let stats = ring.stats().expect("counters");
    assert_eq!(stats.inline, stats.completions, "no thread ever ran");
    assert!(stats.fallback.is_some());
    settle(&ring);
}

const CHILD: &str = "RINGUTILS_TEST_TRACE";

/// The child of the next test: works with a trace, by the engine that its parent names.
#[test]
fn trace_child() {
    let Ok(engine) = std::env::var(CHILD) else { return };
    let engine = if engine == "uring" { EngineChoice::Uring } else { EngineChoice::Threads };
    let ring = Ring::new(&Config { engine, trace: true, ..Config::default() }).expect("the parent had one");
    let pool = pool(1);
    let path = CString::new("/proc/version").expect("no NUL");
    let fd = ring.block_on(ring.open(None, path, How::READ)).expect("open");
    drop(ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(0))).expect("read"));
    let missing = CString::new("/nonexistent/file").expect("no NUL");
    assert_eq!(errno(ring.block_on(ring.open(None, missing, How::READ))), libc::ENOENT);
}

#[test]
fn the_trace_goes_to_standard_error() {
    for_both(|ring| {
        let engine = if ring.is_uring() { "uring" } else { "threads" };
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "ring::tests::reports::trace_child", "--nocapture", "--test-threads=1"])
            .env(CHILD, engine)
            .output()
            .expect("run the child");
        assert!(child.status.success());
        let trace = String::from_utf8_lossy(&child.stderr);
        let done = if ring.is_uring() { "cqe" } else { "call" };
        for line in [
            "sqe #0.0 OPENAT dir=cwd",
            "sqe #0.0 READ fd=",
            &format!("{done} #0.0 = -2 (No such file or directory)"),
        ] {
            assert!(trace.contains(line), "{line:?} is missing in:\n{trace}");
        }
        assert!(!String::from_utf8_lossy(&child.stdout).contains("sqe"));
    });
}
