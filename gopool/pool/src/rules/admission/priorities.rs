//! Which priority is next: the most urgent one, unless one below has been passed by for long.

use crate::{
    priority::Priority,
    time::{Moment, Nanos},
};

/// What is passed by has one run in so much time that its like would take.
const SHARE: usize = 64;

/// What the jobs of each priority, in all lanes together, have seen.
#[derive(Debug)]
pub(crate) struct Priorities([Group; Priority::ALL.len()]);

/// The jobs of one priority.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// What more urgent runs cost that began while it waited, since it was last served.
    passed_by: Nanos,
    last_start: Moment,
}

impl Default for Priorities {
    fn default() -> Self {
        let group = Group {
            passed_by: Nanos(0),
            last_start: Moment::START,
        };
        Self([group; Priority::ALL.len()])
    }
}

impl Priorities {
    /// Whether it is the turn of this one, whose next run will cost so much, although more urgent ones wait.
    pub(crate) fn is_owed(&self, priority: Priority, cost: Nanos) -> bool {
        self.0[priority as usize].passed_by >= cost * SHARE
    }

    /// A job of this priority is served.
    pub(crate) fn serve(&mut self, priority: Priority) {
        self.0[priority as usize].passed_by = Nanos(0);
    }

    /// A more urgent job was served that will cost so much, while a job of this priority could have been; `None`: none could.
    pub(crate) fn pass_by(&mut self, priority: Priority, cost: Option<Nanos>) {
        let passed_by = &mut self.0[priority as usize].passed_by;
        *passed_by = cost.map_or(Nanos(0), |cost| *passed_by + cost);
    }

    pub(crate) fn start(&mut self, priority: Priority, now: Moment) {
        self.0[priority as usize].last_start = now;
    }

    /// When a job that is more urgent than this was last started.
    pub(crate) fn last_start_above(&self, priority: Priority) -> Moment {
        let above = self.0[priority as usize + 1..].iter();
        above.fold(Moment::START, |last, group| last.max(group.last_start))
    }
}
