use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the authority could not be opened.
#[derive(Debug, Error)]
pub enum LocalCaError {
    /// The operating system refused something.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The key is not kept secret.
    #[error(
        "{} can be read or written by others (mode {mode:03o}): make it private with chmod 600, \
         and replace the key if others may have read it",
        path.display()
    )]
    KeyNotPrivate {
        /// The file of the key.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is a certificate but not its key.
    #[error(
        "{} is missing beside its certificate: restore it from a backup, or remove the \
         certificate too for a new authority",
        .0.display()
    )]
    KeyMissing(PathBuf),
    /// The key cannot be used.
    #[error("{} is not a private key in PKCS#8 PEM", .0.display())]
    BadKey(PathBuf),
    /// The certificate cannot be used.
    #[error("{} is not a certificate of an authority in PEM", .0.display())]
    BadCertificate(PathBuf),
    /// Key and certificate do not belong together.
    #[error("{} is not the certificate of the key beside it", .0.display())]
    Mismatch(PathBuf),
    /// A certificate or list could not be signed.
    #[error("the authority could not sign: {0}")]
    Signing(#[from] rcgen::Error),
}

impl LocalCaError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// The message with that of its source, for a back end's reason.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Io { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }
}
