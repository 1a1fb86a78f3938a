//! The HTTP edge of a Spin component: bodies in, problem details and JSON out.
