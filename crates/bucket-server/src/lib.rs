//! An S3-compatible bucket for development and tests, with event notifications.
