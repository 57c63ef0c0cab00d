//! Whom a request comes from, as far as an address tells.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use poem::{Request, http::HeaderMap};

/// The part of an address that stands for one client: a whole IPv4 address, or the /64 network of an
/// IPv6 address, of which a client may use as many addresses as it likes.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// The client of a request, for counting what it does: [`network`] of the last address in
/// `X-Forwarded-For` if a trusted proxy writes it, otherwise of the other end of the connection.
pub fn client_of(request: &Request, trust_forwarded: bool) -> String {
    let peer = || Some(request.remote_addr().as_socket_addr()?.ip());
    let forwarded = trust_forwarded.then(|| forwarded_for(request.headers())).flatten();
    forwarded.or_else(peer).map_or_else(String::new, |address| network(address).to_string())
}

/// The network of a client as [`client_of`] names it: the /24 of an IPv4 address, the /48 of an IPv6
/// address. Somebody who tries passwords has many addresses of one network.
pub fn neighbourhood(client: &str) -> String {
    match client.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => client.to_owned(),
    }
}

/// The last address that proxies wrote. A proxy may add a line of its own, so the last line counts.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("X-Forwarded-For").iter().next_back()?;
    let address = last.to_str().ok()?.rsplit(',').next()?.trim();
    // Some proxies write the port as well.
    address.parse().ok().or_else(|| Some(address.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("X-Forwarded-For", line.parse().ok()?);
        }
        forwarded_for(&headers).map(|address| network(address).to_string())
    }

    #[test]
    fn the_last_proxy_is_believed() {
        assert_eq!(of(&["203.0.113.1, 198.51.100.2"]).as_deref(), Some("198.51.100.2"));
        assert_eq!(of(&["203.0.113.1", "198.51.100.2"]).as_deref(), Some("198.51.100.2"));
        assert_eq!(of(&["198.51.100.2:4711"]).as_deref(), Some("198.51.100.2"));
        assert_eq!(of(&["not an address"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_neighbourhood_is_larger_than_a_client() {
        assert_eq!(neighbourhood("198.51.100.2"), neighbourhood("198.51.100.250"));
        assert_ne!(neighbourhood("198.51.100.2"), neighbourhood("198.51.101.2"));
        assert_eq!(neighbourhood("2001:db8:1:2::"), neighbourhood("2001:db8:1:ffff::"));
        assert_ne!(neighbourhood("2001:db8:1:2::"), neighbourhood("2001:db8:2:2::"));
        assert_eq!(neighbourhood(""), "");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let one = of(&["2001:db8:1:2:3:4:5:6"]);
        assert_eq!(one, of(&["2001:db8:1:2::9"]));
        assert_ne!(one, of(&["2001:db8:1:3::9"]));
        assert_eq!(of(&["::ffff:198.51.100.2"]).as_deref(), Some("198.51.100.2"));
    }
}
