//! What a worker writes down about an item.

use event_log::Event;
use ledger::Item;

/// The event, with the item that it is about. `reason` must hold no text of a document.
pub fn log(event: &'static str, queue: &str, item: &Item, reason: Option<&str>) {
    let line = Event::new(event)
        .submission(&item.submission)
        .document(&item.document)
        .queue(queue)
        .attempt(item.receipt)
        .trace(item.traceparent.as_deref());
    match reason {
        Some(reason) => line.reason(reason),
        None => line,
    }
    .write();
}
