//! One job, from the thread that has it: a child is found, given the job, and heard until its answer is whole.

use std::{
    io::{self, IoSlice},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{SendAncillaryBuffer, SendFlags, sendmsg},
};

use crate::{
    error::Failure,
    frame::{Expected, Frame, HEADER, Header, Kind, MAX_HEAD},
    incoming::Incoming,
    interrupt::Interrupt,
    job::{Answered, Begun, HEAD_OVERHEAD, Heard, Job, Terms, Usage},
    process::Process,
    shared::{Place, Shared, want},
    state::{Id, Taken, Why},
};

/// How long to wait for the end of a child that answers no more, to be able to say how it ended. A large one takes a while.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// What an answer may begin with, and how it may go on.
const FIRST: &[Kind] = &[Kind::Answer, Kind::Begin];
const FURTHER: &[Kind] = &[Kind::Answer, Kind::Part];

/// A job that a child has. Dropped before its answer is whole, it is one that nobody wants any longer.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    place: Place,
    interrupt: Interrupt,
    exchange: Exchange,
    is_over: bool,
}

/// Tells that whoever takes the answer of a job is behind, so that its child is not counted among those that work.
#[derive(Debug, Clone)]
pub struct Stall {
    shared: Arc<Shared>,
    id: Id,
}

impl Stall {
    /// Waits by `wait`, and is behind meanwhile.
    pub fn during<T>(&self, wait: impl FnOnce() -> T) -> T {
        struct Behind<'a>(&'a Stall);
        impl Drop for Behind<'_> {
            fn drop(&mut self) {
                self.0.shared.stall(self.0.id, false);
            }
        }
        self.shared.stall(self.id, true);
        let _behind = Behind(self);
        wait()
    }
}

