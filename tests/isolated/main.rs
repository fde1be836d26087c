//! Routes in processes that can be killed, with real processes: what may happen to one, row by row, and that nothing is left behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod confined;
mod daemon;
mod family;
mod fragile;
mod launch;
mod limits;
mod load;
mod place;
mod streams;
mod table;
