//! Following what was opened: what is appended, cut off, moved about, in one file and in many.

use std::fs::OpenOptions;
use std::io::Write;

use super::follow_stage::{BOTH, Mode, NOTIFIED, POLLED, play};

#[test]
fn appended() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready().shows("a\n");
        for text in ["b\n", "no end", " of line\n", "\n", "\0\n", "x", "y", "z\n"] {
            s.append("f", text);
            tail.shows(text);
        }
        tail.stop();
    });
}

#[test]
fn every_kind_of_beginning() {
    for (args, shown) in [
        (&["-n1", "-f"][..], "c\n"),
        (&["-n0", "-f"], ""),
        (&["-n+2", "-f"], "b\nc\n"),
        (&["-c3", "-f"], "\nc\n"),
        (&["-c+4", "-f"], "\nc\n"),
        (&["-n+100", "-f"], ""),
        (&["-n0", "-F"], ""),
        (&["-z", "-n1", "-f"], "a\nb\nc\n"),
        (&["-v", "-n1", "-f"], "==> f <==\nc\n"),
        (&["-q", "-n1", "-f"], "c\n"),
    ] {
        play(&BOTH, |s| {
            s.file("f", "a\nb\nc\n");
            let mut tail = s.start(&s.tail(args).arg("f"));
            tail.ready().shows(shown);
            s.append("f", "d\n");
            tail.shows("d\n");
            tail.stop();
        });
    }
}

/// Whoever begins behind the end takes what is there for what was left of more.
#[test]
fn beginning_behind_the_end() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-c+100", "-f", "f"]);
        match s.mode {
            Mode::Notification => tail.says("f: file truncated").ready(),
            Mode::Polling => tail.ready().says("f: file truncated"),
        };
        tail.shows("a\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

#[test]
fn obsolete_forms_follow_too() {
    for form in ["-1f", "-1lf", "-2cf"] {
        play(&NOTIFIED, |s| {
            s.file("f", "a\nb\n");
            let mut tail = s.start(&s.plain(&[form, "f"]));
            tail.shows("b\n");
            s.append("f", "c\n");
            tail.shows("c\n");
            tail.stop();
        });
    }
}

#[test]
fn renamed() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready().shows("a\n");
        s.rename("f", "g");
        s.file("f", "another\n");
        s.append("g", "b\n");
        tail.shows("b\n");
        s.file("h", "over it\n");
        s.rename("h", "f");
        s.append("g", "c\n");
        tail.shows("c\n");
        tail.stop();
    });
}

#[test]
fn removed_and_made_again() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut open = OpenOptions::new().append(true).open(s.path("f")).unwrap();
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready().shows("a\n");
        s.remove("f");
        s.file("f", "another\n");
        open.write_all(b"b\n").unwrap();
        tail.shows("b\n");
        tail.stop();
    });
}

#[test]
fn truncated() {
    for how in ["-f", "-F"] {
        play(&BOTH, |s| {
            s.file("f", "first\nsecond\n");
            let mut tail = s.follow(&[how, "f"]);
            tail.ready().shows("first\nsecond\n");
            s.resize("f", 0);
            tail.says("f: file truncated");
            s.append("f", "b\n");
            tail.shows("b\n");
            s.append("f", "c\n");
            tail.shows("c\n");
            // What is left is shown again.
            s.resize("f", 3);
            tail.says("f: file truncated").shows("b\nc");
            s.append("f", "d\n");
            tail.shows("d\n");
            tail.stop();
        });
    }
}

#[test]
fn copied_and_truncated() {
    play(&BOTH, |s| {
        s.file("f", "0\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("0\n");
        for round in 1..5 {
            s.append("f", format!("line of round {round}\n"));
            tail.shows(format!("line of round {round}\n"));
            std::fs::copy(s.path("f"), s.path("copy")).unwrap();
            s.resize("f", 0);
            tail.says("f: file truncated");
        }
        tail.stop();
    });
}

/// Names in diagnostics are quoted as GNU does.
#[test]
fn truncated_under_an_odd_name() {
    play(&BOTH, |s| {
        for (name, shown) in [("a b", "'a b'"), ("l\nf", r"'l'$'\n''f'"), ("it's", r#""it's""#)] {
            s.file(name, "text\n");
            let mut tail = s.follow(&["-f", name]);
            tail.ready().shows("text\n");
            s.resize(name, 0);
            tail.says(&format!("{shown}: file truncated"));
            tail.stop();
        }
    });
}

/// Nobody can see that a file was rewritten: what is behind the known size is what is new.
#[test]
fn rewritten() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready().shows("a\n");
        let file = OpenOptions::new().write(true).open(s.path("f")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"bbbbbbb\n", 0).unwrap();
        tail.shows("bbbbb\n");
        tail.stop();
    });
}

#[test]
fn extended_by_a_hole() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready().shows("a\n");
        s.resize("f", 300_000);
        tail.shows(vec![0; 299_998]);
        s.append("f", "end\n");
        tail.shows("end\n");
        tail.stop();
    });
}

#[test]
fn megabytes_at_once() {
    play(&BOTH, |s| {
        s.file("f", "");
        let mut tail = s.follow(&["-f", "f"]);
        tail.ready();
        for round in 0..3 {
            let text = format!("{round} 0123456789abcdef\n").repeat(200_000);
            s.append("f", &text);
            tail.shows(&text);
        }
        tail.stop();
    });
}

