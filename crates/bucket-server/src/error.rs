use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a bucket server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process listens on the address.
    #[error("{0} is in use by another program; stop it, or listen on another port")]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Another bucket server uses the data folder.
    #[error("{} is in use by another bucket server; stop it, or choose another folder", .0.display())]
    DataInUse(PathBuf),
    /// The data folder cannot be read or written.
    #[error("cannot open the bucket's data in {}", .path.display())]
    Data {
        /// The data folder.
        path: PathBuf,
        /// What went wrong there.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bucket's name breaks the rules of S3 (3 to 63 lower-case letters, digits, dots and hyphens).
    #[error("\"{0}\" is no bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens")]
    BucketName(String),
    /// Notifications can be posted over plain HTTP only.
    #[error("notifications go to http: addresses only, not to {0}")]
    NotificationAddress(url::Url),
    /// The notification token has characters that a header cannot carry.
    #[error("the token for notifications has characters that an HTTP header cannot carry")]
    NotificationToken,
}
