//! The threads: one lock around the rules, workers that carry out what the rules decide, and the clock.

pub(crate) mod bell;
pub(crate) mod books;
pub(crate) mod census;
pub(crate) mod clock;
pub(crate) mod commands;
pub(crate) mod cpu;
pub(crate) mod desk;
pub(crate) mod inbox;
pub mod niceness;
pub(crate) mod overdue;
pub(crate) mod payload;
pub(crate) mod plain;
pub(crate) mod quota;
pub(crate) mod roster;
pub(crate) mod shared;
pub(crate) mod tellers;
pub(crate) mod worker;
