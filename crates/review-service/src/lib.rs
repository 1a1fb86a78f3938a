//! The development stack's third party: a service that reviews lesson plans and classroom videos.
