//! Who counts as one: an IPv4 address; of IPv6 the network of 64 bits that one customer has to
//! themselves, within one of 48 bits that one customer may have.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// So many times the share of a network of 64 bits has one of 48 bits.
pub(crate) const WIDE: usize = 4;

/// Who an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Neighbourhood {
    /// Who has one share.
    pub(crate) narrow: IpNet,
    /// Who has [`WIDE`] shares; the same as `narrow` for IPv4.
    pub(crate) wide: IpNet,
}

impl Neighbourhood {
    /// The neighbourhood of an address; that of the IPv4 address in a mapped one.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let one = IpNet::V4(Ipv4Net::from(address));
                Self {
                    narrow: one,
                    wide: one,
                }
            }
            IpAddr::V6(address) => {
                let network = |bits| {
                    let network = Ipv6Net::new(address, bits);
                    let network = network.unwrap_or_else(|_| Ipv6Net::from(address));
                    IpNet::V6(network.trunc())
                };
                Self {
                    narrow: network(64),
                    wide: network(48),
                }
            }
        }
    }

    /// Whether there is more than one share in it.
    pub(crate) fn is_wide(&self) -> bool {
        self.narrow != self.wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> (String, String) {
        let it = Neighbourhood::of(address.parse().unwrap());
        (it.narrow.to_string(), it.wide.to_string())
    }

    #[test]
    fn an_address_has_a_share_and_a_network_of_ipv6_two() {
        let pair = |narrow: &str, wide: &str| (narrow.to_owned(), wide.to_owned());
        let one = pair("192.0.2.7/32", "192.0.2.7/32");
        assert_eq!(of("192.0.2.7"), one);
        assert_eq!(of("::ffff:192.0.2.7"), one);
        assert_eq!(
            of("2001:db8:1:2:3::4"),
            pair("2001:db8:1:2::/64", "2001:db8:1::/48")
        );
    }
}
