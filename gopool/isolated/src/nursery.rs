//! The thread that starts the children, listens to those that nobody else listens to, and reaps.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use serde_json::Value;

use crate::{
    alarm::Alarm,
    call::{self, Running},
    error::{Failure, NotStarted},
    frame::{Expected, Frame, Kind},
    incoming::Incoming,
    interrupt::Interrupt,
    job::{Answered, Heard, Job, Label, Terms, Usage},
    message::{Hello, Ready},
    process::{Ended, Process},
    settings::Settings,
    shared::{Held, Shared},
    state::{Child, Due, Id, Phase, State, Stats, View, Why},
};

/// How long a nursery that was closed waits for children that were killed.
const FUNERAL: Duration = Duration::from_secs(1);

/// The children of this process. Clones are the same; with the last one the children go.
#[derive(Debug, Clone)]
pub struct Nursery(Arc<Owner>);

#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
}

impl Nursery {
    /// Starts the first child; see [`probe`](Self::probe).
    ///
    /// # Errors
    /// The system gives no thread, or no descriptor.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let hello = Hello {
            parent: std::process::id(),
            bounds: settings.bounds,
            max_job: settings.max_job,
            told: settings.told.clone(),
        };
        let (name, program) = (settings.name.clone(), settings.program.clone());
        let shared = Arc::new(Shared::new(State::new(settings), Alarm::new()?));
        let keeper = Keeper {
            shared: shared.clone(),
            hello,
            name,
            program,
        };
        // It lives as long as there are children: the system kills these with the thread that started them.
        thread::Builder::new()
            .name("gopool-nursery".to_owned())
            .spawn(move || keeper.live())?;
        Ok(Self(Arc::new(Owner { shared })))
    }

    /// Waits for the first child, at most for `limit`, and gives back what it reported.
    ///
    /// # Errors
    /// It did not become ready.
    pub fn probe(&self, limit: Duration) -> Result<Value, NotStarted> {
        let until = Instant::now() + limit;
        let shared = &self.0.shared;
        let mut table = shared.lock();
        loop {
            if let Some(report) = &table.probe {
                return report.clone().map_err(NotStarted);
            }
            if Instant::now() >= until {
                return Err(NotStarted(format!("it was not ready after {limit:?}")));
            }
            table = shared.wait(table, until);
        }
    }

    /// Gives a job to a child, whose answer may come in parts. The child is this thread's until that is whole.
    ///
    /// # Errors
    /// There is no child for it, or it ends before it has the job.
    pub fn begin(&self, job: &Job, interrupt: &Interrupt, terms: Terms) -> Result<Running, Failure> {
        Running::begin(&self.0.shared, job, (interrupt, terms))
    }

    /// Gives a job to a child, and waits on this thread until it has answered in one piece, is late, or unwanted.
    ///
    /// `read` makes something of the answer. If it cannot, and says why, the child is ended: whatever has destroyed its answer may have
    /// destroyed more.
    ///
    /// # Errors
    /// There is no answer.
    pub fn run<T>(
        &self,
        job: &Job,
        interrupt: &Interrupt,
        terms: Terms,
        read: impl FnOnce(&Answered) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let mut running = self.begin(job, interrupt, terms)?;
        let Heard::Answered(answered) = running.hear()? else {
            return Err(running.refuse("its answer comes in parts".to_owned()));
        };
        match read(&answered) {
            Ok(value) => {
                running.accept(&answered);
                Ok(value)
            }
            Err(reason) => Err(running.refuse(reason)),
        }
    }

    /// What the children do and did.
    pub fn stats(&self) -> Stats {
        self.0.shared.lock().state.stats()
    }

    /// The most children that work at once.
    pub fn max(&self) -> usize {
        self.0.shared.lock().state.settings().max
    }

    /// The children, one by one; the oldest first.
    pub fn views(&self) -> Vec<View> {
        let now = Instant::now();
        let table = self.0.shared.lock();
        let children = table.state.children();
        children.map(|(_, child)| view(child, now)).collect()
    }

    /// Ends all children: those without a job are let go, the others and those that have not gone after `limit` are killed. Tells how
    /// many the system has not ended.
    pub fn close(&self, limit: Duration) -> usize {
        let shared = &self.0.shared;
        self.0.close();
        let until = Instant::now() + limit;
        let mut table = shared.lock();
        while !table.state.is_empty() && Instant::now() < until {
            table = shared.wait(table, until);
        }
        let rest = table.state.end_all();
        drop(table);
        shared.carry_out(rest);
        shared.alarm.ring();
        let until = Instant::now() + FUNERAL;
        let mut table = shared.lock();
        while !table.state.is_empty() && Instant::now() < until {
            table = shared.wait(table, until);
        }
        table.state.stats().dying
    }
}

fn view(child: &Child<Held>, now: Instant) -> View {
    let label = child.payload.label.as_ref();
    View {
        pid: child.payload.process.pid(),
        state: child.phase.word(),
        jobs: child.served,
        age: now.saturating_duration_since(child.began),
        label: label.filter(|_| child.phase.has_job()).cloned(),
    }
}

