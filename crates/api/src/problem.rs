//! What went wrong, as problem details (RFC 9457).
//!
//! A [`Problem`] has two audiences, and says something different to each. The caller gets a type to branch on, a title,
//! and a sentence about what is wrong and what to do. The log gets the [cause](Problem::cause): the error underneath,
//! which may name hosts, keys and other things that are none of the caller's business. Neither is ever shown to the other.
//!
//! Problems can only be made by the constructors below, one for each thing that is known to go wrong, so that the texts
//! are in one place and the status always fits.

mod code;

use std::fmt;

use http::header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{StatusCode, Uri};
use problem_details::ProblemDetails;
use serde::{Deserialize, Serialize};

pub use code::{Code, TYPE_BASE};

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Something that went wrong, and the response that says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    // Boxed, because problems are the rare half of every result.
    inner: Box<Inner>,
}

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    code: Code,
    detail: String,
    instance: Option<Uri>,
    members: Members,
    headers: Vec<(HeaderName, String)>,
    cause: Option<String>,
}

/// The members that Dossier's problem details have beyond those of the RFC.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Members {
    /// What is wrong where, if the problem is in the body or in parameters.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<MemberError>,
    /// After how many seconds it is worth trying again; the `Retry-After` field says the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u64>,
}

/// One thing that is wrong in a body or with a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberError {
    /// Where in the body: a JSON Pointer (RFC 6901). Absent if it is not in the body.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "/documents/0/size"))]
    pub pointer: Option<String>,
    /// Which parameter or header field. Absent if it is in the body.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub parameter: Option<String>,
    /// What is wrong, in a sentence.
    #[cfg_attr(feature = "openapi", schema(example = "The file is empty."))]
    pub detail: String,
}

/// Problem details as they are sent.
pub type Details = ProblemDetails<Members>;

impl Problem {
    fn new(code: Code, detail: impl Into<String>) -> Self {
        let inner = Inner {
            code,
            detail: detail.into(),
            instance: None,
            members: Members::default(),
            headers: Vec::new(),
            cause: None,
        };
        Self { inner: Box::new(inner) }
    }

    /// The body is not JSON; `what` is the parser's account of it.
    pub fn invalid_json(what: impl fmt::Display) -> Self {
        Self::new(
            Code::InvalidJson,
            format!("The request's body could not be read as JSON: {what}."),
        )
    }

    /// No submission can be created from what was declared.
    pub fn invalid_declaration(refusal: portfolio::declaration::Refusal) -> Self {
        match refusal {
            portfolio::declaration::Refusal::NotJson(what) => Self::invalid_json(what),
            portfolio::declaration::Refusal::Faults(faults) => {
                let errors: Vec<_> = faults
                    .into_iter()
                    .map(|fault| MemberError {
                        pointer: Some(fault.pointer),
                        parameter: None,
                        detail: fault.detail,
                    })
                    .collect();
                let detail = match errors.as_slice() {
                    [only] => only.detail.clone(),
                    several => format!("There are {} things to correct; \"errors\" lists them.", several.len()),
                };
                let mut problem = Self::new(Code::InvalidDeclaration, detail);
                problem.inner.members.errors = errors;
                problem
            }
        }
    }

    /// A member of the body cannot be carried out; `detail` says what would be right.
    pub fn invalid_member(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(Code::InvalidRequest, detail.clone());
        problem.inner.members.errors = vec![MemberError {
            pointer: Some(pointer.to_owned()),
            parameter: None,
            detail,
        }];
        problem
    }

    /// A teacher has created as many submissions as one may in a day.
    pub fn too_many_submissions(most: u64) -> Self {
        let retry_after = 3600;
        let mut problem = Self::new(
            Code::TooManySubmissions,
            format!("You have created {most} submissions within a day, which is as many as can be. Go on later."),
        );
        problem.inner.members.retry_after = Some(retry_after);
        problem.with_header(RETRY_AFTER, retry_after.to_string())
    }

