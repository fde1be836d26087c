//! One job, from the thread that has it: a child is found, given the job, waited for.

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
    job::{Answered, Job, Label, Terms, Usage},
    process::Process,
    shared::{Place, Shared},
    state::{Taken, Why},
};

/// How long to wait for the end of a child that answers no more, to be able to say how it ended. A large one takes a while.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Gives a job to a child and waits for its answer, which `read` judges before the child has another job.
pub(crate) fn run<T>(
    shared: &Arc<Shared>,
    job: Job,
    (interrupt, terms): (&Interrupt, Terms),
    read: impl FnOnce(Answered) -> Result<T, String>,
) -> Result<T, Failure> {
    if job.head.len() > MAX_HEAD {
        return Err(Failure::TooLarge);
    }
    let place = place(shared, &job.label, interrupt, terms.wait_until)?;
    if !interrupt.attach(&place.process) {
        // Nothing was sent, so the child is as good as before.
        shared.answered(&place, 0);
        return Err(Failure::Unwanted);
    }
    let max_answer = shared.lock().state.settings().max_answer;
    let deadline = Instant::now() + terms.limit;
    let spoken =
        Exchange::begin(&place.process, max_answer, deadline).and_then(|exchange| exchange.hold(&job));
    interrupt.detach();
    match spoken {
        Ok(answered) => {
            let peak = answered.usage.peak;
            match read(answered) {
                Ok(value) => {
                    shared.answered(&place, peak);
                    Ok(value)
                }
                Err(reason) => Err(halted(shared, &place, Halt::Broken(reason))),
            }
        }
        Err(halt) => Err(halted(shared, &place, halt)),
    }
}

/// A living child without a job.
fn place(
    shared: &Arc<Shared>,
    label: &Label,
    interrupt: &Interrupt,
    until: Instant,
) -> Result<Place, Failure> {
    loop {
        let place = wait_for_place(shared, label, interrupt, until)?;
        if is_waiting_for_work(&place.process) {
            return Ok(place);
        }
        // It ended while it had nothing to do, which harms nobody.
        shared.end(&place, Why::Crash);
    }
}

fn wait_for_place(
    shared: &Arc<Shared>,
    label: &Label,
    interrupt: &Interrupt,
    until: Instant,
) -> Result<Place, Failure> {
    interrupt.wait_at(shared);
    let mut table = shared.lock();
    loop {
        let failure = match shared.take(&mut table, label) {
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
        table.state.waiting += 1;
        if table.state.boots(Instant::now()) > 0 {
            shared.alarm.ring();
        }
        table = shared.wait(table, until);
        table.state.waiting -= 1;
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
struct Exchange<'a> {
    process: &'a Process,
    job: u32,
    deadline: Instant,
    incoming: Incoming,
}

impl<'a> Exchange<'a> {
    fn begin(process: &'a Process, max_answer: u64, deadline: Instant) -> Result<Self, Halt> {
        let mut talk = process.talk();
        talk.job = talk.job.wrapping_add(1);
        Ok(Self {
            process,
            job: talk.job,
            deadline,
            incoming: Incoming::new(Expected {
                kinds: &[Kind::Answer],
                job: Some(talk.job),
                body: max_answer,
            }),
        })
    }

    fn hold(mut self, job: &Job) -> Result<Answered, Halt> {
        self.send(job)?;
        match self.receive() {
            Ok(frame) => answered(&frame),
            Err(halt) => {
                if let Halt::Stop { has_job: true, .. } = halt {
                    // Whoever waits for the child to come back goes on reading here.
                    self.process.talk().incoming = Some(self.incoming);
                    self.process.tell_late(self.job);
                }
                Err(halt)
            }
        }
    }

    fn send(&self, job: &Job) -> Result<(), Halt> {
        let header = Header {
            kind: Kind::Job,
            job: self.job,
            head: job.head.len(),
            body: job.body.len(),
        };
        let (header, whole) = (header.to_bytes(), header.whole());
        let mut sent = 0;
        while sent < whole {
            let parts = unsent([&header, &job.head, &job.body], sent);
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
        loop {
            let event = self.wait(PollFlags::IN)?;
            let is_last = match event {
                Event::Socket => false,
                // What it has said before it ended counts.
                Event::Death => true,
                Event::Interrupt => return Err(stop(Why::Unwanted, true)),
                Event::Late => return Err(stop(Why::Timeout, true)),
            };
            match read(self.process, &mut self.incoming) {
                Read::Frame(frame) => return Ok(frame),
                Read::Part if !is_last => {}
                Read::Part => return Err(Halt::Broken("it ended".to_owned())),
                Read::End(reason) => return Err(Halt::Broken(reason)),
            }
        }
    }

    fn wait(&self, socket: PollFlags) -> Result<Event, Halt> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let limit = Timespec::try_from(left).unwrap_or_default();
            let process = self.process;
            let mut watched = [
                PollFd::new(&process.job, socket),
                PollFd::new(&process.alarm, PollFlags::IN),
                PollFd::new(&process.death, PollFlags::IN),
            ];
            match poll(&mut watched, Some(&limit)) {
                Ok(_) => {
                    let [job, alarm, death] = watched.map(|fd| !fd.revents().is_empty());
                    return Ok(match (job, alarm, death) {
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

/// What is left of three parts when so many bytes of them are sent.
fn unsent(parts: [&[u8]; 3], mut sent: usize) -> [&[u8]; 3] {
    parts.map(|part| {
        let gone = sent.min(part.len());
        sent -= gone;
        &part[gone..]
    })
}

fn stop(why: Why, has_job: bool) -> Halt {
    Halt::Stop { why, has_job }
}

/// What reading without waiting has brought.
pub(crate) enum Read {
    Frame(Frame),
    /// Some of it, or nothing.
    Part,
    /// Nothing more will come, or nothing that is of use, and why.
    End(String),
}

/// Reads what is there.
pub(crate) fn read(process: &Process, incoming: &mut Incoming) -> Read {
    loop {
        match rustix::io::read(&process.job, spare_capacity(incoming.room())) {
            Ok(0) => return Read::End("it closed its connection".to_owned()),
            Ok(_) => match incoming.frame() {
                Ok(Some(frame)) => return Read::Frame(frame),
                Ok(None) => {}
                Err(malformed) => return Read::End(malformed.to_string()),
            },
            Err(Errno::AGAIN) => return Read::Part,
            Err(Errno::INTR) => {}
            Err(error) => return Read::End(io::Error::from(error).to_string()),
        }
    }
}

fn answered(frame: &Frame) -> Result<Answered, Halt> {
    let (usage, head) = Usage::split_from(&frame.head)
        .ok_or_else(|| Halt::Broken(format!("its answer has a head of {} bytes", frame.head.len())))?;
    Ok(Answered {
        head,
        body: frame.body.clone(),
        usage,
    })
}

/// What becomes of a child without an answer.
fn halted(shared: &Shared, place: &Place, halt: Halt) -> Failure {
    match halt {
        Halt::Stop { why, has_job } => {
            if has_job {
                shared.overdue(place, why);
            } else {
                // It cannot be told apart any more where the next job begins.
                shared.end(place, why);
            }
            if why == Why::Timeout {
                Failure::Late
            } else {
                Failure::Unwanted
            }
        }
        Halt::Broken(reason) => {
            let ended = last_words(&place.process);
            shared.end(place, Why::Crash);
            if shared.lock().state.is_closing() {
                return Failure::Closed;
            }
            // How it ended by itself says more than that it ended.
            Failure::Crashed {
                how: match ended {
                    Some(ended) => ended,
                    None => reason,
                },
            }
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
