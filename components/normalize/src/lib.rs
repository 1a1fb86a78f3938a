//! The normalize component.
