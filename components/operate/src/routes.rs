//! Which paths there are, and what may be done at each.

use api::Problem;

/// The methods of a path. A path that there is not is told before anybody is asked who they are: the description of the interface
/// is public.
pub(crate) fn methods(path: &[&str]) -> Result<&'static [&'static str], Problem> {
    match path {
        ["healthz" | "readyz" | "metrics"]
        | ["v1", "queues" | "dead-letters"]
        | ["v1", "documents", _, "history"]
        | ["v1", "dead-letters", _, _] => Ok(&["GET"]),
        ["v1", "rebuild" | "renormalize"]
        | ["v1", "dead-letters", "redrive"]
        | ["v1", "queues", _, "pause" | "resume"]
        | ["v1", "dead-letters", _, _, "redrive" | "discard"] => Ok(&["POST"]),
        _ => Err(Problem::not_found()),
    }
}
