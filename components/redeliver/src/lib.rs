//! The redeliver component.
