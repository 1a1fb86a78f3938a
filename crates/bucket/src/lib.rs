//! Signed requests to an S3-compatible bucket, without I/O.
