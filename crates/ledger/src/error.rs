//! What can go wrong between a call and its answer.

/// An answer that is not what the script promises.
///
/// It means that the answer does not come from the script of the same version of this crate.
#[derive(Debug, thiserror::Error)]
#[error("the answer of the ledger's `{script}` script cannot be read: {reason}")]
pub struct Error {
    /// The script's name.
    pub script: &'static str,
    /// What is wrong with the answer.
    #[source]
    pub reason: serde_json::Error,
}

/// What Redis means by an error, as far as it changes what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Redis does not have the script (it restarted, or another node took over): send it with `EVAL`.
    NoScript,
    /// Redis is reading its data from disk: try again shortly.
    Loading,
    /// This node is a replica, perhaps since a moment ago: connect anew and try again.
    ReadOnly,
    /// Redis has reached `maxmemory` and took nothing: an operator must act, the work stays where it is.
    OutOfMemory,
    /// Redis has been in another script for long: try again shortly.
    Busy,
    /// Anything else.
    Other,
}

impl Fault {
    /// Reads the text of an error.
    ///
    /// Redis begins its errors with a code (`NOSCRIPT …`), but clients rewrite them: the `redis` crate, and Spin with
    /// it, keeps only what follows the code. So the code and Redis's own sentences both count, wherever they stand.
    pub fn classify(text: &str) -> Self {
        const SIGNS: [(Fault, &[&str]); 5] = [
            (Fault::NoScript, &["NOSCRIPT", "NoScriptError", "No matching script"]),
            (
                Fault::Loading,
                &["LOADING", "BusyLoadingError", "is loading the dataset in memory"],
            ),
            (
                Fault::ReadOnly,
                &["READONLY", "ReadOnly", "write against a read only replica"],
            ),
            (
                Fault::OutOfMemory,
                &["OOM ", "command not allowed when used memory > 'maxmemory'"],
            ),
            (Fault::Busy, &["BUSY ", "is busy running a script"]),
        ];
        SIGNS
            .into_iter()
            .find(|(_, signs)| signs.iter().any(|sign| text.contains(sign)))
            .map_or(Self::Other, |(fault, _)| fault)
    }

    /// Whether the same call may succeed if it is made again after a short wait.
    pub const fn is_transient(self) -> bool {
        !matches!(self, Self::Other | Self::OutOfMemory)
    }
}
