//! The same lists to us and to GNU's newest: which lines are understood, what they name and expect, and all that is said
//! of them. Digests are GNU's too, as only lists are tried here.

use super::list::Lists;
use super::report::tests::Transcript;
use crate::algorithm::Algorithm;
use crate::digest::Digest;
use crate::item::{Feed, Item, Job};
use crate::options::{Called, Encoding, Format, Layout, Loudness, Verify};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Commands, and what they are to us.
const COMMANDS: [(&str, Called, Option<Algorithm>); 10] = [
    ("md5sum", Called::Digest(Algorithm::Md5), None),
    ("sha1sum", Called::Digest(Algorithm::Sha1), None),
    ("b2sum", Called::B2sum, None),
    ("cksum", Called::Cksum, None),
    ("cksum -a md5", Called::Cksum, Some(Algorithm::Md5)),
    ("cksum -a sha1", Called::Cksum, Some(Algorithm::Sha1)),
    ("cksum -a sha256", Called::Cksum, Some(Algorithm::Sha2(256))),
    ("cksum -a sha2", Called::Cksum, Some(Algorithm::Sha2(0))),
    ("cksum -a sha3", Called::Cksum, Some(Algorithm::Sha3(0))),
    ("cksum -a blake2b", Called::Cksum, Some(Algorithm::Blake2b(512))),
];

/// A folder with files that all have the same content, and GNU's commands.
struct Scene {
    gnu: &'static Path,
    folder: tempfile::TempDir,
    digests: RefCell<HashMap<Algorithm, Vec<u8>>>,
}

impl Scene {
    fn new() -> Option<Self> {
        let gnu = crate::gnu::newest()?;
        let folder = tempfile::tempdir().expect("a folder");
        for name in FILES {
            fs::write(folder.path().join(name), "hello\n").expect("written");
        }
        Some(Self { gnu, folder, digests: RefCell::default() })
    }

    fn run(&self, words: &str) -> Output {
        let mut words = words.split(' ');
        let mut command = Command::new(self.gnu.join(words.next().expect("a name")));
        command.args(words).current_dir(self.folder.path()).env("LC_ALL", "C").stdin(Stdio::null());
        command.output().expect("GNU runs")
    }

    /// The digest of each of the files.
    fn digest(&self, algorithm: Algorithm) -> Vec<u8> {
        let compute = || {
            let words = match algorithm {
                Algorithm::Sha2(bits) => format!("-a sha2 -l {bits}"),
                Algorithm::Sha3(bits) => format!("-a sha3 -l {bits}"),
                Algorithm::Blake2b(bits) => format!("-a blake2b -l {bits}"),
                other => format!("-a {}", other.tag().to_lowercase()),
            };
            self.run(&format!("cksum --raw {words} f")).stdout
        };
        self.digests.borrow_mut().entry(algorithm).or_insert_with(compute).clone()
    }

    /// What becomes of a file in a list.
    fn compute(&self, job: &Job) -> io::Result<Digest> {
        if job.name == "-" {
            // Nothing comes from the null device, and no line expects its digest.
            return Ok(Digest { bytes: vec![0; job.algorithm.bytes()], len: 0 });
        }
        let path = if job.name.is_empty() { PathBuf::new() } else { self.folder.path().join(&job.name) };
        let content = fs::read(path)?;
        Ok(Digest { bytes: self.digest(job.algorithm), len: content.len() as u64 })
    }

