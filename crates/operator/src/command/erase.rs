//! `erase`.

use std::process::ExitCode;
use std::time::Duration;

use api::operations::{Erasure, ErasureRequest};
use portfolio::SubmissionId;

use super::{Nothing, print};
use crate::client::Client;
use crate::table::time;

/// How long the command waits for what takes seconds, before it says that it is under way.
const PATIENCE: u32 = 60;

#[derive(clap::Args)]
pub(crate) struct Erase {
    /// The submission.
    submission: SubmissionId,
    /// Why, for the receipt. Without a reason, only the receipt of an erasure that was begun before is shown.
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: &Client, json: bool, erase: Erase) -> anyhow::Result<ExitCode> {
    let submission = erase.submission.to_string();
    let path = ["v1", "erasures", submission.as_str()];
    if let Some(reason) = erase.reason {
        let request = ErasureRequest {
            submission: erase.submission,
            reason,
        };
        client.post::<Erasure>(&["v1", "erasures"], &request).await?;
    }
    let mut answer = client.get::<Erasure>(&path, &Nothing {}).await?;
    for _ in 0..PATIENCE {
        if answer.value.erased_at.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        answer = client.get::<Erasure>(&path, &Nothing {}).await?;
    }
    print(json, &answer.json, || in_words(&answer.value))?;
    Ok(if answer.value.erased_at.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn in_words(erasure: &Erasure) -> String {
    let wanted = format!(
        "Wanted by {} at {}: {}",
        erasure.by,
        time(erasure.requested_at),
        erasure.reason
    );
    match erasure.erased_at {
        Some(at) => format!(
            "{wanted}\nGone at {}: {} objects ({} bytes) of the bucket, {} rows of the database.",
            time(at),
            erasure.objects,
            erasure.bytes,
            erasure.rows
        ),
        None => format!(
            "{wanted}\nIt is not gone yet. It goes on by itself: look again with `erase {}`.",
            erasure.submission
        ),
    }
}
