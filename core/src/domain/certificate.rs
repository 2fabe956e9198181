//! Client certificates as the rest of the system sees them: PEM in, PEM out, and what is written
//! in them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use data_encoding::{HEXLOWER, HEXUPPER};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identifiers::{ContractNumber, UserId};
use super::random_id::ReissueId;
use super::timestamp::Timestamp;

/// SHA-256 over the DER of a public key (`SubjectPublicKeyInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyFingerprint([u8; 32]);

impl KeyFingerprint {
    /// The fingerprint of a DER-encoded `SubjectPublicKeyInfo`.
    pub fn of_public_key(spki_der: &[u8]) -> Self {
        Self(Sha256::digest(spki_der).into())
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl TryFrom<String> for KeyFingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| "not a SHA-256 fingerprint")?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| "not a SHA-256 fingerprint")
    }
}

impl From<KeyFingerprint> for String {
    fn from(fingerprint: KeyFingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// A certificate's serial number: 128 bits, positive, shown as upper-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialNumber([u8; 16]);

impl SerialNumber {
    /// The serial of the one certificate that `reissue` may yield for the key `fingerprint`.
    ///
    /// Derived, not drawn, so that whichever server finishes an interrupted issue makes the same
    /// certificate. It is as unpredictable as the 128 random bits of the reissue.
    pub fn bound_to(reissue: ReissueId, fingerprint: KeyFingerprint) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"warifu certificate serial\0");
        hash.update(reissue.as_bytes());
        hash.update(fingerprint.0);
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        // The first bit would make it negative; the second keeps it from starting with zeros.
        bytes[0] = (bytes[0] & 0x7f) | 0x40;
        Self(bytes)
    }

    /// The big-endian bytes; the first is never zero and never negative.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXUPPER.encode(&self.0))
    }
}

impl FromStr for SerialNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXUPPER
            .decode(text.as_bytes())
            .map_err(|_| "not a serial number")?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| "not a serial number")
    }
}

impl TryFrom<String> for SerialNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SerialNumber> for String {
    fn from(serial: SerialNumber) -> Self {
        serial.to_string()
    }
}

/// What is written into a certificate about its holder. From the directory, never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSubject {
    /// `O=`: the company's name.
    pub organisation: String,
    /// `OU=`: the contract number.
    pub contract: ContractNumber,
    /// `CN=`: the user ID.
    pub user: UserId,
}

/// An issued certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: SerialNumber,
    /// PEM of the certificate.
    pub certificate: String,
    /// PEM of the issuer and so on up to the root, one after the other.
    pub chain: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// The newest certificate known of a user, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCertificate {
    /// Its serial; unknown where the bank only told the end of an earlier certificate.
    pub serial: Option<SerialNumber>,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// It was revoked.
    pub revoked: bool,
}

/// The state of a user's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateStatus {
    /// 未取得.
    None,
    /// 有効.
    Valid,
    /// 期限間近.
    Expiring,
    /// 期限切れ.
    Expired,
    /// 失効.
    Revoked,
}

impl CertificateStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Valid,
        Self::Expiring,
        Self::Expired,
        Self::Revoked,
    ];

    /// The status at `now`, where a certificate is "expiring" for the last `notice`.
    pub fn of(certificate: Option<&KnownCertificate>, now: Timestamp, notice: Duration) -> Self {
        match certificate {
            None => Self::None,
            Some(known) if known.revoked => Self::Revoked,
            Some(known) if known.not_after <= now => Self::Expired,
            Some(known) if known.not_after.minus(notice) <= now => Self::Expiring,
            Some(_) => Self::Valid,
        }
    }

    /// The stable name, as in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Valid => "valid",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_bound_to_reissue_and_key() {
        let reissue = ReissueId::from_bytes([7; 16]);
        let key = KeyFingerprint::of_public_key(b"one");
        let serial = SerialNumber::bound_to(reissue, key);
        assert_eq!(serial, SerialNumber::bound_to(reissue, key));
        assert_ne!(
            serial,
            SerialNumber::bound_to(reissue, KeyFingerprint::of_public_key(b"two"))
        );
        assert_ne!(
            serial,
            SerialNumber::bound_to(ReissueId::from_bytes([8; 16]), key)
        );
        assert!((0x40..0x80).contains(&serial.as_bytes()[0]));
        assert_eq!(serial.to_string().parse::<SerialNumber>().unwrap(), serial);
    }

    #[test]
    fn the_status_follows_the_clock() {
        let end = Timestamp::from_unix_millis(100_000_000_000);
        let day = Duration::from_secs(86_400);
        let known = KnownCertificate {
            serial: None,
            not_after: end,
            revoked: false,
        };
        let at = |now| CertificateStatus::of(Some(&known), now, 28 * day);
        assert_eq!(at(end.minus(29 * day)), CertificateStatus::Valid);
        assert_eq!(at(end.minus(28 * day)), CertificateStatus::Expiring);
        assert_eq!(at(end), CertificateStatus::Expired);
    }
}
