//! TLS: certificates, handshakes, and the connection behind them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod certificates;
mod client;
mod daemon;
mod handshakes;
mod launch;
mod renewal;
mod serve;
