//! From a manifest to a running application.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

use futures::future::try_join_all;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    Error, Options, Running,
    application::Application,
    effects::Watch,
    engine,
    guest::Home,
    host,
    load::Load,
    manifest::Manifest,
    routes::Router,
    running::{Stop, Threads},
    runtime_config::RuntimeConfig,
    slot::Slot,
    trigger::{
        http::serve,
        redis::{Channels, Subscriber},
    },
    variables::Variables,
};

/// Loads and starts an application, on threads of its own.
pub(crate) async fn start(options: Options) -> Result<Running, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Engine(error.to_string());
    let threads = Threads::start().map_err(|error| failed(&error))?;
    let (stopping, stop) = watch::channel(false);
    let drain = options.drain;
    let task = threads.spawn(async move {
        let loaded = load(&options).await?;
        let application = Arc::clone(&loaded.application);
        Ok((application, tokio::spawn(run(loaded, stop))))
    });
    let task = task.ok_or_else(|| failed(&"its threads have ended"))?;
    let started: Result<(Arc<Application>, JoinHandle<Stop>), Error> = task.await.map_err(|error| failed(&error))?;
    let (application, triggers) = started?;
    Ok(Running::new(application, threads, triggers, stopping, drain))
}

/// An application and what its triggers hear.
struct Loaded {
    application: Arc<Application>,
    listener: TcpListener,
    subscribers: Vec<Subscriber>,
}

/// Runs the triggers until they are told to stop, or one of them ends.
async fn run(loaded: Loaded, stopping: watch::Receiver<bool>) -> Stop {
    let mut triggers = JoinSet::new();
    for subscriber in loaded.subscribers {
        triggers.spawn(subscriber.listen(Arc::clone(&loaded.application), stopping.clone()));
    }
    let (application, listener) = (Arc::clone(&loaded.application), loaded.listener);
    triggers.spawn(async move {
        serve(listener, application, stopping).await;
        Stop::Shutdown
    });
    let mut stop = Stop::Shutdown;
    while let Some(ended) = triggers.join_next().await {
        stop = ended.unwrap_or_else(|error| Stop::Failed {
            reason: error.to_string(),
        });
        if stop != Stop::Shutdown {
            break;
        }
    }
    // One that ended by itself takes the others with it, and the port is free when this returns.
    triggers.shutdown().await;
    stop
}

async fn load(options: &Options) -> Result<Loaded, Error> {
    let manifest = Manifest::load(&options.manifest)?;
    let variables = Variables::resolve(&manifest, &options.variables)?;
    let router = Router::build(&manifest.http)
        .map_err(|(index, reason)| manifest.error(format!("trigger.http[{index}].route"), reason))?;
    let subscriptions = subscriptions(&manifest, &variables)?;
    let runtime_config = RuntimeConfig::load(options)?;
    create_folder(&options.state)?;
    create_folder(&options.cache)?;
    options.logs.as_deref().map_or(Ok(()), create_folder)?;
    let load = Load {
        options,
        manifest: &manifest,
        variables: &variables,
        runtime_config: &runtime_config,
        watch: Watch::open(options.effects.as_ref())?,
    };

    // A port that is taken and a Redis that is not there are told at once: compiling may take a while.
    let (listener, address) = listen(options).await?;
    let connecting = subscriptions
        .into_iter()
        .map(|(address, channels)| async move { Subscriber::connect(&address, channels).await });
    let subscribers = try_join_all(connecting).await?;

    let home = Home::default();
    let slots = open_slots(&load, &home).await?;
    let application = Arc::new(Application {
        address,
        router,
        slots,
        answering: manifest.http.iter().map(|trigger| trigger.component.clone()).collect(),
    });
    check_exports(&manifest, &application).await?;
    // Set once, here; the components need it to reach each other.
    let _ = home.set(Arc::downgrade(&application));
    Ok(Loaded {
        application,
        listener,
        subscribers,
    })
}

async fn listen(options: &Options) -> Result<(TcpListener, std::net::SocketAddr), Error> {
    let failed = |source| Error::Listen {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The channels of each address. Addresses that differ in their spelling differ.
fn subscriptions(manifest: &Manifest, variables: &Variables) -> Result<BTreeMap<String, Channels>, Error> {
    let mut addresses: BTreeMap<String, Channels> = BTreeMap::new();
    for (index, trigger) in manifest.redis.iter().enumerate() {
        let fill = |field: &str, template| {
            let filled = variables.fill(template);
            filled.map_err(|error| manifest.error(format!("trigger.redis[{index}].{field}"), error))
        };
        let channels = addresses.entry(fill("address", &trigger.address)?).or_default();
        let components = channels.entry(fill("channel", &trigger.channel)?).or_default();
        components.push(trigger.component.clone());
    }
    Ok(addresses)
}

/// Compiles every component that a trigger names. The others are there to be composed into these.
async fn open_slots(load: &Load<'_>, home: &Home) -> Result<BTreeMap<String, Slot>, Error> {
    let http = load.manifest.http.iter().map(|trigger| &trigger.component);
    let redis = load.manifest.redis.iter().map(|trigger| &trigger.component);
    let triggered: BTreeSet<&String> = http.chain(redis).collect();
    let mut found = Vec::new();
    for name in triggered {
        let component = &load.manifest.components[name];
        let recipe = load.recipe(name, component)?;
        if let Some(path) = recipe.missing() {
            return Err(Error::NotBuilt {
                component: name.clone(),
                path: path.to_owned(),
            });
        }
        found.push((name, recipe, Arc::new(load.grants(name, component, home.clone())?)));
    }
    let engine = engine::shared()?;
    let linker = Arc::new(host::linker(&engine)?);
    let opening = found.into_iter().map(|(name, recipe, grants)| {
        let (engine, linker) = (engine.clone(), Arc::clone(&linker));
        async move { Ok((name.clone(), Slot::open(engine, linker, recipe, grants).await?)) }
    });
    Ok(try_join_all(opening).await?.into_iter().collect())
}

/// A component must export what its triggers call.
async fn check_exports(manifest: &Manifest, application: &Application) -> Result<(), Error> {
    for trigger in &manifest.http {
        if application.slots[&trigger.component].version().await.http().is_none() {
            return Err(Error::component(
                &trigger.component,
                "it has an HTTP trigger but exports neither wasi:http/handler@0.3.0 nor wasi:http/incoming-handler@0.2.0",
            ));
        }
    }
    for trigger in &manifest.redis {
        if application.slots[&trigger.component].version().await.redis().is_none() {
            return Err(Error::component(
                &trigger.component,
                "it has a Redis trigger but does not export spin:redis/inbound-redis@3.0.0",
            ));
        }
    }
    Ok(())
}

/// Makes a folder and those above it.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Folder {
        path: path.to_owned(),
        source,
    })
}
