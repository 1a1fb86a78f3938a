//! Who may do what: JSON Web Tokens, tenants, scopes, and the decisions made from them.
//!
//! Every caller but a third party and a bucket carries a bearer token (RFC 6750): a JWT (RFC 7519) of the deployment's
//! identity provider, signed with `EdDSA` (Ed25519), `ES256` or `RS256` by one of the provider's keys (a JWK Set, RFC
//! 7517), from the configured issuer and for the configured audience. Its `scope` claim says what the caller does here, and a
//! claim that the deployment names says to which tenant the caller belongs.
//!
//! ```
//! use access::{KeySet, Policy, Rule, Verifier};
//!
//! let keys = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! let policy = Policy {
//!     issuer: "https://login.school.example".into(),
//!     audience: "dossier".into(),
//!     tenant_claim: None,
//!     skew_seconds: 60,
//! };
//! let verifier = Verifier::new(KeySet::from_json(keys)?, policy);
//! let rule = Rule::find("GET", "/v1/submissions").ok_or("no such route")?;
//! let answer = verifier
//!     .authenticate(Some("Bearer no.such.token"), 1_796_000_000)
//!     .and_then(|caller| rule.admit(caller));
//! assert!(answer.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`key_set`] | the provider's keys: which are of use, and which one a token chooses |
//! | [`handed`] | the keys on their way from the component that fetches them |
//! | [`verifier`] | whether a token is good, and what it says |
//! | [`caller`] | who is calling, and why somebody may not |
//! | [`owner`] | a person within a tenant, and the one name by which the ledger knows them |
//! | [`scope`] | the three scopes |
//! | [`table`] | every route, whom it serves, and what of it they see |
//!
//! The algorithm is taken from the *key*, never from the token: a token that names another one is refused before its
//! signature is looked at. The signature is `jsonwebtoken`'s work; the decisions are this crate's. There is no I/O here and no
//! clock.

#![forbid(unsafe_code)]

pub mod caller;
pub mod handed;
pub mod key_set;
pub mod owner;
pub mod scope;
pub mod table;
pub mod verifier;

pub use caller::{Caller, Denied};
pub use handed::HandedKeys;
pub use key_set::KeySet;
pub use owner::{DEFAULT_TENANT, Owner};
pub use scope::{Scope, Scopes};
pub use table::{Permit, Relation, Rule, TABLE};
pub use verifier::{Policy, Verifier, bearer};
