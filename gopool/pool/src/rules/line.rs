//! One line of waiting jobs: of one lane, one priority and, where callers are told apart, few of them.

use crate::{
    keys::JobKey,
    rules::{
        admission::freshness::STALE_TURN,
        jobs::{Jobs, Stage},
        list::List,
    },
    time::Nanos,
};

/// The waiting jobs of one line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    fresh: List,
    stale: List,
    /// Starts of this line, for the turns of stale jobs.
    turn: u32,
    /// What was charged so far, beside the other lines of its share; the one with the least is next.
    pub(crate) charged: u64,
}

impl Line {
    pub(crate) fn waiting(&self) -> usize {
        self.fresh.len() + self.stale.len()
    }

    pub(crate) fn fresh(&self) -> &List {
        &self.fresh
    }

    pub(crate) fn stale(&self) -> &List {
        &self.stale
    }

    /// The job that has waited longest.
    pub(crate) fn oldest(&self) -> Option<JobKey> {
        self.stale.first().or(self.fresh.first())
    }

    /// The job that came last.
    pub(crate) fn newest(&self) -> Option<JobKey> {
        self.fresh.last().or(self.stale.last())
    }

    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        self.fresh.push(jobs, key);
    }

    /// Takes a waiting job out, wherever it stands.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        match jobs.get(key).map(|job| job.stage) {
            Some(Stage::Waiting { is_stale: true, .. }) => self.stale.remove(jobs, key),
            _ => self.fresh.remove(jobs, key),
        }
    }

    /// Takes the next job: the oldest fresh one, unless there is none or it is the turn of a stale one, which under overload has none.
    pub(crate) fn take<J>(&mut self, jobs: &mut Jobs<J>, is_overloaded: bool) -> Option<JobKey> {
        let is_turn = self.turn % STALE_TURN == STALE_TURN - 1 && !is_overloaded;
        let list = if self.fresh.len() == 0 || is_turn && self.stale.len() > 0 {
            &mut self.stale
        } else {
            &mut self.fresh
        };
        let key = list.first()?;
        list.remove(jobs, key);
        self.turn = self.turn.wrapping_add(1);
        Some(key)
    }

    /// The oldest fresh job has waited for long.
    pub(crate) fn make_stale<J>(&mut self, jobs: &mut Jobs<J>) {
        let Some(key) = self.fresh.first() else { return };
        self.fresh.remove(jobs, key);
        if let Some(job) = jobs.get_mut(key)
            && let Stage::Waiting { is_stale, .. } = &mut job.stage
        {
            *is_stale = true;
        }
        self.stale.push(jobs, key);
    }

    /// Charges the line, or gives back what was charged too much.
    pub(crate) fn charge(&mut self, Nanos(before): Nanos, Nanos(after): Nanos) {
        self.charged = self.charged.saturating_add(after).saturating_sub(before);
    }
}
