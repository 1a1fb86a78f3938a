//! Everything that is known to go wrong: a word, a status and a title each.

use http::StatusCode;

/// What the URI of every problem type begins with; the code follows.
pub const TYPE_BASE: &str = "https://dossier-project.github.io/problems/";

macro_rules! codes {
    ($($(#[$documentation:meta])* $variant:ident, $word:literal, $status:ident, $title:literal;)*) => {
        /// Everything that is known to go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$documentation])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that stands for the problem: the last segment of its type.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The URI of the problem's type.
            pub const fn type_uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("https://dossier-project.github.io/problems/", $word),)* }
            }

            /// The status of a response that carries the problem; never a success.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The problem in a few words, the same every time.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    InvalidJson, "invalid-json", BAD_REQUEST, "The body is not JSON";
    /// A query parameter or a header field cannot be understood.
    InvalidParameter, "invalid-parameter", BAD_REQUEST, "A parameter cannot be understood";
    /// A bucket's notification cannot be understood.
    InvalidNotification, "invalid-notification", BAD_REQUEST, "The notification cannot be understood";
    /// A third party's callback cannot be understood.
    InvalidCallback, "invalid-callback", BAD_REQUEST, "The callback cannot be understood";
    /// There is no token.
    MissingToken, "missing-token", UNAUTHORIZED, "No access token";
    /// The token was valid once.
    ExpiredToken, "expired-token", UNAUTHORIZED, "The access token has expired";
    /// The token is not, or not yet, valid.
    InvalidToken, "invalid-token", UNAUTHORIZED, "The access token is not valid";
    /// A callback's signature is missing, wrong or too old.
    SignatureInvalid, "signature-invalid", UNAUTHORIZED, "The signature is not valid";
    /// The token does not allow this.
    InsufficientScope, "insufficient-scope", FORBIDDEN, "The access token does not allow this";
    /// There is no such thing, or the caller may not know of it.
    NotFound, "not-found", NOT_FOUND, "There is nothing here";
    /// There is something here, but not for this method.
    MethodNotAllowed, "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// The body did not arrive in time.
    RequestTimeout, "request-timeout", REQUEST_TIMEOUT, "The body did not arrive in time";
    /// The document is not where it would have to be for this.
    WrongState, "wrong-state", CONFLICT, "The document is in another state";
    /// A callback is about a document that there is not, or not any more.
    UnknownDocument, "unknown-document", GONE, "There is no such document";
    /// The body is too long.
    PayloadTooLarge, "payload-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body is of another media type than the one that is taken.
    UnsupportedMediaType, "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body's media type is not taken";
    /// A declaration of a submission has faults.
    InvalidDeclaration, "invalid-declaration", UNPROCESSABLE_ENTITY, "The submission cannot be created like this";
    /// Something in the body cannot be carried out.
    InvalidRequest, "invalid-request", UNPROCESSABLE_ENTITY, "The request cannot be carried out like this";
    /// The caller has created as many submissions as one may in a day.
    TooManySubmissions, "too-many-submissions", TOO_MANY_REQUESTS, "Too many submissions";
    /// An idempotency key was used before, for something else.
    IdempotencyKeyReused, "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request";
    /// Something went wrong that nobody expected.
    Internal, "internal", INTERNAL_SERVER_ERROR, "Something went wrong here";
    /// Something that is needed is not there at the moment.
    Unavailable, "unavailable", SERVICE_UNAVAILABLE, "Not available at the moment";
}
