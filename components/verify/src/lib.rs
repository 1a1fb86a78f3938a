//! The verify component.
