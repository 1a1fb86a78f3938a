//! The adapter of the development stack's review service.
