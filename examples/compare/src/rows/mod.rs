//! The questions, one file each: what is measured, and why.

use crate::{
    Failure,
    answer::Ask,
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
mod fair;
mod fair_weighted;
mod few_searchers;
mod fib;
mod hello;
mod idle;
mod isolated;
mod isolated_late;
mod isolated_one;
mod light_inline;
mod light_pooled;
mod many_routes;
mod most_recent_wake;
mod one_connection;
mod overload;
mod overload_classes;
mod overload_culprit;
mod overload_retries;
mod overload_step;
mod recording;
mod shares;
mod small_crash;
mod small_hang;
mod small_leak;
mod small_overload;
mod small_slow_client;

/// In the order of the report.
static ROWS: [&Row; 30] = [
    &hello::ROW,
    &one_connection::ROW,
    &isolated::ROW,
    &isolated_one::ROW,
    &isolated_late::ROW,
    &fib::ROW,
    &light_inline::ROW,
    &light_pooled::ROW,
    &fair::ROW,
    &fair_weighted::ROW,
    &shares::ROW,
    &overload::ROW,
    &overload_step::ROW,
    &overload_retries::ROW,
    &overload_classes::ROW,
    &overload_culprit::ROW,
    &many_routes::ROW,
    &idle::ROW,
    &blocking::ROW,
    &most_recent_wake::ROW,
    &few_searchers::ROW,
    &database::ROW,
    &database_blocking::ROW,
    &database_fib::ROW,
    &recording::ROW,
    &small_overload::ROW,
    &small_crash::ROW,
    &small_hang::ROW,
    &small_leak::ROW,
    &small_slow_client::ROW,
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
    /// What gopool must know to be asked; a build without it skips the row.
    pub(crate) asks: &'static [Ask],
    /// The figure that the plot shows.
    pub(crate) plot: Plot,
    pub(crate) goals: &'static [Goal],
}

impl Row {
    /// Whether it is one of those about the small service, which COMPARE.md shows.
    pub(crate) fn is_of_the_small_service(&self) -> bool {
        self.is_called("C")
    }

    /// By one of its names, or by what stands before the hyphen in one.
    fn is_called(&self, name: &str) -> bool {
        let begins = |id: &str| id.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.ids.iter().any(|id| *id == name || begins(id))
    }
}

/// How a row looks at its servers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Measure {
    /// At one after the other, each started anew.
    Alone(fn(&Stage, &Peer) -> Result<Sample, Failure>),
    /// At all of them by turns, second by second: for ratios of servers, both of whose sides are to see the machine in the same mood.
    InTurn(Load),
    /// Like `Alone`, at each of these loads in turn.
    AtLoads(Loads, fn(&Stage, &Peer, f64) -> Result<Sample, Failure>),
}

/// Several loads, in times of what the cores can do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loads {
    pub(crate) all: &'static [f64],
    /// Those of a quick look.
    pub(crate) quick: &'static [f64],
}

impl Loads {
    pub(crate) fn of(self, stage: &Stage) -> &'static [f64] {
        if stage.options.quick { self.quick } else { self.all }
    }
}

/// A figure in a picture, and where its good side is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Plot {
    MoreIsBetter(&'static str),
    LessIsBetter(&'static str),
}

impl Plot {
    pub(crate) fn figure(self) -> &'static str {
        match self {
            Self::MoreIsBetter(figure) | Self::LessIsBetter(figure) => figure,
        }
    }
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
    Between(f64, f64),
}

impl Target {
    pub(crate) fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Between(least, most) => (least..=most).contains(&value),
        }
    }
}

/// The rows that the caller named, or all.
pub(crate) fn chosen(names: Option<&[String]>) -> Result<Vec<&'static Row>, Failure> {
    let known = |name: &&String| ROWS.iter().any(|row| row.is_called(name));
    if let Some(unknown) = names.unwrap_or_default().iter().find(|name| !known(name)) {
        let ids: Vec<_> = ROWS.iter().flat_map(|row| row.ids).copied().collect();
        return Err(format!("no row is called `{unknown}`: the rows are {}", ids.join(", ")).into());
    }
    let is_named = |row: &&&Row| names.is_none_or(|names| names.iter().any(|name| row.is_called(name)));
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

/// How a server is called at one of several loads.
pub(crate) fn at(label: &str, load: f64) -> String {
    format!("{label}, {load}x")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn ids_of(name: &str) -> Vec<&'static str> {
        let rows = chosen(Some(&[name.to_owned()])).unwrap();
        rows.iter().map(|row| row.ids[0]).collect()
    }

    #[test]
    fn a_name_chooses_its_row_and_those_that_it_begins() {
        assert_eq!(ids_of("P4-step"), ["P4-step"]);
        assert_eq!(
            ids_of("P4"),
            ["P4", "P4-step", "P4-retry", "P4-class", "P4-culprit"]
        );
        assert_eq!(ids_of("P3"), ["P3"]);
        assert!(chosen(Some(&["P".to_owned()])).is_err());
    }

    #[test]
    fn a_range_is_met_between_its_ends() {
        let range = Target::Between(0.45, 0.55);
        assert!(range.is_met(0.45) && range.is_met(0.55));
        assert!(!range.is_met(0.44) && !range.is_met(0.56));
    }

    #[test]
    fn every_row_has_a_picture_of_its_own() {
        let mut names: Vec<_> = ROWS.iter().map(|row| row.ids[0]).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }
}
