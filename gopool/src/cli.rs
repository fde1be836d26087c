//! The command line: serve, routes, check.
