use super::*;
use crate::algorithm::Algorithm;
use crate::check::line::tests::verify;
use ringutils::cli::{Diagnostics, Invocation};
use std::ffi::OsString;

/// A run of a reporter: everything that it told, standard output and standard error in their order.
pub struct Transcript {
    diagnostics: Diagnostics,
    reporter: Box<dyn Reporter>,
    seen: usize,
    pub stdout: Vec<u8>,
    pub both: Vec<u8>,
}

impl Transcript {
    pub fn new(prog: &str, verify: &Verify, lists: usize) -> Self {
        let diagnostics = Diagnostics::capturing(&Invocation::from_argv0(Some(prog.into()), "uhash"));
        let (stdout, both) = (vec![], vec![]);
        Self { diagnostics, reporter: reporter(verify, lists), seen: 0, stdout, both }
    }

    fn tell(&mut self, call: impl FnOnce(&mut dyn Reporter, &mut Out<'_>)) {
        let mut out = Out::new(&self.diagnostics);
        call(self.reporter.as_mut(), &mut out);
        // Within a call nothing is said after something was printed.
        let lines = out.take();
        let errors = self.diagnostics.captured();
        self.both.extend_from_slice(&errors[self.seen..]);
        self.both.extend_from_slice(&lines);
        self.stdout.extend(lines);
        self.seen = errors.len();
    }

    pub fn note(&mut self, note: Note) {
        self.tell(|reporter, out| reporter.note(note, out));
    }

    pub fn file(&mut self, job: &Job, result: io::Result<Digest>) {
        self.tell(|reporter, out| reporter.file(job, result, out));
    }

    pub fn status(&self) -> u8 {
        self.diagnostics.status()
    }

    pub fn stderr(&self) -> Vec<u8> {
        self.diagnostics.captured()
    }
}

/// A list of `o` (matches), `f` (does not), `m` (is missing), `d` (cannot be read), `x` (misformatted).
fn list(transcript: &mut Transcript, list: &str) {
    transcript.note(Note::List("list".into()));
    for (line, letter) in (1..).zip(list.chars()) {
        let expected = Some(vec![u8::from(letter == 'f'); 16]);
        let name: OsString = letter.to_string().into();
        let job = Job { name, literal: false, algorithm: Algorithm::Md5, expected };
        match letter {
            'x' => transcript.note(Note::Misformatted { line, tag: "MD5".into() }),
            'm' => transcript.file(&job, Err(io::Error::from_raw_os_error(libc::ENOENT))),
            'd' => transcript.file(&job, Err(io::Error::from_raw_os_error(libc::EISDIR))),
            _ => transcript.file(&job, Ok(Digest { bytes: vec![0; 16], len: 6 })),
        }
    }
    transcript.note(Note::ListEnd);
}

fn told(options: &str, lines: &str) -> (String, u8) {
    let verify = Verify {
        ignore_missing: options.contains("ignore"),
        strict: options.contains("strict"),
        loudness: match options.split(' ').find(|word| ["quiet", "status", "warn"].contains(word)) {
            Some("quiet") => Loudness::Quiet,
            Some("status") => Loudness::Status,
            Some(_) => Loudness::Warn,
            None => Loudness::Normal,
        },
        ..verify(Called::Digest(Algorithm::Md5), None)
    };
    let mut transcript = Transcript::new("md5sum", &verify, 1);
    list(&mut transcript, lines);
    (String::from_utf8(transcript.both.clone()).expect("text"), transcript.status())
}

/// Section 5.5 of the specification.
#[test]
fn exit_status() {
    for (lines, statuses) in [
        ("o", [0, 0, 0, 0]),
        ("ox", [0, 1, 0, 1]),
        ("om", [1, 1, 0, 0]),
        ("of", [1, 1, 1, 1]),
        ("f", [1, 1, 1, 1]),
        ("m", [1, 1, 1, 1]),
        ("x", [1, 1, 1, 1]),
        ("", [1, 1, 1, 1]),
        ("od", [1, 1, 1, 1]),
    ] {
        for (options, status) in ["", "strict", "ignore", "ignore strict"].iter().zip(statuses) {
            for loudness in ["", "quiet", "status", "warn"] {
                assert_eq!(
                    told(&format!("{options} {loudness}"), lines).1,
                    status,
                    "{lines} {options} {loudness}"
                );
            }
        }
    }
}

#[test]
fn what_is_printed() {
    let warning = "md5sum: list: 5: improperly formatted MD5 checksum line\n";
    let missing = "md5sum: m: No such file or directory\n";
    let unreadable = "md5sum: d: Is a directory\n";
    let (ok, failed) = ("o: OK\n", "f: FAILED\n");
    let (no_m, no_d) = ("m: FAILED open or read\n", "d: FAILED open or read\n");
    let summary = "md5sum: WARNING: 1 line is improperly formatted\n\
        md5sum: WARNING: 2 listed files could not be read\nmd5sum: WARNING: 1 computed checksum did NOT match\n";
    let expect =
        |options, pieces: &[&str]| assert_eq!(told(options, "ofmdx"), (pieces.concat(), 1), "{options}");
    expect("", &[ok, failed, missing, no_m, unreadable, no_d, summary]);
    expect("quiet", &[failed, missing, no_m, unreadable, no_d, summary]);
    expect("status", &[missing, unreadable]);
    expect("warn", &[ok, failed, missing, no_m, unreadable, no_d, warning, summary]);
    let summary = summary.replace("2 listed files", "1 listed file");
    expect("ignore", &[ok, failed, unreadable, no_d, &summary]);
    for options in ["", "quiet", "status", "ignore", "status ignore"] {
        let none = "md5sum: list: no properly formatted checksum lines found\n";
        assert_eq!(told(options, "xx"), (none.into(), 1), "{options}");
    }
    assert_eq!(told("ignore", "m").0, "md5sum: list: no file was verified\n");
    assert_eq!(told("ignore status", "m").0, "");
    assert_eq!(
        told("", "oxxff").0,
        "o: OK\nf: FAILED\nf: FAILED\nmd5sum: WARNING: 2 lines are improperly formatted\n\
         md5sum: WARNING: 2 computed checksums did NOT match\n"
    );
}

#[test]
fn names_are_quoted() {
    let mut transcript = Transcript::new("md5sum", &verify(Called::B2sum, None), 1);
    transcript.note(Note::List("-".into()));
    for name in ["a b", "q'q", "co:lon", "b\\s", "n\nl", "-", "plain"] {
        let expected = Some(vec![7]);
        let job = Job { name: name.into(), literal: false, algorithm: Algorithm::Blake2b(8), expected };
        transcript.file(&job, Ok(Digest { bytes: vec![7], len: 1 }));
    }
    transcript.note(Note::Misformatted { line: 7, tag: "BLAKE2b".into() });
    let expected = "'a b': OK\n\"q'q\": OK\n'co:lon': OK\n'b\\s': OK\n'n'$'\\n''l': OK\n-: OK\nplain: OK\n\
        md5sum: 'standard input': 7: improperly formatted BLAKE2b checksum line\n";
    assert_eq!(String::from_utf8_lossy(&transcript.both), expected);
}

#[test]
fn parts_of_digests() {
    for (expected, matches) in
        [(&[1, 2, 3][..], true), (&[1], true), (&[], false), (&[2], false), (&[1, 2, 3, 0], false)]
    {
        let job = |expected: Option<&[u8]>| Job {
            name: "f".into(),
            literal: false,
            algorithm: Algorithm::Md5,
            expected: expected.map(<[u8]>::to_vec),
        };
        let digest = Digest { bytes: vec![1, 2, 3], len: 1 };
        assert_eq!(super::matches(&job(Some(expected)), &digest), matches, "{expected:?}");
        assert!(!super::matches(&job(None), &digest));
    }
}

#[test]
fn b3sums_words() {
    let verify = verify(Called::B3sum, None);
    let mut transcript = Transcript::new("b3sum", &verify, 2);
    list(&mut transcript, "ofmx");
    list(&mut transcript, "d");
    assert_eq!(
        String::from_utf8_lossy(&transcript.both),
        "o: OK\nf: FAILED\nm: FAILED (No such file or directory)\nb3sum: MD5\nd: FAILED (Is a directory)\n\
         b3sum: WARNING: 4 computed checksums did NOT match\n"
    );
    assert_eq!(transcript.status(), 1);
    let mut transcript = Transcript::new("b3sum", &verify, 2);
    list(&mut transcript, "o");
    list(&mut transcript, "");
    assert_eq!((transcript.both, transcript.diagnostics.status()), (b"o: OK\n".to_vec(), 0));
    assert_eq!(name_in_list(OsStr::new("a\\\n")), b"\\a\\\\\\n");
}
