//! The one thread that knows when something is due. It starts with the first deadline and sleeps without limit while nothing is.

use crate::{
    rules::effects::Tick,
    sync::{self, lock},
    threads::{shared::Shared, worker},
};
use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Little is done on this thread apart from dropping jobs that waited too long.
const STACK: usize = 256 * 1024;

/// Starts the clock thread unless it runs.
pub(crate) fn start(shared: &Arc<Shared>) -> io::Result<()> {
    if shared.has_clock.load(Ordering::Acquire) {
        return Ok(());
    }
    let mut roster = lock(&shared.roster);
    if roster.clock.is_some() || roster.is_closed {
        return Ok(());
    }
    let own = Arc::clone(shared);
    roster.clock = Some(sync::spawn("gopool-clock".to_owned(), STACK, move || run(&own))?);
    shared.has_clock.store(true, Ordering::Release);
    Ok(())
}

fn run(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    loop {
        drop(state);
        let cpu = if shared.reads_cpu {
            (shared.threads.cpu_of_process)()
        } else {
            Duration::ZERO
        };
        state = shared.lock();
        match state.tick(sync::now(), cpu) {
            Tick::Rest(until) => state = sync::wait(&shared.alarm, state, until),
            Tick::Leave => break,
            Tick::Act(effects) => {
                drop(state);
                worker::carry_out(shared, effects);
                state = shared.lock();
            }
        }
    }
}
