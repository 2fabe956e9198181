//! The files of a log as one text, and which line of it is in which file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::family;
use crate::file::Lock;

/// Several files of one log to read one after the other, as far as they are written at this moment:
/// what others append meanwhile is left out, and nothing half-written is in it.
pub struct LogFiles {
    parts: Vec<Part>,
    /// The part that is being read.
    at: usize,
}

struct Part {
    path: PathBuf,
    text: io::Take<File>,
    /// Line feeds that were read.
    lines: u64,
}

/// A file and its place in the log.
struct Found {
    number: u64,
    path: PathBuf,
    file: File,
}

impl LogFiles {
    /// The log that `path` is the last file of: with the files before it that lie beside it.
    pub fn ending_with(path: &Path) -> io::Result<Self> {
        let mut found = vec![found(path)?];
        let mut seen = BTreeSet::new();
        while let Some(first) = found.first() {
            let begin = family::beginning(&first.file)?;
            let former = begin.and_then(|begin| begin.former);
            // A name, not a way to another folder.
            let former = former.filter(|name| !name.contains('/') && seen.insert(name.clone()));
            let Some(former) = former else { break };
            let before = family::folder(path).join(former);
            if !fs::exists(&before)? {
                break;
            }
            found.insert(0, self::found(&before)?);
        }
        Self::of(found)
    }

    /// The log in `paths`, in whatever order they are given.
    pub fn in_order(paths: &[PathBuf]) -> io::Result<Self> {
        let mut files = paths
            .iter()
            .map(|path| found(path))
            .collect::<io::Result<Vec<Found>>>()?;
        files.sort_by_key(|found| found.number);
        Self::of(files)
    }

    /// The log in a folder: all files in it that begin with a record.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let (mut paths, mut known) = (Vec::new(), BTreeSet::new());
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let metadata = fs::metadata(&path)?;
            if !metadata.is_file() {
                continue;
            }
            let begins_with_a_record = family::beginning(&File::open(&path)?)?.is_some();
            // Twice by name while a file is being closed.
            if begins_with_a_record && known.insert((metadata.dev(), metadata.ino())) {
                paths.push(path);
            }
        }
        Self::in_order(&paths)
    }

    fn of(found: Vec<Found>) -> io::Result<Self> {
        let parts = found.into_iter().map(|found| {
            let length = {
                let _lock = Lock::shared(&found.file)?;
                found.file.metadata()?.len()
            };
            Ok(Part {
                path: found.path,
                text: Read::take(found.file, length),
                lines: 0,
            })
        });
        Ok(Self {
            parts: parts.collect::<io::Result<_>>()?,
            at: 0,
        })
    }

    /// Which files, oldest first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().map(|part| part.path.as_path())
    }

    /// In which file a line of the whole is, and which line of it, both from 1. Only of what was read.
    pub fn place_of(&self, line: u64) -> Option<(&Path, u64)> {
        let mut rest = line;
        for part in &self.parts[..self.parts.len().min(self.at + 1)] {
            if rest <= part.lines {
                return Some((&part.path, rest));
            }
            rest -= part.lines;
        }
        // The last one, which has no end.
        let last = self.parts.get(self.at).or_else(|| self.parts.last())?;
        Some((&last.path, last.lines + rest))
    }
}

fn found(path: &Path) -> io::Result<Found> {
    let file = File::open(path)?;
    let begin = family::beginning(&file)?;
    Ok(Found {
        number: begin.map_or(0, |begin| begin.number),
        path: path.to_owned(),
        file,
    })
}

impl Read for LogFiles {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = self.parts.get_mut(self.at) {
            let count = part.text.read(out)?;
            if count > 0 {
                let feeds = out[..count].iter().filter(|byte| **byte == b'\n');
                part.lines += feeds.count() as u64;
                return Ok(count);
            }
            self.at += 1;
        }
        Ok(0)
    }
}