    fn same(
        &self,
        list: &[u8],
        command: usize,
        strict: bool,
        ignore_missing: bool,
    ) -> Result<(), TestCaseError> {
        let (words, called, algorithm) = COMMANDS[command];
        fs::write(self.folder.path().join("list"), list).expect("written");
        let verify = Verify { called, algorithm, ignore_missing, strict, loudness: Loudness::Warn };
        let mut ours = Transcript::new(words.split(' ').next().expect("a name"), &verify, 1);
        let mut lists = Lists::new(&verify, vec![self.folder.path().join("list").into()]);
        while let Some(item) = lists.next() {
            match item {
                Item::File(job) => ours.file(&job, self.compute(&job)),
                Item::Note(note) => ours.note(note),
            }
        }
        let strict = if strict { " --strict" } else { "" };
        let ignore = if ignore_missing { " --ignore-missing" } else { "" };
        let theirs =
            self.run(&format!("{words} -w{strict}{ignore} -c {}/list", self.folder.path().display()));
        let shown =
            format!("{words}{strict}{ignore}:\n{}", list.escape_ascii().to_string().replace("\\n", "\n"));
        let (stderr, expected) = (ours.stderr(), theirs.stderr);
        prop_assert_eq!(OsStr::from_bytes(&stderr), OsStr::from_bytes(&expected), "{}", shown);
        prop_assert_eq!(outcomes(&ours.stdout), outcomes(&theirs.stdout), "{}", shown);
        prop_assert_eq!(Some(i32::from(ours.status())), theirs.status.code(), "{}", shown);
        Ok(())
    }
}

/// The results in order, without names: 9.10 quotes them in another way.
fn outcomes(stdout: &[u8]) -> Vec<String> {
    let lines = String::from_utf8_lossy(stdout).into_owned();
    lines.lines().map(|line| line.rsplit(": ").next().unwrap_or(line).to_owned()).collect()
}

const FILES: [&str; 6] = ["f", "a b", "n\nl", " f", "*x", "a) = (f"];

/// A line that may be right: made of a tag, its length, a digest and a name, each of which may belong to others. All are
/// numbers in the tables below.
#[derive(Clone, Debug)]
struct Line {
    tag: usize,
    length: usize,
    shape: usize,
    name: usize,
    digits: usize,
    /// Where (of 65,536 parts), how many bytes go, and what comes instead.
    changes: Vec<(u16, usize, usize)>,
}

fn line() -> impl Strategy<Value = Line> {
    let change = (any::<u16>(), 0usize..3, 0..PIECES.len());
    // Most lines are as they should be.
    let changes = prop_oneof![4 => Just(vec![]), 1 => proptest::collection::vec(change, 1..3)];
    let parts = (0..TAGS.len(), 0..LENGTHS.len(), 0..SHAPES.len(), 0..NAMES.len(), 0usize..4, changes);
    parts.prop_map(|(tag, length, shape, name, digits, changes)| Line {
        tag,
        length,
        shape,
        name,
        digits,
        changes,
    })
}

const TAGS: [(&str, Algorithm); 11] = [
    ("MD5", Algorithm::Md5),
    ("SHA1", Algorithm::Sha1),
    ("SHA224", Algorithm::Sha2(224)),
    ("SHA256", Algorithm::Sha2(256)),
    ("SHA512", Algorithm::Sha2(512)),
    ("SHA2-256", Algorithm::Sha2(256)),
    ("SHA3-384", Algorithm::Sha3(384)),
    ("SHA3", Algorithm::Sha3(512)),
    ("BLAKE2b", Algorithm::Blake2b(512)),
    ("BLAKE2b-0x30", Algorithm::Blake2b(48)),
    ("SM3", Algorithm::Sm3),
];
const LENGTHS: [&str; 8] = ["", "", "", "", "", "-8", "-256", "-0128"];
const SHAPES: [&str; 12] = [
    "T (N) = D",
    "T(N)= D",
    "\\T (N) = D",
    "D  N",
    "D  N",
    "D *N",
    "\\D  N",
    "D N",
    " D  N",
    "D\t N",
    "T (N) = D\r",
    "D  N\r",
];
const NAMES: [&str; 14] =
    ["f", "f", "f", "f", "a b", "n\\nl", " f", "*x", "a) = (f", "missing", ".", "", "-", "x'y:z"];
const PIECES: [&str; 16] =
    ["", "\\", "\n", "\r", "\0", " ", "\t", "(", ")", "=", "#", "0", "f", "MD5", "\\\\", "\n\n#"];

