//! A file system that is full: a tmpfs of 1 MiB that only the test's own thread can see.

use std::fs;

use crate::harness::{self, Scene, latest_oracle};

const ROOM: usize = 1 << 20;

/// Runs `test` where there is little room in `small`, and beside it more than fits in.
fn on_a_small_disk(test: impl FnOnce(&Scene) + Send + 'static) {
    harness::on_a_small_disk(ROOM, |t| {
        t.file("big", "0123456789abcde\n".repeat(200_000)).file("little", "little\n");
        test(t);
    });
}

#[test]
fn is_told_as_a_write_error() {
    on_a_small_disk(|t| {
        for (words, input) in [(&["big"][..], "big"), (&["-"], "big"), (&["little", "big", "little"], "big")]
        {
            for arrow in [">", ">>"] {
                let _ = fs::remove_file(t.path("small/out"));
                let run = t.cat(words).redirect(&format!("<{input} {arrow}small/out"));
                run.go().stderr_is("cat: write error: No space left on device\n").code(1);
                let whole =
                    if words.len() == 3 { [t.read("little"), t.read("big")].concat() } else { t.read("big") };
                let out = t.read("small/out");
                assert!(whole.starts_with(&out), "{} bytes that are not the beginning", out.len());
                assert!(out.len() > ROOM / 2, "only {} bytes", out.len());
            }
        }
    });
}

#[test]
fn formatted() {
    on_a_small_disk(|t| {
        let run = t.cat(&["-n", "big"]).redirect(">small/out");
        run.go().stderr_is("cat: write error: No space left on device\n").code(1);
        let whole = super::model::Format::of("-n").apply(&t.read("big"));
        assert!(whole.starts_with(&t.read("small/out")));
    });
}

/// Input and output on the same full file system: GNU's kernel copy blames the input, and goes on with the next.
/// Either message is true.
#[test]
fn of_which_the_input_is_a_part() {
    on_a_small_disk(|t| {
        t.file("small/input", vec![b'x'; ROOM * 2 / 3]);
        let run = t.cat(&["small/input"]).redirect(">small/out");
        let ended = run.clone().go().code(1);
        let told = String::from_utf8(ended.stderr).unwrap();
        let error = "No space left on device";
        let expected = [format!("cat: write error: {error}\n"), format!("cat: small/input: {error}\n")];
        assert!(expected.contains(&told), "{told:?} is neither of {expected:?}");
        if let Some(gnu) = latest_oracle("cat") {
            fs::remove_file(t.path("small/out")).unwrap();
            run.by(&gnu).go().code(1);
        }
        let out = t.read("small/out");
        assert!(out.iter().all(|&b| b == b'x') && out.len() < ROOM);
    });
}

#[test]
fn that_is_just_large_enough() {
    on_a_small_disk(|t| {
        let content = vec![b'x'; ROOM - 4096];
        t.file("fits", &content);
        t.cat(&["fits"]).redirect(">small/out").go().fine();
        t.holds("small/out", content);
    });
}
