//! Who reads, and what of the database that lets them see.
//!
//! A row says who may read it in a form that every SQL database can search without reading JSON: `*` for all evaluators of the
//! tenant, or their subjects, each with a space before and after it. Within a subject, everything but letters, digits and a few
//! signs is written as `%` and two hexadecimal digits, so that no subject contains a space or another one.

use std::fmt::Write as _;

use portfolio::Evaluators;

/// What all evaluators of a tenant may read.
const ALL: &str = "*";

/// An evaluator, for whom the database holds what they may see and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The evaluator's tenant.
    pub tenant: String,
    /// The evaluator's subject within it.
    pub subject: String,
}

impl Viewer {
    /// What a row that names this evaluator contains.
    pub(crate) fn needle(&self) -> String {
        format!(" {} ", escaped(&self.subject))
    }
}

/// The column that says who may read a row.
pub(crate) fn column(evaluators: &Evaluators) -> String {
    match evaluators {
        Evaluators::All => ALL.to_owned(),
        Evaluators::Only(subjects) => subjects
            .iter()
            .fold(String::from(" "), |column, subject| column + &escaped(subject) + " "),
    }
}

fn escaped(subject: &str) -> String {
    let mut escaped = String::new();
    for byte in subject.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._@|".contains(&byte) {
            escaped.push(byte.into());
        } else {
            // Writing to a text does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// What the statements do: `replace` finds the needle.
    fn sees(column: &str, viewer: &Viewer) -> bool {
        column == ALL || column.replace(&viewer.needle(), "") != column
    }

    proptest! {
        #[test]
        fn a_row_is_found_by_those_whom_it_names_and_nobody_else(
            subjects in prop::collection::btree_set("[a-c %*/@|é]{1,4}", 0..4),
            subject in "[a-c %*/@|é]{1,4}",
        ) {
            let is_named = subjects.contains(&subject);
            let viewer = Viewer { tenant: "t".into(), subject };
            prop_assert_eq!(sees(&column(&Evaluators::Only(subjects)), &viewer), is_named);
            prop_assert!(sees(&column(&Evaluators::All), &viewer));
            prop_assert!(!sees(&column(&Evaluators::Only(BTreeSet::new())), &viewer));
        }
    }
}
