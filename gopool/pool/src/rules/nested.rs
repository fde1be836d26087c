//! Nested work: a job whose own pool's thread waits for it. It runs on that thread, because nobody waits for himself.

use crate::{
    keys::{JobKey, LineId},
    rules::{
        counters::Ending,
        effects::Effects,
        jobs::Stage,
        lanes::LEAST_COST,
        state::{End, State},
    },
    time::{Moment, Nanos},
};

/// A waiting job that the thread that waits for it has taken.
#[derive(Debug)]
pub(crate) struct Claim<J> {
    pub(crate) payload: J,
    /// From submission to start.
    pub(crate) wait: Nanos,
    pub(crate) ticket: Ticket,
}

/// What a claim holds until its body has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    pub(crate) line: LineId,
    pub(crate) started: Moment,
    /// It holds a place of its lane; otherwise the job that waits for it does.
    has_place: bool,
}

impl<J: Clone> State<J> {
    /// Takes a job out of the queue for the thread of `seat`, unless it runs already, or its lane has no place for it. It has no
    /// deadlines from now on: those of the job that waits for it are earlier.
    pub(crate) fn claim(&mut self, seat: usize, key: JobKey, now: Moment) -> Option<Claim<J>> {
        let job = self.job(key)?;
        let (line, Stage::Waiting { submitted, .. }) = (job.line, job.stage) else {
            return None;
        };
        let outer = self.at_work[seat].and_then(|outer| self.job(outer));
        let queue = self.lanes.get(line.lane());
        let has_place = queue.occupied < queue.concurrency;
        if !has_place && outer.is_none_or(|outer| outer.line.lane() != line.lane()) {
            return None;
        }
        self.lanes.remove(&mut self.jobs, line, key);
        let job = self.jobs.remove(key)?;
        if job.armed != Moment::NEVER {
            self.deadlines.bury(&self.jobs);
        }
        if has_place {
            self.lanes.occupy(line.share);
        }
        let wait = now.since(submitted);
        self.lanes.count_start(line, wait, now);
        self.check();
        Some(Claim {
            payload: job.payload,
            wait,
            ticket: Ticket {
                line,
                started: now,
                has_place,
            },
        })
    }

    /// The body of a claimed job ended.
    pub(crate) fn settle_claim(&mut self, ticket: Ticket, ending: Ending, at: End) -> Effects<J> {
        let run = at.now.since(ticket.started);
        if ticket.has_place {
            self.lanes.release(ticket.line, Nanos(0), at.used.max(LEAST_COST));
        }
        self.run_times.add(run);
        self.lanes
            .get_mut(ticket.line.lane())
            .count_end(run, Some(ending));
        let mut effects = Effects::default();
        self.staff(&mut effects);
        self.check();
        self.check_lane(ticket.line.lane());
        effects
    }
}
