//! What goes over the wire: raw sockets on one side, a strict reader of answers on the other.
//!
//! Nothing here is lenient: an answer is framed by the method and version that it answers, each byte belongs to one answer, and a
//! connection that ends must end with a close and not with a reset.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

mod admission;
mod bodies;
mod framing;
mod heads;
mod order;
mod plain;
mod reply;
mod seen;
mod spec;
mod stalls;
mod upgrades;
mod wire;
