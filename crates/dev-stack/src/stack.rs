//! The parts together.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::Error;
use crate::application::{self, Application};
use crate::folder::Folder;
use crate::keys::{Keys, Tokens};
use crate::ports::Choice;
use crate::prober::Prober;
use crate::redis::Redis;
use crate::secrets::Secrets;
use crate::services::Services;

/// How a stack is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The manifest of the application: `spin.toml`.
    pub manifest: PathBuf,
    /// The folder for all that the stack stores. It is created when missing; one stack at a time may use it.
    pub data: PathBuf,
    /// The folder for compiled components, which stacks may share.
    pub cache: PathBuf,
    /// Forget what the data folder holds first.
    pub reset: bool,
    /// Where the application listens; port 0 takes any free port. The bucket listens on the same interface, since
    /// clients talk to both.
    pub listen: SocketAddr,
    /// How the ports of the other parts are chosen.
    pub ports: Choice,
    /// Values for more of the manifest's variables, or other values than the stack would give.
    pub variables: BTreeMap<String, String>,
    /// How often the application's readiness is probed, as a platform does; `None` for a test of what happens without.
    pub probe_every: Option<Duration>,
    /// The names of further vendors in the manifest, as `docs/manifests` adds them. The review service plays them all:
    /// `NAME_origin`, `NAME_token` and `NAME_callback_secret` lead to it.
    pub vendors: Vec<String>,
    /// The review service signs its callbacks with an Ed25519 key, of which the application has the public half alone.
    pub asymmetric_callbacks: bool,
}

impl Options {
    /// Options for the application of the project in the folder `project`, on free ports of the loopback interface, with
    /// its data in `data`. Compiled components are kept with what else is built, in the project's `target` folder:
    /// compiling them anew for every stack would take most of a minute.
    pub fn new(project: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        let project = project.into();
        Self {
            manifest: project.join("spin.toml"),
            cache: project.join("target").join("spinlet-cache"),
            data: data.into(),
            reset: false,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ports: Choice::Free,
            variables: BTreeMap::new(),
            probe_every: Some(Duration::from_secs(10)),
            vendors: Vec::new(),
            asymmetric_callbacks: false,
        }
    }

    /// Starts everything and waits until it answers.
    pub async fn start(self) -> Result<Stack, Error> {
        Stack::start(self).await
    }

    /// Starts everything but the application, for who runs it elsewhere: in processes of its own
    /// ([`Host`](crate::host::Host)), say. The application is to listen at [`Services::application_url`].
    pub async fn start_services(self) -> Result<Services, Error> {
        let (services, address) = Services::start(&self).await?;
        address.release().await;
        Ok(services)
    }
}

/// A stack that runs. Dropping it ends it too, but gives nothing time to finish: prefer [`Stack::shutdown`].
#[derive(Debug)]
pub struct Stack {
    // In the order in which they are stopped: whoever needs another goes first.
    _prober: Option<Prober>,
    application: Application,
    services: Services,
}

impl Stack {
    async fn start(options: Options) -> Result<Self, Error> {
        let (services, address) = Services::start(&options).await?;
        let application = Application::start(
            application::Settings {
                manifest: options.manifest,
                state: services.folder().join("state"),
                logs: services.folder().join("logs"),
                cache: options.cache,
                variables: services.variables().clone(),
                url: services.application_url().clone(),
            },
            address,
            services.redis().state(),
        )
        .await?;
        let probe = |pause| Prober::start(services.application_url(), pause);
        Ok(Self {
            _prober: options.probe_every.map(probe),
            application,
            services,
        })
    }

    /// The application.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Redis.
    pub fn redis(&self) -> &Redis {
        self.services.redis()
    }

    /// The bucket, which can be told to be unavailable.
    pub fn bucket(&self) -> &bucket_server::Running {
        self.services.bucket()
    }

    /// The origin of the bucket's addresses.
    pub fn bucket_url(&self) -> &Url {
        self.services.bucket_url()
    }

    /// The review service. It is told to misbehave over HTTP, with [`Secrets::vendor_token`].
    pub fn review_service(&self) -> &review_service::Running {
        self.services.review_service()
    }

    /// The origin of the review service's addresses.
    pub fn review_service_url(&self) -> &Url {
        self.services.review_service_url()
    }

    /// The key that signs tokens.
    pub fn keys(&self) -> &Keys {
        self.services.keys()
    }

    /// Tokens for a teacher, an evaluator and an operator.
    pub fn tokens(&self) -> &Tokens {
        self.services.tokens()
    }

    /// What the parts share to know each other.
    pub fn secrets(&self) -> &Secrets {
        self.services.secrets()
    }

    /// The data folder.
    pub fn folder(&self) -> &Folder {
        self.services.folder()
    }

    /// Stops everything, gracefully and in order, and gives back the data folder.
    pub async fn shutdown(self) -> Folder {
        self.application.shutdown().await;
        self.services.shutdown().await
    }
}
