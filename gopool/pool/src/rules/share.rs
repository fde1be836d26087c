//! What the jobs of one lane and one priority share: a part of the CPU time, a watch over what comes, and a line for each caller.

use crate::{
    keys::JobKey,
    rules::{
        admission::{appointment::Appointments, callers::LINES, overload::Overload},
        counters::PriorityCounters,
        jobs::Jobs,
        line::Line,
    },
    time::Nanos,
};

/// One share. Its line 0 is that of jobs without a caller, too.
#[derive(Debug)]
pub(crate) struct Share {
    /// Made by the first job of each; never more than [`LINES`].
    lines: Vec<Line>,
    /// The places of lines in which jobs wait.
    standing: Vec<u8>,
    /// What a line had been charged that was served, the greatest of all.
    present: u64,
    waiting: usize,
    fresh: usize,
    /// Its jobs that run.
    pub(crate) occupied: usize,
    weight: u64,
    /// What was charged so far, by weight; the share with the least is next among those of its priority.
    pub(crate) charged: u64,
    /// The ring of its priority holds this one.
    pub(crate) is_in_ring: bool,
    pub(crate) overload: Overload,
    pub(crate) appointments: Appointments,
    pub(crate) counters: PriorityCounters,
}

impl Share {
    /// One with this part of the CPU time, beside others of its priority.
    pub(crate) fn new(weight: u64, seed: u64) -> Self {
        Self {
            lines: Vec::new(),
            standing: Vec::new(),
            present: 0,
            waiting: 0,
            fresh: 0,
            occupied: 0,
            weight,
            charged: 0,
            is_in_ring: false,
            overload: Overload::new(seed),
            appointments: Appointments::new(),
            counters: PriorityCounters::default(),
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(crate) fn fresh(&self) -> usize {
        self.fresh
    }

    pub(crate) fn stale(&self) -> usize {
        self.waiting - self.fresh
    }

    /// It neither waits nor runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting == 0 && self.occupied == 0
    }

    /// How many jobs wait in the line at this place.
    pub(crate) fn waiting_at(&self, place: u8) -> usize {
        self.line(place).map_or(0, Line::waiting)
    }

    /// How many of these are fresh.
    pub(crate) fn fresh_at(&self, place: u8) -> usize {
        self.line(place).map_or(0, |line| line.fresh().len())
    }

    /// How many lines there are in which jobs wait, if that at `place` is one of them.
    pub(crate) fn standing_with(&self, place: u8) -> usize {
        self.standing.len() + usize::from(self.waiting_at(place) == 0)
    }

    pub(crate) fn line(&self, place: u8) -> Option<&Line> {
        self.lines.get(usize::from(place))
    }

    fn line_mut(&mut self, place: u8) -> &mut Line {
        debug_assert!(place < LINES);
        let place = usize::from(place);
        if self.lines.len() <= place {
            self.lines.resize_with(place + 1, Line::default);
        }
        &mut self.lines[place]
    }

    /// The places of the lines in which jobs wait.
    pub(crate) fn standing(&self) -> &[u8] {
        &self.standing
    }

    fn standing_lines(&self) -> impl Iterator<Item = (u8, &Line)> {
        self.standing
            .iter()
            .filter_map(|place| Some((*place, self.line(*place)?)))
    }

    /// The line whose turn it is.
    pub(crate) fn turn(&self) -> Option<u8> {
        let next = self
            .standing_lines()
            .min_by_key(|(place, line)| (line.charged, *place));
        next.map(|(place, _)| place)
    }

    /// The line with the most waiting jobs.
    pub(crate) fn longest(&self) -> Option<&Line> {
        let lines = self.standing_lines().map(|(_, line)| line);
        lines.max_by_key(|line| line.waiting())
    }

    /// The line with the most stale jobs.
    pub(crate) fn stalest(&self) -> Option<&Line> {
        let lines = self.standing_lines().map(|(_, line)| line);
        lines.max_by_key(|line| line.stale().len())
    }

    /// Any of its stale jobs, the oldest of its line.
    pub(crate) fn any_stale(&self) -> Option<JobKey> {
        if self.stale() == 0 {
            return None;
        }
        self.standing_lines().find_map(|(_, line)| line.stale().first())
    }

    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, place: u8, key: JobKey) {
        let present = self.present;
        let line = self.line_mut(place);
        if line.waiting() == 0 {
            line.charged = line.charged.max(present);
        }
        self.change(place, |line| line.push(jobs, key));
    }

    /// Takes a waiting job out, wherever it stands in its line.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, place: u8, key: JobKey) {
        self.change(place, |line| line.remove(jobs, key));
    }

    /// Takes the next job of a line.
    pub(crate) fn take<J>(&mut self, jobs: &mut Jobs<J>, place: u8) -> Option<JobKey> {
        let is_overloaded = self.overload.is_overloaded();
        let mut key = None;
        self.change(place, |line| key = line.take(jobs, is_overloaded));
        if let Some(line) = self.line(place) {
            self.present = self.present.max(line.charged);
        }
        key
    }

    /// The oldest fresh job of a line has waited for long.
    pub(crate) fn make_stale<J>(&mut self, jobs: &mut Jobs<J>, place: u8) {
        self.change(place, |line| line.make_stale(jobs));
    }

    /// Charges a run to the share and to its line, or gives back what was charged too much.
    pub(crate) fn charge(&mut self, place: u8, before: Nanos, after: Nanos) {
        let weight = self.weight;
        let by_weight = |Nanos(nanos): Nanos| nanos / weight;
        self.charged = (self.charged + by_weight(after)).saturating_sub(by_weight(before));
        self.line_mut(place).charge(before, after);
    }

    /// Changes one line and keeps the sums true.
    fn change(&mut self, place: u8, change: impl FnOnce(&mut Line)) {
        let line = self.line_mut(place);
        let (waited, were_fresh) = (line.waiting(), line.fresh().len());
        change(line);
        let (waiting, fresh) = (line.waiting(), line.fresh().len());
        self.waiting = self.waiting - waited + waiting;
        self.fresh = self.fresh - were_fresh + fresh;
        match (waited, waiting) {
            (0, 1..) => self.standing.push(place),
            (1.., 0) => self.standing.retain(|standing| *standing != place),
            _ => {}
        }
    }
}
