//! gopool from outside: real processes, sockets and clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod contract;
mod fairness;
mod hello;
mod leaving;
mod limits;
mod panics;
mod timeouts;
