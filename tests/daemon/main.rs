//! lab with its daemon: crashes, hangs, leaks, reloads, the end of everything.
//!
//! These tests load the machine and measure times, so they run one at a time: whoever starts a daemon waits for the one
//! before to end. The figures are printed; see them with `cargo test -p gopool-tests --test daemon -- --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod crash;
mod fixture;
mod load;
mod process;
mod reload;
mod service;
mod sick;
mod start;
mod stop;
mod systemd;
