//! The data of the rows: the same bytes on every machine, made when a row first asks for them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::{Fail, Result};

/// The kind of device that holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The folder of `--data`.
    Disk,
    /// The folder of `--ram`, normally tmpfs.
    Ram,
}

/// What a file is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Uniformly random bytes.
    Binary,
    /// Words in lines of 1 to some 100 characters, now and then a blank line or a few of them.
    Text,
}

/// Names data without making it.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    content: Content,
    folders: u64,
    files: u64,
    /// Of one file; files of a tree have from a half to one and a half of it.
    size: u64,
    place: Place,
    scales: bool,
}

impl Data {
    /// One file of `size` bytes.
    pub const fn file(content: Content, size: u64, place: Place) -> Self {
        Self { content, folders: 0, files: 1, size, place, scales: true }
    }

    /// `files` files of random bytes, of `size` on average, spread evenly over `folders`.
    pub const fn tree(folders: u64, files: u64, size: u64, place: Place) -> Self {
        Self { content: Content::Binary, folders, files, size, place, scales: true }
    }

    /// Is never made smaller by `--scale`.
    pub const fn of_fixed_size(self) -> Self {
        Self { scales: false, ..self }
    }

    /// Where it is to be.
    pub fn place(&self) -> Place {
        self.place
    }

    fn scaled(self, scale: f64) -> Self {
        match (self.scales, self.folders) {
            (false, _) => self,
            (true, 0) => Self { size: scaled(self.size, scale).max(1), ..self },
            (true, folders) => Self { files: scaled(self.files, scale).max(folders), ..self },
        }
    }

    /// Differs whenever the bytes would.
    fn folder_name(&self) -> String {
        let content = match self.content {
            Content::Binary => "binary",
            Content::Text => "text",
        };
        format!("{content}-{}x{}in{}", self.files, self.size, self.folders)
    }

    /// The names of the files below the folder, and their sizes, in the order of their names.
    fn layout(&self) -> Vec<(PathBuf, u64)> {
        if self.folders == 0 {
            return vec![("data".into(), self.size)];
        }
        let mut random = Random(self.files);
        let per_folder = self.files.div_ceil(self.folders);
        let file = |number: u64| {
            let name = format!("folder{:02}/file{number:05}", number / per_folder);
            (name.into(), self.size / 2 + random.below(self.size + 1))
        };
        (0..self.files).map(file).collect()
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn scaled(amount: u64, scale: f64) -> u64 {
    (amount as f64 * scale).round() as u64
}

/// Data that exists.
pub struct Ready {
    pub files: Vec<PathBuf>,
    /// Of all files together.
    pub bytes: u64,
}

/// The folders that hold data and what the commands write.
pub struct Store {
    disk: Folder,
    ram: Folder,
    scale: f64,
}

impl Store {
    /// Folders that were named are kept, with what is in them; others are made, and removed when this is dropped.
    pub fn new(data: Option<&Path>, ram: Option<&Path>, scale: f64) -> Result<Self> {
        let shm = Path::new("/dev/shm");
        let ram_parent = if shm.is_dir() { shm.to_path_buf() } else { std::env::temp_dir() };
        Ok(Self {
            disk: Folder::new(data, &std::env::temp_dir())?,
            ram: Folder::new(ram, &ram_parent)?,
            scale,
        })
    }

    /// The folder of that kind.
    pub fn folder(&self, place: Place) -> &Path {
        match place {
            Place::Disk => &self.disk.path,
            Place::Ram => &self.ram.path,
        }
    }

    /// Makes the data unless it is there from an earlier row or, in a kept folder, an earlier run.
    pub fn ready(&self, data: &Data) -> Result<Ready> {
        let data = data.scaled(self.scale);
        let folder = self.folder(data.place).join(data.folder_name());
        let layout = data.layout();
        if !folder.exists() {
            let part = folder.with_extension("part");
            if part.exists() {
                fs::remove_dir_all(&part).naming(&part)?;
            }
            fill(&part, &layout, data.content)?;
            // The name says that it is complete.
            fs::rename(&part, &folder).naming(&folder)?;
        }
        let bytes = layout.iter().map(|(_, size)| size).sum();
        let files = layout.into_iter().map(|(name, _)| folder.join(name)).collect();
        Ok(Ready { files, bytes })
    }
}

fn fill(folder: &Path, layout: &[(PathBuf, u64)], content: Content) -> Result<()> {
    fs::create_dir_all(folder).naming(folder)?;
    let mut random = Random(0x7269_6e67);
    for (name, size) in layout {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).naming(parent)?;
        }
        let out = BufWriter::with_capacity(1 << 16, File::create(&path).naming(&path)?);
        write_content(out, content, *size, &mut random).naming(&path)?;
    }
    Ok(())
}

fn write_content(
    mut out: impl Write,
    content: Content,
    size: u64,
    random: &mut Random,
) -> std::io::Result<()> {
    let mut piece = Vec::new();
    let mut left = size;
    while left > 0 {
        piece.clear();
        match content {
            Content::Binary => (0..512).for_each(|_| piece.extend(random.next().to_le_bytes())),
            Content::Text => paragraph(&mut piece, random),
        }
        let wanted = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        if content == Content::Text && left == wanted as u64 {
            piece[wanted - 1] = b'\n'; // commands differ about a last line that is not ended
        }
        out.write_all(&piece[..wanted])?;
        left -= wanted as u64;
    }
    out.flush()
}

/// Some lines as of prose, code and logs mixed, then one blank line, rarely up to six.
fn paragraph(text: &mut Vec<u8>, random: &mut Random) {
    const WORDS: [&str; 16] = [
        "the",
        "of",
        "ring",
        "completion",
        "a",
        "queue",
        "is",
        "submitted",
        "kernel",
        "to",
        "buffers",
        "in",
        "let",
        "return",
        "0x7f3a",
        "2026-01-31",
    ];
    for _ in 0..=random.below(16) {
        if random.below(8) == 0 {
            text.extend(b"\t");
        }
        let length = text.len() + usize::try_from(1 + random.below(100)).unwrap_or(1);
        while text.len() < length {
            let index = usize::try_from(random.below(WORDS.len() as u64)).unwrap_or(0);
            text.extend(WORDS[index].bytes());
            text.push(b' ');
        }
        text.pop();
        text.push(b'\n');
    }
    let blank = if random.below(10) == 0 { 2 + random.below(5) } else { 1 };
    (0..blank).for_each(|_| text.push(b'\n'));
}

/// `SplitMix64`: small, fast, and good enough that no command finds a pattern.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A folder that goes when it is dropped, unless it was the user's.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    const PREFIX: &str = "ringutils-compare-";

    fn new(named: Option<&Path>, parent: &Path) -> Result<Self> {
        let keep = named.is_some();
        let path = if let Some(path) = named {
            std::path::absolute(path).naming(path)?
        } else {
            remove_stale(parent);
            parent.join(format!("{}{}", Self::PREFIX, process::id()))
        };
        fs::create_dir_all(&path).naming(&path)?;
        Ok(Self { path, keep })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.path); // nothing to be done about it here
        }
    }
}

/// Removes what a benchmark that was interrupted left behind: gigabytes of RAM, otherwise.
fn remove_stale(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(Folder::PREFIX));
        let pid: Option<u32> = pid.and_then(|pid| pid.parse().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path()); // somebody else's, perhaps
        }
    }
}
