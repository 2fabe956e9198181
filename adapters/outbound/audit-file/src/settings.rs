//! What a configuration says of the file.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use warifu_adapter_kit::values::DurationWithin;

use crate::rotation::Rotation;

/// Where nobody says otherwise: some half a million records.
const USUAL_SIZE: u64 = 256 * 1024 * 1024;

/// Settings of `AuditFile`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditFileSettings {
    /// The file. Several programs may write to it.
    pub(crate) path: PathBuf,
    /// From which size on it is closed and a new one begun: bytes, or such as "64MiB"; 0: never.
    #[serde(default)]
    pub(crate) rotate_size: RotateSize,
    /// How long after its first record; "0s": never.
    #[serde(default)]
    pub(crate) rotate_age: Option<DurationWithin<0, 3_153_600_000>>,
}

impl AuditFileSettings {
    pub(crate) fn rotation(&self) -> Rotation {
        let age = self.rotate_age.map(DurationWithin::get);
        Rotation {
            size: Some(self.rotate_size.0).filter(|size| *size > 0),
            age: age.filter(|age| *age > Duration::ZERO),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RotateSize(u64);

impl Default for RotateSize {
    fn default() -> Self {
        Self(USUAL_SIZE)
    }
}

impl RotateSize {
    const EXPECTED: &str =
        "0, or a number of bytes from 4096 on, also such as \"512KiB\", \"64MiB\" or \"1GiB\"";

    fn checked(bytes: u64) -> Option<Self> {
        (bytes == 0 || bytes >= 4096).then_some(Self(bytes))
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
        let unit: u64 = match &text[digits.len()..] {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => return None,
        };
        let number: u64 = digits.trim_end().parse().ok()?;
        Self::checked(number.checked_mul(unit)?)
    }
}

impl<'de> Deserialize<'de> for RotateSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = RotateSize;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(RotateSize::EXPECTED)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<RotateSize, E> {
                let bytes = u64::try_from(value).ok().and_then(RotateSize::checked);
                bytes.ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<RotateSize, E> {
                RotateSize::checked(value)
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<RotateSize, E> {
                let bytes = u64::try_from(value).ok().and_then(RotateSize::checked);
                bytes.ok_or_else(|| E::invalid_value(Unexpected::Other("a number"), &self))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<RotateSize, E> {
                RotateSize::parse(value)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(value), &self))
            }
        }

        deserializer.deserialize_any(Bytes)
    }
}

impl JsonSchema for RotateSize {
    fn schema_name() -> Cow<'static, str> {
        "RotateSize".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^[0-9]+ ?(B|kB|KB|KiB|MB|MiB|GB|GiB)?$",
            "description": Self::EXPECTED
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("65536", Some(65_536)),
            ("64KiB", Some(65_536)),
            ("1 MB", Some(1_000_000)),
            ("1GiB", Some(1 << 30)),
            ("4095", None),
            ("64kib", None),
            ("-1", None),
            ("99999999999GiB", None),
            ("", None),
        ] {
            assert_eq!(RotateSize::parse(text).map(|size| size.0), bytes, "{text}");
        }
    }
}
