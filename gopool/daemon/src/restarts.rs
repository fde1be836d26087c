//! Why masters were started after the first one.

use serde::{Deserialize, Serialize};

/// Why a master was started after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The one before died while it served.
    Crash,
    /// An event loop of the one before was silent for too long.
    Hang,
    /// The one before said that it cannot go on.
    Sick,
    /// The one before used too much memory.
    Memory,
    /// The one before did not get ready.
    FailedStart,
    /// Somebody asked for it.
    Reload,
    /// The one before had served for long enough, or answered enough requests.
    Recycle,
}

impl Cause {
    /// Whether the one before was well.
    pub(crate) fn is_wish(self) -> bool {
        matches!(self, Cause::Reload | Cause::Recycle)
    }
}

/// How many masters were started after the first, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restarts {
    crash: u32,
    hang: u32,
    sick: u32,
    memory: u32,
    failed_start: u32,
    reload: u32,
    recycle: u32,
}

impl Restarts {
    pub(crate) fn count(&mut self, cause: Cause) {
        let counter = self.counter(cause);
        *counter = counter.saturating_add(1);
    }

    /// One that was counted under the first turns out to have the second.
    pub(crate) fn recount(&mut self, was: Cause, is: Cause) {
        let counter = self.counter(was);
        *counter = counter.saturating_sub(1);
        self.count(is);
    }

    fn counter(&mut self, cause: Cause) -> &mut u32 {
        match cause {
            Cause::Crash => &mut self.crash,
            Cause::Hang => &mut self.hang,
            Cause::Sick => &mut self.sick,
            Cause::Memory => &mut self.memory,
            Cause::FailedStart => &mut self.failed_start,
            Cause::Reload => &mut self.reload,
            Cause::Recycle => &mut self.recycle,
        }
    }

    /// Each cause, as programs write it, and how often it was one; those that never were included.
    pub fn by_cause(&self) -> impl Iterator<Item = (&'static str, u32)> + use<> {
        [
            ("crash", self.crash),
            ("hang", self.hang),
            ("sick", self.sick),
            ("memory", self.memory),
            ("failed_start", self.failed_start),
            ("reload", self.reload),
            ("recycle", self.recycle),
        ]
        .into_iter()
    }
}
