//! Which paths there are, and what may be done at each.

use api::Problem;

/// The methods of a path. A path that there is not is told before anybody is asked who they are: the description of the interface
/// is public.
pub(crate) fn methods(path: &[&str]) -> Result<&'static [&'static str], Problem> {
    match path {
        ["healthz" | "readyz" | "metrics"]
        | ["v1", "queues" | "dead-letters"]
        | ["v1", "documents", _, "history"]
        | ["v1", "erasures", _]
        | ["v1", "dead-letters", _, _] => Ok(&["GET"]),
        ["v1", "rebuild" | "renormalize" | "erasures"]
        | ["v1", "dead-letters", "redrive"]
        | ["v1", "queues", _, "pause" | "resume"]
        | ["v1", "dead-letters", _, _, "redrive" | "discard"] => Ok(&["POST"]),
        _ => Err(Problem::not_found()),
    }
}

/// What the audit trail calls it. Looking at numbers is no access to a document.
pub(crate) fn act(path: &[&str]) -> Option<&'static str> {
    Some(match path {
        ["v1", "queues", _, "pause"] => "queue-paused",
        ["v1", "queues", _, "resume"] => "queue-resumed",
        ["v1", "documents", _, "history"] => "history-read",
        ["v1", "dead-letters"] => "dead-letters-listed",
        ["v1", "dead-letters", "redrive"] => "dead-letters-redriven",
        ["v1", "dead-letters", _, _] => "dead-letter-read",
        ["v1", "dead-letters", _, _, "redrive"] => "dead-letter-redriven",
        ["v1", "dead-letters", _, _, "discard"] => "dead-letter-discarded",
        ["v1", "erasures", _] => "erasure-read",
        ["v1", "rebuild"] => "rebuilt",
        ["v1", "renormalize"] => "renormalized",
        _ => return None,
    })
}
