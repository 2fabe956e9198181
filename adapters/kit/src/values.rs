//! Values that a setting can have, each with the range that makes sense. The ones that adapters
//! need; a program adds its own with [`text_value!`](crate::text_value).

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use warifu_core::domain::Edition;

/// An integer from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntegerWithin<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> IntegerWithin<LEAST, MOST> {
    /// The integer.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The integer where zero is outside the range.
    pub fn get_non_zero(self) -> NonZeroU32 {
        NonZeroU32::new(self.0).unwrap_or(NonZeroU32::MIN)
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for IntegerWithin<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Within<const LEAST: u32, const MOST: u32>;

        impl<const LEAST: u32, const MOST: u32> Visitor<'_> for Within<LEAST, MOST> {
            type Value = u32;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "an integer from {LEAST} to {MOST}")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<u32, E> {
                self.visit_i128(value.into())
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<u32, E> {
                self.visit_i128(value.into())
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<u32, E> {
                u32::try_from(value)
                    .ok()
                    .filter(|value| (LEAST..=MOST).contains(value))
                    .ok_or_else(|| E::invalid_value(Unexpected::Other(&value.to_string()), &self))
            }
        }

        deserializer
            .deserialize_any(Within::<LEAST, MOST>)
            .map(Self)
    }
}

impl<const LEAST: u32, const MOST: u32> JsonSchema for IntegerWithin<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("IntegerFrom{LEAST}To{MOST}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// What a duration looks like.
const DURATION_PATTERN: &str = "^([0-9]+(ms|s|m|h|d))+$";

/// Reads `90s`, `30m`, `7d`, `1h30m`.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let after = unit.trim_start_matches(|character: char| character.is_ascii_alphabetic());
        let name = &unit[..unit.len() - after.len()];
        // Not all that humantime knows: its `M` is a month, where people mean minutes.
        if unit.len() == rest.len() || !matches!(name, "ms" | "s" | "m" | "h" | "d") {
            return None;
        }
        rest = after;
    }
    humantime::parse_duration(text).ok()
}

/// As people write it.
fn show_seconds(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// A duration from `LEAST` to `MOST` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationWithin<const LEAST: u64, const MOST: u64>(Duration);

impl<const LEAST: u64, const MOST: u64> DurationWithin<LEAST, MOST> {
    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }

    /// Reads `90s`, `30m`, `7d` or `1h30m`, where it is within the range.
    pub fn parse(text: &str) -> Option<Self> {
        let range = Duration::from_secs(LEAST)..=Duration::from_secs(MOST);
        parse_duration(text)
            .filter(|duration| range.contains(duration))
            .map(Self)
    }

    fn expected() -> String {
        let (least, most) = (show_seconds(LEAST), show_seconds(MOST));
        format!("a duration from \"{least}\" to \"{most}\" such as \"90s\", \"30m\" or \"7d\"")
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for DurationWithin<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, &Self::expected(), Self::parse)
    }
}

impl<const LEAST: u64, const MOST: u64> JsonSchema for DurationWithin<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("DurationFrom{LEAST}To{MOST}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": DURATION_PATTERN, "description": Self::expected() })
    }
}

/// Reads a text with `parse`; all else is refused with what was `expected`.
pub fn read_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    struct Text<'a, F>(&'a str, F);

    impl<T, F: Fn(&str) -> Option<T>> Visitor<'_> for Text<'_, F> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Text(expected, parse))
}

/// A type read from a text: its name in the schema, what it must be, a pattern, how it is read.
#[macro_export]
macro_rules! text_value {
    ($name:ident, $expected:expr, $pattern:expr, $parse:expr) => {
        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::values::read_text(deserializer, $expected, $parse)
            }
        }

        impl $crate::__private::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(
                _: &mut $crate::__private::SchemaGenerator,
            ) -> $crate::__private::Schema {
                $crate::__private::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $expected
                })
            }
        }
    };
}

/// Words for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub String);

text_value!(
    Words,
    "a text of 1 to 500 characters on one line",
    "^.{1,500}$",
    |text: &str| {
        let length = text.chars().count();
        ((1..=500).contains(&length) && !text.chars().any(char::is_control))
            .then(|| Words(text.to_owned()))
    }
);

/// The key of a product edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionKey(pub Edition);

text_value!(
    EditionKey,
    "1 to 32 of the characters a-z, 0-9 and -",
    "^[a-z0-9-]{1,32}$",
    |text: &str| Edition::parse(text).map(EditionKey)
);

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::Error as ValueError;

    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, String> {
        let deserializer: serde::de::value::StrDeserializer<'_, ValueError> =
            text.into_deserializer();
        T::deserialize(deserializer).map_err(|error| error.to_string())
    }

    #[test]
    fn durations_are_read_as_the_manual_writes_them() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("7d"), Some(604_800));
        assert_eq!(seconds("1h30m"), Some(5_400));
        for text in [
            "", "5", "5x", "-5s", "1.5h", "30M", "1month", "1 h", "NaN", "inf", "٣s",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds("99999999999999999999999d"), None);
    }

    #[test]
    fn a_duration_out_of_range_names_the_range() {
        type Within = DurationWithin<1, 604_800>;
        assert!(read::<Within>("1s").is_ok() && read::<Within>("7d").is_ok());
        for text in ["0s", "999ms", "8d", "9223372036854775808s"] {
            let error = read::<Within>(text).unwrap_err();
            assert!(
                error.contains("a duration from \"1s\" to \"7d\""),
                "{error}"
            );
        }
    }
}
