//! Addresses of servers, as settings write them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host and perhaps a port: `host`, `host:port`, `192.0.2.1:port`, `[2001:db8::1]:port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostAndPort {
    host: String,
    port: Option<u16>,
}

impl HostAndPort {
    /// Reads one; nothing where the text is none. A host is an IP address or a name of letters,
    /// digits, hyphens and dots; a port is from 1 to 65535. An IPv6 address stands in brackets, or
    /// alone.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(alone) = text.parse::<Ipv6Addr>() {
            return Some(Self {
                host: alone.to_string(),
                port: None,
            });
        }
        Self::parse_in_url(text)
    }

    /// As [`Self::parse`], as URLs have it: an IPv6 address always stands in brackets.
    pub fn parse_in_url(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                let port = port
                    .parse::<u16>()
                    .ok()
                    .filter(|port| digits && *port > 0)?;
                (host, Some(port))
            }
            _ => (text, None),
        };
        let host = if let Some(inner) = host.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            address.to_string()
        } else {
            let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
            (!host.is_empty() && host.bytes().all(named)).then(|| host.to_owned())?
        };
        Some(Self { host, port })
    }

    /// The host, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where there is one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same, with `port` where there is none.
    #[must_use]
    pub fn or_port(self, port: u16) -> Self {
        Self {
            port: self.port.or(Some(port)),
            ..self
        }
    }

    /// Whether it is this machine itself: what is said there crosses no network.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether a host (an IPv6 address without brackets) is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// As it is read; with brackets around an IPv6 address.
impl fmt::Display for HostAndPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]", self.host)?;
        } else {
            formatter.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_read_and_written_alike() {
        for (text, written) in [
            ("127.0.0.1", "127.0.0.1:1812"),
            ("127.0.0.1:1645", "127.0.0.1:1645"),
            ("radius1.bank.example", "radius1.bank.example:1812"),
            ("[::1]:1645", "[::1]:1645"),
            ("[2001:DB8::1]", "[2001:db8::1]:1812"),
            ("::1", "[::1]:1812"),
        ] {
            let read = HostAndPort::parse(text).unwrap().or_port(1812);
            assert_eq!(read.to_string(), written);
            assert_eq!(HostAndPort::parse(written), Some(read));
        }
        for text in [
            "",
            ":1812",
            "host:0",
            "host:x",
            "host:+1",
            "host:65536",
            "host:",
            "udp://host",
            "host/x",
            "[host]:1",
            "[127.0.0.1]",
            "a:b:c",
            "[::1",
            "::1]",
            "[::1]x",
            "a b",
            "user@host",
            "ホスト",
        ] {
            assert_eq!(HostAndPort::parse(text), None, "{text}");
        }
        assert_eq!(HostAndPort::parse_in_url("::1"), None);
        assert!(HostAndPort::parse_in_url("[::1]").is_some());
    }

    #[test]
    fn this_machine_is_known() {
        for (text, expected) in [
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("127.0.0.1", true),
            ("127.8.0.1:80", true),
            ("[::1]:80", true),
            ("localhost.bank.example", false),
            ("10.0.0.1", false),
            ("[2001:db8::1]", false),
        ] {
            assert_eq!(
                HostAndPort::parse(text).unwrap().is_loopback(),
                expected,
                "{text}"
            );
        }
    }
}
