//! The rules: every decision of the pool on plain data. No thread, no lock, no clock: time comes in as an argument.
//!
//! To be read from the bottom: a job ([`jobs`]), a [`list`] of jobs, a [`line`] of two lists, the lines of one priority ([`share`]), one
//! lane's [`queue`], all [`lanes`]; the threads as numbers ([`crew`]); what a decision leads to ([`effects`]); then the decisions themselves, as methods of one struct ([`state`]): what a worker
//! does next, what a submission leads to ([`admission`]), how jobs end otherwise ([`endings`]), which wait for somebody outside ([`stalled`]), which run beyond the width ([`lending`]), who is
//! there ([`census`]). [`invariants`] says what holds after each.

pub(crate) mod admission;
pub(crate) mod census;
pub(crate) mod counters;
pub(crate) mod crew;
pub(crate) mod deadlines;
pub(crate) mod effects;
pub(crate) mod endings;
pub(crate) mod growth;
pub(crate) mod invariants;
pub(crate) mod jobs;
pub(crate) mod lanes;
pub(crate) mod lending;
pub(crate) mod line;
pub(crate) mod list;
pub(crate) mod nested;
pub(crate) mod queue;
pub(crate) mod ranking;
pub(crate) mod rounds;
pub(crate) mod run_times;
pub(crate) mod settings;
pub(crate) mod share;
pub(crate) mod stalled;
pub(crate) mod state;
pub(crate) mod usage;
pub(crate) mod watch;
