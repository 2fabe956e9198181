//! Random identifiers: unguessable, and unique without anybody counting.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::ports::Randomness;

macro_rules! random_id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new one: 128 random bits.
            pub fn generate(randomness: &dyn Randomness) -> Self {
                let mut bytes = [0; 16];
                randomness.fill(&mut bytes);
                Self(bytes)
            }

            /// From 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidRandomId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| InvalidRandomId)?;
                bytes.try_into().map(Self).map_err(|_| InvalidRandomId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidRandomId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({self})", stringify!($name))
            }
        }
    };
}

/// The text is not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of 32 lower-case hexadecimal digits")]
pub struct InvalidRandomId;

random_id! {
    /// One reissue of a retrieval password, and the record it left. The store's reissue is
    /// idempotent by it.
    ReissueId
}
random_id! {
    /// One run of reissues for many users.
    BulkId
}
random_id! {
    /// One reserved attempt, until it is settled. The store's settle is idempotent by it.
    LeaseToken
}
random_id! {
    /// One request, as shown to its sender as 参照番号 and found again in log and audit. Random,
    /// so it never encodes a cause.
    RequestId
}
random_id! {
    /// Names a store as long as it loses nothing.
    StoreEpoch
}

/// What a caller sent to say "the same request again": the `Idempotency-Key` of the API or the
/// one-time token of a form. Scoped to the operator who sent it and the user it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Visible ASCII of 1 to 128 characters; otherwise nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The key as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
