//! The bucket as a Spin component reaches it: over Spin's outbound HTTP.
