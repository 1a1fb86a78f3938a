//! What passed on its way into the bucket: counted, hashed, and held against the form that the file must have.

use file_form::{Form, Inspection, Snapshot};
use portfolio::Sha256;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};

use crate::content::FIRST_BYTES;

/// What passed.
pub(crate) struct Passed {
    hasher: sha2::Sha256,
    inspection: Inspection,
    /// How many bytes.
    pub(crate) size: u64,
    /// The first of them, at most [`FIRST_BYTES`].
    pub(crate) first_bytes: Vec<u8>,
}

/// The same, to go on from in another attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    hasher: Vec<u8>,
    inspection: Snapshot,
    size: u64,
    first_bytes: Vec<u8>,
}

impl Passed {
    pub(crate) fn nothing(form: Form) -> Self {
        Self {
            hasher: sha2::Sha256::new(),
            inspection: Inspection::new(form),
            size: 0,
            first_bytes: Vec::new(),
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.hasher.update(data);
        self.inspection.update(data);
        self.size += data.len() as u64;
        let missing = FIRST_BYTES.saturating_sub(self.first_bytes.len()).min(data.len());
        self.first_bytes.extend_from_slice(&data[..missing]);
    }

    /// The digest of all that passed.
    pub(crate) fn sha256(&self) -> Sha256 {
        let digest: [u8; 32] = self.hasher.clone().finalize().into();
        Sha256::from(digest)
    }

    /// Whether all that passed has the form that it must have.
    pub(crate) fn check(&self) -> Result<(), file_form::Wrong> {
        self.inspection.clone().finish()
    }

    /// What it takes to go on later; none where that would be the file itself.
    pub(crate) fn keep(&self) -> Option<Kept> {
        Some(Kept {
            hasher: self.hasher.serialize().to_vec(),
            inspection: self.inspection.snapshot()?,
            size: self.size,
            first_bytes: self.first_bytes.clone(),
        })
    }
}

impl Kept {
    /// How many bytes had passed.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What had passed; none where another version of this code kept it.
    pub(crate) fn restore(self) -> Option<Passed> {
        let state = SerializedState::<sha2::Sha256>::try_from(self.hasher.as_slice()).ok()?;
        Some(Passed {
            hasher: sha2::Sha256::deserialize(&state).ok()?,
            inspection: self.inspection.into(),
            size: self.size,
            first_bytes: self.first_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn what_is_kept_and_restored_goes_on_as_if_nothing_had_happened() {
        let text = "Füße und Hände. ".repeat(100);
        let mut whole = Passed::nothing(Form::Text);
        whole.update(text.as_bytes());
        // Within a character, within a block of the hash, and within the first bytes.
        for cut in [0, 2, 64, 65, 500, 700, text.len()] {
            let mut first = Passed::nothing(Form::Text);
            first.update(&text.as_bytes()[..cut]);
            let kept = serde_json::to_string(&first.keep().unwrap()).unwrap();
            let kept: Kept = serde_json::from_str(&kept).unwrap();
            assert_eq!(kept.size(), cut as u64);
            let mut second = kept.restore().unwrap();
            second.update(&text.as_bytes()[cut..]);
            assert_eq!(second.sha256(), whole.sha256(), "{cut}");
            assert_eq!(second.size, whole.size);
            assert_eq!(second.first_bytes, whole.first_bytes);
            assert_eq!(second.check(), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_kept_small_is_not_kept() {
        assert_eq!(Passed::nothing(Form::WebVtt).keep(), None);
        let mut kept = Passed::nothing(Form::Any).keep().unwrap();
        kept.hasher.pop();
        assert!(kept.restore().is_none());
    }
}
