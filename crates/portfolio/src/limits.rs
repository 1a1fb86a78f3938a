//! How many documents a submission may have, and how large they may be.
//!
//! Limits are data: what a deployment wants to allow is one value of [`Limits`].

use crate::kind::{Kind, MediaType};

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

/// What may be handed in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most documents in one submission.
    pub documents: usize,
    /// The most bytes of a lesson plan.
    pub lesson_plan: u64,
    /// The most bytes of a classroom video.
    pub classroom_video: u64,
}

impl Limits {
    /// The most bytes of a document of this kind.
    pub const fn size_of(&self, kind: Kind) -> u64 {
        match kind {
            Kind::LessonPlan => self.lesson_plan,
            Kind::ClassroomVideo => self.classroom_video,
        }
    }

    /// The same limits for clients that upload each document with a single PUT.
    ///
    /// A longer video could be declared, and then never uploaded: it is better refused at once.
    #[must_use]
    pub const fn with_single_put(self) -> Self {
        Self {
            lesson_plan: if self.lesson_plan < SINGLE_PUT {
                self.lesson_plan
            } else {
                SINGLE_PUT
            },
            classroom_video: if self.classroom_video < SINGLE_PUT {
                self.classroom_video
            } else {
                SINGLE_PUT
            },
            ..self
        }
    }

    /// Whether a document of this media type and size can be uploaded with a single PUT.
    pub fn fits_single_put(&self, media_type: MediaType, size: u64) -> bool {
        size <= SINGLE_PUT && size <= self.size_of(media_type.kind())
    }
}

impl Default for Limits {
    /// Twenty documents; lesson plans up to 100 MiB, which is a plan full of scanned pages; videos up to 50 GiB, which
    /// is a day of lessons in high definition.
    fn default() -> Self {
        Self {
            documents: 20,
            lesson_plan: 100 * MIB,
            classroom_video: 50 * GIB,
        }
    }
}
