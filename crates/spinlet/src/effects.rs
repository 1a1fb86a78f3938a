//! The effects that components have on the outside, one by one: written to a trace, and the process ended at one of them.
//!
//! A test that wants to know what a crash leaves behind must crash in every place where it could matter, and those are the
//! effects: everything else that an instance does is gone with it. The hook is in the host, so that no component knows of
//! it and every component has it. An effect is one Redis command, one SQL statement, or one HTTP request that leaves the
//! process; a request that is denied, or that goes to another component of the application, is none.
//!
//! Without [`Effects`] in the options nothing is counted and nothing happens.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::json;

use crate::Error;

/// Which effects are counted, from 1, and what happens at them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effects {
    /// Only those of these components are counted; those of all when there is none.
    pub components: BTreeSet<String>,
    /// A file to which each effect is appended as it begins: a line of JSON with its number (`effect`), the `component`,
    /// the `kind` (`redis`, `sqlite`, `http`), and `what` it is. That names no secrets: of a Redis command the name (and of
    /// `EVALSHA` the script's hash), of a statement its text without the parameters, of a request method, origin and path.
    pub trace: Option<PathBuf>,
    /// Where the process ends.
    pub crash: Option<Crash>,
}

impl Effects {
    /// The effects of all components, without a trace and without a crash.
    pub fn new() -> Self {
        Self::default()
    }
}

/// An end of the process as a crash would be: at once, without a destructor, in the middle of all that it does.
///
/// It is an abort (`SIGABRT`), which a supervisor can tell from other deaths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Before or after the effect.
    pub moment: Moment,
    /// The effect's number, from 1.
    pub effect: u64,
}

/// A side of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it has left the process.
    Before,
    /// It has happened, or failed, and its component has not heard of it. Of an HTTP request that is when the head of the
    /// answer is there.
    After,
}

/// Why a text is no [`Crash`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have the form before:N or after:N, where N is the number of an effect, from 1")]
pub struct ParseCrashError;

impl FromStr for Crash {
    type Err = ParseCrashError;

    fn from_str(text: &str) -> Result<Self, ParseCrashError> {
        let (moment, effect) = text.split_once(':').ok_or(ParseCrashError)?;
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err(ParseCrashError),
        };
        let effect = effect.parse().ok().filter(|effect| *effect > 0);
        Ok(Self {
            moment,
            effect: effect.ok_or(ParseCrashError)?,
        })
    }
}

/// What kind of effect it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Redis,
    Sqlite,
    Http,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Sqlite => "sqlite",
            Self::Http => "http",
        }
    }
}

/// Whoever looks on while components have effects; usually nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Option<Arc<Watching>>);

#[derive(Debug)]
struct Watching {
    components: BTreeSet<String>,
    trace: Option<Mutex<File>>,
    crash: Option<Crash>,
    begun: AtomicU64,
}

impl Watch {
    /// Looks on as the options say.
    pub(crate) fn open(effects: Option<&Effects>) -> Result<Self, Error> {
        let Some(effects) = effects else { return Ok(Self(None)) };
        let trace = match &effects.trace {
            None => None,
            Some(path) => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                Some(Mutex::new(file.map_err(|source| Error::Trace {
                    path: path.clone(),
                    source,
                })?))
            }
        };
        Ok(Self(Some(Arc::new(Watching {
            components: effects.components.clone(),
            trace,
            crash: effects.crash,
            begun: AtomicU64::new(0),
        }))))
    }

    /// Lets a component have an effect.
    pub(crate) async fn around<T>(
        &self,
        component: &str,
        kind: Kind,
        what: impl FnOnce() -> String,
        effect: impl Future<Output = T>,
    ) -> T {
        let counted =
            |watching: &&Arc<Watching>| watching.components.is_empty() || watching.components.contains(component);
        let Some(watching) = self.0.as_ref().filter(counted) else {
            return effect.await;
        };
        let number = watching.begin(component, kind, what);
        watching.at(Moment::Before, number);
        let outcome = effect.await;
        watching.at(Moment::After, number);
        outcome
    }
}

impl Watching {
    /// Counts an effect, and writes it down: whole, so that a crash leaves no half of a line.
    fn begin(&self, component: &str, kind: Kind, what: impl FnOnce() -> String) -> u64 {
        let Some(trace) = &self.trace else {
            return self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        };
        let mut file = trace.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let line = json!({ "effect": number, "component": component, "kind": kind.name(), "what": what() });
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            tracing::error!("the trace of effects cannot be written: {error}");
        }
        number
    }

    fn at(&self, moment: Moment, effect: u64) {
        if self.crash == Some(Crash { moment, effect }) {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_named_by_side_and_number() {
        let crash = |moment, effect| Ok(Crash { moment, effect });
        assert_eq!("before:1".parse(), crash(Moment::Before, 1));
        assert_eq!("after:12".parse(), crash(Moment::After, 12));
        for text in ["", "after", "after:", "after:0", "after:-1", "during:1", "1"] {
            assert_eq!(text.parse::<Crash>(), Err(ParseCrashError), "{text}");
        }
    }
}
