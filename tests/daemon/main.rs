//! A daemon and its masters: crashes, hangs, leaks, reloads, the end of everything.
//!
//! Nearly all of it is shown with lab, a real application. A stand-in for it (`tests/fixtures/apps/src/bin/fixture-master.rs`)
//! plays the master where lab cannot: one that never beats, or starts another way each time.
//!
//! These tests load the machine and measure times, so those with lab run one at a time: whoever starts a daemon waits for the one
//! before to end. The figures are printed; see them with `cargo test -p gopool-tests --test daemon -- --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod addresses;
mod check;
mod crash;
mod files;
mod fixture;
mod found;
mod load;
mod log;
mod night;
mod notify;
mod process;
mod recycle;
mod reload;
mod service;
mod sick;
mod signals;
mod start;
mod stop;
mod systemd;
mod upgrade;
mod watch;
