//! The public HTTP interface: its bodies, its problems and its OpenAPI description.
