//! Finding out, from the requests, that a proxy stands in front which nobody named.
//!
//! Then everybody is one address: one person who calls too often locks all others out, and the audit
//! log says of everybody that they came from the proxy.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use parking_lot::Mutex;

/// So many requests, all from one address, are everybody's.
const EVERYBODY: u32 = 1_000;

/// Headers that say for whom a request is made.
const FORWARDING: [&str; 2] = ["x-forwarded-for", "forwarded"];

/// Looks at requests until it has told of a proxy, once.
#[derive(Default)]
pub(crate) struct ProxyWatch {
    has_told: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    address: Option<IpAddr>,
    requests: u32,
}

/// What gives a proxy away.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    /// It says for whom it asks.
    Header,
    /// Everybody's requests come from it.
    Everybody,
}

impl ProxyWatch {
    /// Looks at a request of `peer`, whom nobody named as a proxy, and tells in the log.
    pub(crate) fn look(&self, peer: IpAddr, headers: &HeaderMap) {
        let why = match self.sign(peer, headers) {
            None => return,
            Some(Sign::Header) => "it says in a header for whom it asks",
            Some(Sign::Everybody) => "everybody's requests come from it",
        };
        tracing::warn!(
            %peer, why,
            "a proxy seems to stand in front, and all who come through it count as one address: \
             name it in policy.rate_limit.trusted_proxies, or accept it with accept_risks = \
             [\"proxy-without-trust\"]"
        );
    }

    fn sign(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Sign> {
        if self.has_told.load(Ordering::Relaxed) {
            return None;
        }
        let sign = if FORWARDING.iter().any(|name| headers.contains_key(*name)) {
            Sign::Header
        } else if self.is_everybody(peer) {
            Sign::Everybody
        } else {
            return None;
        };
        (!self.has_told.swap(true, Ordering::Relaxed)).then_some(sign)
    }

    fn is_everybody(&self, peer: IpAddr) -> bool {
        let mut seen = self.seen.lock();
        if seen.address != Some(peer) {
            *seen = Seen {
                address: Some(peer),
                requests: 0,
            };
        }
        seen.requests = seen.requests.saturating_add(1);
        seen.requests >= EVERYBODY
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_header_gives_a_proxy_away_once() {
        let (watch, mut headers) = (ProxyWatch::default(), HeaderMap::new());
        assert_eq!(watch.sign(address(1), &headers), None);
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.1"));
        assert_eq!(watch.sign(address(1), &headers), Some(Sign::Header));
        assert_eq!(watch.sign(address(2), &headers), None);
    }

    #[test]
    fn an_address_with_everybodys_requests_is_a_proxy() {
        let (watch, headers) = (ProxyWatch::default(), HeaderMap::new());
        for request in 1..EVERYBODY {
            assert_eq!(watch.sign(address(1), &headers), None, "{request}");
        }
        assert_eq!(watch.sign(address(1), &headers), Some(Sign::Everybody));
        assert_eq!(watch.sign(address(1), &headers), None);
    }

    #[test]
    fn people_who_come_by_themselves_are_no_proxy() {
        let (watch, headers) = (ProxyWatch::default(), HeaderMap::new());
        for request in 0..EVERYBODY * 4 {
            let who = address(u8::from(request % 999 == 0));
            assert_eq!(watch.sign(who, &headers), None);
        }
    }
}
