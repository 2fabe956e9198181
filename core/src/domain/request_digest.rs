use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identifiers::Subject;
use super::random_id::IdempotencyKey;

/// One request for a reissue that its sender may repeat: who asked, for whom, under which key. A
/// digest, so that stores hold no text of a sender.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// The request of `operator` for a reissue for `target`, marked with `key`.
    pub fn of(operator: &Subject, target: &Subject, key: &IdempotencyKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"warifu request\0");
        let (operator, target) = (operator.to_key_bytes(), target.to_key_bytes());
        for part in [&operator[..], &target[..], key.as_str().as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for RequestDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for RequestDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestDigest(..)")
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of 64 lower-case hexadecimal digits")]
pub struct InvalidRequestDigest;

impl TryFrom<String> for RequestDigest {
    type Error = InvalidRequestDigest;

    fn try_from(text: String) -> Result<Self, InvalidRequestDigest> {
        let bytes = HEXLOWER.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| InvalidRequestDigest)?;
        bytes.try_into().map(Self).map_err(|_| InvalidRequestDigest)
    }
}

impl From<RequestDigest> for String {
    fn from(digest: RequestDigest) -> Self {
        digest.to_string()
    }
}
