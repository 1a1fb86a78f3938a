//! Requests for signed uploads: what is signed lies within the document.

#![no_main]

use api::signing::{Operation, SignRequest};
use libfuzzer_sys::fuzz_target;

const SIZE: u64 = 3 << 30;

fuzz_target!(|data: &[u8]| {
    let Ok(request) = serde_json::from_slice::<SignRequest>(data) else { return };
    if let Ok(Operation::Part { number, size, .. }) = request.operation("submissions/s/documents/d/original", SIZE) {
        assert!(number > 0 && size > 0 && size <= SIZE);
    }
});
