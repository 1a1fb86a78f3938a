//! The callback component.
