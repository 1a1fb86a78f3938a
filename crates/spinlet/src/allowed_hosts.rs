//! `allowed_outbound_hosts`: which addresses a component may open a connection to.
//!
//! An entry is `scheme://host[:port]`. `*` stands for any scheme, host or port; `*.example.org` for any subdomain;
//! `self` for the application itself; the port may be a range (`8000..9000`, without its end); the host may be a
//! network (`10.0.0.0/8`). Without a port the scheme's own applies. Nothing is allowed that no entry allows.

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

/// The domain under which the components of an application reach each other.
const INTERNAL: &str = ".spin.internal";

/// What one component may reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Pattern>);

/// One entry of `allowed_outbound_hosts`.
#[derive(Clone, Debug)]
struct Pattern {
    /// None: any.
    scheme: Option<String>,
    host: HostPattern,
    ports: Ports,
}

#[derive(Clone, Debug)]
enum HostPattern {
    Any,
    /// With its leading dot.
    Below(String),
    Itself,
    Exactly(Host),
    Network {
        address: IpAddr,
        bits: u32,
    },
}

#[derive(Clone, Debug)]
enum Ports {
    Any,
    Range { start: u16, end: u32 },
}

impl AllowedHosts {
    /// Adds an entry; `components` are the ids that `*.spin.internal` stands for.
    pub(crate) fn add(&mut self, entry: &str, components: &[&str]) -> Result<(), String> {
        let pattern = Pattern::parse(entry)?;
        match &pattern.host {
            HostPattern::Below(suffix) if suffix == INTERNAL => {
                self.0.extend(components.iter().map(|component| Pattern {
                    host: HostPattern::Exactly(Host::Domain(format!("{component}{INTERNAL}"))),
                    ..pattern.clone()
                }));
            }
            _ => self.0.push(pattern),
        }
        Ok(())
    }

    /// Whether `address` may be connected to. Where it has no scheme, `scheme` is taken.
    pub(crate) fn allow(&self, address: &str, scheme: &str) -> bool {
        let Some(url) = parse_address(address, scheme) else {
            return false;
        };
        // A host that the URL rules know as opaque (schemes such as `redis`) is read again as an Internet host.
        let Some(Ok(host)) = url.host_str().map(Host::parse) else {
            return false;
        };
        let port = url.port().or_else(|| well_known_port(url.scheme()));
        self.0.iter().any(|pattern| {
            pattern.allows_scheme(url.scheme()) && pattern.host.allows(&host) && pattern.ports.allow(port)
        })
    }

    /// Whether the component may send requests to its own application.
    pub(crate) fn allow_self(&self) -> bool {
        self.0.iter().any(|pattern| {
            (pattern.allows_scheme("http") || pattern.allows_scheme("https"))
                && matches!(pattern.host, HostPattern::Any | HostPattern::Itself)
        })
    }
}

/// The component that `http://<component>.spin.internal` names.
pub(crate) fn internal_component(host: &str) -> Option<&str> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let (component, domain) = host.trim().split_once('.')?;
    (domain == "spin.internal").then_some(component)
}

impl Pattern {
    fn parse(entry: &str) -> Result<Self, String> {
        let entry = entry.trim();
        let (scheme, rest) = entry
            .split_once("://")
            .ok_or("must have the form scheme://host[:port], such as \"https://example.org\"")?;
        let only_scheme = match scheme {
            "*" => None,
            "http" | "https" | "redis" => Some(scheme.to_owned()),
            _ if scheme.chars().all(char::is_alphabetic) => {
                return Err(format!(
                    "spinlet implements outbound http, https and redis, not {scheme:?}"
                ));
            }
            _ => return Err("the scheme may consist of letters only".to_owned()),
        };
        let (host, port) = match rest.rsplit_once(':') {
            None => (rest, ""),
            Some((host, "")) => (host, ""),
            // A colon may also be part of an IPv6 address.
            Some(_) if HostPattern::parse(rest).is_ok() => (rest, ""),
            Some((host, tail)) => match tail.split_once('/') {
                Some((_, path)) if !path.is_empty() => return Err("must not have a path".to_owned()),
                Some((port, _)) => (host, port),
                None => (host, tail),
            },
        };
        let ports = Ports::parse(port, scheme)?;
        let host = HostPattern::parse(host)?;
        Ok(Self {
            scheme: only_scheme,
            host,
            ports,
        })
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, String> {
        let host = host.trim();
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::Itself),
            _ => {}
        }
        if let Some(network) = parse_network(host) {
            return Ok(network);
        }
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.contains('/') {
            return Err("must not have a path".to_owned());
        }
        let parsed = |host: &str| Host::parse(host).map_err(|error| format!("invalid host {host:?}: {error}"));
        if let Some(domain) = host.strip_prefix("*.") {
            return match parsed(domain)? {
                Host::Domain(domain) if !domain.contains('*') => Ok(Self::Below(format!(".{domain}"))),
                _ => Err("\"*.\" must be followed by a domain".to_owned()),
            };
        }
        if host.contains('*') {
            return Err("\"*\" may stand for the whole host or for subdomains only".to_owned());
        }
        Ok(Self::Exactly(parsed(host)?))
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Below(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Exactly(allowed), host) => allowed == host,
            (Self::Network { address, bits }, Host::Ipv4(ip)) => within(*address, *bits, IpAddr::V4(*ip)),
            (Self::Network { address, bits }, Host::Ipv6(ip)) => within(*address, *bits, IpAddr::V6(*ip)),
            (Self::Below(_) | Self::Itself | Self::Network { .. }, _) => false,
        }
    }
}

/// `10.0.0.0/8`, or one address as the network of itself.
fn parse_network(text: &str) -> Option<HostPattern> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some(HostPattern::Network { address, bits })
}