/// Nothing is lost between the beginning and what follows it.
#[test]
fn appended_while_the_beginning_is_printed() {
    play(&BOTH, |s| {
        let text = "0123456789abcdef\n".repeat(200_000);
        s.file("f", &text);
        let (reader, writer) = std::io::pipe().unwrap();
        let tail = s.tail(&["-n+1", "-f", "f"]).stdout_to(writer).start();
        assert!(crate::harness::sys::wait_for(&reader, libc::POLLIN, crate::harness::PATIENCE));
        // The pipe is full: it is in the middle.
        s.append("f", "more\n");
        let output = crate::harness::Collector::of(reader);
        output.begins(format!("{text}more\n"));
        s.append("f", "and more\n");
        output.until(format!("{text}more\nand more\n"));
        drop(tail);
    });
}

#[test]
fn headers_when_another_file_grows() {
    for (options, headers) in
        [(&["-f"][..], true), (&["-F"], true), (&["-q", "-f"], false), (&["-v", "-F"], true)]
    {
        play(&BOTH, |s| {
            let header = |text: &str| if headers { text.to_owned() } else { String::new() };
            s.file("f", "a\n").file("g", "b\n").file("h", "");
            let mut tail = s.start(&s.tail(options).args(&["f", "g", "h"]));
            tail.ready().shows(header("==> f <==\n") + "a\n" + &header("\n==> g <==\n") + "b\n");
            tail.shows(header("\n==> h <==\n"));
            for (name, switched) in
                [("h", false), ("f", true), ("f", false), ("h", true), ("g", true), ("g", false)]
            {
                s.append(name, "+\n");
                let header = if switched { header(&format!("\n==> {name} <==\n")) } else { String::new() };
                tail.shows(header + "+\n");
            }
            tail.stop();
        });
    }
}

#[test]
fn the_same_file_twice() {
    play(&NOTIFIED, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-f", "f", "f"]);
        tail.ready().shows("==> f <==\na\n\n==> f <==\na\n");
        s.append("f", "x\n");
        // One watch for one file.
        tail.shows("\n==> f <==\nx\n");
        s.append("f", "y\n");
        tail.shows("y\n");
        tail.stop();
    });
}

#[test]
fn a_thousand_files() {
    for (how, modes) in [("-f", &NOTIFIED[..]), ("-F", &BOTH)] {
        play(modes, |s| {
            let names: Vec<String> = (0..1000).map(|i| format!("f{i}")).collect();
            for name in &names {
                s.file(name, "");
            }
            let args: Vec<&str> = [how, "-n0"].into_iter().chain(names.iter().map(String::as_str)).collect();
            let mut tail = s.follow(&args);
            tail.ready();
            let mut headers = String::new();
            if s.plain(&[]).go().status.success() {
                // -n0 prints headers, too.
                for (i, name) in names.iter().enumerate() {
                    headers += &format!("{}==> {name} <==\n", if i == 0 { "" } else { "\n" });
                }
            }
            tail.shows(headers);
            for i in (0..1000).step_by(97) {
                s.append(&names[i], format!("line of {i}\n"));
                tail.shows(format!("\n==> {} <==\nline of {i}\n", names[i]));
            }
            tail.stop();
        });
    }
}

/// All of them at once: in which order is not said, but each line comes once, under its header.
#[test]
fn many_files_that_grow_at_once() {
    play(&BOTH, |s| {
        let names: Vec<String> = (0..100).map(|i| format!("f{i}")).collect();
        for name in &names {
            s.file(name, "");
        }
        let args: Vec<&str> = ["-q", "-f"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let mut tail = s.follow(&args);
        tail.ready();
        let mut expected = Vec::new();
        tail.live.stopped(|| {
            for (i, name) in names.iter().enumerate() {
                for line in 0..10 {
                    s.append(name, format!("{i:02}.{line}\n"));
                    expected.push(format!("{i:02}.{line}"));
                }
            }
        });
        tail.live.stdout.at_least(expected.len() * 5);
        let shown = String::from_utf8(tail.live.stdout.so_far()).unwrap();
        for i in 0..100 {
            let lines: Vec<&str> =
                shown.lines().filter(|line| line.starts_with(&format!("{i:02}."))).collect();
            assert_eq!(lines, expected[i * 10..(i + 1) * 10], "of f{i}");
        }
        let mut lines: Vec<&str> = shown.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, expected);
    });
}

/// A file that grows all the time does not keep others waiting for ever.
#[test]
fn polled_by_name_after_so_many_looks() {
    play(&POLLED, |s| {
        for looks in ["0", "1", "3"] {
            s.file("f", "a\n");
            let mut tail = s.follow(&["-F", "--max-unchanged-stats", looks, "f"]);
            tail.ready().shows("a\n");
            s.file("g", "new\n");
            s.rename("g", "f");
            tail.says("'f' has been replaced;  following new file").shows("new\n");
            tail.stop();
        }
        // It is not looked for what has the name now before that many times: never, while it matters here.
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "--max-unchanged-stats=1000000", "f"]);
        tail.ready().shows("a\n");
        s.rename("f", "old");
        s.file("f", "new\n");
        s.append("old", "b\n");
        tail.shows("b\n");
        assert_eq!(s.mode, Mode::Polling);
        tail.stop();
    });
}
