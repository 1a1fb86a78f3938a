//! Misbehaviour on demand: what a test may tell the service to do wrong, to whom and how often.
//!
//! A real third party fails in all of these ways without being told; here a rule says which. The rules are data
//! (`API.md`, "Misbehaviour on demand"), looked up at the three kinds of occasion on which the service can misbehave: a
//! request for a review, an attempt to call back, and the listing or the download of a file.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Behaviour {
    /// Refuse the document: 422.
    Refuse,
    /// Answer 429.
    TooManyRequests {
        /// The `Retry-After` header, in seconds.
        #[serde(default = "one_second")]
        retry_after: u64,
        /// Write it as an HTTP date instead.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        as_date: bool,
    },
    /// Answer 500.
    InternalError,
    /// Answer 200 with something that is no answer.
    Rubbish,
    /// Answer 307, to somewhere else.
    Redirect,
    /// Neither answer nor take the review.
    Hang {
        /// After how long the connection closes.
        #[serde(default = "ten_minutes")]
        milliseconds: u64,
    },
    /// Take the review, and answer too late.
    LateAnswer {
        /// How late.
        #[serde(default = "one_minute")]
        milliseconds: u64,
    },
    /// Ignore the idempotency key.
    AcceptTwice,
    /// Call back first, answer then.
    CallbackBeforeAnswer,
    /// Deliver the callback once more after it was accepted.
    CallbackTwice,
    /// Deliver the callback once more, as a new event, some time after it was accepted.
    CallbackAgain {
        /// How long after.
        #[serde(default = "one_minute")]
        milliseconds: u64,
    },
    /// After the callback was accepted, deliver an event that is older and says something else.
    CallbackOutOfOrder,
    /// First deliver the callback with the reference of another review.
    CallbackForAnother,
    /// Deliver the callback late.
    CallbackLate {
        /// How late.
        #[serde(default = "one_minute")]
        milliseconds: u64,
    },
    /// Deliver no callback.
    CallbackNever,
    /// Sign the callback with a secret that the client does not know.
    CallbackWrongSignature,
    /// Sign the callback with a timestamp of an hour ago.
    CallbackOldTimestamp,
    /// Leave the file out of the callback.
    FileOmitted {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// Announce the file with another hash.
    FileWrongHash {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// Announce and give a web page in place of the file.
    FileWrongType {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// Announce the file, but answer 404 when it is fetched.
    FileMissing {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// Begin to give the file, and close the connection after two thirds of it.
    FileBrokenOff {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// Give the first half of the file.
    FileTruncated {
        /// The file; every file if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
}

const fn one_second() -> u64 {
    1
}

const fn one_minute() -> u64 {
    60_000
}

const fn ten_minutes() -> u64 {
    600_000
}

/// When a behaviour can show itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion<'a> {
    /// A valid request for a review.
    Request,
    /// An attempt to deliver a callback.
    Callback,
    /// The listing of a file in a callback.
    Listing(&'a str),
    /// The download of a file.
    Download(&'a str),
}

impl Behaviour {
    /// The behaviour's name, as the `do` member and the log spell it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::InternalError => "internal-error",
            Self::Rubbish => "rubbish",
            Self::Redirect => "redirect",
            Self::Hang { .. } => "hang",
            Self::LateAnswer { .. } => "late-answer",
            Self::AcceptTwice => "accept-twice",
            Self::CallbackBeforeAnswer => "callback-before-answer",
            Self::CallbackTwice => "callback-twice",
            Self::CallbackAgain { .. } => "callback-again",
            Self::CallbackOutOfOrder => "callback-out-of-order",
            Self::CallbackForAnother => "callback-for-another",
            Self::CallbackLate { .. } => "callback-late",
            Self::CallbackNever => "callback-never",
            Self::CallbackWrongSignature => "callback-wrong-signature",
            Self::CallbackOldTimestamp => "callback-old-timestamp",
            Self::FileOmitted { .. } => "file-omitted",
            Self::FileWrongHash { .. } => "file-wrong-hash",
            Self::FileWrongType { .. } => "file-wrong-type",
            Self::FileMissing { .. } => "file-missing",
            Self::FileBrokenOff { .. } => "file-broken-off",
            Self::FileTruncated { .. } => "file-truncated",
        }
    }

    fn shows_at(&self, occasion: Occasion<'_>) -> bool {
        let names = |role: &Option<String>, file: &str| role.as_deref().is_none_or(|role| role == file);
        match self {
            Self::Refuse
            | Self::TooManyRequests { .. }
            | Self::InternalError
            | Self::Rubbish
            | Self::Redirect
            | Self::Hang { .. }
            | Self::LateAnswer { .. }
            | Self::AcceptTwice
            | Self::CallbackBeforeAnswer => occasion == Occasion::Request,
            Self::CallbackTwice
            | Self::CallbackAgain { .. }
            | Self::CallbackOutOfOrder
            | Self::CallbackForAnother
            | Self::CallbackLate { .. }
            | Self::CallbackNever
            | Self::CallbackWrongSignature
            | Self::CallbackOldTimestamp => occasion == Occasion::Callback,
            Self::FileOmitted { role } | Self::FileWrongHash { role } | Self::FileWrongType { role } => {
                matches!(occasion, Occasion::Listing(file) if names(role, file))
            }
            Self::FileMissing { role } | Self::FileBrokenOff { role } | Self::FileTruncated { role } => {
                matches!(occasion, Occasion::Download(file) if names(role, file))
            }
        }
    }
}

/// A behaviour, whom it means and how often it shows itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What to do.
    #[serde(flatten)]
    pub behaviour: Behaviour,
    /// Only for reviews with exactly this reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Only for documents whose name contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only on the first so many occasions of each reference; on all if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl From<Behaviour> for Rule {
    /// The behaviour for everybody, always.
    fn from(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            reference: None,
            name: None,
            times: None,
        }
    }
}

impl Rule {
    fn means(&self, reference: &str, name: &str) -> bool {
        self.reference.as_deref().is_none_or(|wanted| wanted == reference)
            && self.name.as_deref().is_none_or(|part| name.contains(part))
    }
}

/// The body of `PUT` and `GET /v1/behaviour`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// In the order in which they are tried.
    pub rules: Vec<Rule>,
}

/// A list of rules that counts how often each was applied to each reference.
#[derive(Debug, Default)]
pub(crate) struct Book {
    rules: Vec<Rule>,
    applied: HashMap<(usize, String), u32>,
}

impl Book {
    /// A book in which nothing has been applied yet.
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            applied: HashMap::new(),
        }
    }

    /// The rules, in order.
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The behaviour that this occasion calls for, which counts as applied.
    pub(crate) fn apply(&mut self, occasion: Occasion<'_>, reference: &str, name: &str) -> Option<Behaviour> {
        for (index, rule) in self.rules.iter().enumerate() {
            if !rule.means(reference, name) || !rule.behaviour.shows_at(occasion) {
                continue;
            }
            let applied = self.applied.entry((index, reference.to_owned())).or_default();
            if rule.times.is_none_or(|times| *applied < times) {
                *applied += 1;
                return Some(rule.behaviour.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test that cannot go on should panic"
    )]

    use super::*;

    #[test]
    fn rules_are_read_as_the_interface_describes_them() {
        let rules: Rules = serde_json::from_str(
            r#"{"rules": [
                {"do": "too-many-requests", "times": 1},
                {"do": "callback-late", "milliseconds": 1500, "name": "lesson"},
                {"do": "file-truncated", "role": "findings", "reference": "r1"}
            ]}"#,
        )
        .unwrap();
        assert_eq!(
            rules.rules[0].behaviour,
            Behaviour::TooManyRequests {
                retry_after: 1,
                as_date: false
            }
        );
        assert_eq!(rules.rules[1].name.as_deref(), Some("lesson"));
        assert_eq!(
            rules.rules[2].behaviour,
            Behaviour::FileTruncated {
                role: Some("findings".into())
            }
        );
        assert!(serde_json::from_str::<Rules>(r#"{"rules": [{"do": "explode"}]}"#).is_err());
    }

    #[test]
    fn the_log_and_the_json_use_one_name() {
        for behaviour in [
            Behaviour::Refuse,
            Behaviour::Rubbish,
            Behaviour::CallbackBeforeAnswer,
            Behaviour::CallbackOutOfOrder,
            Behaviour::CallbackForAnother,
            Behaviour::CallbackOldTimestamp,
            Behaviour::FileWrongType { role: None },
        ] {
            let json = serde_json::to_value(&behaviour).unwrap();
            assert_eq!(json["do"], behaviour.name());
        }
    }

    #[test]
    fn a_rule_is_spent_for_each_reference_alone() {
        let mut book = Book::new(vec![
            Rule {
                times: Some(1),
                ..Behaviour::InternalError.into()
            },
            Rule {
                times: Some(1),
                ..Behaviour::Refuse.into()
            },
        ]);
        assert_eq!(book.apply(Occasion::Request, "a", ""), Some(Behaviour::InternalError));
        assert_eq!(book.apply(Occasion::Request, "b", ""), Some(Behaviour::InternalError));
        assert_eq!(book.apply(Occasion::Request, "a", ""), Some(Behaviour::Refuse));
        assert_eq!(book.apply(Occasion::Request, "a", ""), None);
        assert_eq!(book.apply(Occasion::Callback, "b", ""), None);
    }

    #[test]
    fn a_rule_means_only_whom_it_names() {
        let mut book = Book::new(vec![
            Rule {
                reference: Some("a".into()),
                ..Behaviour::FileMissing {
                    role: Some("text".into()),
                }
                .into()
            },
            Rule {
                name: Some(".mp4".into()),
                ..Behaviour::FileMissing { role: None }.into()
            },
        ]);
        assert!(book.apply(Occasion::Download("text"), "a", "plan.md").is_some());
        assert!(book.apply(Occasion::Download("findings"), "a", "plan.md").is_none());
        assert!(book.apply(Occasion::Listing("text"), "a", "plan.md").is_none());
        assert!(book.apply(Occasion::Download("media"), "b", "class.mp4").is_some());
        assert!(book.apply(Occasion::Download("text"), "b", "plan.md").is_none());
    }
}
