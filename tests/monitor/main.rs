//! The monitor from outside: its pages, what it counts, who may see it, Prometheus and a real browser; traces; and the page of the document.
//!
//! Needs `promtool`, `prometheus`, `chromium`, `chromedriver`, `ip` and `curl`; `tests/run` installs them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod access;
mod browser;
mod chromium;
mod collector;
mod counts;
mod docs;
mod logs;
mod metrics;
mod overdue;
mod pages;
mod process;
mod processes;
mod prometheus;
mod running;
mod throttling;
mod traces;
mod watched;
