//! The threads: how they start, what each does until it leaves, and how decisions of the state are carried out.

use super::{
    admission::Answer,
    error::{Rejected, TaskError},
    jobs::JobKey,
    niceness::Effort,
    payload::{JobRef, Settled},
    shared::Shared,
    state::{Assignment, Ending, Finished, Orders, Step, Turn},
    sync::{self, Condvar, lock},
    time::Moment,
};
use std::{
    io, panic,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Carries out what a decision asked for. To be called without the lock.
///
/// Gives the jobs that were refused because the system refused a thread; their callers are not told yet.
#[must_use = "the callers of refused jobs wait for an answer"]
pub(super) fn carry_out(shared: &Arc<Shared>, orders: Orders) -> Vec<Answer<JobRef>> {
    if let Some(seat) = orders.wake {
        shared.seats[seat].notify_one();
    }
    if orders.dismiss {
        shared.seats.iter().for_each(Condvar::notify_one);
    }
    if orders.wake_clock || orders.is_empty {
        shared.clock.notify_one();
    }
    if orders.is_empty {
        shared.quiet.notify_all();
    }
    let Some(seat) = orders.spawn else {
        return Vec::new();
    };
    let Err(cause) = spawn(shared, seat) else {
        return Vec::new();
    };
    tracing::warn!(%cause, "cannot start a pool thread");
    let (mut refused, orders) = shared.lock().spawn_failed(seat);
    refused.extend(carry_out(shared, orders));
    refused
}

/// Carries out a decision and tells the callers of jobs that this refused.
pub(super) fn settle(shared: &Arc<Shared>, orders: Orders) {
    answer(carry_out(shared, orders));
}

/// Tells callers why they get no result. To be called without the lock.
pub(super) fn answer(answers: impl IntoIterator<Item = Answer<JobRef>>) {
    for (job, error) in answers {
        job.fail(error);
    }
}

/// Cancels a job; nothing happens if it has its answer already. Its key is asked for under the lock.
pub(super) fn cancel(shared: &Shared, key: impl FnOnce() -> Option<JobKey>) {
    let mut state = shared.lock();
    let job = key().and_then(|key| state.cancel(key));
    drop(state);
    answer(job.map(|job| (job, TaskError::Cancelled)));
}

/// Puts a job into the pool.
pub(super) fn submit(
    shared: &Arc<Shared>,
    order: super::admission::Order,
    job: &JobRef,
) -> Result<(), Rejected> {
    let (now, payload) = (sync::now(), Arc::clone(job));
    let mut state = shared.lock();
    // A parent token that was set after the job began to follow it finds no key yet, but leaves the flag.
    if job.flag().is_set() {
        state.refuse(order.lane);
        return Err(Rejected::Cancelled);
    }
    let accepted = state.submit(order, payload, now);
    if let Ok(accepted) = &accepted {
        job.place(accepted.key);
    }
    drop(state);
    shared.has_news.store(true, Ordering::Relaxed);
    let accepted = accepted.map_err(|(_job, why)| why)?;
    answer(accepted.displaced);
    let refused = carry_out(shared, accepted.orders);
    if refused.is_empty() {
        return Ok(());
    }
    let is_refused = refused
        .iter()
        .any(|(refused, _)| std::ptr::addr_eq(Arc::as_ptr(refused), Arc::as_ptr(job)));
    answer(refused);
    if is_refused {
        Err(Rejected::NoThread)
    } else {
        Ok(())
    }
}

/// Starts the thread of a seat that the state has counted already.
pub(super) fn spawn(shared: &Arc<Shared>, seat: usize) -> io::Result<()> {
    let number = shared.spawned.fetch_add(1, Ordering::Relaxed) + 1;
    let own = Arc::clone(shared);
    // Held across the start, so that a thread that leaves at once finds its own handle here.
    let mut roster = lock(&shared.roster);
    let body = move || work(&own, seat, number);
    let handle = sync::spawn(format!("gopool-{number}"), shared.settings.stack_size, body)?;
    roster.at_work.push((number, handle));
    Ok(())
}

/// The life of a worker.
fn work(shared: &Arc<Shared>, seat: usize, number: u64) {
    let mut effort = Effort::new(&shared.settings.niceness);
    let mut turn = shared.lock().arrive(seat, sync::now());
    loop {
        settle(shared, turn.orders);
        turn = match turn.step {
            // BUSY
            Step::Run(assignment) => {
                let (turn, now) = run(shared, seat, assignment);
                effort.ended(now);
                turn
            }
            // SEARCHING
            Step::Search => search(shared, seat),
            // PARKED
            Step::Park(until) => {
                let turn = park(shared, seat, until);
                effort.woke();
                turn
            }
            Step::Leave => break,
        }
    }
    leave(shared, number);
}

/// Runs one job, and settles it and takes the next under one lock. Tells when that was.
fn run(shared: &Arc<Shared>, seat: usize, assignment: Assignment<JobRef>) -> (Turn<JobRef>, Moment) {
    let Assignment { key, payload, wait } = assignment;
    let mut next = None;
    let mut settle = |ending: Ending| {
        let mut state = shared.lock();
        let now = sync::now();
        let (finished, turn) = state.finish(seat, key, ending, now);
        drop(state);
        next = Some((turn, now));
        let settled = Settled {
            is_first: finished.is_first,
            run: finished.run,
        };
        log_late_end(&finished);
        settled
    };
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| payload.run(wait, &mut settle)));
    match next {
        Some(next) => next,
        // The body cannot panic through `run`; should our own code, the counts stay right and the caller has an answer.
        None => {
            let mut state = shared.lock();
            let now = sync::now();
            let (finished, turn) = state.finish(seat, key, Ending::Panicked, now);
            drop(state);
            let unanswered = finished.payload.filter(|_| finished.is_first);
            answer(unanswered.map(|job| {
                (
                    job,
                    TaskError::Panicked("the pool's own code panicked".to_owned()),
                )
            }));
            std::mem::forget(outcome);
            (turn, now)
        }
    }
}

