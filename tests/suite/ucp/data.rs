//! How data gets from file to file: holes, clones, and what `--debug` says of it.

use crate::harness::twins::{Case, case, case_on_disk};
use crate::harness::{Scene, in_a_thread, needs_root, skip, sys};

const SETUP: &str = "f empty =; f one =x; f page #4096; f big #150000; f hole ~h1048576; f end ~d4096,h1000000; \
    f start ~h1000000,d4096; f mid ~d4096,h65536,d100,h8192,d4096; f zeros ~z1048576; f mix ~d4096,z65536,d4096,h65536,z100; \
    f many ~d4096,h4096,d4096,h4096,d4096,h4096,d4096,h4096,d4096,h4096; f odd ~d10,h70000,d7; f tail ~d4096,h1; \
    f small ~z100; f partz ~d4096,z511,d1,z512,d100; f old #200000; d d";

const SOURCES: [&str; 15] = [
    "empty", "one", "page", "big", "hole", "end", "start", "mid", "zeros", "mix", "many", "odd", "tail",
    "small", "partz",
];

const HOW: [&str; 10] = [
    "",
    "--sparse=auto",
    "--sparse=always",
    "--sparse=never",
    "--reflink=never",
    "--reflink=auto",
    "--reflink=always",
    "--reflink=never --sparse=always",
    "--reflink=never --sparse=never",
    "--attributes-only",
];

#[track_caller]
fn all(t: &Case, hows: &[&str], to: &[&str]) {
    for source in SOURCES {
        for how in hows {
            for to in to {
                t.each(&[&format!("--debug {how} {source} {to}")]);
            }
        }
    }
}

#[test]
fn to_new_files() {
    all(&case(SETUP).only_as_we_are(), &HOW, &["new"]);
}

#[test]
fn over_old_ones() {
    all(&case_on_disk(SETUP).only_as_we_are(), &HOW[..4], &["old"]);
}

#[test]
fn by_the_table() {
    let t = case_on_disk(SETUP).only_as_we_are();
    let always = "copy offload: avoided, reflink: unsupported, sparse detection: SEEK_HOLE + zeros\n";
    if !t
        .cp("--debug page new")
        .ended
        .stdout
        .ends_with(b"copy offload: yes, reflink: unsupported, sparse detection: no\n")
    {
        skip("the temporary folder is on a file system that can do more than ext4");
        return;
    }
    t.cp("--debug --sparse=always mid new").stdout_is(&format!("'mid' -> 'new'\n{always}")).fine();
    t.cp("--sparse=always zeros new").fine().has("new", "data", " in 0 pieces");
    t.cp("--sparse=never hole new").fine().has("new", "data", "0-1048576 in 1 pieces");
    t.cp("hole new").fine().has("new", "data", " in 0 pieces");
    let avoided = "copy offload: avoided, reflink: no, sparse detection: no\n";
    t.cp("--debug --reflink=never big new").stdout_is(&format!("'big' -> 'new'\n{avoided}")).fine();
    t.cp("--reflink=always big new")
        .fails("failed to clone 'new' from 'big': Operation not supported")
        .code(1);
    let left = t.cp("--reflink=always big new").tree;
    assert!(!left.has("new"));
    t.cp("--reflink=always big old").has("old", "content", "\"\"");
}

#[test]
fn what_debug_says_of_the_rest() {
    let t = case_on_disk(
        "f a; f b; d s; f s/1; l s/l 1; d s/d; p s/p; f s/0 m=0; l dangling gone; d d; f ro m=444; l lf a; h ah a",
    );
    t.each(&[
        "--debug a b",
        "--debug -r s new",
        "--debug -a s d",
        "--debug a dangling",
        "--debug --sparse=never a dangling",
        "--debug --sparse=never a gone/",
        "--debug --reflink=never a ro",
        "--debug --reflink=never s/0 new",
        "--debug --reflink=never -r s gone",
        "--debug -l a new",
        "--debug -s a new",
        "--debug gone b",
        "--debug s b",
        "--debug a s/0",
        "--debug s/0 new",
        "--debug -f a ro",
        "--debug a ro",
        "--debug -n a b",
        "--debug -b a b",
        "--debug -u a b",
        "--debug --parents s/1 d",
        "--debug a a",
        "--debug -a a ah d",
        "--debug a gone/x",
        "--debug --remove-destination a b",
        "--debug /proc/version new",
        "--debug a b s/1 d",
        "--debug -v a b",
        "--debug -d lf new",
        "--debug --attributes-only a b",
        "--debug -p a b",
        "--debug /dev/null new",
        "--debug --backup=t -r s/. d",
    ]);
}

