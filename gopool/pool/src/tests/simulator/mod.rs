//! The real rules under simulated clients: seeded, deterministic, and faster than the time that passes in it.
//!
//! What is simulated is a machine whose cores the threads share, and clients: open loops, closed loops and bursts, which
//! leave when their patience ends and may come back when they were told to.

mod clients;
mod facts;
mod lending;
mod machine;
mod tables;
mod world;
