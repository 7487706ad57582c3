//! File systems that are made anew, in RAM: an image below the folder of `--ram`, mounted through a loop device.
//!
//! Nothing of it is left whatever happens. The mounts are seen by this program and its children only, so that they
//! go with them; the loop device goes with its mount; and the image has lost its name as soon as it is mounted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::contender::{is_program, on_path};
use crate::{Fail, Result, kernel, machine};

/// The kind of file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ext4,
    Xfs,
    Btrfs,
}

impl Kind {
    /// As `mount -t` and `mkfs` know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// Everything is made at once: a kernel thread that went on making tables would disturb who comes first.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Ext4 => &["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
            Self::Xfs => &["-q", "-f", "-m", "reflink=1"],
            Self::Btrfs => &["-q", "-f", "-m", "single"],
        }
    }
}

/// Why there can't be such a file system here, if so.
pub fn obstacle(kind: Kind) -> Option<String> {
    static OWN_MOUNTS: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    let name = kind.name();
    if !machine::is_root() {
        return Some(format!("only root may mount a fresh {name}"));
    }
    for program in [format!("mkfs.{name}"), "mount".into(), "umount".into()] {
        if system_program(&program).is_none() {
            return Some(format!("a fresh {name} needs {program}"));
        }
    }
    if !Path::new("/dev/loop-control").exists() {
        return Some("there are no loop devices".into());
    }
    let own = OWN_MOUNTS.get_or_init(|| kernel::own_mounts().map_err(|error| error.to_string()));
    own.as_ref().err().map(|error| format!("no view of the mounts of our own: {error}"))
}

/// Of those that PATH often has for root only.
fn system_program(name: &str) -> Option<PathBuf> {
    let kept_apart = ["/usr/sbin", "/sbin"].map(|folder| Path::new(folder).join(name));
    on_path(name).or_else(|| kept_apart.into_iter().find(|file| is_program(file)))
}

/// A file system that goes when it is dropped.
pub struct Mounted {
    point: PathBuf,
}

impl Mounted {
    /// Makes a file system of `size` bytes and mounts it below `folder`.
    pub fn new(kind: Kind, size: u64, folder: &Path) -> Result<Self> {
        let image = folder.join(format!("image.{}", kind.name()));
        let point = folder.join("mounted");
        fs::create_dir_all(&point).naming(&point)?;
        let mounted = Self::mount(kind, size, &image, point);
        let removed = fs::remove_file(&image).naming(&image);
        let mounted = mounted?;
        removed?;
        Ok(mounted)
    }

    fn mount(kind: Kind, size: u64, image: &Path, point: PathBuf) -> Result<Self> {
        File::create(image).and_then(|file| file.set_len(size)).naming(image)?;
        run(&format!("mkfs.{}", kind.name()), kind.options(), &[image])?;
        run("mount", &["-t", kind.name(), "-o", "loop"], &[image, &point])?;
        Ok(Self { point })
    }

    /// Where it is.
    pub fn point(&self) -> &Path {
        &self.point
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // If somebody still looks into it, it goes when they stop.
        let _ = run("umount", &[], &[&self.point]).or_else(|_| run("umount", &["--lazy"], &[&self.point]));
        let _ = fs::remove_dir(&self.point); // the folder of all data goes anyway
    }
}

fn run(program: &str, options: &[&str], files: &[&Path]) -> Result<()> {
    let path = system_program(program).ok_or_else(|| format!("{program}: not found"))?;
    let output = Command::new(path)
        .args(options)
        .args(files)
        .stdin(Stdio::null())
        .output()
        .naming(Path::new(program))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()).into())
}
