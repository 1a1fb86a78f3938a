//! Schemas of the types that are written as text, for those who generate descriptions from the Rust types.

use crate::digest::Sha256;
use crate::id::{DocumentId, SubmissionId};
use crate::kind::MediaType;
use crate::role::Role;

const ID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
const DIGEST: &str = "^[0-9a-f]{64}$";
const ROLE: &str = "^[a-z][a-z0-9-]{0,63}$";

/// A type that is written as text, and what such a text looks like.
trait Text {
    const NAME: &'static str;
    const DESCRIPTION: &'static str;
    const PATTERN: Option<&'static str>;
    const FORMAT: Option<&'static str>;

    /// The texts that there are, if they can be listed.
    fn choices() -> Option<Vec<&'static str>> {
        None
    }
}

impl Text for SubmissionId {
    const NAME: &'static str = "SubmissionId";
    const DESCRIPTION: &'static str = "The id of a submission (UUIDv7).";
    const PATTERN: Option<&'static str> = Some(ID);
    const FORMAT: Option<&'static str> = Some("uuid");
}

impl Text for DocumentId {
    const NAME: &'static str = "DocumentId";
    const DESCRIPTION: &'static str = "The id of a document (UUIDv7).";
    const PATTERN: Option<&'static str> = Some(ID);
    const FORMAT: Option<&'static str> = Some("uuid");
}

impl Text for Sha256 {
    const NAME: &'static str = "Sha256";
    const DESCRIPTION: &'static str = "A SHA-256 digest in lower-case hexadecimal.";
    const PATTERN: Option<&'static str> = Some(DIGEST);
    const FORMAT: Option<&'static str> = None;
}

impl Text for Role {
    const NAME: &'static str = "Role";
    const DESCRIPTION: &'static str = "What a file is to the document; `source` is the original.";
    const PATTERN: Option<&'static str> = Some(ROLE);
    const FORMAT: Option<&'static str> = None;
}

impl Text for MediaType {
    const NAME: &'static str = "MediaType";
    const DESCRIPTION: &'static str = "A media type (RFC 6838) that is taken, without parameters.";
    const PATTERN: Option<&'static str> = None;
    const FORMAT: Option<&'static str> = None;

    fn choices() -> Option<Vec<&'static str>> {
        Some(Self::ALL.map(Self::as_str).to_vec())
    }
}

#[cfg(feature = "schema")]
mod json_schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use super::{DocumentId, MediaType, Role, Sha256, SubmissionId, Text};

    fn schema<T: Text>() -> Schema {
        let mut schema = schemars::json_schema!({ "type": "string", "description": T::DESCRIPTION });
        for (keyword, value) in [("format", T::FORMAT), ("pattern", T::PATTERN)] {
            if let Some(value) = value {
                schema.insert(keyword.to_owned(), value.into());
            }
        }
        if let Some(choices) = T::choices() {
            schema.insert("enum".to_owned(), choices.into());
        }
        schema
    }

    macro_rules! described {
        ($($type:ty),*) => {$(
            impl JsonSchema for $type {
                fn schema_name() -> Cow<'static, str> {
                    <$type as Text>::NAME.into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    schema::<$type>()
                }
            }
        )*};
    }

    described!(SubmissionId, DocumentId, Sha256, Role, MediaType);
}

#[cfg(feature = "openapi")]
mod openapi {
    use std::borrow::Cow;

    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
    use utoipa::{PartialSchema, ToSchema};

    use super::{DocumentId, MediaType, Role, Sha256, SubmissionId, Text};
    use crate::evaluators::{Evaluators, LONGEST, MOST};

    fn schema<T: Text>() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(T::DESCRIPTION))
            .format(T::FORMAT.map(|format| SchemaFormat::Custom(format.to_owned())))
            .pattern(T::PATTERN)
            .enum_values(T::choices())
            .into()
    }

    macro_rules! described {
        ($($type:ty),*) => {$(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    schema::<$type>()
                }
            }

            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    <$type as Text>::NAME.into()
                }
            }
        )*};
    }

    described!(SubmissionId, DocumentId, Sha256, Role, MediaType);

    impl PartialSchema for Evaluators {
        fn schema() -> RefOr<Schema> {
            let all = ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("Every evaluator of the tenant."))
                .enum_values(Some(["all"]));
            let subject = ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(LONGEST));
            let only = ArrayBuilder::new()
                .items(subject)
                .max_items(Some(MOST))
                .unique_items(true)
                .description(Some(
                    "These, by the subject of their tokens; nobody, where it is empty.",
                ));
            OneOfBuilder::new()
                .item(all)
                .item(only)
                .description(Some("Who may read a submission among the evaluators of its tenant."))
                .into()
        }
    }

    impl ToSchema for Evaluators {
        fn name() -> Cow<'static, str> {
            "Evaluators".into()
        }
    }
}
