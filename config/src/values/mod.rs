//! Values that only the program's own settings have, each with the range that makes sense.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use warifu_adapter_kit::text_value;
use warifu_adapter_kit::values::DurationWithin;

/// How long a lock refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFor {
    /// For this long.
    Duration(Duration),
    /// Until somebody unlocks.
    UntilUnlocked,
}

text_value!(
    LockFor,
    "\"until-unlocked\" or a duration from \"1s\" to \"366d\" such as \"30m\"",
    "^(until-unlocked|([0-9]+(ms|s|m|h|d))+)$",
    |text| match text {
        "until-unlocked" => Some(LockFor::UntilUnlocked),
        _ => DurationWithin::<1, 31_622_400>::parse(text)
            .map(|duration| LockFor::Duration(duration.get())),
    }
);

/// How often one address may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerAddress {
    /// As often as it likes.
    Off,
    /// So many requests in so long.
    Limit {
        /// Requests.
        requests: NonZeroU32,
        /// The time for them.
        per: Duration,
    },
}

text_value!(
    PerAddress,
    "\"off\" or a number of requests (up to 1000000) in a duration (\"1s\" to \"1d\") such as \"600/1m\"",
    "^(off|[0-9]{1,7}/([0-9]+(ms|s|m|h|d))+)$",
    |text| {
        if text == "off" {
            return Some(PerAddress::Off);
        }
        let (requests, per) = text.split_once('/')?;
        let requests = requests
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(requests)?;
        let requests = requests
            .parse::<NonZeroU32>()
            .ok()
            .filter(|n| n.get() <= 1_000_000)?;
        let per = DurationWithin::<1, 86_400>::parse(per)?.get();
        Some(PerAddress::Limit { requests, per })
    }
);

/// Where a listener listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindAddress(pub SocketAddr);

text_value!(
    BindAddress,
    "an address and a port such as \"127.0.0.1:8080\" or \"[::1]:8080\"; port 0 takes a free one",
    "^.+:[0-9]{1,5}$",
    |text: &str| text.parse().ok().map(BindAddress)
);

/// The name of a header that passes a client certificate on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateHeaderName(pub String);

text_value!(
    CertificateHeaderName,
    "\"Client-Cert\" (RFC 9440), or a name of your own that begins with \"X-\"",
    "^(Client-Cert|X-[A-Za-z0-9-]{1,60})$",
    |text: &str| {
        let own = text.strip_prefix("X-").is_some_and(|rest| {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=60).contains(&rest.len())
                && rest.bytes().all(is_word)
                && !rest.to_ascii_lowercase().starts_with("forwarded-")
        });
        (own || text == "Client-Cert").then(|| CertificateHeaderName(text.to_owned()))
    }
);

/// A network or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

text_value!(
    Network,
    "an address or a network such as \"10.0.0.0/8\" or \"2001:db8::/32\"",
    "^[0-9a-fA-F:.]+(/[0-9]{1,3})?$",
    |text| {
        let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse::<IpNet>().ok().or_else(address).map(Network)
    }
);

/// How far local time is from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcOffset {
    /// Minutes east.
    pub minutes: i32,
}

text_value!(
    UtcOffset,
    "an offset from UTC from \"-12:00\" to \"+14:00\" such as \"+09:00\"",
    "^[+-][0-9]{2}:[0-9]{2}$",
    |text| {
        let east = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        let number = |digits: &str| {
            (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse::<i32>().ok())?
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let minutes = (minutes < 60).then_some(east * (hours * 60 + minutes))?;
        (-720..=840)
            .contains(&minutes)
            .then_some(UtcOffset { minutes })
    }
);

/// A scheme, a host and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach it encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether it is this machine itself.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, rest)| rest);
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
            host.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    }
}

text_value!(
    Origin,
    "an origin in lower case without a path, such as \"https://certificate.bank.example\"",
    "^https?://[a-z0-9.\\[\\]:-]+$",
    |text| {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte)
        };
        let host_allowed = !rest.is_empty() && rest.bytes().all(allowed);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let host_good = host
            .strip_prefix('[')
            .map_or(!host.contains([':', '[', ']']), |inner| {
                inner
                    .strip_suffix(']')
                    .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
            });
        let port_good = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        (host_allowed && !host.is_empty() && host_good && port_good)
            .then(|| Origin(text.to_owned()))
    }
);

/// How many threads do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// As many as there are cores.
    Auto,
    /// This many.
    Count(usize),
}

impl<'de> Deserialize<'de> for Workers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AutoOrCount;

        impl Visitor<'_> for AutoOrCount {
            type Value = Workers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("\"auto\" or an integer from 1 to 256")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Workers, E> {
                match text {
                    "auto" => Ok(Workers::Auto),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Workers, E> {
                self.visit_i128(value.into())
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Workers, E> {
                usize::try_from(value)
                    .ok()
                    .filter(|count| (1..=256).contains(count))
                    .map(Workers::Count)
                    .ok_or_else(|| E::invalid_value(Unexpected::Other(&value.to_string()), &self))
            }
        }

        deserializer.deserialize_any(AutoOrCount)
    }
}

impl JsonSchema for Workers {
    fn schema_name() -> Cow<'static, str> {
        "Workers".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "oneOf": [{ "const": "auto" }, { "type": "integer", "minimum": 1, "maximum": 256 }]
        })
    }
}

#[cfg(test)]
mod tests;
