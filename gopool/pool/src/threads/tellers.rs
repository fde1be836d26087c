//! The threads that tell callers and the log what was decided, and drop what nobody wants.
//!
//! All of that is code of users, which may block or panic: a waker, a logger with a full pipe, a destructor. The clock, a submission and a
//! worker with its next job must not wait for it, so it is done here. One thread is enough while none is held up; another stands by.

use crate::{
    error::TaskError,
    panics::shielded,
    rules::effects::{Note, Told},
    sync::{self, Condvar, JoinHandle, Mutex, MutexGuard, lock},
    threads::{
        overdue::{OnOverdue, OverdueTask},
        payload::JobRef,
        plain::unniced,
    },
    time::Moment,
};
use std::{collections::VecDeque, io, sync::Arc, time::Duration};

/// The most threads. What is to be told waits only when so many are held up. In a model nobody is.
const MOST: usize = if cfg!(gopool_loom) { 1 } else { 8 };
/// Whoever is at one thing for so long is held up, and another goes on.
const PATIENCE: Duration = Duration::from_millis(10);
/// Whoever had nothing to do for so long leaves, but for one.
const IDLE: Duration = Duration::from_secs(1);

/// One thing to be done.
enum Duty {
    Answer(JobRef, TaskError),
    Note(Note),
    Overdue(OnOverdue, OverdueTask),
    Drop(Box<dyn Send>),
}

/// The tellers of one pool.
pub(crate) struct Tellers {
    desk: Mutex<Desk>,
    /// Where those sleep that have nothing to do.
    bell: Condvar,
    stack_size: usize,
    on_overdue: OnOverdue,
}

/// Held for a few instructions, and for the start of a thread.
#[derive(Default)]
struct Desk {
    duties: VecDeque<Duty>,
    /// Who is at something, and since when.
    at_work: Vec<(u64, Moment)>,
    /// How many have not left.
    present: usize,
    threads: Vec<(u64, JoinHandle<()>)>,
    hired: u64,
    is_over: bool,
}

impl Tellers {
    pub(crate) fn new(stack_size: usize, on_overdue: OnOverdue) -> Self {
        Self {
            desk: Mutex::default(),
            bell: Condvar::new(),
            stack_size,
            on_overdue,
        }
    }

    /// Sees to it that there is one.
    pub(crate) fn start(self: &Arc<Self>) -> io::Result<()> {
        let mut desk = lock(&self.desk);
        if desk.is_over || desk.present > 0 {
            return Ok(());
        }
        self.hire(&mut desk)
    }

    /// Callers and the log are told soon.
    pub(crate) fn tell(self: &Arc<Self>, told: Told<JobRef>) {
        let answers = told
            .answers
            .into_iter()
            .map(|(job, error)| Duty::Answer(job, error));
        self.give(answers.chain(told.notes.into_iter().map(Duty::Note)));
    }

    /// Who wants to know of overdue tasks is told soon.
    pub(crate) fn tell_of_overdue(self: &Arc<Self>, tasks: Vec<OverdueTask>) {
        if !tasks.is_empty() && self.on_overdue.0.is_some() {
            let duty = |task| Duty::Overdue(self.on_overdue.clone(), task);
            self.give(tasks.into_iter().map(duty));
        }
    }

    /// A value of a user is dropped soon.
    pub(crate) fn discard(self: &Arc<Self>, value: Box<dyn Send>) {
        self.give([Duty::Drop(value)]);
    }

    fn give(self: &Arc<Self>, duties: impl IntoIterator<Item = Duty>) {
        let mut desk = lock(&self.desk);
        desk.duties.extend(duties);
        self.see_to_it(&mut desk);
        if desk.present == 0 {
            // The system has no thread left: then there is nobody else.
            let duties = std::mem::take(&mut desk.duties);
            drop(desk);
            return duties.into_iter().for_each(Duty::carry_out);
        }
        drop(desk);
        self.bell.notify_one();
    }

    /// While there is something to do somebody has a free hand, should those at work be held up.
    fn see_to_it(self: &Arc<Self>, desk: &mut Desk) {
        let has_free_hand = desk.present > desk.at_work.len();
        if !desk.duties.is_empty() && !has_free_hand && desk.present < MOST {
            let _those_here_go_on = self.hire(desk);
        }
    }

