//! The durable queues and the state of every document in flight, moved atomically in Redis.
