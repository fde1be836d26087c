//! Every decision about the children, on plain data: no process, no lock, no clock.
//!
//! `P` is what the parent holds of a child.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::settings::Settings;

mod figures;
mod places;
#[cfg(test)]
mod tests;
mod want;

pub(crate) use figures::Why;
pub use figures::{Exits, Stats, View};
pub(crate) use want::{Id, Taken, Waiting, Want};

/// The first delay after a child that did not start, and the longest; each is half as long again as the one before.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(15);
/// How long a child that was dismissed may take to leave by itself.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a child is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not ready yet; late from then on.
    Booting { until: Instant },
    /// Ready, without a job since then.
    Idle { since: Instant },
    /// It has a job, and a thread that waits for the answer.
    Busy,
    /// The same, but what its answer goes to takes no more for now.
    Stalled,
    /// Its job is late or unwanted, and it may heed that until then.
    Overdue { until: Instant },
    /// Dismissed; killed if it is there still.
    Leaving { until: Instant },
    /// Killed, or dead; not reaped yet.
    Dying,
}

impl Phase {
    /// The word for it, as in [`Stats`].
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Booting { .. } => "booting",
            Self::Idle { .. } => "idle",
            Self::Busy => "busy",
            Self::Stalled => "stalled",
            Self::Overdue { .. } => "overdue",
            Self::Leaving { .. } => "leaving",
            Self::Dying => "dying",
        }
    }

    pub(crate) fn has_job(self) -> bool {
        matches!(self, Self::Busy | Self::Stalled | Self::Overdue { .. })
    }
}

/// One child.
#[derive(Debug)]
pub(crate) struct Child<P> {
    pub(crate) payload: P,
    pub(crate) phase: Phase,
    /// Jobs that it had.
    pub(crate) served: usize,
    /// Jobs after which it is to leave.
    recycle_at: Option<usize>,
    /// The most memory that it has ever had, as it said with its last answer, in bytes.
    pub(crate) peak: u64,
    /// It leaves after the job that it has.
    is_last: bool,
    pub(crate) began: Instant,
    /// Why it ends, once it is known.
    pub(crate) why: Option<Why>,
}

/// What is to be done now with a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Dismiss(Id),
    Kill(Id),
    /// It took too long to start.
    NotReady(Id),
}

/// All children, and all that decisions about them depend on.
#[derive(Debug)]
pub(crate) struct State<P> {
    settings: Settings,
    children: BTreeMap<Id, Child<P>>,
    /// Those without a job; the one that was busy last is the last, and the next to be.
    idle: Vec<Id>,
    pub(crate) waiting: Waiting,
    /// When a child was last asked for, and a fresh one.
    last_asked: Option<Instant>,
    last_asked_fresh: Option<Instant>,
    /// Starts in a row that failed.
    failures: u32,
    retry_at: Option<Instant>,
    /// One child is wanted whatever is asked for: the launch waits for it.
    wants_probe: bool,
    is_closing: bool,
    last_id: Id,
    figures: Stats,
}

impl<P> State<P> {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            children: BTreeMap::new(),
            idle: Vec::new(),
            waiting: Waiting::default(),
            last_asked: None,
            last_asked_fresh: None,
            failures: 0,
            retry_at: None,
            wants_probe: true,
            is_closing: false,
            last_id: 0,
            figures: Stats::default(),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = (Id, &Child<P>)> {
        self.children.iter().map(|(id, child)| (*id, child))
    }

