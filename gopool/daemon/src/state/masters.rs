//! What the daemon knows of a master on its way up, in service, and on its way out.

use std::{fmt, time::Duration};

/// Names one master for the daemon's life; pids come back, these do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) u32);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "master {}", self.0)
    }
}

/// The master to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// The back-off runs.
    Resting { until: Duration },
    /// A process runs and has not said ready yet.
    Starting(Starting),
}

impl Next {
    pub(super) fn deadline(&self) -> Duration {
        match self {
            Next::Resting { until } => *until,
            Next::Starting(start) => start.ready_by,
        }
    }
}

/// A master that has until `ready_by` to say ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Starting {
    pub(crate) id: Id,
    pub(crate) ready_by: Duration,
}

/// A master that was told to leave and is not reaped yet.
#[derive(Debug, PartialEq)]
pub(crate) struct Leaving {
    pub(crate) id: Id,
    /// When it is killed; `None` once it was.
    pub(crate) kill_at: Option<Duration>,
    pub(crate) why: String,
}

/// A master in service, and when each of its event loops was last heard.
#[derive(Debug, PartialEq)]
pub(crate) struct Serving {
    pub(crate) id: Id,
    pub(crate) since: Duration,
    /// It is silent, sick or too large: a successor is tried again and again, and until one is ready it goes on.
    pub(crate) is_faulty: bool,
    heard: Vec<Duration>,
}

impl Serving {
    /// Ready counts as the first beat of each loop, so a master that hangs right after it is noticed too.
    pub(super) fn new(id: Id, loops: usize, now: Duration) -> Serving {
        Serving {
            id,
            since: now,
            is_faulty: false,
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

    /// When the most silent event loop has been silent for too long.
    pub(super) fn silent_at(&self, watchdog: Duration) -> Duration {
        self.most_silent().1.saturating_add(watchdog)
    }

    pub(super) fn silence(&self, now: Duration) -> String {
        let (index, heard) = self.most_silent();
        format!(
            "is silent: no beat of event loop {index} for {}",
            seconds(now.saturating_sub(heard))
        )
    }

    /// Whether it served for so long, up to this moment.
    pub(super) fn was_healthy(&self, after: Duration, until: Duration) -> bool {
        until.saturating_sub(self.since) >= after
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
