//! `gopool::test`: routes asked in the process of their test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod answers;
mod apart;
mod groups;
mod life;
mod limits;
mod options;
mod own;
mod rates;
mod routes;
mod valid;
