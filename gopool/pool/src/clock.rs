//! The one thread that knows when something is due. It starts with the first deadline and sleeps without limit while nothing is.

use super::{
    endings::Tick,
    shared::Shared,
    sync::{self, lock},
    worker,
};
use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Little is done on this thread apart from dropping jobs that waited too long.
const STACK: usize = 256 * 1024;

/// Starts the clock thread unless it runs.
pub(super) fn start(shared: &Arc<Shared>) -> io::Result<()> {
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
        let cpu = if shared.settings.reads_cpu {
            cpu_time()
        } else {
            Duration::ZERO
        };
        state = shared.lock();
        match state.tick(sync::now(), cpu) {
            Tick::Rest(until) => state = sync::wait(&shared.clock, state, until),
            Tick::Leave => break,
            Tick::Act(due) => {
                drop(state);
                for lane in &due.overdue {
                    tracing::warn!(
                        lane = &**lane,
                        "a task runs past its timeout; its thread is overdue"
                    );
                }
                worker::settle(shared, due.orders);
                worker::answer(due.answers);
                state = shared.lock();
            }
        }
    }
}

/// The CPU time that all threads of the process have used.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