/// A file of 10 GB with a little data: in no time.
#[test]
fn a_huge_sparse_file() {
    let setup = "f huge ~d4096,h5000000000,d100000,h5000000000,d10; d d";
    let t = case_on_disk(setup).only_as_we_are();
    t.each(&["huge new", "--sparse=always huge new", "-a huge d", "--debug huge new"]);
}

/// Sizes around every block's edge, with the content whole.
#[test]
fn sizes() {
    let edges = [
        511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 262_143, 262_144,
        262_145,
    ];
    let more = [1_048_575, 1_048_576, 1_048_577, 5_000_000];
    let names: Vec<String> = edges.iter().chain(&more).map(|size| format!("f f{size} #{size}")).collect();
    let t = case_on_disk(&format!("d d; {}", names.join("; "))).only_as_we_are();
    let all: Vec<String> = edges.iter().chain(&more).map(|size| format!("f{size}")).collect();
    for how in ["", "--reflink=never", "--sparse=always", "--sparse=never", "-a"] {
        t.each(&[&format!("-v {how} {} d", all.join(" "))]);
    }
}

#[test]
fn from_one_file_system_to_another() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = case_on_disk(&format!("{SETUP}; d mnt"))
            .only_as_we_are()
            .hook(|dir| Mounted::tmpfs(&dir.join("mnt"), 64 << 20));
        for source in SOURCES {
            for how in ["", "--sparse=always", "--sparse=never", "--reflink=never", "--reflink=always", "-a"]
            {
                t.each(&[&format!("--debug {how} {source} mnt/new")]);
            }
        }
        t.each(&[
            "-l one mnt/new",
            "-lf one mnt/new",
            "-rx d mnt d/new",
            "-rx . d/new/x",
            "-al one mnt",
            "-a one page mnt",
        ]);
    });
}

/// A file system that is mounted in this thread's own mount table until the value is dropped.
pub struct Mounted(std::path::PathBuf);

impl Mounted {
    pub fn tmpfs(dir: &std::path::Path, bytes: usize) -> Self {
        sys::mount_tmpfs(dir, bytes).expect("mount");
        Mounted(dir.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = sys::unmount(&self.0);
    }
}

#[test]
fn mount_points_with_x() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = case("d s; f s/a; d s/mnt m=711 t=5; d s/z; f s/z/1; l s/l mnt; d d").only_as_we_are().hook(
            |dir| {
                let mounted = Mounted::tmpfs(&dir.join("s/mnt"), 1 << 20);
                std::fs::write(dir.join("s/mnt/inside"), "x").unwrap();
                mounted
            },
        );
        t.each(&[
            "-rx s d",
            "-rxv s d",
            "-r s d",
            "-ax --no-preserve=timestamps s d",
            "-rx s/mnt d",
            "-rxL s d",
            "-rlx s/z d",
            "-rl s d",
        ]);
        let tree = t.cp("-rx s d").fine().tree;
        assert!(tree.has("d/s/mnt") && !tree.has("d/s/mnt/inside") && tree.has("d/s/z/1"));
    });
}

/// The destination is on the same inode under two names: data shows up under both.
#[test]
fn seen_through_another_link() {
    let t = Scene::new();
    t.file("a", "new\n").file("b", "old and longer\n");
    std::fs::hard_link(t.path("b"), t.path("c")).unwrap();
    t.cp(&["a", "b"]).go().fine();
    t.holds("c", "new\n");
}
