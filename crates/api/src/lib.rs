//! The public HTTP interface: its bodies, its problems and its OpenAPI description.
//!
//! Whoever calls Dossier over HTTP meets the types of this crate and no others: not the ledger's records, not the
//! database's rows. Components fill them in; clients and tests read them. There is no I/O here.
//!
//! | module | for whom |
//! | --- | --- |
//! | [`submissions`] | teachers: what they hand in, and what becomes of it |
//! | [`signing`] | teachers' clients: one request to the bucket at a time |
//! | [`checksum`] | teachers' clients: what the bucket holds against what arrives |
//! | [`notifications`] | buckets: what became of a notification |
//! | [`catalog`] | evaluators: what there is to read |
//! | [`operations`] | operators: queues, histories, dead letters, health |
//! | [`problem`] | everybody: what went wrong, as RFC 9457 problem details |
//! | [`page`] | everybody: lists, one page at a time |
//! | [`etag`] | everybody: whether what a client has is still what there is |
//! | [`prefer`] | everybody: whether to wait until it is not |
//!
//! Times are RFC 3339 in UTC. Sizes are bytes. Members that do not apply are absent, never `null`. Clients ignore
//! members that they do not know.

pub mod catalog;
pub mod checksum;
pub mod etag;
pub mod notifications;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod operations;
pub mod page;
pub mod prefer;
pub mod problem;
pub mod signing;
pub mod submissions;

pub use page::{Cursor, Page, PageRequest};
pub use problem::{Code, Problem};
pub use submissions::{Failure, State};
