//! A session: somebody logged in, on one surface.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::identifiers::{StaffId, Subject};
use super::password_version::PasswordVersion;
use super::person_identity::PersonIdentity;
use super::timestamp::Timestamp;
use crate::ports::Randomness;

/// The part of the service that a session is for. A token of one is nothing on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surface {
    /// Customers who have no certificate.
    SelfService,
    /// Customers' administrators.
    Admin,
    /// The bank's back office.
    Office,
}

impl Surface {
    /// The stable name, as in configuration and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfService => "self-service",
            Self::Admin => "admin",
            Self::Office => "office",
        }
    }
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Principal {
    /// A user of a contract.
    User(Subject),
    /// A member of the bank's staff.
    Staff(StaffId),
}

/// The secret that a client shows: 256 random bits, base64url. Never stored, never printed.
pub struct SessionToken(SecretString);

impl SessionToken {
    /// A new token.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        randomness.fill(bytes.as_mut());
        Self(SecretString::from(BASE64URL_NOPAD.encode(bytes.as_ref())))
    }

    /// What a client sent; nothing where it cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(allowed)).then(|| Self(SecretString::from(text)))
    }

    /// The text to hand to its owner.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What stores know the session by.
    pub fn id(&self) -> SessionId {
        SessionId(Sha256::digest(self.expose().as_bytes()).into())
    }

    /// Marks who holds the session, by what stays the same as long as it is the same person with the
    /// same password. Keyed with the token, which no store has: it tells a thief of one nothing.
    pub fn holder_mark(
        &self,
        identity: Option<&PersonIdentity>,
        password: Option<&PasswordVersion>,
    ) -> HolderMark {
        let mut hash = Sha256::new();
        hash.update(b"warifu holder of a session\0");
        hash.update(self.expose().as_bytes());
        let identity = identity.map(|identity| identity.as_str().as_bytes());
        let password = password.map(|version| &version.as_bytes()[..]);
        for part in [identity, password] {
            hash.update([u8::from(part.is_some())]);
            let part = part.unwrap_or_default();
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        HolderMark(HEXLOWER.encode(&hash.finalize()))
    }
}

/// Tells whether a session is still that of who began it, without telling who that is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HolderMark(String);

impl fmt::Debug for HolderMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HolderMark(..)")
    }
}

/// SHA-256 of a session's token: enough to find it, useless to a thief of the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 32]);

impl SessionId {
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionId(..)")
    }
}

/// What is remembered of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where it is valid.
    pub surface: Surface,
    /// Whose it is.
    pub principal: Principal,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last use.
    pub last_used_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// The owner's login before this one.
    pub previous_login: Option<Timestamp>,
    /// Until when a one-time password verified in this session is good for one reissue.
    pub otp_verified_until: Option<Timestamp>,
    /// Who began it. Nothing in sessions of earlier versions, which are believed for the hour that
    /// they last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderMark>,
}

impl Session {
    /// Whether it is still that of who began it.
    pub fn is_held_by(&self, mark: &HolderMark) -> bool {
        self.holder.as_ref().is_none_or(|holder| holder == mark)
    }
}
