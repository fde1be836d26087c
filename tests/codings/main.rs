//! Content codings: replies that are sent compressed, and bodies of requests that come so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod bodies;
mod bombs;
mod coders;
mod replies;
mod routes;
