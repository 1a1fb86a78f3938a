//! How many documents a submission may have, how large they may be, and how long an upload may take.
//!
//! Limits are data: what a deployment allows is one value of [`Limits`], which is written in JSON in a variable of
//! `spin.toml`. What is not written there is as in [`Limits::default`].

use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::parts::LARGEST_OBJECT;

/// One mebibyte, in bytes.
pub const MIB: u64 = 1 << 20;
/// One gibibyte, in bytes.
pub const GIB: u64 = 1 << 30;

/// The most characters a submission's title may have.
pub const TITLE_CHARACTERS: usize = 200;
/// The most characters a document's name may have.
pub const NAME_CHARACTERS: usize = 255;
/// The largest object that S3 and its kin take in a single PUT, in bytes.
pub const SINGLE_PUT: u64 = 5 * GIB;

/// The most documents that a submission can have, whatever is configured: each is looked at whenever the submission is.
const MOST_DOCUMENTS: usize = 100;
/// The longest that an unfinished upload can be waited for, in hours: a year.
const MOST_UNFINISHED_HOURS: u64 = 366 * 24;

/// What may be handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The most documents in one submission.
    pub documents: usize,
    /// The most bytes of a lesson plan.
    #[serde(rename = "lesson_plan_bytes")]
    pub lesson_plan: u64,
    /// The most bytes of a classroom video.
    #[serde(rename = "classroom_video_bytes")]
    pub classroom_video: u64,
    /// The most submissions that one teacher creates within 24 hours.
    pub submissions_per_day: u64,
    /// After how many hours a document whose upload was not finished fails. The bucket's rule that frees the parts of
    /// such uploads (`AbortIncompleteMultipartUpload`) should have the same time.
    pub unfinished_hours: u64,
}

/// Why limits cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimits {
    /// They are not the JSON that is expected.
    #[error(
        "the limits are not as they should be ({0}); an example that is: {{\"documents\":20,\"classroom_video_bytes\":53687091200}}"
    )]
    NotRead(String),
    /// A number is out of the range that makes sense.
    #[error("the limit {name} is {value}, but must be from 1 to {most}")]
    OutOfRange {
        /// The limit's name.
        name: &'static str,
        /// What it was set to.
        value: u64,
        /// What it may be at most.
        most: u64,
    },
}

impl Limits {
    /// Reads limits from JSON. The empty text stands for the default ones.
    pub fn from_json(text: &str) -> Result<Self, InvalidLimits> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let limits: Self = serde_json::from_str(text).map_err(|error| InvalidLimits::NotRead(error.to_string()))?;
        for (name, value, most) in [
            ("documents", limits.documents as u64, MOST_DOCUMENTS as u64),
            ("lesson_plan_bytes", limits.lesson_plan, LARGEST_OBJECT),
            ("classroom_video_bytes", limits.classroom_video, LARGEST_OBJECT),
            ("submissions_per_day", limits.submissions_per_day, u64::from(u32::MAX)),
            ("unfinished_hours", limits.unfinished_hours, MOST_UNFINISHED_HOURS),
        ] {
            if !(1..=most).contains(&value) {
                return Err(InvalidLimits::OutOfRange { name, value, most });
            }
        }
        Ok(limits)
    }

    /// The most bytes of a document of this kind.
    pub const fn size_of(&self, kind: Kind) -> u64 {
        match kind {
            Kind::LessonPlan => self.lesson_plan,
            Kind::ClassroomVideo => self.classroom_video,
        }
    }
}

impl Default for Limits {
    /// Twenty documents; lesson plans up to 100 MiB, which is a plan full of scanned pages; videos up to 50 GiB, which
    /// is a day of lessons in high definition; fifty submissions a day, and a week to finish each.
    fn default() -> Self {
        Self {
            documents: 20,
            lesson_plan: 100 * MIB,
            classroom_video: 50 * GIB,
            submissions_per_day: 50,
            unfinished_hours: 7 * 24,
        }
    }
}
