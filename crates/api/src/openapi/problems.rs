//! Problem details, and the responses that carry them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Object, Ref, Type};
use utoipa::openapi::{ContentBuilder, RefOr};
use utoipa::{IntoResponses, Modify, PartialSchema, ToSchema};

use crate::problem::{Code, MEDIA_TYPE, MemberError};

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
struct ProblemDetails {
    /// What kind of problem it is. Branch on this.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "https://dossier-project.github.io/problems/not-found")]
    kind: String,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The problem in a few words, the same every time.
    title: String,
    /// What is wrong this time, and what to do, in a sentence for people.
    detail: String,
    /// This occurrence of the problem.
    #[schema(format = "uri-reference", nullable = false)]
    instance: Option<String>,
    /// What is wrong where, if the problem is in the body or in parameters.
    #[schema(nullable = false)]
    errors: Option<Vec<MemberError>>,
    /// After how many seconds it is worth trying again.
    #[schema(nullable = false)]
    retry_after: Option<u64>,
}

/// A response that is shared by many routes: its name among the components, its status, and the problems it can carry.
struct Shared {
    name: &'static str,
    codes: &'static [Code],
}

const SHARED: &[Shared] = &[
    Shared {
        name: "InvalidParameter",
        codes: &[Code::InvalidParameter],
    },
    Shared {
        name: "InvalidJson",
        codes: &[Code::InvalidJson, Code::InvalidParameter],
    },
    Shared {
        name: "InvalidNotification",
        codes: &[Code::InvalidNotification, Code::InvalidJson],
    },
    Shared {
        name: "InvalidCallback",
        codes: &[Code::InvalidCallback, Code::InvalidJson],
    },
    Shared {
        name: "Unauthorized",
        codes: &[Code::MissingToken, Code::ExpiredToken, Code::InvalidToken],
    },
    Shared {
        name: "NotSigned",
        codes: &[Code::SignatureInvalid],
    },
    Shared {
        name: "Forbidden",
        codes: &[Code::InsufficientScope],
    },
    Shared {
        name: "NotFound",
        codes: &[Code::NotFound],
    },
    Shared {
        name: "RequestTimeout",
        codes: &[Code::RequestTimeout],
    },
    Shared {
        name: "WrongState",
        codes: &[Code::WrongState],
    },
    Shared {
        name: "UnknownDocument",
        codes: &[Code::UnknownDocument],
    },
    Shared {
        name: "PayloadTooLarge",
        codes: &[Code::PayloadTooLarge],
    },
    Shared {
        name: "UnsupportedMediaType",
        codes: &[Code::UnsupportedMediaType],
    },
    Shared {
        name: "Unprocessable",
        codes: &[
            Code::InvalidDeclaration,
            Code::InvalidRequest,
            Code::IdempotencyKeyReused,
        ],
    },
    Shared {
        name: "TooMany",
        codes: &[Code::TooManySubmissions],
    },
    Shared {
        name: "Internal",
        codes: &[Code::Internal],
    },
    Shared {
        name: "Unavailable",
        codes: &[Code::Unavailable],
    },
];

impl Shared {
    fn response(&self) -> Response {
        let list: Vec<_> = self
            .codes
            .iter()
            .map(|code| format!("- `{}`: {}", code.type_uri(), code.title()))
            .collect();
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ProblemDetails")))
            .build();
        let mut response = ResponseBuilder::new()
            .description(format!("Problem details:\n\n{}", list.join("\n")))
            .content(MEDIA_TYPE, content);
        let header = |kind, text: &str| {
            HeaderBuilder::new()
                .schema(Some(Object::with_type(kind)))
                .description(Some(text))
                .build()
        };
        if matches!(self.name, "Unavailable" | "TooMany") {
            response = response.header(
                "Retry-After",
                header(Type::Integer, "After how many seconds to try again."),
            );
        }
        if matches!(self.name, "Unauthorized" | "NotSigned" | "Forbidden") {
            response = response.header("WWW-Authenticate", header(Type::String, "What is asked of the caller."));
        }
        response.build()
    }
}

/// Adds the problem details and the shared responses to the components.
pub(super) struct Responses;

impl Modify for Responses {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_with(Default::default);
        components
            .schemas
            .insert("ProblemDetails".to_owned(), ProblemDetails::schema());
        components
            .schemas
            .insert("MemberError".to_owned(), MemberError::schema());
        for shared in SHARED {
            components
                .responses
                .insert(shared.name.to_owned(), shared.response().into());
        }
    }
}

macro_rules! groups {
    ($($(#[$documentation:meta])* $group:ident { $($status:literal: $name:literal),* })*) => {$(
        $(#[$documentation])*
        pub(super) struct $group;

        impl IntoResponses for $group {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status.to_owned(), RefOr::Ref(Ref::from_response_name($name)))),*].into()
            }
        }
    )*};
}

groups! {
    /// What can go wrong wherever a token is needed.
    TokenProblems { "401": "Unauthorized", "403": "Forbidden", "500": "Internal", "503": "Unavailable" }
    /// What can go wrong with a page of a list.
    PageProblems { "400": "InvalidParameter" }
    /// What can go wrong where something is named by its id.
    IdProblems { "404": "NotFound" }
    /// What can go wrong where a document must be in a certain state.
    StateProblems { "409": "WrongState" }
    /// What can go wrong with a body in JSON.
    BodyProblems { "400": "InvalidJson", "408": "RequestTimeout", "413": "PayloadTooLarge", "415": "UnsupportedMediaType" }
    /// What can go wrong with a declaration.
    DeclarationProblems {
        "400": "InvalidJson", "408": "RequestTimeout", "413": "PayloadTooLarge", "415": "UnsupportedMediaType",
        "422": "Unprocessable"
    }
    /// What can go wrong where somebody creates too many.
    QuotaProblems { "429": "TooMany" }
    /// What can go wrong with a bucket's notification.
    NotificationProblems {
        "400": "InvalidNotification", "401": "Unauthorized", "408": "RequestTimeout", "413": "PayloadTooLarge",
        "415": "UnsupportedMediaType", "500": "Internal", "503": "Unavailable"
    }
    /// What can go wrong with a third party's callback.
    CallbackProblems {
        "400": "InvalidCallback", "401": "NotSigned", "404": "NotFound", "408": "RequestTimeout",
        "410": "UnknownDocument", "413": "PayloadTooLarge", "500": "Internal", "503": "Unavailable"
    }
}
