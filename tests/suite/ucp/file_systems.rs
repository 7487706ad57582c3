//! Real file systems, loop-mounted: clones, holes, attributes. They exist in a mount table of the test's own, and go
//! with it, whatever happens to the test.

use std::path::Path;
use std::process::Command;

use super::attributes::list_for;
use crate::harness::twins::{Case, case};
use crate::harness::{Scene, in_a_thread, needs_root, skip, sys};

/// What is needed to make and to mount one of these.
const KINDS: [(&str, &[&str], u64); 3] = [
    ("ext4", &["mkfs.ext4", "-q", "-F"], 64 << 20),
    ("xfs", &["mkfs.xfs", "-q", "-f", "-m", "reflink=1"], 320 << 20),
    ("btrfs", &["mkfs.btrfs", "-q", "-f"], 256 << 20),
];

fn run(program: &str, args: &[&std::ffi::OsStr]) -> Result<(), String> {
    let answer = {
        let _guard = sys::no_forks();
        Command::new(program).args(args).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output()
    };
    match answer {
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => Err(format!("{program}: {}", String::from_utf8_lossy(&out.stderr).trim())),
        Err(e) => Err(format!("{program}: {e}")),
    }
}

/// Makes a file system of this kind, and mounts it for this thread only.
fn mount(scene: &Scene, kind: &str) -> Result<std::path::PathBuf, String> {
    let (_, make, size) = KINDS.iter().find(|(name, _, _)| *name == kind).expect("a known kind");
    let (image, folder) = (scene.path(format!("{kind}.img")), scene.path(kind));
    std::fs::File::create(&image).and_then(|file| file.set_len(*size)).map_err(|e| e.to_string())?;
    std::fs::create_dir(&folder).map_err(|e| e.to_string())?;
    let mut args: Vec<&std::ffi::OsStr> = make[1..].iter().map(std::ffi::OsStr::new).collect();
    args.push(image.as_os_str());
    run(make[0], &args)?;
    sys::own_mounts().map_err(|e| format!("unshare: {e}"))?;
    run(
        "mount",
        &[
            "-t".as_ref(),
            kind.as_ref(),
            "-o".as_ref(),
            "loop".as_ref(),
            image.as_os_str(),
            folder.as_os_str(),
        ],
    )?;
    std::os::unix::fs::chown(&folder, Some(0), Some(0)).map_err(|e| e.to_string())?;
    Ok(folder)
}

fn on(kinds: &'static [&'static str], test: impl Fn(&str, &Path, &Scene) + Clone + Send + 'static) {
    if needs_root() {
        return;
    }
    for kind in kinds {
        let scene = Scene::new();
        let test = test.clone();
        in_a_thread(move || {
            let folder = match mount(&scene, kind) {
                Ok(folder) => folder,
                Err(why) => return skip(&format!("no {kind}: {why}")),
            };
            let _unmounted = Unmounted(folder.clone());
            test(kind, &folder, &scene);
        });
    }
}

struct Unmounted(std::path::PathBuf);

impl Drop for Unmounted {
    fn drop(&mut self) {
        let _ = sys::unmount(&self.0);
    }
}

fn at(folder: &Path, setup: &str) -> Case {
    case(setup).at(folder).only_as_we_are()
}

const SETUP: &str = "f a #100000; f b #5000; f empty =; f hole ~d65536,h1048576,d65536; f zeros ~z200000; d s; f s/1 #9000; h s/2 s/1; l s/l 1; \
    f odd ~d10,h300000,d7; f x x:user.k=v m=751";

#[test]
fn the_same_everywhere() {
    on(&["ext4", "xfs", "btrfs"], |_, folder, _| {
        let t = at(folder, SETUP);
        for how in [
            "",
            "--reflink=auto",
            "--reflink=never",
            "--reflink=always",
            "--sparse=always",
            "--sparse=never",
            "-a",
        ] {
            for source in ["a", "b", "empty", "hole", "zeros", "odd", "x"] {
                t.each(&[&format!("--debug {how} {source} new"), &format!("--debug {how} {source} b")]);
            }
        }
        t.each(&[
            "-rv s new",
            "-av s new",
            "-rl s new",
            "-rv --debug --reflink s new",
            "-a --sparse=always s new",
        ]);
    });
}