fn text(scene: &Scene, command: usize, lines: Vec<Line>) -> Vec<u8> {
    let mut list = Vec::new();
    for Line { tag, length, shape, name, digits, changes } in lines {
        // Mostly a tag that this command understands.
        let own = [Some(0), Some(1), Some(8), None, Some(0), Some(1), Some(3), Some(5), Some(6), Some(9)];
        let (tag, algorithm) = TAGS[own[command].filter(|_| tag > 3).unwrap_or(tag)];
        let length = if has_one_length(command) { "" } else { LENGTHS[length] };
        let mut bytes = scene.digest(algorithm);
        match length {
            "-8" => bytes.truncate(1),
            "-0128" => bytes.truncate(10),
            _ => {}
        }
        let mut digest = Vec::new();
        let encoding = if digits == 0 { Encoding::Base64 } else { Encoding::Hex };
        let format = Format { algorithm, layout: Layout::Nameless, encoding, binary: false, zero: true };
        crate::line::push(&mut digest, &format, None, &bytes, 0);
        digest.pop();
        if digits == 1 {
            digest.make_ascii_uppercase();
        }
        let mut line = Vec::new();
        for byte in SHAPES[shape].bytes() {
            match byte {
                b'T' => line.extend([tag, length].concat().into_bytes()),
                b'N' => line.extend(NAMES[name].bytes()),
                b'D' => line.extend(&digest),
                byte => line.push(byte),
            }
        }
        for (at, gone, piece) in changes {
            let at = line.len() * usize::from(at) / 65_536;
            let end = (at + gone).min(line.len());
            line.splice(at..end, PIECES[piece].bytes());
        }
        list.extend(line);
        list.push(b'\n');
    }
    list
}

/// Whether untagged lines are of one length. Then a line `MD5-8`, however bad, has GNU take those after it for 8 bits;
/// that is no example to follow.
fn has_one_length(command: usize) -> bool {
    matches!(COMMANDS[command], (_, _, Some(Algorithm::Md5 | Algorithm::Sha1 | Algorithm::Sha2(_))))
}

/// Where we differ on purpose. 9.11 demands a digit behind the dash of a tag. 4 or 8 digits are `BLAKE2b`'s to us as any
/// other even number is, but not to GNU, which does not read what `cksum -a blake2b -l 16 --untagged` writes.
fn differs(list: &[u8], command: usize) -> bool {
    let blake2b = matches!(COMMANDS[command], (_, _, Some(Algorithm::Blake2b(_))));
    list.split(|byte| *byte == b'\n').any(|line| {
        let start = line.iter().take_while(|byte| b" \t\\".contains(byte)).count();
        let first = line[start..].split(|byte| b" \t\0".contains(byte)).next().map_or(0, <[u8]>::len);
        (blake2b && matches!(first, 4 | 8)) || contains(line, b"- ")
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[test]
fn generated_lists() {
    let Some(scene) = Scene::new() else { return };
    let config = ProptestConfig {
        cases: 150,
        max_global_rejects: 10_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let lists = (proptest::collection::vec(line(), 1..25), 0..COMMANDS.len(), any::<bool>(), any::<bool>());
    proptest!(config, |((lines, command, strict, ignore_missing) in lists)| {
        let list = text(&scene, command, lines);
        prop_assume!(!differs(&list, command));
        scene.same(&list, command, strict, ignore_missing)?;
    });
}

#[test]
fn committed_lists() {
    let Some(scene) = Scene::new() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/check_line");
    for file in fs::read_dir(folder).expect("seeds") {
        let path = file.expect("listed").path();
        // Tags that GNU does not know.
        if path.file_name().is_some_and(|name| name == "beyond" || name == "b3sum") {
            continue;
        }
        let list = fs::read(path).expect("readable");
        for command in 0..COMMANDS.len() {
            scene.same(&list, command, false, false).expect("the same");
        }
    }
}