    pub(crate) fn child(&mut self, id: Id) -> Option<&mut Child<P>> {
        self.children.get_mut(&id)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// How it is, for people and programs.
    pub(crate) fn stats(&self) -> Stats {
        let count = |phase: fn(&Phase) -> bool| self.count(phase);
        Stats {
            booting: count(|phase| matches!(phase, Phase::Booting { .. })),
            idle: self.idle.len(),
            busy: count(|phase| matches!(phase, Phase::Busy)),
            stalled: count(|phase| matches!(phase, Phase::Stalled)),
            overdue: count(|phase| matches!(phase, Phase::Overdue { .. })),
            leaving: count(|phase| matches!(phase, Phase::Leaving { .. })),
            dying: count(|phase| matches!(phase, Phase::Dying)),
            ..self.figures
        }
    }

    fn count(&self, is_wanted: impl Fn(&Phase) -> bool) -> usize {
        self.children
            .values()
            .filter(|child| is_wanted(&child.phase))
            .count()
    }

    /// A child was started. `chance` is from 0 to 1, and spreads when it is recycled.
    pub(crate) fn started(&mut self, payload: P, now: Instant, chance: f64) -> Id {
        self.last_id += 1;
        self.wants_probe = false;
        self.figures.starts += 1;
        let spread = |jobs: usize| (jobs as f64 * (0.9 + 0.2 * chance)).round().max(1.0) as usize;
        let child = Child {
            payload,
            phase: Phase::Booting {
                until: now + self.settings.boot_timeout,
            },
            served: 0,
            recycle_at: self.settings.recycle.map(spread),
            peak: 0,
            is_last: false,
            began: now,
            why: None,
        };
        self.children.insert(self.last_id, child);
        self.last_id
    }

    /// A child could not be started, or did not become ready: the next try comes later. Tells how much.
    pub(crate) fn boot_failed(&mut self, id: Option<Id>, now: Instant) -> Duration {
        self.wants_probe = false;
        self.failures = self.failures.saturating_add(1);
        let delay = delay(self.failures);
        self.retry_at = Some(now + delay);
        if let Some(id) = id {
            self.end(id, Why::Boot);
        }
        delay
    }

    /// A child is ready.
    pub(crate) fn ready(&mut self, id: Id, now: Instant) {
        self.failures = 0;
        self.retry_at = None;
        if let Some(child) = self.children.get(&id) {
            self.figures.last_boot = now.saturating_duration_since(child.began);
        }
        self.rest(id, now);
    }

    /// A child has answered. `peak` is the most memory that it has ever had, in bytes. False if it is to be dismissed.
    pub(crate) fn answered(&mut self, id: Id, now: Instant, peak: u64) -> bool {
        self.figures.peak = self.figures.peak.max(peak);
        let Some(child) = self.children.get_mut(&id) else {
            return true;
        };
        child.served += 1;
        child.peak = peak;
        let is_last = child.is_last;
        let is_old = child.recycle_at.is_some_and(|jobs| child.served >= jobs);
        let is_large = self.settings.recycle_memory.is_some_and(|most| peak > most);
        // Not before somebody can take over; then it is asked for, and there soon.
        let has_successor = !self.idle.is_empty() || self.settings.spare == 0;
        if self.is_closing {
            self.dismiss(id, now, Why::Drain);
        } else if is_last || ((is_old || is_large) && has_successor) {
            self.dismiss(id, now, Why::Recycled);
        } else {
            self.rest(id, now);
            return true;
        }
        false
    }

    /// A child that works waits for whoever takes its answer, or goes on.
    pub(crate) fn stall(&mut self, id: Id, is_stalled: bool) {
        let phase = self.children.get(&id).map(|child| child.phase);
        match (phase, is_stalled) {
            (Some(Phase::Busy), true) => self.set(id, Phase::Stalled),
            (Some(Phase::Stalled), false) => self.set(id, Phase::Busy),
            _ => {}
        }
    }

    /// Nobody waits for the answer of a child any longer. It has the grace to heed that.
    pub(crate) fn overdue(&mut self, id: Id, now: Instant, why: Why) {
        let until = now + self.settings.grace;
        self.set(id, Phase::Overdue { until });
        if let Some(child) = self.children.get_mut(&id) {
            child.why = Some(why);
        }
    }

    /// A child has heeded that its job was late.
    pub(crate) fn came_back(&mut self, id: Id, now: Instant, peak: u64) -> bool {
        if let Some(child) = self.children.get_mut(&id) {
            child.why = None;
        }
        self.answered(id, now, peak)
    }

    /// A child is to be killed, or dead.
    pub(crate) fn end(&mut self, id: Id, why: Why) {
        self.idle.retain(|idle| *idle != id);
        if let Some(child) = self.children.get_mut(&id) {
            child.phase = Phase::Dying;
            child.why.get_or_insert(why);
        }
    }

    /// A child was reaped. Its end is counted.
    pub(crate) fn reaped(&mut self, id: Id) -> Option<Child<P>> {
        let was_idle = self.idle.contains(&id);
        self.idle.retain(|idle| *idle != id);
        let mut child = self.children.remove(&id)?;
        let otherwise = if matches!(child.phase, Phase::Booting { .. }) {
            Why::Boot
        } else {
            Why::Crash
        };
        let why = *child.why.get_or_insert(otherwise);
        debug_assert_eq!(was_idle, matches!(child.phase, Phase::Idle { .. }));
        self.figures.exits.count(why);
        Some(child)
    }

    /// Who is to leave or to be killed by now; each is said once.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Due> {
        let mut due = Vec::new();
        for (id, child) in &mut self.children {
            match child.phase {
                Phase::Booting { until } if until <= now => due.push(Due::NotReady(*id)),
                Phase::Overdue { until } | Phase::Leaving { until } if until <= now => {
                    due.push(Due::Kill(*id))
                }
                _ => continue,
            }
            child.phase = Phase::Dying;
        }
        if let Some(id) = self.in_the_way() {
            self.dismiss(id, now, Why::Recycled);
            due.push(Due::Dismiss(id));
        }
        while let Some((id, _)) = self.leaves_next().filter(|(_, at)| *at <= now) {
            self.dismiss(id, now, Why::Idle);
            due.push(Due::Dismiss(id));
        }
        due
    }

