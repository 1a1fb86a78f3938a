//! When a failed attempt is made again: the Amazon States Language's retrier, as data.