fn log_late_end(finished: &Finished<JobRef>) {
    if let Some(lane) = &finished.was_overdue {
        tracing::warn!(lane = &**lane, ran = ?Duration::from(finished.run), "an overdue thread has come back; its result is dropped");
    }
}

/// How often a worker without work lets others run before it parks. A wait and a wake-up cost more than all of these looks,
/// and where threads outnumber cores, what the others bring meanwhile comes as one batch.
#[cfg(not(gopool_loom))]
const LOOKS: usize = 4;
/// In a model one look is like many.
#[cfg(gopool_loom)]
const LOOKS: usize = 1;

/// Looks for work again and again, for a short while: what arrives meanwhile costs no sleep and no wake-up.
fn search(shared: &Shared, seat: usize) -> Turn<JobRef> {
    for _ in 1..LOOKS {
        sync::yield_now();
        // Not under the lock: a look that others must wait for would cost more than it brings.
        if !shared.has_news.swap(false, Ordering::Relaxed) {
            continue;
        }
        let mut state = shared.lock();
        if state.is_worth_a_look() {
            return state.look(seat, sync::now());
        }
    }
    sync::yield_now();
    shared.lock().look(seat, sync::now())
}

/// Waits until the state says that this seat is no longer parked, or may leave.
fn park(shared: &Shared, seat: usize, until: Moment) -> Turn<JobRef> {
    let mut until = until;
    let mut state = shared.lock();
    loop {
        // Looked at before each wait: a wake-up between the decision to park and the wait has changed the seat already.
        let turn = state.rise(seat, sync::now(), until);
        match turn.step {
            Step::Park(next) => until = next,
            _ => return turn,
        }
        state = sync::wait(&shared.seats[seat], state, until);
    }
}

/// Takes the thread's handle out of the roster; joins the one that left before.
pub(super) fn leave(shared: &Shared, number: u64) {
    let mut roster = lock(&shared.roster);
    let Some(index) = roster.at_work.iter().position(|(other, _)| *other == number) else {
        return;
    };
    let (_, own) = roster.at_work.swap_remove(index);
    let before = roster.left.replace(own);
    drop(roster);
    if let Some(before) = before {
        let _never_panics = before.join();
    }
}

/// Joins the threads that have ended: all of them if `everyone` has left, so that the system's thread count is back where it was.
pub(super) fn join(shared: &Shared, everyone: bool) {
    let mut roster = lock(&shared.roster);
    let mut ended: Vec<_> = roster
        .left
        .take()
        .into_iter()
        .chain(roster.clock.take())
        .collect();
    if everyone {
        ended.extend(roster.at_work.drain(..).map(|(_, handle)| handle));
    }
    drop(roster);
    for handle in ended {
        let _never_panics = handle.join();
    }
}
