//! The one thread that knows when something is due. It starts with the first deadline and sleeps without limit while nothing is.

use crate::{
    rules::effects::Tick,
    sync::{self, lock},
    threads::{plain::unniced, shared::Shared, worker},
};
use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// This thread only decides. What follows for users is left to others: nothing that a user writes can hold it up.
const STACK: usize = 256 * 1024;

/// Starts the clock thread unless it runs, with somebody to tell what it decides.
pub(crate) fn start(shared: &Arc<Shared>) -> io::Result<()> {
    if shared.has_clock.load(Ordering::Acquire) {
        return Ok(());
    }
    let mut roster = lock(&shared.roster);
    if roster.clock.is_some() || roster.is_closed {
        return Ok(());
    }
    shared.tellers.start()?;
    let own = Arc::clone(shared);
    let start = move || sync::spawn("gopool-clock".to_owned(), STACK, move || run(&own));
    roster.clock = Some(unniced(start)?);
    shared.has_clock.store(true, Ordering::Release);
    Ok(())
}

fn run(shared: &Arc<Shared>) {
    loop {
        let cpu = if shared.reads_cpu {
            (shared.threads.cpu_of_process)()
        } else {
            Duration::ZERO
        };
        let tick = shared.lock().tick(sync::now(), cpu);
        match tick {
            Tick::Rest(until) => shared.alarm.wait(until),
            Tick::Leave => return shared.tellers.end(),
            Tick::Act(effects) => worker::carry_out(shared, effects),
        }
    }
}
