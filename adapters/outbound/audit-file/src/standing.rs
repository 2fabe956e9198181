//! Where a log stands after some of its records: how many they are, and a digest over all of them.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// How many records a log had, over all its files, and the digest over them: 32 zeros before the
/// first; then, record by record, the SHA-256 over the digest before and the 64 characters of the
/// record's hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) records: u64,
    pub(crate) digest: [u8; 32],
}

impl Standing {
    /// One record more.
    pub(crate) fn add(&mut self, hash: &str) {
        let digest = Sha256::new()
            .chain_update(self.digest)
            .chain_update(hash)
            .finalize();
        self.digest = digest.into();
        self.records += 1;
    }

    /// The digest in lower-case hexadecimal.
    pub(crate) fn digest_hex(&self) -> String {
        HEXLOWER.encode(&self.digest)
    }

    pub(crate) fn parse(records: &str, digest: &str) -> Option<Self> {
        let digest = HEXLOWER.decode(digest.as_bytes()).ok()?;
        Some(Self {
            records: records.parse().ok()?,
            digest: digest.try_into().ok()?,
        })
    }
}
