//! The workers: how they start, what each does until it leaves, and how decisions are carried out.

use crate::{
    rules::{
        counters::Ending,
        effects::{Assignment, Effects, Note, Step, Told, Turn},
        endings::LOST,
        state::End,
    },
    sync::{self, lock},
    threads::{
        bell::Bell,
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
};

/// Carries out what follows from a decision. To be called without the lock. Runs no code of users: callers and the log are told by others.
pub(crate) fn carry_out(shared: &Arc<Shared>, effects: Effects<JobRef>) {
    if let Some(told) = act(shared, effects) {
        let overdue = told.notes.iter().filter_map(|note| overdue_task(shared, note));
        let overdue: Vec<_> = overdue.collect();
        shared.tellers.tell(*told);
        shared.tellers.tell_of_overdue(overdue);
    }
}

/// The same, but for those who are to be told.
pub(crate) fn act(shared: &Arc<Shared>, mut effects: Effects<JobRef>) -> Option<Box<Told<JobRef>>> {
    if effects.is_none() {
        return None;
    }
    signal(shared, &effects);
    if let Some(seat) = effects.spawn
        && let Err(cause) = spawn(shared, seat)
    {
        let mut refused = shared.lock().spawn_failed(seat, sync::now());
        signal(shared, &refused);
        refused.note(Note::Refused {
            cause: cause.to_string(),
        });
        effects.tell_also(refused.take_told());
    }
    effects.take_told()
}

/// Wakes whom a decision wants awake.
fn signal(shared: &Shared, effects: &Effects<JobRef>) {
    if let Some(seat) = effects.wake {
        shared.beds[seat].ring();
    }
    if effects.wake_all {
        shared.beds.iter().for_each(Bell::ring);
    }
    if effects.wake_clock || effects.is_empty {
        shared.alarm.ring();
    }
    if effects.is_empty {
        shared.quiet.ring();
        shared.tellers.end();
    }
}

/// What is told of a task that has become overdue. It keeps nothing of the pool alive.
fn overdue_task(shared: &Arc<Shared>, note: &Note) -> Option<OverdueTask> {
    let Note::Overdue { lane, key, seat } = note else {
        return None;
    };
    let (key, seat) = (*key, *seat);
    let tag = shared.lock().job(key).and_then(|job| job.payload.tag());
    let pool = Arc::downgrade(shared);
    let look = move || {
        let shared = pool.upgrade()?;
        let thread = (shared.desks[seat].thread_name(), shared.desks[seat].thread_id());
        // Looked at last: until then, the thread was that of this task.
        let is_there = shared.lock().job(key).is_some();
        is_there.then_some(thread)
    };
    Some(OverdueTask {
        lane: Arc::clone(lane),
        tag,
        look: Arc::new(look),
    })
}

/// Starts the thread of a seat that the state has counted already.
pub(crate) fn spawn(shared: &Arc<Shared>, seat: usize) -> io::Result<()> {
    let number = shared.spawned.fetch_add(1, Ordering::Relaxed) + 1;
    let own = Arc::clone(shared);
    // Held across the start, so that a thread that leaves at once finds its own handle here.
    let mut roster = lock(&shared.roster);
    let body = move || guard(&own, seat, number, || work(&own, seat, number));
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

/// Lets a worker live, and sees to what it leaves behind, whatever its life ends by.
pub(crate) fn guard(shared: &Arc<Shared>, seat: usize, number: u64, life: impl FnOnce()) {
    let lived = panic::catch_unwind(panic::AssertUnwindSafe(life)).map_err(std::mem::forget);
    if lived.is_err() {
        let effects = shared.lock().lose(seat, sync::now());
        carry_out(shared, effects);
    }
    roster::leave(&shared.roster, number);
}

/// The life of a worker.
fn work(shared: &Arc<Shared>, seat: usize, number: u64) {
    PLACE.with(|place| place.set(Some((Arc::as_ptr(shared) as usize, seat))));
    let desk = &shared.desks[seat];
    desk.take(number);
    let mut effort = Effort::new(&shared.threads.niceness);
    let mut meter = Meter::new();
    desk.begin(&meter);
    let mut turn = shared.lock_to_work().arrive(seat, sync::now());
    loop {
        carry_out(shared, turn.effects);
        turn = match turn.step {
            // BUSY
            Step::Run(assignment) => {
                let (turn, now) = run(shared, seat, assignment, &mut meter);
                effort.ended(now);
                turn
            }
            // The result is handed over by now, and what nobody wants is dropped.
            Step::Clear => shared.lock_to_work().arrive(seat, sync::now()),
            // SEARCHING
            Step::Search => search(shared, seat, &mut effort),
            // PARKED
            Step::Park(until) => park(shared, seat, until, &mut effort),
            Step::Leave => return,
        }
    }
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
    let mut settle = |ending: Ending, is_cleared: bool| {
        let now = sync::now();
        let used = meter.used(now.since(started));
        // Before the next job is seen on this thread.
        shared.desks[seat].begin(meter);
        let at = End {
            now,
            used,
            is_cleared,
        };
        let (finished, turn) = shared.lock_to_work().finish(seat, key, ending, at);
        next = Some((turn, now));
        Settled {
            is_first: finished.is_first,
            run: finished.run,
        }
    };
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| payload.run(wait, &mut settle)));
    // The body cannot panic through `run`. Should our own code, the next step is as good as before; without one the worker is lost.
    std::mem::forget(outcome);
    next.unwrap_or_else(|| panic::resume_unwind(Box::new(LOST)))
}

/// How often a worker without work lets others run before it parks. A wait and a wake-up cost more than all of these looks,
/// and where threads outnumber cores, what the others bring meanwhile comes as one batch.
#[cfg(not(gopool_loom))]
const LOOKS: usize = 4;
/// In a model one look is like many.
#[cfg(gopool_loom)]
const LOOKS: usize = 1;

/// Looks for work again and again, for a short while: what arrives meanwhile costs no sleep and no wake-up.
fn search(shared: &Arc<Shared>, seat: usize, effort: &mut Effort<'_>) -> Turn<JobRef> {
    for _ in 1..LOOKS {
        sync::yield_now();
        // Not under the lock: a look that others must wait for would cost more than it brings.
        if !shared.inbox.has_letters() && !shared.has_news.swap(false, Ordering::Relaxed) {
            continue;
        }
        let mut state = shared.lock_to_work();
        if state.is_worth_a_look() {
            return state.look(seat, sync::now());
        }
    }
    sync::yield_now();
    let turn = shared.lock_to_work().look(seat, sync::now());
    match turn.step {
        Step::Park(until) => park(shared, seat, until, effort),
        _ => turn,
    }
}

/// Waits until the state says that this seat is no longer parked, or may leave.
fn park(shared: &Arc<Shared>, seat: usize, mut until: Moment, effort: &mut Effort<'_>) -> Turn<JobRef> {
    loop {
        // Whoever has woken this seat since the decision to park has rung its bell.
        shared.beds[seat].wait(until);
        let turn = shared.lock_to_work().rise(seat, sync::now(), until);
        match turn.step {
            Step::Park(next) => until = next,
            _ => {
                effort.woke();
                return turn;
            }
        }
    }
}
