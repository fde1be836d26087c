//! Bodies that flow: answers that are made while they are sent, events, and what becomes of them when something goes wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod clients;
mod coded;
mod drain;
mod events;
mod failures;
mod files;
mod forms;
mod read;
mod stalled;
mod streams;
mod uploads;
