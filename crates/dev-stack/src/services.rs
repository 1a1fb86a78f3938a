//! What the application stands on: Redis, the bucket, the review service.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bucket_server::Notifications;
use url::Url;

use crate::folder::Folder;
use crate::keys::{AUDIENCE, ISSUER, Keys, TENANT_CLAIM, Tokens};
use crate::ports::{Ports, Reserved, reachable};
use crate::redis::Redis;
use crate::secrets::Secrets;
use crate::{Error, Options};

/// The bucket's name.
pub const BUCKET: &str = "dossier";

/// The region that the bucket is said to be in.
pub const REGION: &str = "us-east-1";

/// After how long the bucket frees the parts of an upload that nobody finished, as a lifecycle rule would do elsewhere.
const UNFINISHED_UPLOADS_EXPIRE_AFTER: Duration = Duration::from_hours(7 * 24);

/// A stack without its application. Dropping it ends it too, but gives nothing time to finish: prefer
/// [`Services::shutdown`].
#[derive(Debug)]
pub struct Services {
    // In the order in which they are stopped: whoever needs another goes first.
    review_service: review_service::Running,
    review_service_url: Url,
    bucket: bucket_server::Running,
    bucket_url: Url,
    redis: Redis,
    application_url: Url,
    variables: BTreeMap<String, String>,
    keys: Keys,
    tokens: Tokens,
    secrets: Secrets,
    folder: Folder,
}

impl Services {
    /// Starts them, and gives the address that is reserved for the application.
    pub(crate) async fn start(options: &Options) -> Result<(Self, Reserved), Error> {
        let folder = if options.reset {
            Folder::open_empty(&options.data)?
        } else {
            Folder::open(&options.data)?
        };
        let secrets = Secrets::open(&folder.join("secrets.json"))?;
        let keys = Keys::open(&folder.join("signing-key.pem"))?;
        let tokens = keys.tokens()?;
        let ports = Ports::choose(options.listen, options.ports, &folder.join("ports.json"))?;

        let application_url = origin(ports.application.address())?;
        let bucket_url = origin(ports.bucket.address())?;
        let review_service_url = origin(ports.review_service.address())?;

        let redis = Redis::start(ports.redis.release().await, folder.join("redis")).await?;
        let bucket = bucket_server::Options {
            listen: ports.bucket.release().await,
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            access_key: secrets.bucket_access_key.clone(),
            secret_key: secrets.bucket_secret_key.clone(),
            notifications: Some(Notifications {
                url: application_url.join("v1/notifications/bucket")?,
                token: secrets.notification_token.clone(),
            }),
            // As long as an upload is waited for (the variable `limits`).
            unfinished_uploads_expire_after: Some(UNFINISHED_UPLOADS_EXPIRE_AFTER),
            ..bucket_server::Options::new(folder.join("bucket"))
        }
        .start()
        .await?;
        let review_service = review_service::Options {
            listen: ports.review_service.release().await,
            data: folder.join("review-service"),
            token: secrets.vendor_token.clone(),
            webhook_secret: secrets.webhook_secret.clone(),
            signing_key: options
                .asymmetric_callbacks
                .then(|| secrets.webhook_signing_key.clone()),
            public_origin: None,
        }
        .start()
        .await?;

        let mut variables = variables(&Facts {
            redis: &redis.url(),
            application: &application_url,
            bucket: &bucket_url,
            review_service: &review_service_url,
            keys: &keys,
            secrets: &secrets,
        })?;
        if options.asymmetric_callbacks {
            variables.insert("webhook_secrets".to_owned(), secrets.webhook_public_key()?);
        }
        for vendor in &options.vendors {
            variables.insert(format!("{vendor}_origin"), without_slash(&review_service_url));
            variables.insert(format!("{vendor}_token"), secrets.vendor_token.clone());
            variables.insert(format!("{vendor}_callback_secret"), secrets.webhook_secret.clone());
        }
        variables.extend(options.variables.clone());
        let services = Self {
            review_service,
            review_service_url,
            bucket,
            bucket_url,
            redis,
            application_url,
            variables,
            keys,
            tokens,
            secrets,
            folder,
        };
        Ok((services, ports.application))
    }

    /// Redis.
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// The bucket, which can be told to be unavailable.
    pub fn bucket(&self) -> &bucket_server::Running {
        &self.bucket
    }

    /// The origin of the bucket's addresses.
    pub fn bucket_url(&self) -> &Url {
        &self.bucket_url
    }

    /// The review service. It is told to misbehave over HTTP, with [`Secrets::vendor_token`].
    pub fn review_service(&self) -> &review_service::Running {
        &self.review_service
    }

    /// The origin of the review service's addresses.
    pub fn review_service_url(&self) -> &Url {
        &self.review_service_url
    }

    /// Where the bucket and the review service reach the application, with a slash at its end.
    pub fn application_url(&self) -> &Url {
        &self.application_url
    }

    /// The variables of the manifest with which the application finds all of this.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The key that signs tokens.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Tokens for a teacher, an evaluator and an operator.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What the parts share to know each other.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The data folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stops everything, gracefully and in order, and gives back the data folder.
    pub async fn shutdown(self) -> Folder {
        self.review_service.shutdown().await;
        self.bucket.shutdown().await;
        self.redis.shutdown().await;
        self.folder
    }
}

/// What the application's variables are made of.
struct Facts<'a> {
    redis: &'a str,
    application: &'a Url,
    bucket: &'a Url,
    review_service: &'a Url,
    keys: &'a Keys,
    secrets: &'a Secrets,
}

/// The variables of `spin.toml` that say where the parts are, and how they know each other.
fn variables(facts: &Facts<'_>) -> Result<BTreeMap<String, String>, Error> {
    let keys = serde_json::to_string(&facts.keys.public())?;
    let variables = [
        ("redis_address", facts.redis.to_owned()),
        ("bucket_endpoint", without_slash(facts.bucket)),
        ("bucket_public_endpoint", without_slash(facts.bucket)),
        ("bucket_name", BUCKET.to_owned()),
        ("bucket_region", REGION.to_owned()),
        ("bucket_access_key", facts.secrets.bucket_access_key.clone()),
        ("bucket_secret_key", facts.secrets.bucket_secret_key.clone()),
        ("notification_token", facts.secrets.notification_token.clone()),
        ("token_keys", keys),
        ("token_issuer", ISSUER.to_owned()),
        ("token_audience", AUDIENCE.to_owned()),
        ("token_tenant_claim", TENANT_CLAIM.to_owned()),
        ("public_origin", without_slash(facts.application)),
        ("vendor_origin", without_slash(facts.review_service)),
        ("vendor_file_origins", without_slash(facts.review_service)),
        ("vendor_token", facts.secrets.vendor_token.clone()),
        ("webhook_secrets", facts.secrets.webhook_secret.clone()),
    ];
    Ok(variables.map(|(name, value)| (name.to_owned(), value)).into())
}

fn origin(address: SocketAddr) -> Result<Url, Error> {
    Ok(Url::parse(&format!("http://{}", reachable(address)))?)
}

/// An origin as RFC 6454 writes it, without the slash that a URL of it has.
fn without_slash(origin: &Url) -> String {
    origin.as_str().trim_end_matches('/').to_owned()
}