    /// Under the lock, so that a thread that leaves at once finds its own handle.
    fn hire(self: &Arc<Self>, desk: &mut Desk) -> io::Result<()> {
        if desk.present == 0 {
            // Of those that have ended after the pool, each for what came late.
            desk.threads.clear();
        }
        desk.hired += 1;
        let (own, number) = (Arc::clone(self), desk.hired);
        let body = move || own.work(number);
        let stack_size = self.stack_size;
        let handle = unniced(move || sync::spawn("gopool-teller".to_owned(), stack_size, body))?;
        desk.threads.push((number, handle));
        desk.present += 1;
        Ok(())
    }

    /// The life of a teller.
    fn work(self: &Arc<Self>, number: u64) {
        let mut desk = lock(&self.desk);
        let mut leaves_at = sync::now() + IDLE;
        loop {
            let now = sync::now();
            if let Some(duty) = desk.take(number, now) {
                self.see_to_it(&mut desk);
                drop(desk);
                duty.carry_out();
                desk = lock(&self.desk);
                desk.at_work.retain(|(other, _)| *other != number);
                leaves_at = sync::now() + IDLE;
                continue;
            }
            if desk.may_leave(now >= leaves_at) {
                return desk.leave(number);
            }
            desk = self.stand_by(desk, leaves_at);
        }
    }

    fn stand_by<'a>(&'a self, desk: MutexGuard<'a, Desk>, leaves_at: Moment) -> MutexGuard<'a, Desk> {
        let until = match desk.duties.is_empty() {
            true if desk.present > 1 => leaves_at,
            true => Moment::NEVER,
            false => desk.held_up_at(),
        };
        sync::wait(&self.bell, desk, until)
    }

    /// Hardly anything more comes; whoever has nothing left to do leaves.
    pub(crate) fn end(&self) {
        lock(&self.desk).is_over = true;
        self.bell.notify_all();
    }

    /// Joins those that have left by then.
    pub(crate) fn join(&self, until: Moment) {
        let threads = std::mem::take(&mut lock(&self.desk).threads);
        let handles: Vec<_> = threads.into_iter().map(|(_, handle)| handle).collect();
        if !handles.is_empty() {
            sync::join_by(handles, until);
        }
    }
}

impl Desk {
    /// The next thing to do, if there is one and nobody else is about to come for it.
    fn take(&mut self, number: u64, now: Moment) -> Option<Duty> {
        if self.held_up_at() > now {
            return None;
        }
        let duty = self.duties.pop_front()?;
        self.at_work.push((number, now));
        Some(duty)
    }

    /// When all that are at something now have been at it for long.
    fn held_up_at(&self) -> Moment {
        let latest = self.at_work.iter().map(|(_, since)| *since).max();
        latest.map_or(Moment::START, |since| since + PATIENCE)
    }

    fn may_leave(&self, is_idle: bool) -> bool {
        self.duties.is_empty() && (self.is_over || is_idle && self.present > 1)
    }

    /// After the end the handle stays for who joins.
    fn leave(&mut self, number: u64) {
        self.present -= 1;
        if !self.is_over {
            self.threads.retain(|(other, _)| *other != number);
        }
    }
}

impl Duty {
    fn carry_out(self) {
        shielded(|| match self {
            Self::Answer(job, error) => {
                job.answer(error);
                job.discard();
            }
            Self::Note(note) => log(note),
            Self::Overdue(OnOverdue(tell), task) => tell.iter().for_each(|tell| tell(task.clone())),
            Self::Drop(value) => drop(value),
        });
    }
}

fn log(note: Note) {
    match note {
        Note::Overdue { lane, .. } => tracing::warn!(
            lane = &*lane,
            "a task runs past its timeout; its thread is overdue"
        ),
        Note::Back { lane, ran } => {
            tracing::warn!(lane = &*lane, ran = ?Duration::from(ran), "an overdue thread has come back; its result is dropped");
        }
        Note::Refused { cause } => tracing::warn!(cause, "cannot start a pool thread"),
    }
}
