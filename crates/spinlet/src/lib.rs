//! A small embedded host that runs a Spin application in-process, for development and tests.
