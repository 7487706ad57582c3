//! The data of the rows: the same bytes on every machine, made when a row first asks for them.

pub mod content;
mod make;
pub mod walk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::{Fail, Result};
use content::{Content, Random};

/// The kind of device that holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The folder of `--data`.
    Disk,
    /// The folder of `--ram`, normally tmpfs.
    Ram,
}

/// Names data without making it.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    shape: Shape,
    /// Of one file; files of a tree have from a half to one and a half of it. All bytes of a source tree.
    size: u64,
    place: Place,
    scales: bool,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    File(Content),
    Alike { files: u64 },
    Sparse { data: u64 },
    Ending { data: u64 },
    Tree { folders: u64, files: u64, content: Content, attributes: bool },
    Source { files: u64 },
}

impl Data {
    /// One file of `size` bytes.
    pub const fn file(content: Content, size: u64, place: Place) -> Self {
        Self { shape: Shape::File(content), size, place, scales: true }
    }

    /// `files` files of random bytes, each of `size`.
    pub const fn alike(files: u64, size: u64, place: Place) -> Self {
        Self { shape: Shape::Alike { files }, size, place, scales: true }
    }

    /// One file of `size` bytes that is all hole but for `data` bytes, which are spread evenly.
    pub const fn sparse(size: u64, data: u64, place: Place) -> Self {
        Self { shape: Shape::Sparse { data }, size, place, scales: true }
    }

    /// One file of `size` bytes that is all hole but for `data` bytes of log lines at its end.
    pub const fn ending(size: u64, data: u64, place: Place) -> Self {
        Self { shape: Shape::Ending { data }, size, place, scales: true }
    }

    /// `files` files of random bytes, of `size` on average, spread evenly over `folders`.
    pub const fn tree(folders: u64, files: u64, size: u64, place: Place) -> Self {
        Self::tree_of(Content::Binary, folders, files, size, place)
    }

    /// The same with other contents.
    pub const fn tree_of(content: Content, folders: u64, files: u64, size: u64, place: Place) -> Self {
        Self { shape: Shape::Tree { folders, files, content, attributes: false }, size, place, scales: true }
    }

    /// A tree of real files, up to `files` of them and `size` bytes, or one like it where there are none.
    pub const fn source(files: u64, size: u64, place: Place) -> Self {
        Self { shape: Shape::Source { files }, size, place, scales: true }
    }

    /// Gives the files of a tree modes, times, owners and extended attributes that differ.
    pub const fn with_attributes(self) -> Self {
        let shape = match self.shape {
            Shape::Tree { folders, files, content, .. } => {
                Shape::Tree { folders, files, content, attributes: true }
            }
            other => other,
        };
        Self { shape, ..self }
    }

    /// Is never made smaller by `--scale`.
    pub const fn of_fixed_size(self) -> Self {
        Self { scales: false, ..self }
    }

    /// Where it is to be.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether it is one file with holes.
    pub fn is_sparse(&self) -> bool {
        matches!(self.shape, Shape::Sparse { .. })
    }

    fn scaled(self, scale: f64) -> Self {
        if !self.scales {
            return self;
        }
        let (shape, size) = match self.shape {
            Shape::File(_) | Shape::Alike { .. } | Shape::Sparse { .. } | Shape::Ending { .. } => {
                (self.shape, scaled(self.size, scale).max(1))
            }
            Shape::Tree { folders, files, content, attributes } => {
                let files = scaled(files, scale).max(folders);
                (Shape::Tree { folders, files, content, attributes }, self.size)
            }
            Shape::Source { files } => {
                (Shape::Source { files: scaled(files, scale).max(100) }, scaled(self.size, scale))
            }
        };
        Self { shape, size, ..self }
    }

