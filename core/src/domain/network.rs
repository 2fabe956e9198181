//! Who sends, as far as an address can tell: what counts as one wherever senders are counted.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the /64 of IPv6 that one customer of a provider has to themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpAddr);

/// An IPv4 address, or the /48 of IPv6 that one customer of a provider may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(IpAddr);

impl Network {
    /// Its first address.
    pub const fn address(self) -> IpAddr {
        self.0
    }

    /// Where it lies.
    pub fn site(self) -> Site {
        self.0.into()
    }
}

impl Site {
    /// Its first address.
    pub const fn address(self) -> IpAddr {
        self.0
    }

    /// Whether there is more than one network in it.
    pub const fn is_wide(self) -> bool {
        self.0.is_ipv6()
    }
}

/// The network of an address; that of the IPv4 address in a mapped one.
impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(first_of(address, 64))
    }
}

/// The site of an address; that of the IPv4 address in a mapped one.
impl From<IpAddr> for Site {
    fn from(address: IpAddr) -> Self {
        Self(first_of(address, 48))
    }
}

/// The first address that begins with the same `bits` of IPv6.
fn first_of(address: IpAddr, bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let rest = u128::BITS - bits;
            IpAddr::V6(Ipv6Addr::from(u128::from(address) >> rest << rest))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> (String, String, bool) {
        let address: IpAddr = address.parse().unwrap();
        let (network, site) = (Network::from(address), Site::from(address));
        assert_eq!(network.site(), site);
        (
            network.address().to_string(),
            site.address().to_string(),
            site.is_wide(),
        )
    }

    #[test]
    fn an_address_of_ipv4_is_one_and_of_ipv6_a_network_in_a_site() {
        let one = ("192.0.2.7".to_owned(), "192.0.2.7".to_owned(), false);
        assert_eq!(of("192.0.2.7"), one);
        assert_eq!(of("::ffff:192.0.2.7"), one);
        let network = "2001:db8:1:2::".to_owned();
        assert_eq!(
            of("2001:db8:1:2:3::4"),
            (network, "2001:db8:1::".to_owned(), true)
        );
    }
}
