//! Holding what a third party offers against what its adapter expects, before anything is fetched.

use fetch_origins::Origins;
use file_form::Form;
use portfolio::{Role, Sha256};
use vendor::adapter::{Expectation, OfferedFile, SecretHeader};

/// A file that is worth fetching: it is expected, its origin is known, and its size is within bounds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) role: Role,
    pub(crate) url: String,
    /// Where the vendor wants to see a token.
    pub(crate) token: Option<(String, String)>,
    pub(crate) media_type: String,
    /// Its length in bytes, if the vendor promised one.
    pub(crate) size: Option<u64>,
    /// The most bytes that it may have.
    pub(crate) largest: u64,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) form: Form,
}

/// What is worth fetching, in the vendor's order, or all that is wrong with the offer. Files that the adapter does not
/// expect are left alone.
pub(crate) fn hold(
    offered: &[OfferedFile],
    expectations: &[Expectation],
    origins: &Origins,
) -> Result<Vec<Promise>, Vec<String>> {
    let mut promises: Vec<Promise> = Vec::new();
    let mut wrong = Vec::new();
    for expected in expectations.iter().filter(|expected| expected.required) {
        if !offered.iter().any(|file| file.role == expected.role) {
            wrong.push(format!("{}: it was not returned", expected.role));
        }
    }
    for file in offered {
        let Some(expected) = expectations.iter().find(|expected| expected.role == file.role) else {
            continue;
        };
        match promise(file, expected, origins) {
            Ok(promise) if promises.iter().any(|other| other.role == promise.role) => {
                wrong.push(format!("{}: it was returned twice", file.role));
            }
            Ok(promise) => promises.push(promise),
            Err(reason) => wrong.push(format!("{}: {reason}", file.role)),
        }
    }
    if wrong.is_empty() { Ok(promises) } else { Err(wrong) }
}

fn promise(file: &OfferedFile, expected: &Expectation, origins: &Origins) -> Result<Promise, String> {
    if !expected.media_types.contains(&file.media_type) {
        return Err(format!(
            "it is {}, not {}",
            file.media_type,
            expected.media_types.join(" or ")
        ));
    }
    if let Some(size) = file.size
        && size > expected.max_size
    {
        return Err(format!("it has {size} bytes; at most {} are taken", expected.max_size));
    }
    let url = origins
        .resolve(&file.url)
        .map_err(|refused| format!("its link {refused}"))?;
    let role = file.role.parse().map_err(|error| format!("{error}"))?;
    let sha256 = match &file.sha256 {
        Some(digest) => Some(digest.parse().map_err(|error| format!("{error}"))?),
        None => None,
    };
    Ok(Promise {
        role,
        url: url.into(),
        token: file
            .token
            .as_ref()
            .map(|SecretHeader { name, prefix }| (name.clone(), prefix.clone())),
        media_type: file.media_type.clone(),
        size: file.size,
        largest: expected.max_size,
        sha256,
        form: vendor::form(&expected.form),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn expectation() -> Expectation {
        Expectation {
            role: "text".into(),
            required: true,
            media_types: vec!["text/plain".into()],
            max_size: 100,
            form: vendor::adapter::Form::Text,
            content: false,
        }
    }

    fn offer() -> OfferedFile {
        OfferedFile {
            role: "text".into(),
            url: "https://files.vendor.example/1?token=x".into(),
            media_type: "text/plain".into(),
            size: Some(3),
            sha256: None,
            token: None,
        }
    }

    fn held(offered: &[OfferedFile]) -> Result<Vec<Promise>, Vec<String>> {
        let allowed = "https://files.vendor.example https://api.vendor.example";
        let origins = Origins::new("https://api.vendor.example", allowed).unwrap();
        hold(offered, &[expectation()], &origins)
    }

    #[test]
    fn an_offer_as_expected_is_worth_fetching_and_others_are_left_alone() {
        let extra = OfferedFile {
            role: "invoice".into(),
            url: "ftp://x".into(),
            ..offer()
        };
        let promises = held(&[offer(), extra]).unwrap();
        assert_eq!(promises.len(), 1);
        assert_eq!(promises[0].url, "https://files.vendor.example/1?token=x");
    }

    #[test]
    fn a_link_may_leave_out_the_vendors_own_origin() {
        let offered = OfferedFile {
            url: "/v2/transcript/1".into(),
            size: None,
            ..offer()
        };
        let promises = held(&[offered]).unwrap();
        assert_eq!(promises[0].url, "https://api.vendor.example/v2/transcript/1");
        assert_eq!((promises[0].size, promises[0].largest), (None, 100));
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        let cases: [(&str, Vec<OfferedFile>); 9] = [
            ("not returned", vec![]),
            ("returned twice", vec![offer(), offer()]),
            (
                "not text/plain",
                vec![OfferedFile {
                    media_type: "text/html".into(),
                    ..offer()
                }],
            ),
            (
                "at most 100",
                vec![OfferedFile {
                    size: Some(101),
                    ..offer()
                }],
            ),
            (
                "not a URL",
                vec![OfferedFile {
                    url: "files/1".into(),
                    ..offer()
                }],
            ),
            (
                "https://elsewhere.example",
                vec![OfferedFile {
                    url: "//elsewhere.example/1".into(),
                    ..offer()
                }],
            ),
            (
                "https://evil.example",
                vec![OfferedFile {
                    url: "https://evil.example/1".into(),
                    ..offer()
                }],
            ),
            (
                "names a user",
                vec![OfferedFile {
                    url: "https://files.vendor.example@evil.example/".into(),
                    ..offer()
                }],
            ),
            (
                "64",
                vec![OfferedFile {
                    sha256: Some("xyz".into()),
                    ..offer()
                }],
            ),
        ];
        for (expected, offered) in cases {
            let wrong = held(&offered).unwrap_err();
            assert!(
                wrong.iter().any(|reason| reason.contains(expected)),
                "{expected}: {wrong:?}"
            );
        }
    }
}
