//! When the pool's one clock must look next: a heap of moments, where entries of ended jobs are dropped late.

use crate::{keys::JobKey, rules::jobs::Jobs, time::Moment};
use std::{cmp::Ordering, collections::BinaryHeap};

/// Fewer dead entries than this are not worth a sweep.
const SWEEP_FROM: usize = 64;

/// Look at this job at this moment. A job has one living entry at most, the one that equals its `armed`; it may be early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    at: Moment,
    key: JobKey,
}

/// The earliest first.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .at
            .cmp(&self.at)
            .then_with(|| other.key.to_bits().cmp(&self.key.to_bits()))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The deadlines of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Entry>,
    /// Entries whose job has ended or looks at an earlier entry.
    dead: usize,
}

impl Deadlines {
    /// Sees to it that the clock looks at the job at `at` or before. True if that needed a new entry.
    pub(crate) fn arm<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey, at: Moment) -> bool {
        let Some(job) = jobs.get_mut(key) else {
            return false;
        };
        if job.armed <= at {
            return false;
        }
        let superseded = std::mem::replace(&mut job.armed, at) != Moment::NEVER;
        self.heap.push(Entry { at, key });
        if superseded {
            self.bury(jobs);
        }
        true
    }

    /// A job that was armed has ended. Sweeps when the dead outnumber the living, so that each costs a constant share.
    pub(crate) fn bury<J>(&mut self, jobs: &Jobs<J>) {
        self.dead += 1;
        if self.dead > SWEEP_FROM && self.dead * 2 > self.heap.len() {
            self.heap.retain(|entry| is_living(jobs, entry));
            self.dead = 0;
        }
    }

    /// The next job whose entry is due; the entry is gone, the job is no longer armed.
    pub(crate) fn due<J>(&mut self, jobs: &mut Jobs<J>, now: Moment) -> Option<JobKey> {
        let entry = self.peek(jobs).filter(|entry| entry.at <= now)?;
        self.heap.pop();
        jobs.get_mut(entry.key)?.armed = Moment::NEVER;
        Some(entry.key)
    }

    /// The moment of the earliest living entry, or never.
    pub(crate) fn next<J>(&mut self, jobs: &Jobs<J>) -> Moment {
        self.peek(jobs).map_or(Moment::NEVER, |entry| entry.at)
    }

    fn peek<J>(&mut self, jobs: &Jobs<J>) -> Option<Entry> {
        while let Some(entry) = self.heap.peek().copied() {
            if is_living(jobs, &entry) {
                return Some(entry);
            }
            self.heap.pop();
            self.dead = self.dead.saturating_sub(1);
        }
        None
    }

    #[cfg(all(test, not(gopool_loom)))]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}

fn is_living<J>(jobs: &Jobs<J>, entry: &Entry) -> bool {
    jobs.get(entry.key).is_some_and(|job| job.armed == entry.at)
}