#[test]
fn clones() {
    on(&["xfs", "btrfs"], |_, folder, _| {
        let t = at(folder, SETUP);
        let debug = "copy offload: unknown, reflink: yes, sparse detection: unknown\n";
        for how in ["--reflink=always", "--reflink", "--reflink=auto", ""] {
            t.cp(&format!("--debug {how} a new")).stdout_is(&format!("'a' -> 'new'\n{debug}")).fine();
        }
        let t = at(
            folder,
            "f a #100000; f old #200000 m=640; h h old; d d; f d/1 #70000; f d/2 #4096; f ro #10 m=444",
        );
        t.each(&[
            "--reflink=always a old",
            "-a --reflink=always a old",
            "--reflink=always -r d new",
            "--reflink=always -b a old",
        ]);
        t.cp("--reflink=always a old").fine().has("old", "mode", "0640").has("old", "is the same as", "h");
    });
}

#[test]
fn no_clones() {
    on(&["ext4"], |_, folder, _| {
        let t = at(folder, SETUP);
        t.cp("--reflink=always a new").fails("failed to clone 'new' from 'a': Operation not supported");
        let left = t.cp("--reflink=always a new").tree;
        assert!(!left.has("new"));
    });
}

#[test]
fn attributes() {
    on(&["ext4", "xfs", "btrfs"], |_, folder, _| {
        let list = list_for(12);
        let setup = format!(
            "f a x:system.posix_acl_access={list}; f b m=6755 u=1:2 x:user.one=1; d d x:system.posix_acl_default={list}; f d/f m=604 x:user.two=2; d e; \
             f t t=1.000000001; f t2 t=-3.5 x:security.capability=%01%00%00%02%00%04%00%00%00%00%00%00%00%00%00%00%00%00%00%00"
        );
        let t = at(folder, &setup);
        for options in [
            "",
            "-p",
            "-a",
            "--preserve=all",
            "--preserve=xattr",
            "--no-preserve=mode",
            "--attributes-only -p",
        ] {
            t.each(&[
                &format!("{options} -r d new"),
                &format!("{options} a b t t2 e"),
                &format!("{options} a b d"),
            ]);
        }
    });
}

#[test]
fn from_here_to_there() {
    on(&["ext4", "xfs", "btrfs"], |_, folder, _| {
        let to = folder.to_owned();
        let setup = format!("{SETUP}; l there {}", to.display());
        let t = case(&setup).only_as_we_are().hook(move |_| Emptied(to.clone()));
        for source in ["a", "empty", "hole", "zeros", "odd"] {
            for how in ["", "--reflink=always", "--sparse=always", "--sparse=never", "-a"] {
                t.each(&[&format!("--debug {how} {source} there/new")]);
            }
        }
        t.each(&[
            "-l a there/new",
            "-rl s there/new",
            "-lf a there/new",
            "-rv s there",
            "-av s there",
            "-ax . there/new",
        ]);
        t.cp("-l a there/new").fails("cannot create hard link 'there/new' to 'a': Invalid cross-device link");
    });
}

/// Removes what the command made over there.
struct Emptied(std::path::PathBuf);

impl Drop for Emptied {
    fn drop(&mut self) {
        let new = self.0.join("new");
        for path in [new, self.0.join("s")] {
            let _ = std::fs::remove_dir_all(&path);
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Files that are on the disk in full are the same ones after the file system was mounted anew.
#[test]
fn what_fsync_leaves() {
    on(&["ext4", "xfs"], |_, folder, scene| {
        if crate::harness::only_ours() {
            return;
        }
        std::fs::create_dir(folder.join("s")).unwrap();
        for i in 0..20_usize {
            std::fs::write(folder.join(format!("s/{i}")), vec![b'x'; i * 3000]).unwrap();
        }
        scene.cp(&["-a", "--fsync", "s", "new"]).within(folder).go().fine();
        for i in 0..20_usize {
            assert_eq!(std::fs::read(folder.join(format!("new/{i}"))).unwrap().len(), i * 3000);
        }
    });
}
