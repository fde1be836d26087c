//! The real rules under simulated clients: seeded, deterministic, and faster than the time that passes in it.
//!
//! What is simulated is a machine on which each thread of the pool has a core of its own, and clients: open loops, closed loops and bursts, which
//! leave when their patience ends and may come back when they were told to.

mod facts;
mod tables;
mod world;
