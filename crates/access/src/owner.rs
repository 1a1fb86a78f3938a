//! Whose something is.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use portfolio::Manifest;

/// The tenant of everybody, where the deployment knows no tenants.
pub const DEFAULT_TENANT: &str = "default";

/// A person within a tenant: a school, a district, a programme. The same subject in another tenant is somebody else.
///
/// Its text is the one name by which the ledger knows an owner: the tenant, a slash, the subject. Slashes in the tenant
/// are escaped, so two owners never have the same text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The tenant.
    pub tenant: String,
    /// The subject of the person's tokens.
    pub subject: String,
}

impl Owner {
    /// Whose a submission is that lies in the bucket.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            tenant: manifest.tenant.clone(),
            subject: manifest.owner.clone(),
        }
    }
}

/// A text that names no owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an owner is a tenant and a subject with a slash between them")]
pub struct NoOwner;

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", escaped(&self.tenant), self.subject)
    }
}

impl FromStr for Owner {
    type Err = NoOwner;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tenant, subject) = text.split_once('/').ok_or(NoOwner)?;
        Ok(Self {
            tenant: tenant.replace("%2F", "/").replace("%25", "%"),
            subject: subject.to_owned(),
        })
    }
}

fn escaped(tenant: &str) -> Cow<'_, str> {
    if tenant.contains(['/', '%']) {
        tenant.replace('%', "%25").replace('/', "%2F").into()
    } else {
        tenant.into()
    }
}
