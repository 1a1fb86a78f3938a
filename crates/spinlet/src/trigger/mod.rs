//! What starts a component: an HTTP request or a Redis message.

pub(crate) mod http;
pub(crate) mod redis;
pub(crate) mod reuse;