    /// Takes no more jobs. Those without one are to leave, those that boot are of no use any more.
    pub(crate) fn close(&mut self, now: Instant) -> Vec<Due> {
        self.is_closing = true;
        let mut due = Vec::new();
        for id in std::mem::take(&mut self.idle) {
            self.dismiss(id, now, Why::Drain);
            due.push(Due::Dismiss(id));
        }
        for (id, child) in &mut self.children {
            if matches!(child.phase, Phase::Booting { .. }) {
                child.phase = Phase::Dying;
                child.why = Some(Why::Drain);
                due.push(Due::Kill(*id));
            }
        }
        due
    }

    /// Ends all that are there still.
    pub(crate) fn end_all(&mut self) -> Vec<Due> {
        let ids: Vec<_> = self.children.keys().copied().collect();
        ids.into_iter()
            .map(|id| {
                self.end(id, Why::Drain);
                Due::Kill(id)
            })
            .collect()
    }

    fn dismiss(&mut self, id: Id, now: Instant, why: Why) {
        self.idle.retain(|idle| *idle != id);
        let until = now + FAREWELL;
        self.set(id, Phase::Leaving { until });
        if let Some(child) = self.children.get_mut(&id) {
            child.why = Some(why);
        }
    }

    fn rest(&mut self, id: Id, now: Instant) {
        self.set(id, Phase::Idle { since: now });
        if self.children.contains_key(&id) {
            self.idle.push(id);
        }
    }

    fn set(&mut self, id: Id, phase: Phase) {
        if let Some(child) = self.children.get_mut(&id) {
            child.phase = phase;
        }
        debug_assert!(
            self.children.len() <= 3 * self.settings.max + self.settings.min + self.settings.spare + 1,
            "more children than there are places"
        );
    }
}

/// The delay after so many starts in a row that failed.
fn delay(failures: u32) -> Duration {
    let steps = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = FIRST_DELAY.as_secs_f64() * 1.5_f64.powi(steps);
    Duration::try_from_secs_f64(seconds).map_or(LONGEST_DELAY, |delay| delay.min(LONGEST_DELAY))
}
