//! Inputs around every block edge: nothing may be lost, doubled or moved where one buffer ends and the next begins.

use super::model::Format;
use crate::harness::Scene;

const SMALL: [usize; 12] = [0, 1, 2, 4094, 4095, 4096, 4097, 8191, 8193, 65_535, 65_536, 65_537];
const LARGE: [usize; 12] = [
    131_071, 131_072, 131_073, 262_143, 262_144, 262_145, 524_287, 524_289, 1_048_575, 1_048_576, 1_048_577,
    3_000_001,
];

/// Ways to fill a file: each has something at its edges that a formatter could get wrong.
fn contents(size: usize) -> [(&'static str, Vec<u8>); 6] {
    let repeat = |pattern: &[u8]| {
        let mut content = pattern.repeat(size / pattern.len() + 1);
        content.truncate(size);
        content
    };
    let mut noise = 0x2545_F491_u32;
    let random = |_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    };
    [
        ("text", repeat(b"All work and no play makes Jack a dull boy\n")),
        ("blank lines", repeat(b"\n")),
        ("CR LF", repeat(b"\r\n")),
        ("CRs", repeat(b"\r")),
        ("one long line", repeat(b"x")),
        ("noise", (0..size).map(random).collect()),
    ]
}

fn check(sizes: &[usize], formats: &[&str]) {
    let t = Scene::new();
    for &size in sizes {
        for (what, content) in contents(size) {
            t.file(format!("{what} {size}"), &content);
            for options in formats {
                let expected = Format::of(options).apply(&content);
                t.cat(&[options, format!("{what} {size}").as_str()]).go().stdout_is(&expected).fine();
                t.cat(&[options]).stdin(content.as_slice()).go().stdout_is(&expected).fine();
            }
        }
    }
}

#[test]
fn small_plain() {
    check(&SMALL, &["-u"]);
}

#[test]
fn small_formatted() {
    check(&SMALL, &["-n", "-b", "-sE", "-A", "-T"]);
}

#[test]
fn large_plain() {
    check(&LARGE, &["-u"]);
}

#[test]
fn large_numbered() {
    check(&LARGE[..11], &["-n"]);
}

#[test]
fn large_formatted() {
    check(&[131_072, 262_143, 262_145, 1_048_577], &["-sb", "-A", "-E"]);
}

/// A pair of bytes whose meaning depends on both, moved over every edge.
#[test]
fn pairs_across_edges() {
    let t = Scene::new();
    let edges = [4096_usize, 65_536, 131_072, 262_144, 524_288, 1_048_576];
    for edge in edges {
        for at in [edge - 2, edge - 1, edge] {
            for pair in [b"\r\n", b"\n\n", b"\r\r", b"\n\r"] {
                let mut content = vec![b'x'; at];
                content.extend_from_slice(pair);
                content.extend_from_slice(b"\r\n\n\ny");
                t.file("a", &content);
                let expected = Format::of("-snE").apply(&content);
                t.cat(&["-snE", "a"]).go().stdout_is(expected).fine();
            }
        }
    }
}

#[test]
fn files_of_all_sizes_in_a_row() {
    let t = Scene::new();
    let mut whole = vec![];
    let mut names = vec![];
    for (i, &size) in SMALL.iter().chain(&LARGE).enumerate() {
        let (_, content) = contents(size).into_iter().cycle().nth(i).unwrap();
        names.push(format!("f{i}"));
        t.file(&names[i], &content);
        whole.extend_from_slice(&content);
    }
    t.cat(&names).go().stdout_is(&whole).fine();
    t.cat(&names).redirect(">out").go().fine();
    t.holds("out", &whole);
    t.cat(&names).redirect(">>out").go().fine();
    t.holds("out", whole.repeat(2));
    t.cat(&["-snE"]).args(&names).go().stdout_is(Format::of("-snE").apply(&whole)).fine();
}

/// File to file, which may take quite another way than file to pipe.
#[test]
fn to_a_file() {
    let t = Scene::new();
    for size in SMALL.into_iter().chain(LARGE) {
        let [(_, content), ..] = contents(size);
        t.file("a", &content).file("b", b"kept\n");
        t.cat(&["a"]).redirect(">out").go().fine();
        t.holds("out", &content);
        t.cat(&[""; 0]).redirect("<a >>b").go().fine();
        t.holds("b", [b"kept\n", content.as_slice()].concat());
        t.cat(&["-", "a"]).stdin("from a pipe\n").redirect(">out").go().fine();
        t.holds("out", [b"from a pipe\n", content.as_slice()].concat());
    }
}