impl Running {
    /// Waits for a child, and gives it the job.
    pub(crate) fn begin(
        shared: &Arc<Shared>,
        job: &Job,
        (interrupt, terms): (&Interrupt, Terms),
    ) -> Result<Self, Failure> {
        if job.head.len() > MAX_HEAD - HEAD_OVERHEAD {
            return Err(Failure::TooLarge);
        }
        let place = place(shared, job, interrupt, terms.wait_until)?;
        if !interrupt.attach(&place.process) {
            // Nothing was sent, so the child is as good as before.
            shared.answered(&place, 0);
            return Err(Failure::Unwanted);
        }
        let max_answer = shared.lock().state.settings().max_answer;
        let mut running = Self {
            exchange: Exchange::begin(place.process.clone(), max_answer, terms),
            shared: shared.clone(),
            place,
            interrupt: interrupt.clone(),
            is_over: false,
        };
        match running.exchange.send(job) {
            Ok(()) => Ok(running),
            Err(halt) => Err(running.halted(halt)),
        }
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// Nothing will.
    pub fn hear(&mut self) -> Result<Heard, Failure> {
        let heard = self.exchange.receive().and_then(heard);
        heard.map_err(|halt| self.halted(halt))
    }

    /// The answer is good, so its child is, too.
    pub fn accept(mut self, answered: &Answered) {
        self.interrupt.detach();
        self.is_over = true;
        self.shared.answered(&self.place, answered.usage.peak);
    }

    /// What was heard cannot be read, and why. The child is ended: whatever has destroyed its answer may have destroyed more.
    pub fn refuse(mut self, reason: String) -> Failure {
        self.halted(Halt::Broken(reason))
    }

    /// For whoever takes the answer.
    pub fn stall(&self) -> Stall {
        Stall {
            shared: self.shared.clone(),
            id: self.place.id,
        }
    }

    /// What becomes of a child without an answer.
    fn halted(&mut self, halt: Halt) -> Failure {
        if std::mem::replace(&mut self.is_over, true) {
            return Failure::Unwanted;
        }
        let answered = match halt {
            Halt::Stop { has_job: true, .. } => self.exchange.leave(),
            _ => None,
        };
        self.interrupt.detach();
        match halt {
            Halt::Stop { why, has_job } => {
                match answered {
                    Some(usage) => self.shared.answered(&self.place, usage.peak),
                    None if has_job => self.shared.overdue(&self.place, why),
                    // It cannot be told apart any more where the next job begins.
                    None => self.shared.end(&self.place, why),
                }
                if why == Why::Timeout {
                    Failure::Late
                } else {
                    Failure::Unwanted
                }
            }
            Halt::Broken(reason) => {
                let ended = last_words(&self.place.process);
                self.shared.end(&self.place, Why::Crash);
                if self.shared.lock().state.is_closing() {
                    return Failure::Closed;
                }
                // How it ended by itself says more than that it ended.
                Failure::Crashed {
                    how: ended.unwrap_or(reason),
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.halted(stop(Why::Unwanted, true));
        }
    }
}

/// A living child without a job.
fn place(shared: &Arc<Shared>, job: &Job, interrupt: &Interrupt, until: Instant) -> Result<Place, Failure> {
    loop {
        let place = wait_for_place(shared, job, interrupt, until)?;
        if is_waiting_for_work(&place.process) {
            return Ok(place);
        }
        // It ended while it had nothing to do, which harms nobody.
        shared.end(&place, Why::Crash);
    }
}

fn wait_for_place(
    shared: &Arc<Shared>,
    job: &Job,
    interrupt: &Interrupt,
    until: Instant,
) -> Result<Place, Failure> {
    interrupt.wait_at(shared);
    let mut table = shared.lock();
    loop {
        let failure = match shared.take(&mut table, job) {
            Ok(Some(place)) => {
                shared.told(table);
                return Ok(place);
            }
            Ok(None) if interrupt.is_rung() => return Err(Failure::Unwanted),
            Ok(None) if Instant::now() < until => None,
            Ok(None) => Some(("none was free in time".to_owned(), Duration::from_secs(1))),
            Err(Taken::NotNow(delay)) => Some((table.refusal.clone(), delay)),
            Err(_) => return Err(Failure::Closed),
        };
        if let Some((reason, retry_in)) = failure {
            return Err(Failure::NoProcess { reason, retry_in });
        }
        table.state.waiting.come(want(job));
        if table.state.wants_attention(Instant::now()) {
            shared.alarm.ring();
        }
        table = shared.wait(table, until);
        table.state.waiting.go(want(job));
    }
}

/// Whether a child that has no job waits for one, and is neither dead nor speaks unasked.
fn is_waiting_for_work(process: &Process) -> bool {
    let mut watched = [
        PollFd::new(&process.job, PollFlags::IN),
        PollFd::new(&process.death, PollFlags::IN),
    ];
    matches!(poll(&mut watched, Some(&Timespec::default())), Ok(0))
}

/// Why there is no answer.
#[derive(Debug)]
enum Halt {
    /// In time, or nobody wants it; and whether the child has all of the job.
    Stop { why: Why, has_job: bool },
    /// The child is dead, or talks nonsense.
    Broken(String),
}

/// What happened first.
enum Event {
    Socket,
    Death,
    Interrupt,
    Late,
}

/// The conversation about one job.
#[derive(Debug)]
struct Exchange {
    process: Arc<Process>,
    job: u32,
    terms: Terms,
    deadline: Instant,
    incoming: Incoming,
    /// Its answer comes in parts.
    has_begun: bool,
}

impl Exchange {
    fn begin(process: Arc<Process>, max_answer: u64, terms: Terms) -> Self {
        let mut talk = process.talk();
        talk.job = talk.job.wrapping_add(1);
        let job = talk.job;
        drop(talk);
        Self {
            process,
            job,
            terms,
            deadline: deadline(terms),
            incoming: Incoming::new(Expected {
                kinds: FIRST,
                job: Some(job),
                body: max_answer,
            }),
            has_begun: false,
        }
    }

    /// Has somebody else wait for the child to come back, who goes on reading here; unless it has come back already, unheard.
    fn leave(&mut self) -> Option<Usage> {
        while let Ok(Some(frame)) = next(&mut self.incoming) {
            if !frame.kind.is_followed() {
                return Usage::split_from(&frame.head).map(|(usage, _)| usage);
            }
            self.incoming.expect(FURTHER);
        }
        let unread = std::mem::replace(&mut self.incoming, Incoming::nothing());
        self.process.talk().incoming = Some(unread);
        self.process.tell_late(self.job);
        None
    }

    fn send(&self, job: &Job) -> Result<(), Halt> {
        let memory = job.memory.unwrap_or(u64::MAX).to_le_bytes();
        let header = Header {
            kind: Kind::Job,
            job: self.job,
            head: memory.len() + job.head.len(),
            body: job.body.len(),
        };
        let (header, whole) = (header.to_bytes(), header.whole());
        let mut sent = 0;
        while sent < whole {
            let parts = unsent([&header, &memory, &job.head, &job.body], sent);
            let parts = parts.map(IoSlice::new);
            match sendmsg(
                &self.process.job,
                &parts,
                &mut SendAncillaryBuffer::default(),
                SendFlags::NOSIGNAL,
            ) {
                Ok(now) => sent += now,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => match self.wait(PollFlags::OUT)? {
                    Event::Socket => {}
                    Event::Death => return Err(Halt::Broken("it ended".to_owned())),
                    Event::Interrupt => return Err(stop(Why::Unwanted, false)),
                    Event::Late => return Err(stop(Why::Timeout, false)),
                },
                Err(error) => return Err(Halt::Broken(format!("the job cannot be sent: {error}"))),
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<Frame, Halt> {
        if self.has_begun {
            // From part to part; what whoever takes them has needed meanwhile is no silence.
            self.deadline = deadline(self.terms);
        }
        let frame = match next(&mut self.incoming)? {
            Some(frame) => frame,
            None => self.read()?,
        };
        self.has_begun = frame.kind.is_followed();
        self.incoming.expect(FURTHER);
        Ok(frame)
    }

    /// Waits for bytes until a frame is whole.
    fn read(&mut self) -> Result<Frame, Halt> {
        loop {
            let event = self.wait(PollFlags::IN)?;
            let is_last = match event {
                Event::Socket => false,
                // What it has said before it ended counts.
                Event::Death => true,
                Event::Interrupt => return Err(stop(Why::Unwanted, true)),
                Event::Late => return Err(stop(Why::Timeout, true)),
            };
            while fill(&self.process, &mut self.incoming).map_err(Halt::Broken)? {
                if let Some(frame) = next(&mut self.incoming)? {
                    return Ok(frame);
                }
            }
            if is_last {
                return Err(Halt::Broken("it ended".to_owned()));
            }
        }
    }

    fn wait(&self, socket: PollFlags) -> Result<Event, Halt> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let limit = Timespec::try_from(left).unwrap_or_default();
            let process = &self.process;
            let mut watched = [
                PollFd::new(&process.job, socket),
                PollFd::new(&process.alarm, PollFlags::IN),
                PollFd::new(&process.death, PollFlags::IN),
            ];
            match poll(&mut watched, Some(&limit)) {
                Ok(_) => {
                    let [job, alarm, death] = watched.map(|fd| !fd.revents().is_empty());
                    return Ok(match (job, alarm, death) {
                        // Whoever says something all the time must hear that nobody listens.
                        (_, true, _) if self.has_begun => Event::Interrupt,
                        _ if self.has_begun && left.is_zero() => Event::Late,
                        (true, ..) => Event::Socket,
                        (_, true, _) => Event::Interrupt,
                        (.., true) => Event::Death,
                        _ => Event::Late,
                    });
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(Halt::Broken(format!("it cannot be waited for: {error}"))),
            }
        }
    }
}

/// When a child has been silent for too long that begins to work, or has said something, now.
fn deadline(terms: Terms) -> Instant {
    let silent = Instant::now() + terms.limit;
    terms.until.map_or(silent, |until| until.min(silent))
}

/// What is left of the parts when so many bytes of them are sent.
fn unsent(parts: [&[u8]; 4], mut sent: usize) -> [&[u8]; 4] {
    parts.map(|part| {
        let gone = sent.min(part.len());
        sent -= gone;
        &part[gone..]
    })
}

fn stop(why: Why, has_job: bool) -> Halt {
    Halt::Stop { why, has_job }
}

/// A frame that has arrived.
fn next(incoming: &mut Incoming) -> Result<Option<Frame>, Halt> {
    incoming
        .frame()
        .map_err(|malformed| Halt::Broken(malformed.to_string()))
}

/// Reads once, without waiting. False when nothing is there.
///
/// # Errors
/// Nothing more will come, and why.
pub(crate) fn fill(process: &Process, incoming: &mut Incoming) -> Result<bool, String> {
    loop {
        match rustix::io::read(&process.job, spare_capacity(incoming.room())) {
            Ok(0) => return Err("it closed its connection".to_owned()),
            Ok(_) => return Ok(true),
            Err(Errno::AGAIN) => return Ok(false),
            Err(Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).to_string()),
        }
    }
}

fn heard(frame: Frame) -> Result<Heard, Halt> {
    let Frame { kind, head, body, .. } = frame;
    match kind {
        Kind::Begin => Ok(Heard::Begun(Begun { head, body })),
        Kind::Part => Ok(Heard::Part(body)),
        _ => {
            let length = head.len();
            let (usage, head) = Usage::split_from(&head)
                .ok_or_else(|| Halt::Broken(format!("its answer has a head of {length} bytes")))?;
            Ok(Heard::Answered(Answered { head, body, usage }))
        }
    }
}

/// How the child has ended, if it has by itself.
pub(crate) fn last_words(process: &Process) -> Option<String> {
    let limit = Timespec::try_from(LAST_WORDS).unwrap_or_default();
    let mut watched = [PollFd::new(&process.death, PollFlags::IN)];
    let _ = poll(&mut watched, Some(&limit));
    process.reap().map(|ended| ended.to_string())
}

const _: () = assert!(HEADER + Usage::BYTES < MAX_HEAD);
