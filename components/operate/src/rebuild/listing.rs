//! The bucket's listing, a part at a time.

use bucket::Listed;
use portfolio::{SubmissionId, keys};

/// A submission with its objects.
pub(crate) type Objects<'a> = (SubmissionId, Vec<&'a Listed>);

/// The submissions of which a part of a listing has all objects, and the key after which the next part begins. Whatever else is
/// in the bucket is passed over.
pub(crate) fn complete(objects: &[Listed], is_truncated: bool) -> (Vec<Objects<'_>>, Option<String>) {
    let mut submissions: Vec<Objects<'_>> = Vec::new();
    for object in objects {
        let place = object
            .key
            .strip_prefix(keys::PREFIX)
            .and_then(|rest| rest.split_once('/'));
        let Some(submission) = place.and_then(|(submission, _)| submission.parse().ok()) else {
            continue;
        };
        match submissions.last_mut() {
            Some((last, theirs)) if *last == submission => theirs.push(object),
            _ => submissions.push((submission, vec![object])),
        }
    }
    if !is_truncated {
        return (submissions, None);
    }
    // The last one may go on in the next part, which then begins with it. Unless it is the only one: no submission has so many
    // objects, so what is left of it is not needed.
    if submissions.len() > 1 {
        submissions.pop();
        let last = submissions.last().map(|(submission, _)| *submission);
        // The character after the slash: after every object of that submission.
        return (submissions, last.map(|last| format!("{}{last}0", keys::PREFIX)));
    }
    (submissions, objects.last().map(|object| object.key.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    const ONE: &str = "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10";
    const TWO: &str = "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e20";

    fn objects(keys: &[String]) -> Vec<Listed> {
        let object = |key: &String| Listed {
            key: key.clone(),
            size: 1,
            etag: "\"e\"".into(),
            last_modified: "2026-11-24T08:00:00Z".parse().unwrap(),
        };
        keys.iter().map(object).collect()
    }

    fn key(submission: &str, name: &str) -> String {
        format!("submissions/{submission}/{name}")
    }

    #[test]
    fn a_part_that_ends_within_a_submission_leaves_that_one_to_the_next() {
        let objects = objects(&[key(ONE, "a"), key(ONE, "manifest.json"), key(TWO, "a")]);
        let (submissions, next) = complete(&objects, true);
        assert_eq!(submissions.len(), 1);
        assert_eq!(submissions[0].1.len(), 2);
        let next = next.unwrap();
        assert!(next > key(ONE, "~") && next < key(TWO, ""), "{next}");
        let (all, next) = complete(&objects, false);
        assert_eq!((all.len(), next), (2, None));
    }

    #[test]
    fn what_is_foreign_is_passed_over_and_never_loops() {
        let foreign = objects(&["submissions/readme.txt".into(), key("nobody", "manifest.json")]);
        let (submissions, next) = complete(&foreign, true);
        assert!(submissions.is_empty());
        assert_eq!(
            next,
            Some(key("nobody", "manifest.json")),
            "it goes on after what was seen"
        );
    }
}
