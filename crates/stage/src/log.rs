//! What a worker writes down: one line of JSON per event, on standard error, where Spin collects it.

use ledger::Item;
use serde_json::json;

/// Writes one line about an item. `reason` must hold no secret and no text of a document.
pub fn log(event: &str, queue: &str, item: &Item, reason: Option<&str>) {
    eprintln!(
        "{}",
        json!({
            "event": event,
            "queue": queue,
            "document": item.document,
            "submission": item.submission,
            "receipt": item.receipt,
            "failures": item.failures,
            "traceparent": item.traceparent,
            "reason": reason,
        })
    );
}
