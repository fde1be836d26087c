//! Jobs that wait for somebody outside who may never come, such as a client that does not read.
//!
//! Such a thread uses nothing and harms nobody, so it is neither busy nor overdue: it has a seat of its own, its run clock stands, and another
//! thread may take its place, within `max_stalled`. Whoever floods a pool with clients that do not read gets in the way of himself: beyond the
//! limit the one that has waited longest is cut off.

use crate::{
    error::TaskError,
    keys::JobKey,
    rules::{crew::Seat, effects::Effects, jobs::Stage, state::State},
    time::Moment,
};
use std::time::Duration;

/// Nobody is cut off who has waited for less.
const PATIENCE: Duration = Duration::from_secs(1);

impl<J: Clone> State<J> {
    /// The job of this seat waits for somebody outside from now on.
    pub(crate) fn stall(&mut self, seat: usize, now: Moment) -> Effects<J> {
        let mut effects = Effects::default();
        let (Seat::Busy, Some(key)) = (self.crew.seat(seat), self.at_work[seat]) else {
            return effects;
        };
        self.usage.count(self.crew.busy(), now);
        self.crew.stall(seat, now);
        if let Some(Stage::Running { deadline, .. }) = self.stage(key) {
            *deadline = Moment::NEVER;
        }
        self.cut_longest(now, &mut effects);
        self.staff(&mut effects);
        self.check();
        effects
    }

    /// It goes on. Its time begins anew, and what it waited is none of its run.
    pub(crate) fn resume(&mut self, seat: usize, now: Moment) -> Effects<J> {
        let mut effects = Effects::default();
        if self.crew.seat(seat) != Seat::Stalled {
            return effects;
        }
        self.usage.count(self.crew.busy(), now);
        let (Some(since), Some(key)) = (self.crew.resume(seat), self.at_work[seat]) else {
            return effects;
        };
        if let Some(Stage::Running {
            started,
            deadline,
            timeout,
            ..
        }) = self.stage(key)
        {
            *started = *started + now.since(since);
            *deadline = now + *timeout;
            let deadline = *deadline;
            self.arm(key, deadline, &mut effects);
        }
        self.check();
        effects
    }

    /// The job of this seat has come on: its time begins anew. The clock need not be told, it looks at the earlier moment and finds the later one.
    pub(crate) fn progress(&mut self, seat: usize, now: Moment) {
        if self.crew.seat(seat) != Seat::Busy {
            return;
        }
        if let Some(Stage::Running {
            deadline, timeout, ..
        }) = self.at_work[seat].and_then(|key| self.stage(key))
        {
            *deadline = now + *timeout;
        }
    }

    /// Whether one more thread that stalls would be replaced.
    pub(crate) fn may_stall(&self) -> bool {
        self.crew.stalled().len() < self.settings.max_stalled
    }

    /// Beyond the limit, the caller of the job that has waited longest is told so.
    fn cut_longest(&mut self, now: Moment, effects: &mut Effects<J>) {
        if self.crew.stalled().len() <= self.settings.max_stalled {
            return;
        }
        let waits = self.crew.stalled().iter();
        let mut long = waits.take_while(|(_, since)| now.since(*since) >= PATIENCE.into());
        let longest = long.find_map(|(seat, _)| {
            let key = self.at_work[*seat]?;
            let stage = self.job(key)?.stage;
            matches!(
                stage,
                Stage::Running {
                    is_settled: false,
                    ..
                }
            )
            .then_some(key)
        });
        if let Some(key) = longest {
            self.settle_running(key, TaskError::Stalled, effects);
        }
    }

    fn stage(&mut self, key: JobKey) -> Option<&mut Stage> {
        Some(&mut self.jobs.get_mut(key)?.stage)
    }
}
