//! Which third party gets a document: the queue that it is put into, by its kind.

use std::collections::BTreeMap;
use std::str::FromStr;

use portfolio::Kind;
use serde::Deserialize;

/// A queue for every kind of document, written as a JSON object: `{"lesson-plan":"transfer","classroom-video":"transfer"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueByKind {
    lesson_plan: String,
    classroom_video: String,
}

/// A text that does not say which queue each kind of document goes into.
#[derive(Debug, thiserror::Error)]
pub enum UnusableQueues {
    /// It is no JSON object of names.
    #[error(
        "it must be a JSON object that names a queue for each kind of document, such as \
         {{\"lesson-plan\":\"transfer\",\"classroom-video\":\"transfer\"}}: {0}"
    )]
    NotAnObject(#[from] serde_json::Error),
    /// It says nothing about a kind.
    #[error("it names no queue for documents of the kind {0}")]
    Missing(Kind),
    /// It names a kind that there is not.
    #[error("it names a queue for {0:?}, which is no kind of document; there are lesson-plan and classroom-video")]
    UnknownKind(String),
}

impl QueueByKind {
    /// Every kind, with its queue.
    pub fn by_kind(&self) -> [(Kind, &str); 2] {
        [Kind::LessonPlan, Kind::ClassroomVideo].map(|kind| (kind, self.queue(kind)))
    }

    /// The queue for documents of a kind.
    pub fn queue(&self, kind: Kind) -> &str {
        match kind {
            Kind::LessonPlan => &self.lesson_plan,
            Kind::ClassroomVideo => &self.classroom_video,
        }
    }
}

impl FromStr for QueueByKind {
    type Err = UnusableQueues;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        #[derive(Deserialize)]
        struct Named(BTreeMap<String, String>);

        let Named(mut named) = serde_json::from_str(text)?;
        let mut take = |kind: Kind| {
            named
                .remove(kind.as_str())
                .filter(|queue| !queue.is_empty())
                .ok_or(UnusableQueues::Missing(kind))
        };
        let queues = Self {
            lesson_plan: take(Kind::LessonPlan)?,
            classroom_video: take(Kind::ClassroomVideo)?,
        };
        match named.into_keys().next() {
            Some(unknown) => Err(UnusableQueues::UnknownKind(unknown)),
            None => Ok(queues),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn each_kind_has_a_queue_or_the_error_says_which_has_none() {
        let queues: QueueByKind = r#"{"lesson-plan":"transfer","classroom-video":"transfer-transcription"}"#
            .parse()
            .unwrap();
        assert_eq!(queues.queue(Kind::LessonPlan), "transfer");
        assert_eq!(queues.queue(Kind::ClassroomVideo), "transfer-transcription");
        for (text, says) in [
            ("transfer", "JSON object"),
            ("[]", "JSON object"),
            (r#"{"lesson-plan":"transfer"}"#, "classroom-video"),
            (r#"{"lesson-plan":"","classroom-video":"b"}"#, "lesson-plan"),
            (r#"{"lesson-plan":"a","classroom-video":"b","exam":"c"}"#, "\"exam\""),
        ] {
            let error = text.parse::<QueueByKind>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