/// Input and output offsets that are not 0 stay where the shell left them.
#[test]
fn from_an_offset_to_an_offset() {
    use std::io::{Seek, SeekFrom, Write};
    let t = Scene::new();
    let [(_, content), ..] = contents(300_000);
    t.file("a", &content);
    for skip in [1_u64, 4096, 299_999, 300_000, 400_000] {
        let mut input = std::fs::File::open(t.path("a")).unwrap();
        input.seek(SeekFrom::Start(skip)).unwrap();
        let mut output = std::fs::File::create(t.path("out")).unwrap();
        output.write_all(b"before ").unwrap();
        let shared = output.try_clone().unwrap();
        t.cat(&["-"]).stdin_from(input).stdout_to(shared).go().fine();
        // The offset is shared with whoever comes next, as in `(cat a; echo after) >out`.
        output.write_all(b" after").unwrap();
        let rest = content.get(usize::try_from(skip).unwrap()..).unwrap_or_default();
        t.holds("out", [b"before ", rest, b" after"].concat());
    }
}

/// After cat, the offset of a shared stdin is at its end, so that the next reader finds nothing.
#[test]
fn stdin_is_consumed() {
    use std::io::{Read, Seek};
    let t = Scene::new();
    for size in [10_usize, 200_000, 1_500_000] {
        let [(_, content), ..] = contents(size);
        t.file("a", &content);
        let mut input = std::fs::File::open(t.path("a")).unwrap();
        t.cat(&[""; 0]).stdin_from(input.try_clone().unwrap()).go().stdout_is(&content).fine();
        assert_eq!(input.stream_position().unwrap(), size as u64);
        let mut rest = vec![];
        input.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
    }
}

#[test]
fn sparse_files_are_zeros() {
    let t = Scene::new();
    let file = std::fs::File::create(t.path("a")).unwrap();
    file.set_len(5_000_000).unwrap();
    t.cat(&["a"]).go().stdout_is(vec![0; 5_000_000]).fine();
    t.cat(&["a"]).redirect(">out").go().fine();
    t.holds("out", vec![0; 5_000_000]);
}

/// Offsets that do not fit into 32 bits.
#[test]
fn far_into_a_file() {
    use std::io::{Read, Seek, SeekFrom};
    use std::os::unix::fs::FileExt;
    let t = Scene::new();
    for far in [(1_u64 << 31) - 3, (1 << 32) - 3, 5 << 30] {
        let input = std::fs::File::create_new(t.path(format!("in {far}"))).unwrap();
        input.write_all_at(b"the end of a long file\n", far).unwrap();
        let mut input = std::fs::File::open(t.path(format!("in {far}"))).unwrap();
        input.seek(SeekFrom::Start(far)).unwrap();
        t.cat(&["-"])
            .stdin_from(input.try_clone().unwrap())
            .go()
            .stdout_is("the end of a long file\n")
            .fine();
        input.seek(SeekFrom::Start(far)).unwrap();
        let mut output = std::fs::File::create_new(t.path(format!("out {far}"))).unwrap();
        output.seek(SeekFrom::Start(far)).unwrap();
        t.cat(&["-"]).stdin_from(input).stdout_to(output).go().fine();
        let mut output = std::fs::File::open(t.path(format!("out {far}"))).unwrap();
        output.seek(SeekFrom::Start(far)).unwrap();
        let mut written = String::new();
        output.read_to_string(&mut written).unwrap();
        assert_eq!(written, "the end of a long file\n");
    }
}

/// The kernel copies within one file system, but not always from one to another.
#[test]
fn across_file_systems() {
    use std::os::unix::fs::MetadataExt;
    let t = Scene::new();
    let Ok(other) = tempfile::Builder::new().prefix("ringutils-").tempdir_in("/dev/shm") else {
        return crate::harness::skip("/dev/shm is not to be written to");
    };
    if other.path().metadata().unwrap().dev() == t.dir().metadata().unwrap().dev() {
        return crate::harness::skip("/dev/shm is no other file system");
    }
    let there = other.path().join("there");
    let there = there.to_str().unwrap();
    for size in SMALL.into_iter().chain(LARGE) {
        let [(_, content), ..] = contents(size);
        t.file("here", &content);
        t.cat(&["here", "here"]).redirect(&format!(">{there}")).go().fine();
        t.holds(there, content.repeat(2));
        t.cat(&[there, "here"]).redirect(">back").go().fine();
        t.holds("back", content.repeat(3));
        t.cat(&[there, "here"]).redirect(">>back").go().fine();
        t.holds("back", content.repeat(6));
    }
}
