//! The place of one component in a running application: its current version, replaced when its files change.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use wasmtime::{
    Engine, Store,
    component::{ComponentExportIndex, Instance, InstancePre, Linker},
};
use wasmtime_wasi_http::{
    handler::{ProxyHandler, ProxyPre},
    p2::bindings::ProxyPre as P2Pre,
    p3::bindings::ServicePre as P3Pre,
};

use crate::{
    Error,
    code::{Code, Recipe, Stamp},
    guest::{Grants, Guest},
    trigger::reuse::Workers,
};

/// The interface by which a component hears Redis messages.
const INBOUND_REDIS: &str = "spin:redis/inbound-redis@3.0.0";

/// One component of the application.
pub(crate) struct Slot {
    pub(crate) grants: Arc<Grants>,
    engine: Engine,
    linker: Arc<Linker<Guest>>,
    recipe: Recipe,
    current: RwLock<Arc<Version>>,
    /// Held while a new version is made: the files that turned out unusable, until they change again.
    reloading: Mutex<Option<Stamp>>,
}

/// One state of a component's files, ready to be instantiated. Events that began on it end on it.
pub(crate) struct Version {
    /// The state of the files from before they were read, so that a later change is never missed.
    stamp: Stamp,
    hash: String,
    pre: InstancePre<Guest>,
    http: Option<ProxyHandler<Workers>>,
    redis: Option<ComponentExportIndex>,
}

impl Slot {
    /// Compiles the component for the first time.
    pub(crate) async fn open(
        engine: Engine,
        linker: Arc<Linker<Guest>>,
        recipe: Recipe,
        grants: Arc<Grants>,
    ) -> Result<Self, Error> {
        let component = &grants.component;
        if let Some(path) = recipe.missing() {
            return Err(Error::NotBuilt {
                component: component.clone(),
                path: path.to_owned(),
            });
        }
        let stamp = recipe.stamp().map_err(|error| Error::component(component, error))?;
        let version = make(&engine, &linker, &recipe, &grants, stamp).await;
        let version = version.map_err(|reason| Error::component(component, reason))?;
        Ok(Self {
            grants,
            engine,
            linker,
            recipe,
            current: RwLock::new(Arc::new(version)),
            reloading: Mutex::new(None),
        })
    }

    /// The version for an event that begins now. If the files have changed, that is the new one, for which the event
    /// waits; if they cannot be used (half written, not a component), it is still the old one.
    pub(crate) async fn version(&self) -> Arc<Version> {
        let current = self.current();
        match self.recipe.stamp() {
            // A file that is gone for the moment is about to be written.
            Err(_) => current,
            Ok(stamp) if stamp == current.stamp => current,
            Ok(_) => self.reload().await,
        }
    }

    fn current(&self) -> Arc<Version> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn reload(&self) -> Arc<Version> {
        let mut unusable = self.reloading.lock().await;
        let current = self.current();
        // Others may have waited for the same change.
        let Ok(stamp) = self.recipe.stamp() else { return current };
        if stamp == current.stamp || unusable.as_ref() == Some(&stamp) {
            return current;
        }
        let component = &self.grants.component;
        match make(&self.engine, &self.linker, &self.recipe, &self.grants, stamp.clone()).await {
            Ok(new) => {
                let new = Arc::new(if new.hash == current.hash {
                    current.seen(stamp)
                } else {
                    new
                });
                if new.hash != current.hash {
                    tracing::info!("component `{component}` has changed: its next event runs the new code");
                }
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
                new
            }
            Err(reason) => {
                tracing::warn!(
                    "component `{component}` has changed and cannot be used, the old code goes on: {reason}"
                );
                *unusable = Some(stamp);
                current
            }
        }
    }
}

impl Version {
    /// The handler of HTTP requests, if the component exports one.
    pub(crate) fn http(&self) -> Option<&ProxyHandler<Workers>> {
        self.http.as_ref()
    }

    /// The function that hears Redis messages, if the component exports one.
    pub(crate) fn redis(&self) -> Option<&ComponentExportIndex> {
        self.redis.as_ref()
    }

    /// A fresh instance.
    pub(crate) async fn instantiate(&self, grants: &Arc<Grants>) -> wasmtime::Result<(Store<Guest>, Instance)> {
        let mut store = Guest::store(self.pre.engine(), grants);
        let instance = self.pre.instantiate_async(&mut store).await?;
        Ok((store, instance))
    }

    /// The same version for files that were written anew with the same content: its instances live on.
    fn seen(&self, stamp: Stamp) -> Self {
        Self {
            stamp,
            hash: self.hash.clone(),
            pre: self.pre.clone(),
            http: self.http.clone(),
            redis: self.redis,
        }
    }
}

async fn make(
    engine: &Engine,
    linker: &Arc<Linker<Guest>>,
    recipe: &Recipe,
    grants: &Arc<Grants>,
    stamp: Stamp,
) -> Result<Version, String> {
    let (engine, linker, recipe, grants) = (engine.clone(), Arc::clone(linker), recipe.clone(), Arc::clone(grants));
    let made = tokio::task::spawn_blocking(move || {
        let Code { component, hash } = recipe.code(&engine)?;
        let pre = linker.instantiate_pre(&component).map_err(|error| {
            format!("it does not fit this host, which has no implementation of everything that it imports: {error:#}")
        })?;
        let http = match (P3Pre::new(pre.clone()), P2Pre::new(pre.clone())) {
            (Ok(pre), _) => Some(ProxyPre::P3(pre)),
            (_, Ok(pre)) => Some(ProxyPre::P2(pre)),
            _ => None,
        };
        let redis = component
            .get_export_index(None, INBOUND_REDIS)
            .and_then(|interface| component.get_export_index(Some(&interface), "handle-message"));
        Ok(Version {
            stamp,
            hash,
            pre,
            http: http.map(|pre| ProxyHandler::new(Workers::new(pre, grants))),
            redis,
        })
    });
    made.await.map_err(|error| error.to_string())?
}
