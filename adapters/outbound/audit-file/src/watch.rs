//! Whether the file of a log is still there and still holds what this process has seen in it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::family;
use crate::file;

/// What was seen last.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    device: u64,
    inode: u64,
    /// Where the last line ends that was seen.
    end: u64,
    /// Its hash; nothing where no line was seen.
    last: Option<String>,
}

impl Watched {
    pub(crate) fn of(file: &File, end: u64, last: Option<String>) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            end,
            last,
        })
    }
}

/// Looks at the file of a log.
pub(crate) struct Watch {
    path: PathBuf,
    watched: Mutex<Watched>,
}

/// What is wrong with the file, as `/readyz` and the log say it.
fn refused(what: &str) -> io::Error {
    let message = format!("its file {what}: put back what was there");
    io::Error::new(ErrorKind::InvalidData, message)
}

impl Watch {
    pub(crate) const fn new(path: PathBuf, watched: Watched) -> Self {
        Self {
            path,
            watched: Mutex::new(watched),
        }
    }

    /// Whether nothing has happened to the file, as far as a look at its name tells: quickly.
    pub(crate) fn is_untouched(&self) -> bool {
        let watched = self.watched.lock();
        fs::metadata(&self.path).is_ok_and(|metadata| {
            metadata.dev() == watched.device
                && metadata.ino() == watched.inode
                && metadata.len() >= watched.end
        })
    }

    /// Notes what this process wrote.
    pub(crate) fn saw(&self, file: &File, end: u64, last: Option<String>) -> io::Result<()> {
        let seen = Watched::of(file, end, last)?;
        *self.watched.lock() = seen;
        Ok(())
    }

    /// Whether `file` holds what was seen.
    pub(crate) fn check(&self, file: &File) -> io::Result<()> {
        let watched = self.watched.lock();
        let length = file.metadata()?.len();
        if length < watched.end {
            let missing = watched.end - length;
            return Err(refused(&format!("is {missing} bytes shorter than it was")));
        }
        if watched.last.is_some() && family::hash_before(file, watched.end)? != watched.last {
            return Err(refused("does not hold what was written to it"));
        }
        Ok(())
    }

    /// What stands at `path` now, where it is not `file` any more: the file that follows it, after
    /// somebody closed it, or the same content put back. Anything else is refused.
    pub(crate) fn successor(&self, file: &File, path: &Path) -> io::Result<Option<File>> {
        if file::is_at(file, path) {
            return Ok(None);
        }
        let seen = self.watched.lock().clone();
        if seen.last.is_none() {
            // Nothing was in it.
            let fresh = file::open(path)?;
            *self.watched.lock() = Watched::of(&fresh, 0, None)?;
            return Ok(Some(fresh));
        }
        let next = match fs::OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(refused("is gone"));
            }
            opened => opened?,
        };
        if family::hash_before(&next, seen.end)? == seen.last {
            *self.watched.lock() = Watched::of(&next, seen.end, seen.last)?;
            return Ok(Some(next));
        }
        if follows(file, &next, path)? {
            *self.watched.lock() = Watched::of(&next, 0, None)?;
            return Ok(Some(next));
        }
        Err(refused("is another one than before"))
    }
}

/// Whether `file` was closed and the files after it, up to `next`, link to it one after the other.
fn follows(file: &File, next: &File, path: &Path) -> io::Result<bool> {
    let mine = file.metadata()?;
    let is_mine = |other: &fs::Metadata| (other.dev(), other.ino()) == (mine.dev(), mine.ino());
    let formers = family::formers(path)?;
    let place = formers
        .iter()
        .position(|former| fs::metadata(&former.path).is_ok_and(|found| is_mine(&found)));
    let Some(place) = place else {
        return Ok(false);
    };
    let mut before = file.try_clone()?;
    for former in &formers[place + 1..] {
        let after = File::open(&former.path)?;
        if !links(&before, &after)? {
            return Ok(false);
        }
        before = after;
    }
    links(&before, next)
}

fn links(before: &File, after: &File) -> io::Result<bool> {
    let last = family::hash_before(before, before.metadata()?.len())?;
    let begin = family::beginning(after)?;
    Ok(last.is_some() && begin.is_some_and(|begin| begin.last == last))
}
