//! Where one thread sleeps until others want it awake.

use crate::{
    sync::{self, Condvar, Mutex, lock},
    time::Moment,
};

/// A call that comes before the sleep ends it at once, so the sleeper decides under whatever lock it likes and sleeps under none of it.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    state: Mutex<BellState>,
    sleeper: Condvar,
}

#[derive(Debug, Default)]
struct BellState {
    has_rung: bool,
    is_awaited: bool,
}

impl Bell {
    /// Wakes the sleeper, or spares it its next sleep.
    pub(crate) fn ring(&self) {
        let mut state = lock(&self.state);
        state.has_rung = true;
        let is_awaited = state.is_awaited;
        drop(state);
        // A look, because to wake nobody is a system call all the same.
        if is_awaited {
            self.sleeper.notify_one();
        }
    }

    /// Sleeps until the bell rings, at most until `until`. One thread at a time.
    pub(crate) fn wait(&self, until: Moment) {
        let mut state = lock(&self.state);
        state.is_awaited = true;
        while !state.has_rung && sync::now() < until {
            state = sync::wait(&self.sleeper, state, until);
        }
        *state = BellState::default();
    }
}
