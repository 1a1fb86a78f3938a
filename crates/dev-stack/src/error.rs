//! What can go wrong with the stack, in words for the person who started it.

use std::io;
use std::path::{Path, PathBuf};

use crate::redis;

/// Why the stack, or a part of it, could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a folder could not be used.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried: `read`, `write`, `create`, `remove`, `lock`.
        action: &'static str,
        /// The file or the folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file that the stack wrote once does not hold what it should.
    #[error(
        "{} cannot be used: {reason}. Remove it, and what it held is made anew; tokens that were given out are no \
         longer good then", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another stack works in the same folder.
    #[error(
        "another stack is running on {}{}. Stop it first, or give this one a folder of its own", folder.display(),
        process.map(|process| format!(" (process {process})")).unwrap_or_default()
    )]
    FolderInUse {
        /// The data folder.
        folder: PathBuf,
        /// The process that holds it, as far as it is known.
        process: Option<u32>,
    },
    /// A folder that was to be emptied was not made by a stack.
    #[error("{} holds files, but is no folder of the development stack: it is not emptied", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// The address for the application is not free.
    #[error(
        "{address} is taken by another program. Choose another address with --listen, for example --listen {}:0 for \
         any free port", address.ip()
    )]
    AddressTaken {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// No port could be found, or an address cannot be listened on at all.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The operating system gives no random bytes to make keys of.
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The key that the review service signs with cannot be used.
    #[error("the review service's signing key cannot be used")]
    SigningKey(#[from] webhook_signature::InvalidKey),
    /// An address that the stack made for itself is none.
    #[error("an address of the stack cannot be used")]
    Address(#[from] url::ParseError),
    /// The public key cannot be written as JSON.
    #[error("the public key cannot be written as JSON")]
    PublicKey(#[from] serde_json::Error),
    /// Redis.
    #[error(transparent)]
    Redis(#[from] redis::Error),
    /// The bucket.
    #[error("the bucket could not be started")]
    Bucket(#[from] bucket_server::Error),
    /// The review service.
    #[error("the review service could not be started")]
    ReviewService(#[from] review_service::Error),
    /// The application.
    #[error("the application could not be started")]
    Application(#[from] spinlet::Error),
}

impl Error {
    /// Names the file and what was tried, for `map_err`.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
