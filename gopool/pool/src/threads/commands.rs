//! What callers ask of a pool: submit, cancel, close.

use crate::{
    error::{Rejected, TaskError},
    keys::JobKey,
    rules::{admission::terms::Terms, effects::Answer, nested::Claim, state::End},
    sync,
    threads::{
        clock,
        cpu::Meter,
        inbox::Letter,
        payload::{JobRef, Payload, Settled},
        roster,
        shared::Shared,
        worker,
    },
    time::{Moment, Nanos},
};
use std::{
    io, ptr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Sees to it that the deadlines of a task will be looked at.
pub(crate) fn prepare(shared: &Arc<Shared>, terms: Terms) -> Result<(), Rejected> {
    let limits = [terms.timeout, terms.queue_timeout, terms.within];
    let has_deadline = limits.iter().any(|limit| *limit < Nanos::FOREVER);
    if (has_deadline || shared.reads_cpu) && clock::start(shared).is_err() {
        shared.lock().refuse(terms);
        return Err(Rejected::NoThread);
    }
    Ok(())
}

/// Puts a job into the pool, which holds it as `payload`.
pub(crate) fn submit(
    shared: &Arc<Shared>,
    terms: Terms,
    job: &dyn Payload,
    payload: JobRef,
) -> Result<(), Rejected> {
    let now = sync::now();
    let mut state = shared.lock();
    // A parent token that was set after the job began to follow it finds no key yet, but leaves the flag.
    if job.is_cancelled() {
        state.refuse(terms);
        return Err(Rejected::Cancelled);
    }
    let accepted = state.submit(terms, payload, now);
    if let Ok((key, _)) = &accepted {
        job.place(*key);
    }
    drop(state);
    shared.has_news.store(true, Ordering::Relaxed);
    let (_, effects) = accepted.map_err(|(_payload, why)| why)?;
    let Some(mut told) = worker::act(shared, effects) else {
        return Ok(());
    };
    // The system may have refused the thread that the job counted on. Then this is its answer.
    let is_own = |answer: &mut Answer<JobRef>| ptr::addr_eq(Arc::as_ptr(&answer.0), ptr::from_ref(job));
    let own = told.answers.extract_if(.., is_own).next();
    shared.tellers.tell(*told);
    match own {
        Some((_, TaskError::Rejected(why))) => Err(why),
        _ => Ok(()),
    }
}

/// So many jobs are posted before the pool looks at them at once.
pub(crate) const MOST_POSTED: usize = 16;

/// Leaves a job where whoever is next at the books enters it. True if that should be now, for so much is there.
pub(crate) fn post(shared: &Shared, terms: Terms, job: JobRef) -> bool {
    let posted = sync::now();
    let count = shared.inbox.post(Letter { job, terms, posted });
    count >= MOST_POSTED
}

/// Cancels a job; false, and nothing happens, if it has its answer already. Its key is asked for under the lock.
pub(crate) fn cancel(shared: &Arc<Shared>, key: impl FnOnce() -> Option<JobKey>) -> bool {
    let mut state = shared.lock();
    let effects = key().map(|key| state.cancel(key));
    drop(state);
    let told = effects.and_then(|effects| worker::act(shared, effects));
    let answers = told.map(|told| told.answers).unwrap_or_default();
    let is_cancelled = !answers.is_empty();
    // At once: whoever cancels a task sees that it is. What is dropped and woken for it is the business of who does.
    for (job, error) in answers {
        job.answer(error);
        job.discard();
    }
    is_cancelled
}

/// Runs a waiting job on the thread that calls, if that is a worker of the pool: it waits for the job, and so might all others do.
pub(crate) fn run_here(shared: &Arc<Shared>, key: impl FnOnce() -> Option<JobKey>) {
    let Some(seat) = worker::own_seat(shared) else {
        return;
    };
    let mut state = shared.lock();
    let claim = key().and_then(|key| state.claim(seat, key, sync::now()));
    drop(state);
    let Some(Claim {
        payload,
        wait,
        ticket,
    }) = claim
    else {
        return;
    };
    let mut meter = Meter::new();
    payload.run(wait, &mut |ending, is_cleared| {
        let now = sync::now();
        let run = now.since(ticket.started);
        let used = meter.used(run);
        let mut state = shared.lock();
        let at = End {
            now,
            used,
            is_cleared,
        };
        let effects = state.settle_claim(ticket, ending, at);
        drop(state);
        worker::carry_out(shared, effects);
        Settled { is_first: true, run }
    });
}

/// The job of the worker that calls waits for somebody outside, for as long as what this gives lives. `None` on other threads.
pub(crate) fn stall(shared: &Arc<Shared>) -> Option<Stall<'_>> {
    let seat = worker::own_seat(shared)?;
    let effects = shared.lock().stall(seat, sync::now());
    worker::carry_out(shared, effects);
    Some(Stall { shared, seat })
}

/// A stalled worker.
pub(crate) struct Stall<'a> {
    shared: &'a Arc<Shared>,
    seat: usize,
}

impl Drop for Stall<'_> {
    fn drop(&mut self) {
        let effects = self.shared.lock().resume(self.seat, sync::now());
        worker::carry_out(self.shared, effects);
    }
}

/// The job of the worker that calls has come on; does nothing on other threads.
pub(crate) fn progress(shared: &Arc<Shared>) {
    if let Some(seat) = worker::own_seat(shared) {
        shared.lock().progress(seat, sync::now());
    }
}

/// Wakes whoever awaits the job of the worker that calls.
pub(crate) fn nudge(shared: &Arc<Shared>) {
    let Some(seat) = worker::own_seat(shared) else {
        return;
    };
    let state = shared.lock();
    let job = state.at_work[seat].and_then(|key| state.job(key));
    let payload = job.map(|job| Arc::clone(&job.payload));
    drop(state);
    if let Some(payload) = payload {
        payload.nudge();
    }
}

/// Starts one thread of the minimum.
pub(crate) fn hire(shared: &Arc<Shared>) -> io::Result<()> {
    let Some(seat) = shared.lock().hire() else {
        return Ok(());
    };
    worker::spawn(shared, seat).inspect_err(|_| {
        // Nobody has submitted anything yet, so there is nobody to answer.
        let _nobody = shared.lock().spawn_failed(seat, sync::now());
    })
}

/// Takes no more jobs.
pub(crate) fn begin_close(shared: &Arc<Shared>) {
    let effects = shared.lock().begin_close();
    worker::carry_out(shared, effects);
}

/// How long `close` waits for the end of threads that have nothing left to do, should its limit be over.
const GRACE: Duration = Duration::from_millis(20);

/// Waits until every thread has left, at most until `until`; then answers every job that is left, and joins the threads that have ended.
/// Gives the number of those that have not.
pub(crate) fn close(shared: &Arc<Shared>, until: Moment) -> usize {
    while shared.lock().crew.threads() > 0 && sync::now() < until {
        shared.quiet.wait(until);
    }
    let mut state = shared.lock();
    let abandoned = state.crew.threads();
    let effects = state.cut_off();
    drop(state);
    if let Some(told) = worker::act(shared, effects) {
        // Now, because every handle has its outcome when this is over. What is dropped may take its time.
        told.answers
            .iter()
            .for_each(|(job, error)| job.answer(error.clone()));
        shared.tellers.tell(*told);
    }
    shared.tellers.end();
    // Threads that have left the books need a moment to end.
    let grace = sync::now() + GRACE;
    roster::join(&shared.roster, abandoned == 0, until.max(grace));
    shared.tellers.join(until.max(grace));
    abandoned
}