impl Owner {
    fn close(&self) {
        let due = self.shared.lock().state.close(Instant::now());
        self.shared.carry_out(due);
        self.shared.wake_all();
        self.shared.alarm.ring();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the thread has.
struct Keeper {
    shared: Arc<Shared>,
    hello: Hello,
    name: String,
    program: String,
}

/// A child to watch.
struct Watched {
    id: Id,
    process: Arc<Process>,
    /// Whether nobody else listens to it.
    is_ours: bool,
}

impl Keeper {
    fn live(self) {
        loop {
            self.look_after();
            let Some((watched, until)) = self.watched() else {
                return;
            };
            match self.wait(&watched, until) {
                Ok(events) => {
                    for (child, (speaks, is_dead)) in watched.iter().zip(events) {
                        if speaks {
                            self.listen(child);
                        }
                        if is_dead {
                            self.bury(child);
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "child processes cannot be watched, trying again");
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Does what is due, and starts those that are wanted.
    fn look_after(&self) {
        let due = self.shared.lock().state.due(Instant::now());
        for step in &due {
            if let Due::NotReady(id) = step {
                let reason = format!("it was not ready after {:?}", self.boot_timeout());
                self.not_started(Some(*id), reason);
            }
        }
        self.shared.carry_out(due);
        loop {
            if self.shared.lock().state.boots(Instant::now()) == 0 {
                return;
            }
            match Process::start(&self.name, &self.hello) {
                Ok(process) => self.started(process),
                Err(error) => self.not_started(None, format!("the system gives none: {error}")),
            }
        }
    }

    fn boot_timeout(&self) -> Duration {
        self.shared.lock().state.settings().boot_timeout
    }

    fn started(&self, process: Process) {
        process.talk().incoming = Some(Incoming::new(Expected {
            kinds: &[Kind::Ready, Kind::Failed],
            job: Some(0),
            body: 0,
        }));
        let held = Held {
            process: Arc::new(process),
            label: None,
            since: Instant::now(),
        };
        let chance = chance(&held.process);
        let mut table = self.shared.lock();
        table.state.started(held, Instant::now(), chance);
        if !table.state.is_closing() {
            return;
        }
        // It was closed meanwhile, and has not known of this one.
        let due = table.state.close(Instant::now());
        drop(table);
        self.shared.carry_out(due);
    }

    /// A child did not become ready.
    fn not_started(&self, id: Option<Id>, reason: String) {
        let mut table = self.shared.lock();
        let delay = table.state.boot_failed(id, Instant::now());
        let is_probe = table.probe.is_none();
        if is_probe {
            table.probe = Some(Err(reason.clone()));
        }
        table.refusal.clone_from(&reason);
        drop(table);
        self.shared.wake_all();
        if !is_probe {
            tracing::error!(reason, next_try_in = ?delay, "a process for isolated routes did not start");
        }
    }

    /// Whom to watch and until when; `None` when all is over.
    fn watched(&self) -> Option<(Vec<Watched>, Option<Instant>)> {
        let mut table = self.shared.lock();
        if table.state.is_closing() && table.state.is_empty() {
            return None;
        }
        let until = table.state.next(Instant::now());
        table.sleeps_until = until;
        let watched = table.state.children().map(|(id, child)| Watched {
            id,
            process: child.payload.process.clone(),
            is_ours: matches!(child.phase, Phase::Booting { .. } | Phase::Overdue { .. }),
        });
        Some((watched.collect(), until))
    }

    /// For each child whether it speaks, and whether it is dead.
    fn wait(&self, watched: &[Watched], until: Option<Instant>) -> io::Result<Vec<(bool, bool)>> {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let limit = left.map(|left| Timespec::try_from(left).unwrap_or_default());
        let alarm = PollFd::new(&self.shared.alarm, PollFlags::IN);
        let deaths = watched
            .iter()
            .map(|child| PollFd::new(&child.process.death, PollFlags::IN));
        let ours = watched.iter().filter(|child| child.is_ours);
        let sockets = ours.map(|child| PollFd::new(&child.process.job, PollFlags::IN));
        let mut fds: Vec<_> = std::iter::once(alarm).chain(deaths).chain(sockets).collect();
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        self.shared.alarm.quiet();
        let mut ready = fds.iter().skip(1).map(|fd| !fd.revents().is_empty());
        let deaths: Vec<_> = ready.by_ref().take(watched.len()).collect();
        let events = watched.iter().zip(deaths);
        Ok(events
            .map(|(child, is_dead)| (child.is_ours && ready.next() == Some(true), is_dead))
            .collect())
    }

    /// A child that boots, or whose job is late, says something.
    fn listen(&self, child: &Watched) {
        let mut talk = child.process.talk();
        let Some(incoming) = &mut talk.incoming else {
            return;
        };
        let read = last_of(&child.process, incoming);
        if !matches!(read, Ok(None)) {
            talk.incoming = None;
        }
        drop(talk);
        match read {
            Ok(None) => {}
            Ok(Some(frame)) => self.heard(child, &frame),
            // If it is dead, its end says more.
            Err(reason) if call::last_words(&child.process).is_none() => self.broken(child, reason),
            Err(_) => {}
        }
    }

    fn heard(&self, child: &Watched, frame: &Frame) {
        match frame.kind {
            Kind::Ready => match serde_json::from_slice::<Ready>(&frame.head) {
                Ok(Ready { program, report }) if program == self.program => self.ready(child.id, report),
                Ok(_) => {
                    let reason =
                        "it was started from another program than this one: reload, or put the old one back";
                    self.broken(child, reason.to_owned());
                }
                Err(error) => self.broken(child, format!("what it reports cannot be read: {error}")),
            },
            Kind::Failed => {
                let reason = String::from_utf8_lossy(&frame.head).into_owned();
                self.not_started(Some(child.id), reason);
                child.process.kill();
            }
            _ => self.came_back(child, frame),
        }
    }

    fn ready(&self, id: Id, report: Value) {
        let mut table = self.shared.lock();
        table.state.ready(id, Instant::now());
        table.probe.get_or_insert(Ok(report));
        drop(table);
        self.shared.wake_all();
    }

    /// A child has answered a job that was late. Nobody wants the answer; the child is as good as new.
    fn came_back(&self, child: &Watched, frame: &Frame) {
        let Some((usage, _)) = Usage::split_from(&frame.head) else {
            return self.broken(child, "its answer is none".to_owned());
        };
        let mut table = self.shared.lock();
        let stays = table.state.came_back(child.id, Instant::now(), usage.peak);
        self.shared.told(table);
        if !stays {
            child.process.dismiss();
        }
    }

    /// A child that nobody else listens to talks nonsense.
    fn broken(&self, child: &Watched, reason: String) {
        let mut table = self.shared.lock();
        let is_booting = table
            .state
            .child(child.id)
            .is_some_and(|child| matches!(child.phase, Phase::Booting { .. }));
        if !is_booting {
            table.state.end(child.id, Why::Crash);
        }
        drop(table);
        if is_booting {
            self.not_started(Some(child.id), reason);
        }
        child.process.kill();
    }

    /// A child is dead.
    fn bury(&self, child: &Watched) {
        let Some(ended) = child.process.reap() else { return };
        let mut table = self.shared.lock();
        let phase = table.state.child(child.id).map(|child| child.phase);
        if let Some(Phase::Busy | Phase::Stalled) = phase {
            // The thread that waits for its answer knows what that means, and says so at once.
            table.state.end(child.id, Why::Crash);
        }
        let is_closing = table.state.is_closing();
        let gone = table.state.reaped(child.id);
        drop(table);
        let is_boot = matches!(phase, Some(Phase::Booting { .. }));
        if is_boot && !is_closing {
            self.not_started(None, format!("it ended while it started: {ended}"));
        }
        if let Some(gone) = gone.filter(|_| !is_boot && !is_closing) {
            log(&gone, child.process.pid(), ended);
        }
        self.shared.wake_all();
    }
}

/// Reads once: the frame that is the last of what a child has to say, when it is whole. Parts of an answer that nobody wants are dropped.
fn last_of(process: &Process, incoming: &mut Incoming) -> Result<Option<Frame>, String> {
    call::fill(process, incoming)?;
    while let Some(frame) = incoming.frame().map_err(|malformed| malformed.to_string())? {
        if !frame.kind.is_followed() {
            return Ok(Some(frame));
        }
        incoming.expect(&[Kind::Answer, Kind::Part]);
    }
    Ok(None)
}

/// One line for each death; none for those that are the order of things.
fn log(child: &Child<Held>, pid: i32, ended: Ended) {
    let Label { route, request_id } = child.payload.label.clone().unwrap_or_default();
    let (served, peak) = (child.served, child.peak);
    let ran = child.payload.since.elapsed();
    match child.why {
        Some(Why::Crash) => {
            tracing::error!(pid, %ended, route, request_id, ?ran, served, peak, "the process of an isolated route crashed");
        }
        Some(Why::Timeout) => {
            tracing::warn!(pid, %ended, route, request_id, ?ran, served, peak, "killed a process whose handler did not stop in time");
        }
        Some(Why::Unwanted) => {
            tracing::info!(pid, %ended, route, request_id, ?ran, served, peak, "killed a process whose client had left");
        }
        Some(Why::Recycled) => tracing::debug!(pid, served, "recycled a process"),
        Some(Why::Boot | Why::Idle | Why::Drain) | None => {}
    }
}

/// From 0 to 1, different for each child.
fn chance(process: &Process) -> f64 {
    // Knuth's multiplicative hash of the pid: neighbours are far apart.
    let scattered = process.pid().unsigned_abs().wrapping_mul(2_654_435_761);
    f64::from(scattered) / f64::from(u32::MAX)
}
