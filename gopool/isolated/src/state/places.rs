//! Which child a job has, how many there are to be, and who leaves.

use std::time::Instant;

use super::{FAREWELL, Id, Phase, State, Taken, Want};

impl<P> State<P> {
    /// A thread asks for a child. With `Wait` it counts among those that wait, until it says otherwise.
    pub(crate) fn take(&mut self, now: Instant, want: Want) -> Taken {
        if self.is_closing {
            return Taken::Closed;
        }
        self.last_asked = Some(now);
        if want == Want::Fresh {
            self.last_asked_fresh = Some(now);
        }
        if let Some(at) = self.suited(want) {
            let id = self.idle.remove(at);
            self.set(id, Phase::Busy);
            if let Some(child) = self.children.get_mut(&id) {
                child.is_last = want == Want::Fresh;
            }
            return Taken::Child(id);
        }
        let may_come =
            |phase: &Phase| matches!(phase, Phase::Booting { .. } | Phase::Busy | Phase::Overdue { .. });
        // Who wants a fresh one is helped only by a start; others make room for that.
        let may_help = match want {
            Want::Any => may_come,
            Want::Fresh => |phase: &Phase| matches!(phase, Phase::Booting { .. }),
        };
        let delay = self.retry_at.map(|at| at.saturating_duration_since(now));
        match delay.filter(|delay| !delay.is_zero()) {
            Some(delay) if self.count(may_help) == 0 => Taken::NotNow(delay),
            // What is dying takes all places, for as long as the system likes.
            None if self.room() == 0 && self.idle.is_empty() && self.count(may_come) == 0 => {
                Taken::NotNow(FAREWELL)
            }
            _ => Taken::Wait,
        }
    }

    /// Where among those without a job the one is that suits best. Fresh ones are kept for whoever wants such.
    fn suited(&self, want: Want) -> Option<usize> {
        let fresh = self.idle.iter().position(|id| self.is_fresh(*id));
        match want {
            Want::Fresh => fresh,
            Want::Any => {
                let used = self.idle.iter().rposition(|id| !self.is_fresh(*id));
                used.or_else(|| self.idle.len().checked_sub(1))
            }
        }
    }

    fn is_fresh(&self, id: Id) -> bool {
        self.children.get(&id).is_some_and(|child| child.served == 0)
    }

    /// How many of those without a job have never had one.
    fn fresh(&self) -> usize {
        self.idle.iter().filter(|id| self.is_fresh(**id)).count()
    }

    /// How many children are to be started now.
    pub(crate) fn boots(&self, now: Instant) -> usize {
        if self.is_closing || self.retry_at.is_some_and(|at| now < at) {
            return 0;
        }
        let booting = self.count(|phase| matches!(phase, Phase::Booting { .. }));
        let on_their_way = booting + self.idle.len();
        let missing = (self.waiting.all + self.kept(now)).saturating_sub(on_their_way);
        let missing = missing.max(self.wanted_fresh(now).saturating_sub(booting + self.fresh()));
        let probe = usize::from(self.wants_probe && self.children.is_empty());
        let at_once = self.settings.boots_at_once().saturating_sub(booting);
        missing.max(probe).min(self.room()).min(at_once)
    }

    /// How many that have had no job are wanted, or to be kept.
    fn wanted_fresh(&self, now: Instant) -> usize {
        self.waiting.fresh + self.spare(self.last_asked_fresh, now)
    }

    /// How many of those without a job there are to be.
    fn kept(&self, now: Instant) -> usize {
        self.kept_always().max(self.spare(self.last_asked, now))
    }

    /// How many are spare, if they were asked for lately.
    fn spare(&self, asked: Option<Instant>, now: Instant) -> usize {
        let is_in_use =
            asked.is_some_and(|asked| now.saturating_duration_since(asked) < self.settings.idle_timeout);
        if is_in_use { self.settings.spare } else { 0 }
    }

    /// The same when nobody asks for one.
    fn kept_always(&self) -> usize {
        let busy = self.count(|phase| matches!(phase, Phase::Busy));
        self.settings.min.saturating_sub(busy)
    }

    /// How many more may be there. What is about to end counts only beyond as many as may work, or those that the system cannot end
    /// would take the places of all others.
    fn room(&self) -> usize {
        let is_ending = |phase: &Phase| {
            matches!(
                phase,
                Phase::Overdue { .. } | Phase::Leaving { .. } | Phase::Dying
            )
        };
        let beyond = |count: usize| count.saturating_sub(self.settings.max);
        let ending = self.count(is_ending);
        // Those that wait for slow readers must not keep others from working either.
        let stalled = self.count(|phase| matches!(phase, Phase::Stalled));
        let others = self.children.len() - ending - stalled;
        let counted = others + beyond(ending) + beyond(stalled);
        let places = self.settings.max.max(self.settings.min) + self.settings.spare;
        places.saturating_sub(counted)
    }

    /// Whether somebody is to start or to leave now.
    pub(crate) fn wants_attention(&self, now: Instant) -> bool {
        self.boots(now) > 0 || self.in_the_way().is_some()
    }

    /// Who has to leave, though it could work: somebody waits for a fresh one, and there is no place for that.
    pub(crate) fn in_the_way(&self) -> Option<Id> {
        let booting = self.count(|phase| matches!(phase, Phase::Booting { .. }));
        let is_needed = self.waiting.fresh > booting + self.fresh() && self.room() == 0;
        let mut used = self.idle.iter().filter(|id| !self.is_fresh(**id));
        used.next().copied().filter(|_| is_needed && !self.is_closing)
    }

    /// Who of those without a job leaves first, and when, if nothing happens before.
    ///
    /// Those that work now and then are never idle for long, so only the others count: a spare among them stays while there is work.
    pub(super) fn leaves_next(&self) -> Option<(Id, Instant)> {
        let oldest = *self.idle.first()?;
        let timeout = self.settings.idle_timeout;
        // From the oldest on, when so many and one more will have been idle for too long.
        let beyond = |kept: usize| match self.children.get(self.idle.get(kept)?)?.phase {
            Phase::Idle { since } => Some(since + timeout),
            _ => None,
        };
        let always = self.kept_always();
        let in_use = beyond(always.max(self.settings.spare));
        let out_of_use = self.last_asked.map(|asked| asked + timeout);
        let unused = beyond(always).map(|at| out_of_use.map_or(at, |out| at.max(out)));
        let first = in_use.into_iter().chain(unused).min();
        first.map(|at| (oldest, at))
    }

    /// When the next thing is due, if nothing happens before.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        let limits = self.children.values().filter_map(|child| match child.phase {
            Phase::Booting { until } | Phase::Overdue { until } | Phase::Leaving { until } => Some(until),
            _ => None,
        });
        let leave = self.leaves_next().map(|(_, at)| at);
        let wants =
            self.waiting.all + self.kept(now) > self.idle.len() || self.wanted_fresh(now) > self.fresh();
        let retry = self.retry_at.filter(|at| wants && *at > now);
        limits.chain(leave).chain(retry).min()
    }
}
