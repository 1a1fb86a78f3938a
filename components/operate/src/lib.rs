//! The operate component.
