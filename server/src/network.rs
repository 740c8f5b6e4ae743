//! Who is one sender on the network.

use std::net::{IpAddr, Ipv6Addr};

/// One household or server has a whole /64 of IPv6 addresses.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let s = v6.segments();
                IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
            }
        },
    }
}

/// Whether two addresses, as they are recorded, are of one sender.
pub fn is_same(one: &str, other: &str) -> bool {
    match (one.parse(), other.parse()) {
        (Ok(one), Ok(other)) => network(one) == network(other),
        _ => one == other,
    }
}
