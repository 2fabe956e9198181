//! What every request brings: where it comes from, and secrets as entered.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use crate::domain::RequestId;

/// Where a request comes from and under which reference it is known.
#[derive(Clone, Copy, Debug)]
pub struct RequestContext {
    /// Its reference (参照番号).
    pub request_id: RequestId,
    /// The peer, or what a trusted proxy said of it.
    pub source: Option<IpAddr>,
}

/// A secret as somebody entered it, before anything is known of its shape. Cannot be printed;
/// erased when dropped.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// The entry.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}
