//! The transfer component.