    /// Differs whenever the bytes would.
    fn folder_name(&self) -> String {
        let size = self.size;
        match self.shape {
            Shape::File(content) => format!("{}-1x{size}in0", content.name()),
            Shape::Alike { files } => format!("alike-{files}x{size}"),
            Shape::Sparse { data } => format!("sparse-{data}in{size}"),
            Shape::Ending { data } => format!("ending-{data}in{size}"),
            Shape::Tree { folders, files, content, attributes: false } => {
                format!("{}-{files}x{size}in{folders}", content.name())
            }
            Shape::Tree { folders, files, attributes: true, .. } => format!("kept-{files}x{size}in{folders}"),
            Shape::Source { files } => format!("source-{files}of{size}"),
        }
    }

    /// The names of the files below the folder, and their sizes, in the order of their names. None for a source
    /// tree, which is as it is found.
    fn layout(&self) -> Vec<(PathBuf, u64)> {
        let (folders, files) = match self.shape {
            Shape::File(_) | Shape::Sparse { .. } | Shape::Ending { .. } => {
                return vec![("data".into(), self.size)];
            }
            Shape::Source { .. } => return Vec::new(),
            Shape::Alike { files } => {
                return (0..files).map(|number| (format!("file{number:05}").into(), self.size)).collect();
            }
            Shape::Tree { folders, files, .. } => (folders, files),
        };
        let mut random = Random(files);
        let per_folder = files.div_ceil(folders);
        let file = |number: u64| {
            let name = format!("folder{:02}/file{number:05}", number / per_folder);
            (name.into(), self.size / 2 + random.below(self.size + 1))
        };
        (0..files).map(file).collect()
    }

    fn fill(&self, folder: &Path, layout: &[(PathBuf, u64)]) -> Result<()> {
        fs::create_dir_all(folder).naming(folder)?;
        match self.shape {
            Shape::File(content) => make::files(folder, layout, content),
            Shape::Alike { .. } => make::files(folder, layout, Content::Binary),
            Shape::Sparse { data } => make::sparse(&folder.join("data"), self.size, data),
            Shape::Ending { data } => make::ending(&folder.join("data"), self.size, data),
            Shape::Source { files } => make::source(folder, files, self.size),
            Shape::Tree { content, attributes, .. } => {
                make::files(folder, layout, content)?;
                if attributes { make::attributes(folder) } else { Ok(()) }
            }
        }
    }
}

/// What `--scale` makes of a number.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn scaled(amount: u64, scale: f64) -> u64 {
    (amount as f64 * scale).round() as u64
}

/// Data that exists.
pub struct Ready {
    /// The one file, or the folder of all.
    pub root: PathBuf,
    pub files: Vec<PathBuf>,
    /// Of all files together.
    pub bytes: u64,
}

/// In a folder of data, what commands made of it.
const COPIES: &str = "copies";

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

    /// Size of the data, 1 being what the targets are about.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The folder of that kind.
    pub fn folder(&self, place: Place) -> &Path {
        match place {
            Place::Disk => &self.disk.path,
            Place::Ram => &self.ram.path,
        }
    }

    /// Where commands that name their own output put it. It goes with the store, and not earlier: ext4 without a
    /// journal leaves inodes that were freed in the last minute alone, and looking for others makes everybody slow.
    pub fn copies(&self, place: Place) -> Result<PathBuf> {
        let folder = self.folder(place).join(COPIES);
        fs::create_dir_all(&folder).naming(&folder)?;
        Ok(folder)
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
            data.fill(&part, &layout)?;
            // The name says that it is complete.
            fs::rename(&part, &folder).naming(&folder)?;
        }
        let bytes = match data.shape {
            Shape::Source { .. } => walk::total_size(&folder)?,
            _ => layout.iter().map(|(_, size)| size).sum(),
        };
        let root = match data.shape {
            Shape::File(_) | Shape::Sparse { .. } | Shape::Ending { .. } => folder.join("data"),
            Shape::Alike { .. } | Shape::Tree { .. } | Shape::Source { .. } => folder.clone(),
        };
        let files = layout.into_iter().map(|(name, _)| folder.join(name)).collect();
        Ok(Ready { root, files, bytes })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        for folder in [&self.disk, &self.ram] {
            let _ = fs::remove_dir_all(folder.path.join(COPIES)); // most tools leave none
        }
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
