use std::fmt;

use sha2::{Digest, Sha256};

use super::passwords::PasswordHash;

/// Which of a user's passwords is the current one: another where the password was changed, without
/// telling which it is. Not printed: it is as good as a hash to who wants to try guesses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PasswordVersion([u8; 32]);

impl PasswordVersion {
    /// Of a password whose hash is imported.
    pub fn of_hash(hash: &PasswordHash) -> Self {
        Self::digest(b"hash", hash.expose_phc().as_bytes())
    }

    /// Of a password that another system keeps, which changes `mark` with it, such as the time of
    /// the change.
    pub fn of_mark(mark: &[u8]) -> Self {
        Self::digest(b"mark", mark)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn digest(kind: &[u8], text: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"warifu password version\0");
        hash.update(kind);
        hash.update([0]);
        hash.update(text);
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for PasswordVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordVersion(..)")
    }
}
