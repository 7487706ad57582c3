//! Command lines that make no sense: a message, status 1, and nothing changed.
//!
//! Once: what is meant is settled before an engine is there.

use crate::harness::Scene;

fn scene() -> Scene {
    let t = Scene::new();
    t.file("in", "input\n").file("out", "output\n");
    t
}

/// `usplice in out` with these options.
#[track_caller]
fn refused(options: &[&str], message: &str) {
    let t = scene();
    let ended = t.usplice(&["in", "out"]).args(options).stdin("x").go().code(1);
    let told = String::from_utf8(ended.stderr).expect("UTF-8").replace(['\u{2018}', '\u{2019}'], "'");
    assert_eq!(told.lines().next(), Some(&*format!("usplice: {message}")), "{options:?}");
    t.holds("in", "input\n").holds("out", "output\n");
}

#[test]
fn numbers_that_are_none() {
    for (options, message) in [
        (&["-c", "-1"][..], "invalid number of bytes: '-1'"),
        (&["-c", "1Z"], "invalid number of bytes: '1Z': Value too large for defined data type"),
        (&["-s", "x"], "invalid size: 'x'"),
        (&["-i", "8E"], "invalid number of bytes to skip: '8E': Value too large for defined data type"),
        (&["-o", "-5"], "invalid number of bytes to seek: '-5'"),
        (&["-L0"], "invalid rate limit: '0'"),
        (&["-b", "100"], "invalid block size: '100'"),
        (&["--interval=0"], "invalid number of seconds: '0'"),
    ] {
        refused(options, message);
    }
}

#[test]
fn contradictions() {
    for (options, message) in [
        (&["-a", "-o1"][..], "options --append and --seek are mutually exclusive"),
        (&["-a", "--truncate"], "options --append and --truncate are mutually exclusive"),
        (&["-a", "--sparse"], "options --append and --sparse are mutually exclusive"),
        (&["--exact"], "--exact needs --count, --size or --stop-at-size"),
        (&["-w1"], "--watch moves nothing: extra operand 'in'"),
        (&["-Q"], "invalid option -- 'Q'"),
    ] {
        refused(options, message);
    }
}

/// What has no size can't be stopped at it; that shows before the output is cut off.
#[test]
fn sizes_that_are_not_known() {
    let t = scene();
    let message = "usplice: standard input: size not known: --stop-at-size needs --size\n";
    t.usplice(&["--stop-at-size", "-", "out"]).stdin("abc").go().stderr_is(message).code(1);
    t.holds("out", "output\n");
    t.usplice(&["--stop-at-size", "-s2", "-", "out"]).stdin("abc").go().fine();
    t.holds("out", "ab");
    t.usplice(&["--stop-at-size", "in", "out"]).go().fine();
    t.holds("out", "input\n");
}
