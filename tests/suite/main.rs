//! gopool from outside: real processes, sockets and clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod admission;
mod bodies;
mod contract;
mod documents;
mod drain;
mod fairness;
mod fuzz;
mod hello;
mod idle;
mod layers;
mod leaving;
mod limits;
mod linking;
mod log;
mod messages;
mod options;
mod panics;
mod paths;
mod problems;
mod single;
mod sources;
mod timeouts;
mod tools;
