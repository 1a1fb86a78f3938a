//! The ledger as a Spin component reaches it: over Spin's Redis connection.
