use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, OpenError};

/// The store's file, as it was when it was opened first.
#[derive(Clone, Debug)]
pub(crate) struct StoreFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl StoreFile {
    /// Finds the file, or makes it and its folder, for its owner alone.
    pub(crate) fn find_or_make(path: &Path) -> Result<Self, OpenError> {
        if let Some(found) = Self::find(path)? {
            return Ok(found);
        }
        let path = absolute(path)?;
        let made = make(&path).and_then(|()| fs::metadata(&path));
        let metadata = made.map_err(inaccessible(&path))?;
        Self::checked(path, &metadata)
    }

    /// Finds the file, if there is one.
    pub(crate) fn find(path: &Path) -> Result<Option<Self>, OpenError> {
        let path = absolute(path)?;
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => {
                let metadata = found.map_err(inaccessible(&path))?;
                Self::checked(path, &metadata).map(Some)
            }
        }
    }

    fn checked(path: PathBuf, metadata: &Metadata) -> Result<Self, OpenError> {
        if !metadata.is_file() {
            return Err(OpenError::NotAFile(path));
        }
        refuse_open_to_others(&path, metadata)?;
        for companion in companions(&path) {
            match fs::metadata(&companion) {
                Ok(metadata) => refuse_open_to_others(&companion, &metadata)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(inaccessible(&path)(error)),
            }
        }
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            path,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still leads to the file. The engine would go on writing into a file that
    /// was deleted, and everything would be gone at the next start.
    pub(crate) fn is_in_place(&self) -> Result<(), Failure> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.dev() == self.device && metadata.ino() == self.inode => Ok(()),
            _ => Err(Failure::Replaced),
        }
    }
}

fn inaccessible(path: &Path) -> impl Fn(io::Error) -> OpenError {
    |source| OpenError::Inaccessible {
        path: path.to_owned(),
        source,
    }
}

/// Independent of the working directory, and never to be taken for a URI.
fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(|source| OpenError::Inaccessible {
        path: path.to_owned(),
        source,
    })
}

fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => {
            made?.sync_all()?;
            sync_folder(path)
        }
    }
}

/// A new name in a folder is durable only after the folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The write-ahead log and its index. The engine gives them the permissions of the file.
fn companions(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|suffix| {
        let mut name = OsString::from(path);
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

fn refuse_open_to_others(path: &Path, metadata: &Metadata) -> Result<(), OpenError> {
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(OpenError::OpenToOthers {
        path: path.to_owned(),
        mode,
    })
}
