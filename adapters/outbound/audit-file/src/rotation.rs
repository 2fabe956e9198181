//! When a file is closed and a new one begun, and how: the file never has no name, and no file
//! loses its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::family;
use crate::history::index_path;

/// When a file is closed by itself, at the next record: never, unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// At so many bytes.
    pub size: Option<u64>,
    /// So long after its first record.
    pub age: Option<Duration>,
}

/// What became of a wish to begin a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The file that was closed, under its name from now on.
    pub closed: PathBuf,
    /// Its number among the files of the log, from 1.
    pub number: u64,
}

/// Puts a new file that begins with `lines` in the place of the one at `path`, which is called
/// `closed` from then on. The caller holds the lock of the one at `path`.
pub(crate) fn put_new(path: &Path, closed: &Path, lines: &str) -> io::Result<File> {
    let mut fresh_path = path.as_os_str().to_owned();
    fresh_path.push(".new");
    let fresh_path = PathBuf::from(fresh_path);
    // Left behind by whoever was stopped in here; the lock keeps everybody else out.
    if let Err(error) = fs::remove_file(&fresh_path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create_new(true).mode(0o600);
    let mut fresh = options.open(&fresh_path)?;
    let folder = family::folder(path);
    let put = fresh
        .write_all(lines.as_bytes())
        .and_then(|()| fresh.sync_all())
        // Fails where there is a file of this name.
        .and_then(|()| fs::hard_link(path, closed));
    if let Err(error) = put {
        let _ = fs::remove_file(&fresh_path);
        return Err(error);
    }
    // An index that stays behind is made anew.
    let _ = fs::rename(index_path(path), index_path(closed));
    if let Err(error) = fs::rename(&fresh_path, path) {
        let _ = fs::remove_file(closed);
        let _ = fs::remove_file(&fresh_path);
        return Err(error);
    }
    File::open(folder)?.sync_all()?;
    Ok(fresh)
}
