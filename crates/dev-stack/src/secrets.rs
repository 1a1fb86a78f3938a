//! What the parts of the stack share to know each other: made at random once, and kept in the data folder.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use webhook_signature::Signer;

use crate::{Error, folder};

/// The shared secrets of one stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// The id of the key to the bucket.
    pub bucket_access_key: String,
    /// The key to the bucket.
    pub bucket_secret_key: String,
    /// What the bucket shows to the application when it notifies it.
    pub notification_token: String,
    /// What the application shows to the review service.
    pub vendor_token: String,
    /// What the review service signs its callbacks with, as Standard Webhooks writes it (`whsec_…`).
    pub webhook_secret: String,
    /// What it signs them with when the application has a public key instead (`whsk_…`).
    #[serde(default)]
    pub webhook_signing_key: String,
}

impl Secrets {
    /// The secrets in the file `path`, made at the first time.
    pub fn open(path: &Path) -> Result<Self, Error> {
        match std::fs::read(path) {
            Ok(json) => {
                let mut secrets: Self = serde_json::from_slice(&json).map_err(|error| Error::Damaged {
                    path: path.to_owned(),
                    reason: error.to_string(),
                })?;
                // Folders of before there was one.
                if secrets.webhook_signing_key.is_empty() {
                    secrets.webhook_signing_key = signing_key()?;
                    secrets.write(path)?;
                }
                Ok(secrets)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secrets = Self::generate()?;
                secrets.write(path)?;
                Ok(secrets)
            }
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(self).map_err(|error| Error::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        folder::write_private(path, &json)
    }

    /// The public half of [`Secrets::webhook_signing_key`], as Standard Webhooks writes it (`whpk_…`).
    pub fn webhook_public_key(&self) -> Result<String, Error> {
        let signer: Signer = self.webhook_signing_key.parse()?;
        Ok(signer.public_key().unwrap_or_default())
    }

    fn generate() -> Result<Self, Error> {
        let word = || random::<24>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self {
            bucket_access_key: "dossier".to_owned(),
            bucket_secret_key: word()?,
            notification_token: word()?,
            vendor_token: word()?,
            webhook_secret: format!("whsec_{}", STANDARD.encode(random::<32>()?)),
            webhook_signing_key: signing_key()?,
        })
    }
}

fn signing_key() -> Result<String, Error> {
    Ok(format!("whsk_{}", STANDARD.encode(random::<32>()?)))
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
