//! The questions, one file each: what is measured, and why.

use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Closed, weigh},
    peer::Peer,
    process,
    sample::{GENERATOR_CPU, MEMORY, P50, P99, RATE, Round, SERVER_CPU, SHARE, Sample, THREADS, count},
    server::Server,
    stage::Stage,
};

mod blocking;
mod database;
mod database_blocking;
mod database_fib;
mod fib;
mod flood;
mod hello;
mod idle;
mod light_inline;
mod light_pooled;
mod many_routes;
mod most_recent_wake;
mod one_searcher;
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
    &one_searcher::ROW,
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
    pub(crate) measure: fn(&Stage, &Peer) -> Result<Sample, Failure>,
    /// The figure that the plot shows.
    pub(crate) plot: &'static str,
    pub(crate) goals: &'static [Goal],
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

/// The load that most rows share: a warm server, `connections` clients that wait for their answers.
fn closed(stage: &Stage, peer: &Peer, ask: Ask, connections: u32) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, ask)?;
    let pace = stage.pace();
    let load = |seconds| Closed {
        ask,
        connections,
        seconds,
    };
    load(pace.warm_up).run(stage, &server)?;
    let (report, cost) = weigh(&server, || load(pace.load).run(stage, &server))?;
    let pids = server.pids();
    let memory = process::memory(&pids);
    server.check(ask)?;
    Ok(Sample::default()
        .with(RATE, report.per_second)
        .with(P50, report.p50)
        .with(P99, report.p99)
        .with(SERVER_CPU, cost.server * 100.0)
        .with(GENERATOR_CPU, cost.generators * 100.0)
        .with(MEMORY, memory.resident)
        .with(THREADS, count(process::threads(&pids))))
}

/// The same for CPU work, held against what the cores can do at that moment.
fn closed_cpu(stage: &Stage, peer: &Peer, ask: Ask, connections: u32) -> Result<Sample, Failure> {
    let before = Capacity::measure(stage.cores).per_second;
    let sample = closed(stage, peer, ask, connections)?;
    let after = Capacity::measure(stage.cores).per_second;
    let rate = sample.get(RATE).unwrap_or_default();
    Ok(sample.with(SHARE, rate / before.midpoint(after)))
}
