//! A genuine callback, recorded and queued in one step: whoever sends it again finds it done.

use std::time::Duration;

use api::Problem;
use event_log::Event;
use handoff::VerifyWork;
use http::StatusCode;
use ledger::{CallbackReceipt, Enqueue, Recorded, State};
use spin_edge::{Reply, variable};
use spin_ledger::Client;
use vendor::adapter;

/// How far a callback's timestamp may be from now, as Standard Webhooks recommends. For so long its id is remembered.
const TOLERANCE: Duration = Duration::from_secs(webhook_signature::TOLERANCE);

/// Records a callback of this third party under this id, and queues what has to be verified.
pub(crate) async fn record(
    vendor: String,
    webhook_id: String,
    callback: adapter::Callback,
    work: &VerifyWork,
) -> Result<Reply, Problem> {
    let receipt = CallbackReceipt {
        vendor,
        webhook_id,
        review: callback.review,
        tolerance: TOLERANCE,
        awaiting: variable("awaiting_queue").await?,
        from: vec![State::Uploaded, State::Transferring, State::InReview],
        to: State::Verifying,
        enqueue: Enqueue::now(
            variable("next_queue").await?,
            handoff::write(work).map_err(Problem::internal)?,
        ),
    };
    let client = Client::open().await.map_err(spin_edge::ledger_failed)?;
    let call = client.ledger().record_callback(&callback.document, &receipt);
    let recorded = client.run(call).await.map_err(spin_edge::ledger_failed)?;
    let event = match recorded {
        Recorded::Queued => "callback-received",
        Recorded::Duplicate => "callback-repeated",
        Recorded::NotAwaited(_) => "callback-not-awaited",
        Recorded::OtherReview => "callback-of-another-review",
        Recorded::Unknown => "callback-of-nothing",
    };
    Event::new(event)
        .document(&callback.document)
        .queue(&receipt.awaiting)
        .write();
    match recorded {
        Recorded::Unknown => Err(Problem::unknown_document()),
        // The third party has done its part: it must not go on sending what changes nothing.
        Recorded::Queued | Recorded::Duplicate | Recorded::NotAwaited(_) | Recorded::OtherReview => {
            Ok(spin_edge::empty(StatusCode::NO_CONTENT))
        }
    }
}
