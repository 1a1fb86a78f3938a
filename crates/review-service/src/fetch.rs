//! Fetching the document from the client's link, onto the disk.

use std::path::Path;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::failure::{Code, Failure};
use crate::journal::Event;
use crate::request::Format;
use crate::reviews::Review;
use crate::service::Service;

/// The waits between attempts.
const WAITS: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// Why an attempt failed.
enum Obstacle {
    /// Another attempt may succeed.
    Passing,
    /// Another attempt will not.
    Lasting(Failure),
}

/// Fetches a review's document into a file. The link is read anew for each attempt: a repeated request may replace it.
pub(crate) async fn fetch(service: &Service, id: &str, target: &Path) -> Result<(), Failure> {
    let mut waits = WAITS.into_iter();
    loop {
        let review = service
            .reviews
            .get(id)
            .ok_or_else(|| Failure::internal(&"the review is gone"))?;
        match attempt(service, &review, target).await {
            Ok(()) => return Ok(()),
            Err(Obstacle::Lasting(failure)) => return Err(failure),
            Err(Obstacle::Passing) => match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(unavailable()),
            },
        }
    }
}

fn unavailable() -> Failure {
    Failure::new(
        Code::DocumentUnavailable,
        "The review service could not fetch the document from the link that it was given.",
    )
}

async fn attempt(service: &Service, review: &Review, target: &Path) -> Result<(), Obstacle> {
    let mut status = None;
    let mut bytes = 0;
    let result = download(service, review, target, &mut status, &mut bytes).await;
    service.journal.note(Event::Fetch {
        reference: review.request.reference.clone(),
        review: review.id.clone(),
        status,
        bytes,
    });
    result
}

async fn download(
    service: &Service,
    review: &Review,
    target: &Path,
    status: &mut Option<u16>,
    bytes: &mut u64,
) -> Result<(), Obstacle> {
    let wanted = review.request.size;
    let largest = wanted
        .or_else(|| review.request.format().map(Format::largest))
        .unwrap_or_default();
    let mut response = service
        .client
        .get(review.request.document_url.clone())
        .send()
        .await
        .map_err(|_| Obstacle::Passing)?;
    *status = Some(response.status().as_u16());
    if response.status().is_client_error() || response.status().is_redirection() {
        return Err(Obstacle::Lasting(unavailable()));
    }
    if !response.status().is_success() {
        return Err(Obstacle::Passing);
    }
    let mut file = File::create(target)
        .await
        .map_err(|error| Obstacle::Lasting(Failure::internal(&error)))?;
    while let Some(chunk) = response.chunk().await.map_err(|_| Obstacle::Passing)? {
        *bytes += chunk.len() as u64;
        if *bytes > largest {
            break;
        }
        file.write_all(&chunk)
            .await
            .map_err(|error| Obstacle::Lasting(Failure::internal(&error)))?;
    }
    file.flush()
        .await
        .map_err(|error| Obstacle::Lasting(Failure::internal(&error)))?;
    let mismatch = match wanted {
        Some(wanted) if *bytes != wanted => {
            format!("The review service was told that the document has {wanted} bytes, but that is not what it found.")
        }
        None if *bytes > largest => format!("The review service takes documents of this kind up to {largest} bytes."),
        _ => return Ok(()),
    };
    Err(Obstacle::Lasting(Failure::new(Code::DocumentMismatch, mismatch)))
}
