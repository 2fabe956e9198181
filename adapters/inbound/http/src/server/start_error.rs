//! Why the server does not start.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address is taken, or not ours.
    #[error("cannot listen on {address}: {source}; choose another address under http.listeners")]
    Bind {
        /// The address as it is configured.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate, key or list of authorities cannot be used.
    #[error("cannot use {}: {reason}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it, and in which file.
        reason: String,
    },
    /// The authorities of client certificates that a header shows cannot be used.
    #[error(
        "the authorities for http.listeners.client_certificate_header cannot be used ({reason}): name \
         them with client_certificate_ca_file"
    )]
    Authorities {
        /// Why.
        reason: String,
    },
    /// A header has no such name.
    #[error("http.listeners.client_certificate_header: {name:?} is no name of a header")]
    Header {
        /// The name.
        name: String,
    },
    /// Requests cannot be counted over so short a time.
    #[error("policy.rate_limit.per_address is too fast to measure; write fewer, or \"off\"")]
    RateLimit,
}

impl StartError {
    pub(crate) fn file(file: &Path, reason: &dyn Display) -> Self {
        Self::File {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}
