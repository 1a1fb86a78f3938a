//! Where files of a third party may be fetched from, and where they may not.
//!
//! A third party names its files by links, and whoever can write such a link could have this application call anything
//! that it can reach: the bucket, Redis, a cloud's metadata service (server-side request forgery). So there is
//! no list of what is forbidden, whose spellings nobody can list. There is a list of origins that are allowed, and a
//! link either leads to one of them or nowhere. An address by number, public or not, is reached only where the
//! configuration names that very origin.
//!
//! What a name stands for is found out by the host, after this check; see `docs/threat-model.md` for what holds there.

#![forbid(unsafe_code)]

use url::Url;

/// The most bytes of a link that is followed: links are signed, and signatures are long.
const LONGEST_LINK: usize = 8 * 1024;

/// Where files may be fetched from.
#[derive(Debug, Clone)]
pub struct Origins {
    /// The third party's own, which links may leave out.
    own: Url,
    allowed: Vec<url::Origin>,
}

/// Why the configured origins cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an origin such as https://files.vendor.example: {reason}")]
pub struct NotAnOrigin {
    text: String,
    reason: String,
}

/// Why a link is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no URL, or has characters that readers of URLs understand differently.
    #[error("is not a URL ({0})")]
    NotUrl(String),
    /// It names a user, behind which hosts are hidden.
    #[error("names a user")]
    User,
    /// It leads to an origin that is not configured.
    #[error("leads to {0}, from where nothing is fetched")]
    Elsewhere(String),
}

impl Origins {
    /// The third party's own origin, which a link may leave out, and the origins that files may come from, separated by
    /// white space. The own one is not among the latter by itself.
    pub fn new(own: &str, allowed: &str) -> Result<Self, NotAnOrigin> {
        let allowed = allowed.split_whitespace().map(|text| Ok(origin(text)?.origin()));
        Ok(Self {
            own: origin(own)?,
            allowed: allowed.collect::<Result<_, _>>()?,
        })
    }

    /// The address that a link leads to, if files are fetched from there.
    pub fn resolve(&self, link: &str) -> Result<Url, Refused> {
        if link.len() > LONGEST_LINK {
            return Err(Refused::NotUrl("it is too long".into()));
        }
        // Some readers drop tabs and line breaks, take `\` for `/`, or fold letters and digits of other scripts.
        if !link.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(Refused::NotUrl("it has characters that are not those of a URL".into()));
        }
        let url = if link.starts_with('/') {
            self.own.join(link)
        } else {
            Url::parse(link)
        };
        let url = url.map_err(|error| Refused::NotUrl(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::User);
        }
        // The origin of `blob:` is that of the URL within, and one that is not a tuple (`data:`, `file:`) equals none.
        let is_http = matches!(url.scheme(), "http" | "https");
        if is_http && self.allowed.contains(&url.origin()) {
            Ok(url)
        } else {
            Err(Refused::Elsewhere(url.origin().ascii_serialization()))
        }
    }
}

/// Reads an origin, which is a scheme, a host and perhaps a port.
fn origin(text: &str) -> Result<Url, NotAnOrigin> {
    let not_an_origin = |reason: String| NotAnOrigin {
        text: text.to_owned(),
        reason,
    };
    let url = Url::parse(text).map_err(|error| not_an_origin(error.to_string()))?;
    let fault = if !matches!(url.scheme(), "http" | "https") {
        "it must begin with https:// or http://"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it names a user"
    } else if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        "something follows the host"
    } else if url.host_str().is_none_or(|host| host.contains('*')) {
        "each host must be named"
    } else {
        return Ok(url);
    };
    Err(not_an_origin(fault.to_owned()))
}