fn within(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(u32::from(network)), u128::from(u32::from(address)), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (u128::from(network), u128::from(address), Ipv6Addr::BITS),
        _ => return false,
    };
    // A shift by the whole width is how "any address" (`0.0.0.0/0`) comes out, which `>>` does not do by itself.
    let differing = (network ^ address).checked_shr(width - bits).unwrap_or(0);
    differing == 0
}

impl Ports {
    fn parse(port: &str, scheme: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u16>().map_err(|_| format!("port {text:?} is no number"));
        let one = |port: u16| Self::Range {
            start: port,
            end: u32::from(port) + 1,
        };
        match port {
            "" => well_known_port(scheme).map(one).ok_or_else(|| {
                format!("must have a port, because the scheme {scheme:?} has no port of its own (\"*\" is any port)")
            }),
            "*" => Ok(Self::Any),
            _ => match port.split_once("..") {
                Some((start, end)) => Ok(Self::Range {
                    start: number(start)?,
                    end: number(end)?.into(),
                }),
                None => number(port).map(one),
            },
        }
    }

    fn allow(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Range { start, end } => port.is_some_and(|port| *start <= port && u32::from(port) < *end),
        }
    }
}

/// A URL with a host, or a bare `host[:port]` to which the scheme is added.
fn parse_address(address: &str, scheme: &str) -> Option<Url> {
    let address = without_credentials(address);
    match Url::parse(&address) {
        Ok(url) if url.has_host() => Some(url),
        _ => Url::parse(&format!("{scheme}://{address}")).ok(),
    }
}

/// Leaves out `user:password@`, whose characters need not be those of a URL and which decide nothing here.
fn without_credentials(address: &str) -> String {
    let start = address.find("://").map_or(0, |index| index + 3);
    let (before, rest) = address.split_at(start);
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest[..authority].find('@') {
        Some(at) => format!("{before}{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "redis" => Some(6379),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn parsed(entries: &[&str]) -> Result<AllowedHosts, String> {
        let mut hosts = AllowedHosts::default();
        for entry in entries {
            hosts.add(entry, &["upload", "operate"])?;
        }
        Ok(hosts)
    }

    fn allowed(entries: &[&str], address: &str, scheme: &str) -> bool {
        parsed(entries).unwrap().allow(address, scheme)
    }

    /// Each case of Spin's documentation of `allowed_outbound_hosts`, and the corners between them.
    #[test]
    fn entries_allow_what_they_say_and_nothing_else() {
        for (entry, yes, no) in [
            (
                "http://example.org",
                &["http://example.org", "http://example.org:80/path?x"][..],
                &[
                    "https://example.org",
                    "http://example.org:8080",
                    "http://www.example.org",
                ][..],
            ),
            ("https://*", &["https://a.b/"], &["http://a.b/", "https://a.b:8443/"]),
            (
                "*://localhost:*",
                &["http://localhost:1/", "redis://localhost:6379"],
                &["http://127.0.0.1:1/"],
            ),
            (
                "https://*.example.org",
                &["https://a.example.org/", "https://a.b.example.org/"],
                &["https://example.org/", "https://badexample.org/"],
            ),
            (
                "http://127.0.0.1:9000",
                &["http://127.0.0.1:9000/x"],
                &["http://127.0.0.1/", "http://localhost:9000/"],
            ),
            ("http://10.0.0.0/8", &["http://10.1.2.3/"], &["http://11.0.0.1/"]),
            (
                "http://a.b:8000..8002",
                &["http://a.b:8000/", "http://a.b:8001/"],
                &["http://a.b:8002/"],
            ),
            (
                "redis://h:6379",
                &["redis://user:p%ss@h:6379/3", "redis://h"],
                &["redis://h:6380", "redis://user:h@g:6379"],
            ),
            ("http://[::1]:80", &["http://[::1]/"], &["http://[::2]/"]),
            (
                "http://*.spin.internal",
                &["http://upload.spin.internal/x"],
                &["http://else.spin.internal/"],
            ),
            ("http://self", &[], &["http://localhost/", "http://self.alt/"]),
        ] {
            for address in yes {
                assert!(allowed(&[entry], address, "http"), "{entry} must allow {address}");
            }
            for address in no {
                assert!(!allowed(&[entry], address, "http"), "{entry} must not allow {address}");
            }
        }
        assert!(!allowed(&[], "http://example.org", "http"));
        assert!(
            allowed(&["redis://h:6379"], "h:6379", "redis"),
            "a bare address takes the default scheme"
        );
    }

    #[test]
    fn itself_is_allowed_by_self_and_by_any() {
        let itself = |entry| parsed(&[entry]).unwrap().allow_self();
        assert!(itself("http://self") && itself("https://self") && itself("*://*:*") && itself("http://*"));
        assert!(!itself("http://localhost:3000") && !itself("redis://*"));
    }

    #[test]
    fn mistakes_are_named() {
        for (entry, reason) in [
            ("example.org", "scheme://host"),
            ("http://example.org/path", "path"),
            ("*://example.org", "port"),
            ("http://a.b:x", "no number"),
            ("http://a*.b", "subdomains"),
            ("postgres://h", "spinlet implements"),
        ] {
            let error = parsed(&[entry]).unwrap_err();
            assert!(error.contains(reason), "{entry}: {error}");
        }
    }

    #[test]
    fn chained_hosts_name_a_component() {
        assert_eq!(internal_component("upload.spin.internal"), Some("upload"));
        assert_eq!(internal_component("upload.spin.internal:80"), Some("upload"));
        assert_eq!(internal_component("spin.internal"), None);
        assert_eq!(internal_component("a.b.spin.internal"), None);
    }
}
