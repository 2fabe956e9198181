//! The key: made on this machine, kept until its certificate is here.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use pem::Pem;
use warifu_core::ports::{ClientKeys, PrivateKey};
use warifu_terminal::{Failure, Terminal, write_new};
use warifu_x509::{X509ClientKeys, certificate_request};
use zeroize::Zeroizing;

const TAG: &str = "PRIVATE KEY";
/// What the name of a key ends with whose certificate is not here yet.
const PENDING: &str = ".pending-key";

/// A key on disk, before its certificate. A password yields one certificate for one key: whoever
/// lost the answer comes back with the same key and gets the same certificate.
pub(crate) struct PendingKey {
    path: PathBuf,
    key: PrivateKey,
    /// An earlier run made it, and may have been answered.
    earlier: bool,
}

impl PendingKey {
    /// The key that an earlier run for `output` left behind, or a new one.
    pub(crate) fn take(output: &Path, terminal: &Terminal) -> Result<Self, Failure> {
        let mut name = OsString::from(output.as_os_str());
        name.push(PENDING);
        let path = PathBuf::from(name);
        match fs::metadata(&path) {
            Ok(metadata) => {
                let shown = path.display().to_string();
                let key = (metadata.is_file() && is_own(metadata.mode()))
                    .then(|| read(&path))
                    .flatten()
                    .ok_or_else(|| {
                        Failure::usage(
                            terminal.text("client-pending-unusable", &[("file", &shown)]),
                        )
                    })?;
                terminal.say(&terminal.text("client-pending-found", &[("file", &shown)]));
                Ok(Self {
                    path,
                    key,
                    earlier: true,
                })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let made = X509ClientKeys.generate();
                let key = made.map_err(|error| Failure::unexpected(error.to_string()))?;
                let key = key.private;
                write_new(&path, to_pem(&key).as_bytes(), terminal)?;
                Ok(Self {
                    path,
                    key,
                    earlier: false,
                })
            }
            Err(error) => {
                let (shown, reason) = (path.display().to_string(), error.to_string());
                Err(Failure::unexpected(terminal.text(
                    "terminal-secret-unreadable",
                    &[("file", &shown), ("reason", &reason)],
                )))
            }
        }
    }

    /// The key.
    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Throws the key away: its certificate is here.
    pub(crate) fn fulfilled(self, terminal: &Terminal) {
        self.remove(terminal);
    }

    /// Throws the key away where certainly nobody has a certificate for it.
    pub(crate) fn refused(self, terminal: &Terminal) {
        if !self.earlier {
            self.remove(terminal);
        }
    }

    fn remove(&self, terminal: &Terminal) {
        if fs::remove_file(&self.path).is_err() {
            let file = self.path.display().to_string();
            terminal.caution(&terminal.text("client-pending-left", &[("file", &file)]));
        }
    }
}

/// Whether a file of this mode is its owner's alone.
const fn is_own(mode: u32) -> bool {
    let others = mode & 0o077;
    others == 0
}

/// A key as PKCS#8 in PEM.
pub(crate) fn to_pem(key: &PrivateKey) -> Zeroizing<String> {
    let block = Pem::new(TAG, key.expose_pkcs8());
    Zeroizing::new(pem::encode(&block))
}

fn read(path: &Path) -> Option<PrivateKey> {
    let text = Zeroizing::new(fs::read_to_string(path).ok()?);
    let block = pem::parse(text.as_bytes()).ok()?;
    let key = (block.tag() == TAG)
        .then(|| PrivateKey::from_pkcs8(Zeroizing::new(block.into_contents())))?;
    certificate_request(&key).is_ok().then_some(key)
}
