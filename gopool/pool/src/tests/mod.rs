//! The rules from inside, on the plain state (`rules`, `deadlines`, `stalled`, `chaos`), and the pool from outside, by area.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod bench;
mod callers;
mod cancel;
mod chaos;
mod deadlines;
mod failure;
mod gate;
mod idle;
mod lending;
mod mailbox;
mod nested;
mod order;
mod priorities;
mod queue;
mod rules;
mod settings;
mod shutdown;
mod simulator;
mod size;
mod sizing;
mod stalled;
mod statistics;
mod tasks;
mod user_code;
