//! The cores: the runs share them as a kernel's threads do, and none is faster than one core.

use crate::time::{Moment, Nanos};

/// One run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) number: usize,
    pub(super) seat: usize,
    /// Waits for something else until then.
    pub(super) begins: Moment,
    /// CPU time, in seconds.
    pub(super) need: f64,
}

pub(super) struct Machine {
    cores: usize,
    now: Moment,
    /// Each with what is left of it, in seconds.
    runs: Vec<(Run, f64)>,
    /// The most that ran at once.
    pub(super) most: usize,
}

impl Machine {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            cores,
            now: Moment::START,
            runs: Vec::new(),
            most: 0,
        }
    }

    pub(super) fn start(&mut self, run: Run) {
        self.runs.push((run, run.need));
        self.most = self.most.max(self.runs.len());
    }

    pub(super) fn end(&mut self, number: usize) -> Option<Run> {
        let index = self.runs.iter().position(|(run, _)| run.number == number)?;
        Some(self.runs.swap_remove(index).0)
    }

    /// When something changes next if nothing starts before, and which run ends then.
    pub(super) fn next(&self) -> (Moment, Option<usize>) {
        let ends = self.runs.iter().zip(self.rates()).map(|((run, left), rate)| {
            if run.begins > self.now {
                return (run.begins, None);
            }
            (self.now + nanos(left / rate), Some(run.number))
        });
        ends.min_by_key(|(at, _)| *at).unwrap_or((Moment::NEVER, None))
    }

    /// Lets time pass in which nothing changes.
    pub(super) fn advance(&mut self, now: Moment) {
        let seconds = now.since(self.now).0 as f64 / 1e9;
        let rates = self.rates();
        for ((_, left), rate) in self.runs.iter_mut().zip(rates) {
            *left = (*left - seconds * rate).max(0.0);
        }
        self.now = now;
    }

    /// The part of a core that each run has now.
    fn rates(&self) -> impl Iterator<Item = f64> + use<> {
        let runs: Vec<_> = self.runs.iter().map(|(run, _)| run.begins <= self.now).collect();
        let at_work = runs.iter().filter(|is_at_work| **is_at_work).count();
        let part = (self.cores as f64 / at_work.max(1) as f64).min(1.0);
        runs.into_iter()
            .map(move |is_at_work| if is_at_work { part } else { 0.0 })
    }
}

fn nanos(seconds: f64) -> Nanos {
    Nanos((seconds * 1e9).ceil() as u64)
}
