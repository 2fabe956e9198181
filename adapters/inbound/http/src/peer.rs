//! The other end of a connection.

use std::net::IpAddr;

use ipnet::IpNet;

/// The other end of the connection. Put into each request by the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Whether an address, as it is or mapped into IPv6, is in one of the networks.
pub(crate) fn is_among(address: IpAddr, networks: &[IpNet]) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}
