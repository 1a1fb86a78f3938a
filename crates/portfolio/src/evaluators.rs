//! Which evaluators may read a submission: all of its tenant's, or those who are named.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The word that stands for everybody, in JSON and in variables.
const ALL: &str = "all";

/// The word that stands for nobody, in variables alone: in JSON it is the empty list.
const NOBODY: &str = "nobody";

/// The most evaluators that can be named.
pub const MOST: usize = 200;

/// The longest name of an evaluator, in bytes: a `sub` claim has up to 255 (`OpenID` Connect Core, section 2).
pub const LONGEST: usize = 255;

/// Who may read a submission among the evaluators of its tenant. Other tenants' evaluators never may.
///
/// In JSON it is `"all"` or a list of subjects, as tokens name them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Evaluators {
    /// Every evaluator.
    All,
    /// These subjects; nobody, where there are none.
    Only(BTreeSet<String>),
}

/// Why something does not say who the evaluators are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is neither the word nor a list.
    #[error("the evaluators are \"all\" or a list of subjects")]
    NeitherAllNorList,
    /// The list is too long.
    #[error("no more than {MOST} evaluators can be named")]
    TooMany,
    /// A subject that no token has.
    #[error("an evaluator is named by the subject of their tokens: 1 to {LONGEST} bytes without control characters")]
    NoSubject,
}

impl Evaluators {
    /// These evaluators and no others.
    pub fn only(subjects: impl IntoIterator<Item = String>) -> Result<Self, Unusable> {
        let subjects: BTreeSet<_> = subjects.into_iter().collect();
        if subjects.len() > MOST {
            return Err(Unusable::TooMany);
        }
        let fits = |subject: &String| (1..=LONGEST).contains(&subject.len()) && !subject.chars().any(char::is_control);
        if subjects.iter().all(fits) {
            Ok(Self::Only(subjects))
        } else {
            Err(Unusable::NoSubject)
        }
    }

    /// No evaluator at all.
    pub const fn nobody() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether an evaluator of the same tenant is among them.
    pub fn include(&self, subject: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(subjects) => subjects.contains(subject),
        }
    }
}

/// Reads what a deployment's variable says of submissions that say nothing themselves: `all` or `nobody`.
impl FromStr for Evaluators {
    type Err = Unusable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            ALL => Ok(Self::All),
            NOBODY => Ok(Self::nobody()),
            _ => Err(Unusable::NeitherAllNorList),
        }
    }
}

impl fmt::Display for Evaluators {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str(ALL),
            Self::Only(subjects) if subjects.is_empty() => formatter.write_str(NOBODY),
            Self::Only(subjects) => write!(formatter, "{} evaluators", subjects.len()),
        }
    }
}

impl Serialize for Evaluators {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str(ALL),
            Self::Only(subjects) => subjects.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Evaluators {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            List(Vec<String>),
        }

        let read = match Written::deserialize(deserializer) {
            Ok(Written::Word(word)) if word == ALL => Ok(Self::All),
            Ok(Written::List(subjects)) => Self::only(subjects),
            Ok(Written::Word(_)) | Err(_) => Err(Unusable::NeitherAllNorList),
        };
        read.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in [r#""all""#, "[]", r#"["a","x y","ärzte\""]"#] {
            let read: Evaluators = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        for text in [r#""nobody""#, "{}", "null", "[1]", r#"[""]"#, r#"["a\nb"]"#, "7"] {
            assert!(serde_json::from_str::<Evaluators>(text).is_err(), "{text}");
        }
        let many = serde_json::to_string(&(0..=MOST).map(|number| number.to_string()).collect::<Vec<_>>()).unwrap();
        assert!(
            serde_json::from_str::<Evaluators>(&many)
                .unwrap_err()
                .to_string()
                .contains("200")
        );
        assert_eq!("nobody".parse(), Ok(Evaluators::Only(BTreeSet::new())));
        assert_eq!("all".parse(), Ok(Evaluators::All));
        assert!("some".parse::<Evaluators>().is_err());
    }
}
