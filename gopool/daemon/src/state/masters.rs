//! What the daemon knows of a master on its way up, in service, and on its way out.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::restarts::Cause;

/// Names one master for the daemon's life; pids come back, these do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Id(pub(crate) u32);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "master {}", self.0)
    }
}

/// The master to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Next {
    /// The back-off runs; `cause` is why somebody has to come, and nothing before the first one.
    Resting { until: Duration, cause: Option<Cause> },
    /// A process runs and does not serve yet.
    Starting(Starting),
}

impl Next {
    pub(super) fn deadline(&self) -> Duration {
        match self {
            Next::Resting { until, .. } => *until,
            Next::Starting(start) => start.settles_at().unwrap_or(start.ready_by),
        }
    }
}

/// Which program a master is started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Build {
    /// What lies at the program's path now.
    OnDisk,
    /// What the last master that served was started from, whatever lies there now.
    LastGood,
}

/// A master that has until `ready_by` to get ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Starting {
    pub(crate) id: Id,
    pub(crate) ready_by: Duration,
    pub(crate) build: Build,
    /// As what it was counted among the restarts; `None` for the first of all.
    #[serde(default)]
    pub(super) cause: Option<Cause>,
    /// How many event loops it has, once it has said that it is ready.
    loops: Option<usize>,
    /// Which of them have been heard.
    heard: Vec<bool>,
    /// When it has lived for long enough with all of them heard.
    settles_at: Option<Duration>,
}

impl Starting {
    pub(super) fn new((id, build): (Id, Build), cause: Option<Cause>, ready_by: Duration) -> Starting {
        Starting {
            id,
            ready_by,
            build,
            cause,
            loops: None,
            heard: Vec::new(),
            settles_at: None,
        }
    }

    pub(super) fn hear(&mut self, index: usize) {
        if self.heard.len() <= index {
            self.heard.resize(index + 1, false);
        }
        if let Some(heard) = self.heard.get_mut(index) {
            *heard = true;
        }
    }

    pub(super) fn say_ready(&mut self, loops: usize) {
        self.loops = Some(loops.max(1));
    }

    /// How many event loops it has, if it is ready.
    pub(super) fn ready_loops(&self) -> Option<usize> {
        self.loops
    }

    /// When it may be handed over to, once it is ready and each of its event loops was heard.
    pub(super) fn settles_at(&self) -> Option<Duration> {
        self.settles_at
    }

    pub(super) fn settle_if_proven(&mut self, at: Duration) {
        if self.loops.is_some_and(|loops| self.first_unheard() >= loops) {
            self.settles_at.get_or_insert(at);
        }
    }

    pub(super) fn why_late(&self, limit: Duration) -> String {
        match self.loops {
            None => format!("was not ready within {}", seconds(limit)),
            Some(_) => format!(
                "said that it is ready, but its event loop {} did not beat within {}",
                self.first_unheard(),
                seconds(limit)
            ),
        }
    }

    fn first_unheard(&self) -> usize {
        let unheard = self.heard.iter().position(|heard| !heard);
        unheard.unwrap_or(self.heard.len())
    }
}

/// A master that was told to leave and is not reaped yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Leaving {
    pub(crate) id: Id,
    /// When it is killed; `None` once it was.
    pub(crate) kill_at: Option<Duration>,
    pub(crate) why: String,
}

/// When a master has done enough, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spent {
    pub(super) at: Duration,
    pub(super) reason: String,
}

/// A master in service, and when each of its event loops was last heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Serving {
    pub(crate) id: Id,
    pub(crate) since: Duration,
    /// It is silent, sick or too large: a successor is tried again and again, and until one is ready it goes on.
    pub(crate) is_faulty: bool,
    /// When it is to be replaced although it is well.
    #[serde(default)]
    pub(super) spent: Option<Spent>,
    /// When its silence was first looked at, if it is nearly too long.
    suspected: Option<Duration>,
    heard: Vec<Duration>,
}

impl Serving {
    /// Ready counts as the first beat of each loop, so a master that hangs right after it is noticed too.
    pub(super) fn new(id: Id, loops: usize, now: Duration) -> Serving {
        Serving {
            id,
            since: now,
            is_faulty: false,
            spent: None,
            suspected: None,
            heard: vec![now; loops.max(1)],
        }
    }

    pub(super) fn hear(&mut self, index: usize, now: Duration) {
        if let Some(heard) = self.heard.get_mut(index) {
            *heard = now;
        }
    }

    pub(super) fn hear_all(&mut self, now: Duration) {
        self.heard.fill(now);
    }

    /// When the silence of the most silent event loop has to be looked at next: the first time one beat before it is too
    /// long, the second time one beat after that. So nobody is blamed for a time in which the daemon did not listen.
    pub(super) fn look_at(&self, watchdog: Duration) -> Duration {
        let (beat, heard) = (watchdog / 4, self.most_silent().1);
        match self.suspected {
            None => heard.saturating_add(watchdog - beat),
            Some(at) => heard.saturating_add(watchdog).max(at.saturating_add(beat)),
        }
    }

    /// Looks at the silence; whether it is too long.
    pub(super) fn is_silent(&mut self, now: Duration, watchdog: Duration) -> bool {
        if now < self.most_silent().1.saturating_add(watchdog - watchdog / 4) {
            self.suspected = None;
            return false;
        }
        let is_silent = self.suspected.is_some() && self.look_at(watchdog) <= now;
        self.suspected.get_or_insert(now);
        is_silent
    }

    pub(super) fn silence(&self, now: Duration) -> String {
        let (index, heard) = self.most_silent();
        format!(
            "is silent: no beat of event loop {index} for {}",
            seconds(now.saturating_sub(heard))
        )
    }

    /// For how long it has served at this moment.
    pub(super) fn served(&self, until: Duration) -> Duration {
        until.saturating_sub(self.since)
    }

    /// When all event loops were known to run for the last time; the silence after it is no health.
    pub(super) fn last_well(&self) -> Duration {
        self.most_silent().1
    }

    fn most_silent(&self) -> (usize, Duration) {
        let loops = self.heard.iter().copied().enumerate();
        loops.min_by_key(|(_, heard)| *heard).unwrap_or((0, self.since))
    }
}

/// `10 s`, `0.25 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", (duration.as_secs_f64() * 100.0).round() / 100.0)
}
