//! The questions, one file each: what is measured, and why.

use crate::{
    Failure,
    capacity::Capacity,
    peer::Peer,
    sample::{RATE, Round, SHARE, Sample},
    stage::Stage,
    turns::{Load, Runner},
};

mod blocking;
mod database;
mod database_blocking;
mod database_fib;
mod few_searchers;
mod fib;
mod flood;
mod hello;
mod idle;
mod light_inline;
mod light_pooled;
mod many_routes;
mod most_recent_wake;
mod recording;
mod shares;

/// In the order of the report.
static ROWS: [&Row; 15] = [
    &hello::ROW,
    &fib::ROW,
    &light_inline::ROW,
    &light_pooled::ROW,
    &shares::ROW,
    &flood::ROW,
    &many_routes::ROW,
    &idle::ROW,
    &blocking::ROW,
    &most_recent_wake::ROW,
    &few_searchers::ROW,
    &database::ROW,
    &database_blocking::ROW,
    &database_fib::ROW,
    &recording::ROW,
];

/// One load on several servers, and what is asked of the figures.
pub(crate) struct Row {
    /// The names by which it is chosen.
    pub(crate) ids: &'static [&'static str],
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) peers: fn() -> Vec<Peer>,
    pub(crate) measure: Measure,
    /// The figure that the plot shows.
    pub(crate) plot: &'static str,
    pub(crate) goals: &'static [Goal],
}

/// How a row looks at its servers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Measure {
    /// At one after the other, each started anew.
    Alone(fn(&Stage, &Peer) -> Result<Sample, Failure>),
    /// At all of them by turns, second by second: for ratios of servers, both of whose sides are to see the machine in the same mood.
    InTurn(Load),
}

/// What is only set up when a chosen row needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// PostgreSQL.
    Database,
    /// The generator with a fixed rate.
    OpenLoop,
}

/// A figure that gopool must reach.
pub(crate) struct Goal {
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    pub(crate) target: Target,
    /// Worked out within one round; the median of the rounds is held against the target.
    pub(crate) value: fn(&Round) -> Option<f64>,
}

/// Where the good side is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    pub(crate) fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// The rows that the caller named, or all.
pub(crate) fn chosen(names: Option<&[String]>) -> Result<Vec<&'static Row>, Failure> {
    let known = |name: &&String| ROWS.iter().any(|row| row.ids.contains(&name.as_str()));
    if let Some(unknown) = names.unwrap_or_default().iter().find(|name| !known(name)) {
        let ids: Vec<_> = ROWS.iter().flat_map(|row| row.ids).copied().collect();
        return Err(format!("no row is called `{unknown}`: the rows are {}", ids.join(", ")).into());
    }
    let is_named =
        |row: &&&Row| names.is_none_or(|names| names.iter().any(|name| row.ids.contains(&name.as_str())));
    Ok(ROWS.iter().filter(is_named).copied().collect())
}

/// Whether one of these rows needs it.
pub(crate) fn need(names: Option<&[String]>, need: Need) -> bool {
    chosen(names).is_ok_and(|rows| rows.iter().any(|row| row.needs.contains(&need)))
}

/// A warm server under a load.
fn closed(stage: &Stage, peer: &Peer, load: Load) -> Result<Sample, Failure> {
    let mut runner = Runner::start(stage, peer, load)?;
    runner.run(stage, stage.pace().load)?;
    runner.finish()
}

/// The same for CPU work, held against what the cores can do at that moment.
fn closed_cpu(stage: &Stage, peer: &Peer, load: Load) -> Result<Sample, Failure> {
    let before = Capacity::measure(stage.cores).per_second;
    let sample = closed(stage, peer, load)?;
    let after = Capacity::measure(stage.cores).per_second;
    let rate = sample.get(RATE).unwrap_or_default();
    Ok(sample.with(SHARE, rate / before.midpoint(after)))
}
