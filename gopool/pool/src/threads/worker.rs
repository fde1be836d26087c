//! The workers: how they start, what each does until it leaves, and how decisions are carried out.

use crate::{
    error::TaskError,
    keys::JobKey,
    panics::shielded,
    rules::{
        counters::Ending,
        effects::{Assignment, Effects, Note, Step, Turn},
        state::{End, State},
    },
    sync::{self, Condvar, MutexGuard, lock},
    threads::{
        cpu::Meter,
        desk::thread_name,
        niceness::Effort,
        overdue::OverdueTask,
        payload::{JobRef, Settled},
        roster,
        shared::Shared,
    },
    time::Moment,
};
use std::{
    cell::Cell,
    io, panic,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Carries out what follows from a decision. To be called without the lock.
///
/// False if the system refused a thread; jobs that this refused have their answer then.
pub(crate) fn carry_out(shared: &Arc<Shared>, mut effects: Effects<JobRef>) -> bool {
    if effects.is_none() {
        return true;
    }
    signal(shared, &effects);
    let has_thread = match effects.spawn {
        Some(seat) => start(shared, seat),
        None => true,
    };
    tell(shared, &mut effects);
    has_thread
}

/// Starts the thread of a seat. False if the system refused it; then the state has been told.
fn start(shared: &Arc<Shared>, seat: usize) -> bool {
    let Err(cause) = spawn(shared, seat) else {
        return true;
    };
    let mut effects = shared.lock().spawn_failed(seat, sync::now());
    signal(shared, &effects);
    tell(shared, &mut effects);
    shielded(|| tracing::warn!(%cause, "cannot start a pool thread"));
    false
}

/// Tells callers and the log.
fn tell(shared: &Arc<Shared>, effects: &mut Effects<JobRef>) {
    let Some(told) = effects.take_told() else { return };
    for (job, error) in told.answers {
        job.fail(error);
    }
    told.notes
        .into_iter()
        .for_each(|note| shielded(|| log(shared, note)));
}

/// Wakes whom a decision wants awake.
fn signal(shared: &Shared, effects: &Effects<JobRef>) {
    if let Some(seat) = effects.wake {
        shared.beds[seat].notify_one();
    }
    if effects.wake_all {
        shared.beds.iter().for_each(Condvar::notify_one);
    }
    if effects.wake_clock || effects.is_empty {
        shared.alarm.notify_one();
    }
    if effects.is_empty {
        shared.quiet.notify_all();
    }
}

fn log(shared: &Arc<Shared>, note: Note) {
    match note {
        Note::Overdue { lane, key, seat } => {
            let thread = shared.desks[seat].thread_name();
            tracing::warn!(
                lane = &*lane,
                thread,
                "a task runs past its timeout; its thread is overdue"
            );
            if let Some(tell) = &shared.threads.on_overdue.0 {
                tell(overdue_task(shared, key, seat, lane));
            }
        }
        Note::Back { lane, ran } => {
            tracing::warn!(lane = &*lane, ran = ?Duration::from(ran), "an overdue thread has come back; its result is dropped");
        }
    }
}

/// What is told of a task that has become overdue. It keeps nothing of the pool alive.
fn overdue_task(shared: &Arc<Shared>, key: JobKey, seat: usize, lane: Arc<str>) -> OverdueTask {
    let tag = shared.lock().job(key).and_then(|job| job.payload.tag());
    let pool = Arc::downgrade(shared);
    let look = move || {
        let shared = pool.upgrade()?;
        let thread = (shared.desks[seat].thread_name(), shared.desks[seat].thread_id());
        // Looked at last: until then, the thread was that of this task.
        let is_there = shared.lock().job(key).is_some();
        is_there.then_some(thread)
    };
    OverdueTask {
        lane,
        tag,
        look: Arc::new(look),
    }
}

/// Starts the thread of a seat that the state has counted already.
pub(crate) fn spawn(shared: &Arc<Shared>, seat: usize) -> io::Result<()> {
    let number = shared.spawned.fetch_add(1, Ordering::Relaxed) + 1;
    let own = Arc::clone(shared);
    // Held across the start, so that a thread that leaves at once finds its own handle here.
    let mut roster = lock(&shared.roster);
    let body = move || work(&own, seat, number);
    let handle = sync::spawn(thread_name(number), shared.threads.stack_size, body)?;
    roster.at_work.push((number, handle));
    Ok(())
}

sync::thread_local! {
    /// The pool whose worker this thread is, by its address, and its seat there.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no `const`")]
    static PLACE: Cell<Option<(usize, usize)>> = Cell::new(None);
}

/// The seat of the thread that calls, if it is a worker of this pool.
pub(crate) fn own_seat(shared: &Shared) -> Option<usize> {
    let (pool, seat) = PLACE.try_with(Cell::get).ok().flatten()?;
    (pool == std::ptr::from_ref(shared) as usize).then_some(seat)
}

/// The life of a worker.
fn work(shared: &Arc<Shared>, seat: usize, number: u64) {
    PLACE.with(|place| place.set(Some((Arc::as_ptr(shared) as usize, seat))));
    let desk = &shared.desks[seat];
    desk.take(number);
    let mut effort = Effort::new(&shared.threads.niceness);
    let mut meter = Meter::new();
    let mut turn = shared.lock().arrive(seat, sync::now());
    loop {
        carry_out(shared, turn.effects);
        turn = match turn.step {
            // BUSY
            Step::Run(assignment) => {
                desk.begin(&meter);
                let (turn, now) = run(shared, seat, assignment, &mut meter);
                effort.ended(now);
                turn
            }
            // SEARCHING
            Step::Search => search(shared, seat, &mut effort),
            // PARKED
            Step::Park(until) => park(shared, seat, shared.lock(), until, &mut effort),
            Step::Leave => break,
        }
    }
    roster::leave(&shared.roster, number);
}

/// Runs one job, and settles it and takes the next under one lock. Tells when that was.
fn run(
    shared: &Arc<Shared>,
    seat: usize,
    assignment: Assignment<JobRef>,
    meter: &mut Meter,
) -> (Turn<JobRef>, Moment) {
    let Assignment {
        key,
        payload,
        wait,
        started,
    } = assignment;
    let mut next = None;
    let mut settle = |ending: Ending| {
        let now = sync::now();
        let used = meter.used(now.since(started));
        let mut state = shared.lock();
        let (finished, turn) = state.finish(seat, key, ending, End { now, used });
        drop(state);
        next = Some((turn, now));
        Settled {
            is_first: finished.is_first,
            run: finished.run,
        }
    };
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| payload.run(wait, &mut settle)));
    match next {
        Some(next) => next,
        // The body cannot panic through `run`; should our own code, the counts stay right and the caller has an answer.
        None => {
            let now = sync::now();
            let used = now.since(started);
            let mut state = shared.lock();
            let (finished, turn) = state.finish(seat, key, Ending::Panicked, End { now, used });
            drop(state);
            if let Some(job) = finished.payload.filter(|_| finished.is_first) {
                job.fail(TaskError::Panicked("the pool's own code panicked".to_owned()));
            }
            std::mem::forget(outcome);
            (turn, now)
        }
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
fn search(shared: &Shared, seat: usize, effort: &mut Effort<'_>) -> Turn<JobRef> {
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
    let mut state = shared.lock();
    let turn = state.look(seat, sync::now());
    match turn.step {
        // Under the same lock: nothing was missed, so there is no need to look again before the wait.
        Step::Park(until) => park(shared, seat, state, until, effort),
        _ => turn,
    }
}

/// Waits until the state says that this seat is no longer parked, or may leave.
fn park<'a>(
    shared: &'a Shared,
    seat: usize,
    mut state: MutexGuard<'a, State<JobRef>>,
    mut until: Moment,
    effort: &mut Effort<'_>,
) -> Turn<JobRef> {
    loop {
        // Looked at before each wait: a wake-up between the decision to park and the wait has changed the seat already.
        let turn = state.rise(seat, sync::now(), until);
        match turn.step {
            Step::Park(next) => until = next,
            _ => {
                drop(state);
                effort.woke();
                return turn;
            }
        }
        state = sync::wait(&shared.beds[seat], state, until);
    }
}
