//! The client's address, which every limit is counted by.

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the /64 an IPv6 address lies in: whoever holds one address of a /64 holds all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Folds mapped IPv4 back to IPv4 and IPv6 to its /64.
    pub fn new(address: IpAddr) -> Self {
        ClientAddress(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 => v4,
        })
    }

    /// The bytes a pseudonym is made of.
    pub fn octets(self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        }
    }
}

/// The peer's address; or, when the peer is a trusted proxy, the right-most address of `X-Forwarded-For` or `Forwarded` (RFC 7239)
/// that is none. Rubbish, and two headers that disagree, count as no header at all.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let peer = peer.to_canonical();
    let trusts = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if !trusts(peer) {
        return ClientAddress::new(peer);
    }
    let right_most = |hops: Option<Vec<Option<IpAddr>>>| -> Option<IpAddr> {
        for hop in hops?.into_iter().rev() {
            // Behind an unreadable hop nothing can be believed.
            let hop = hop?.to_canonical();
            if !trusts(hop) {
                return Some(hop);
            }
        }
        None
    };
    let x_forwarded_for = right_most(hops(headers, "x-forwarded-for", bare));
    let forwarded = right_most(hops(headers, "forwarded", for_parameter));
    let named = headers.contains_key("x-forwarded-for") && headers.contains_key("forwarded");
    let client = if named && x_forwarded_for != forwarded { None } else { x_forwarded_for.or(forwarded) };
    ClientAddress::new(client.unwrap_or(peer))
}

/// The hops of a header that may be repeated, oldest first; `None` if it is absent or not text.
fn hops(headers: &HeaderMap, name: &str, parse: impl Fn(&str) -> Option<IpAddr>) -> Option<Vec<Option<IpAddr>>> {
    let lines: Option<Vec<&str>> = headers.get_all(name).iter().map(|value| value.to_str().ok()).collect();
    let hops: Vec<_> = lines?.into_iter().flat_map(|line| line.split(',')).map(|hop| parse(hop.trim())).collect();
    (!hops.is_empty()).then_some(hops)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn bare(hop: &str) -> Option<IpAddr> {
    hop.parse().ok().or_else(|| hop.parse().ok().map(|socket: std::net::SocketAddr| socket.ip())).or_else(|| {
        let inner = hop.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    })
}

fn for_parameter(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| bare(value.trim().trim_matches('"')))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::new(text.parse().unwrap())
    }

    #[test]
    fn forwarded_headers_count_only_from_trusted_peers() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, headers, expected) in [
            ("203.0.113.9", &[("x-forwarded-for", "192.0.2.1")][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[("x-forwarded-for", "6.6.6.6, 192.0.2.1, 10.0.0.7")], "192.0.2.1"),
            ("10.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[("x-forwarded-for", "192.0.2.1, rubbish")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "192.0.2.1, rubbish, 10.0.0.2")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "10.0.0.2")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=\"[2001:db8:1:2:3::4]:80\";proto=https")], "2001:db8:1:2::"),
            ("10.0.0.1", &[("forwarded", "for=unknown")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "192.0.2.1")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            ("::ffff:10.0.0.1", &[("x-forwarded-for", "::ffff:192.0.2.1")], "192.0.2.1"),
        ] {
            let mut map = HeaderMap::new();
            for &(name, value) in headers {
                map.append(http::HeaderName::from_static(name), value.parse().unwrap());
            }
            assert_eq!(client(peer.parse().unwrap(), &map, &trusted), address(expected), "{peer} {headers:?}");
        }
    }

    #[test]
    fn a_64_is_one_client() {
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
    }
}
