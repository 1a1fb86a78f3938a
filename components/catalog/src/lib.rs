//! The catalog component.
