//! The files of an authority: who may read them, and how they are written so that a crash or a
//! second server never leaves half of one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::LocalCaError;

/// A directory that several servers and terminal programs may share.
#[derive(Clone)]
pub(crate) struct Directory(PathBuf);

/// Held while files are made or changed. Given back when dropped.
pub(crate) struct Locked<'a> {
    directory: &'a Directory,
    /// None where no process has used the directory yet.
    _lock: Option<File>,
}

impl Directory {
    /// Uses the directory, making it where it is not there yet.
    pub(crate) fn open(path: &Path) -> Result<Self, LocalCaError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(LocalCaError::io("make the directory", path))?;
        Ok(Self(path.to_owned()))
    }

    /// The directory, if it is there.
    pub(crate) fn find(path: &Path) -> Result<Option<Self>, LocalCaError> {
        match fs::read_dir(path) {
            Ok(_) => Ok(Some(Self(path.to_owned()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LocalCaError::io("read the directory", path)(error)),
        }
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("ca.key")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    pub(crate) fn revoked(&self) -> PathBuf {
        self.0.join("revoked")
    }

    pub(crate) fn revocation_list(&self) -> PathBuf {
        self.0.join("crl.pem")
    }

    /// Waits until no other process changes the files.
    pub(crate) fn lock(&self) -> Result<Locked<'_>, LocalCaError> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        self.lock_by(&options)
    }

    /// As [`Self::lock`], for looking only: makes nothing.
    pub(crate) fn lock_to_look(&self) -> Result<Locked<'_>, LocalCaError> {
        match fs::metadata(self.lock_file()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Locked {
                directory: self,
                _lock: None,
            }),
            _ => self.lock_by(OpenOptions::new().write(true)),
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    fn lock_by(&self, options: &OpenOptions) -> Result<Locked<'_>, LocalCaError> {
        let path = self.lock_file();
        let lock = options
            .open(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(LocalCaError::io("lock", &path))?;
        Ok(Locked {
            directory: self,
            _lock: Some(lock),
        })
    }
}

impl Locked<'_> {
    /// Reads the key, if it is there and nobody else can read it.
    pub(crate) fn read_key(&self) -> Result<Option<Zeroizing<String>>, LocalCaError> {
        let path = self.directory.key();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LocalCaError::io("read", &path)(error)),
        };
        let metadata = file.metadata().map_err(LocalCaError::io("read", &path))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(LocalCaError::KeyNotPrivate { path, mode });
        }
        let mut pem = Zeroizing::new(String::with_capacity(4096));
        file.read_to_string(&mut pem)
            .map_err(LocalCaError::io("read", &path))?;
        Ok(Some(pem))
    }

    /// Reads the certificate, if it is there.
    pub(crate) fn read_certificate(&self) -> Result<Option<String>, LocalCaError> {
        read(&self.directory.certificate())
    }

    /// Reads what was revoked, if anything was.
    pub(crate) fn read_revoked(&self) -> Result<Option<String>, LocalCaError> {
        read(&self.directory.revoked())
    }

    /// Writes a file with permissions `mode`: all of it durably, or nothing.
    pub(crate) fn write(&self, path: &Path, mode: u32, text: &str) -> Result<(), LocalCaError> {
        let unfinished = path.with_extension("unfinished");
        // Left by a process that was stopped at it: the lock is ours.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(LocalCaError::io("remove", &unfinished)(error));
            }
            _ => {}
        }
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&unfinished)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            File::open(&self.directory.0)?.sync_all()
        };
        write().map_err(LocalCaError::io("write", path))
    }
}

fn read(path: &Path) -> Result<Option<String>, LocalCaError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LocalCaError::io("read", path)(error)),
    }
}