    /// A query parameter or a header field cannot be understood; `detail` says what would be right.
    pub fn invalid_parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(Code::InvalidParameter, detail.clone());
        problem.inner.members.errors = vec![MemberError {
            pointer: None,
            parameter: Some(name.to_owned()),
            detail,
        }];
        problem
    }

    /// A bucket's notification cannot be understood; `what` says why.
    pub fn invalid_notification(what: impl fmt::Display) -> Self {
        Self::new(
            Code::InvalidNotification,
            format!("This is no S3 event notification: {what}."),
        )
    }

    /// A third party's callback cannot be understood; `what` is its adapter's account of it.
    pub fn invalid_callback(what: impl fmt::Display) -> Self {
        Self::new(
            Code::InvalidCallback,
            format!("The signature is right, but the body is not what is expected: {what}."),
        )
    }

    /// There is no token.
    pub fn missing_token() -> Self {
        Self::new(
            Code::MissingToken,
            "Send an access token in the Authorization field: \"Bearer \" and the token.",
        )
        .with_header(WWW_AUTHENTICATE, "Bearer realm=\"dossier\"")
    }

    /// The token's time is over.
    pub fn expired_token() -> Self {
        Self::new(Code::ExpiredToken, "Sign in again to get a new token.").with_header(
            WWW_AUTHENTICATE,
            "Bearer realm=\"dossier\", error=\"invalid_token\", error_description=\"the token has expired\"",
        )
    }

    /// The token is malformed, from somebody else, for somebody else, or not valid yet. Which of it is told to the log alone:
    /// add it with [`Problem::with_cause`].
    pub fn invalid_token() -> Self {
        Self::new(
            Code::InvalidToken,
            "The token could not be accepted. Sign in again to get a new one.",
        )
        .with_header(WWW_AUTHENTICATE, "Bearer realm=\"dossier\", error=\"invalid_token\"")
    }

    /// The token lacks the scope that is needed (RFC 6750, section 3.1): one of those that `needed` names, with spaces between.
    pub fn insufficient_scope(needed: &str) -> Self {
        Self::new(
            Code::InsufficientScope,
            format!(
                "This needs a token with the scope \"{}\".",
                needed.replace(' ', "\" or \"")
            ),
        )
        .with_header(
            WWW_AUTHENTICATE,
            format!("Bearer realm=\"dossier\", error=\"insufficient_scope\", scope=\"{needed}\""),
        )
    }

    /// A callback's signature is missing, wrong or too old. Which of it is told to the log alone.
    pub fn signature_invalid() -> Self {
        Self::new(
            Code::SignatureInvalid,
            "The request is not signed as this third party signs, with a secret that is known here.",
        )
        .with_header(WWW_AUTHENTICATE, "StandardWebhooks")
    }

    /// There is no such thing, or the caller may not know of it: the answer is the same.
    pub fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "Check the address. If it is right, what was here is gone, or it belongs to somebody else.",
        )
    }

    /// There is something here, but not for this method. `allowed` are the methods that there are.
    pub fn method_not_allowed(allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        Self::new(Code::MethodNotAllowed, format!("Allowed here: {allowed}.")).with_header(ALLOW, allowed)
    }

    /// The document is not in a state in which this is possible; `detail` says so in a sentence.
    pub fn wrong_state(detail: impl Into<String>) -> Self {
        Self::new(Code::WrongState, detail)
    }

    /// A callback is about a document that there is not, or not any more. The sender should stop.
    pub fn unknown_document() -> Self {
        Self::new(
            Code::UnknownDocument,
            "No document with this id is known here. Do not send this callback again.",
        )
    }

    /// The body did not arrive within so many seconds.
    pub fn request_timeout(seconds: u64) -> Self {
        Self::new(
            Code::RequestTimeout,
            format!("The body must be sent within {seconds} seconds. Nothing was changed: send the request again."),
        )
    }

    /// The body has more bytes than are taken.
    pub fn payload_too_large(most_bytes: u64) -> Self {
        Self::new(
            Code::PayloadTooLarge,
            format!("The body can have up to {most_bytes} bytes."),
        )
    }

    /// The body is of another media type than the one that is taken.
    pub fn unsupported_media_type(taken: &str) -> Self {
        Self::new(
            Code::UnsupportedMediaType,
            format!("Send the body as {taken}, and say so in the Content-Type field."),
        )
    }

    /// The body is compressed.
    pub fn unsupported_encoding() -> Self {
        Self::new(
            Code::UnsupportedMediaType,
            "Send the body as it is: compressed bodies are not read here.",
        )
        .with_header(ACCEPT_ENCODING, "identity")
    }

    /// The idempotency key was used before, with another body.
    pub fn idempotency_key_reused() -> Self {
        Self::new(
            Code::IdempotencyKeyReused,
            "A request with this key, but with another body, was answered before. Use a new key for a new request.",
        )
    }

    /// Something went wrong that nobody expected. The cause is for the log alone.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            Code::Internal,
            "It is not your fault. Try again; if it happens again, tell whoever runs this service.",
        )
        .with_cause(cause)
    }

    /// Something that is needed is not there at the moment. Nothing was changed, and nothing is lost. The cause is for the
    /// log alone.
    pub fn unavailable(retry_after_seconds: u64, cause: impl fmt::Display) -> Self {
        let mut problem = Self::new(Code::Unavailable, "Nothing is lost. Try again in a moment.").with_cause(cause);
        problem.inner.members.retry_after = Some(retry_after_seconds);
        problem.with_header(RETRY_AFTER, retry_after_seconds.to_string())
    }

    /// The same problem with the error underneath, for the log.
    #[must_use]
    pub fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.inner.cause = Some(cause.to_string());
        self
    }

    /// The same problem, naming this occurrence of it.
    #[must_use]
    pub fn with_instance(mut self, instance: Uri) -> Self {
        self.inner.instance = Some(instance);
        self
    }

    fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.inner.headers.push((name, value.into()));
        self
    }

    /// What kind of problem it is.
    pub fn code(&self) -> Code {
        self.inner.code
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.inner.code.status()
    }

    /// The sentence for the caller.
    pub fn detail(&self) -> &str {
        &self.inner.detail
    }

    /// What is wrong where, for the caller.
    pub fn errors(&self) -> &[MemberError] {
        &self.inner.members.errors
    }

    /// What the log should say beyond what the caller sees.
    pub fn cause(&self) -> Option<&str> {
        self.inner.cause.as_deref()
    }

    /// The header fields of the response, its content type among them. Values are visible ASCII.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, &str)> {
        [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")]
            .into_iter()
            .chain(
                self.inner
                    .headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.as_str())),
            )
    }

    /// The problem details, as the caller gets them.
    pub fn details(&self) -> Details {
        ProblemDetails {
            r#type: Some(Uri::from_static(self.inner.code.type_uri()).into()),
            status: Some(self.status()),
            title: Some(self.inner.code.title().to_owned()),
            detail: Some(self.inner.detail.clone()),
            instance: self.inner.instance.clone(),
            extensions: self.inner.members.clone(),
        }
    }

    /// The body of the response.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and numbers alone: this cannot fail, and an empty object would still be problem details.
        serde_json::to_vec(&self.details()).unwrap_or_else(|_| b"{}".to_vec())
    }
}

impl fmt::Display for Problem {
    /// One line for the log, with the cause.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}: {}",
            self.status().as_u16(),
            self.inner.code.as_str(),
            self.inner.detail
        )?;
        match &self.inner.cause {
            Some(cause) => write!(formatter, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl From<portfolio::declaration::Refusal> for Problem {
    fn from(refusal: portfolio::declaration::Refusal) -> Self {
        Self::invalid_declaration(refusal)
    }
}
