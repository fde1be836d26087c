//! What the tests of gopool share: real processes, a client, raw sockets, and waiting for events.
//!
//! A test starts a program with [`lab`], [`hello`] or [`program`], on a free port and in a folder of its own, so that all
//! tests can run at once. It talks to it through [`Client`] as users do, or through [`Connection`] as no client should. It
//! never sleeps and hopes: [`until`] waits for an event, with a limit so generous that only a hang reaches it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod answer;
mod build;
mod client;
mod connection;
mod launch;
mod process;
mod reading;
mod server;
mod wait;

pub use answer::Answer;
pub use build::executable;
pub use client::Client;
pub use connection::Connection;
pub use launch::{Ended, Launch, hello, lab, program};
pub use process::{niceness, sleeps, waits_for_events_only};
pub use reading::{End, Reading};
pub use rustix::process::Signal;
pub use server::{Log, Server};
pub use wait::{LIMIT, until};

/// How a task of the pool can end, each exactly once, by the names of the counters.
pub const OUTCOMES: [&str; 7] = [
    "completed",
    "failed",
    "panicked",
    "cancelled",
    "rejected",
    "queue_timeouts",
    "timeouts",
];
