//! The child: what it is told, what it does, and how it ends.

use std::{
    env,
    fs::File,
    io::{self, IoSlice, IoSliceMut, Write as _},
    mem::MaybeUninit,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use rustix::{
    buffer::spare_capacity,
    io::{Errno, fcntl_dupfd_cloexec},
    net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg},
    process::{Signal, kill_current_process_group},
    stdio::dup2_stdin,
};
use serde_json::Value;

use crate::{
    frame::{Expected, Frame, Header, Kind, MAX_HEAD},
    incoming::Incoming,
    job::{Answer, Job},
    message::{Hello, MARK, Ready},
    restrain::{self, Memory},
    usage::Meter,
};

/// Out of the way of what native code believes to be its own.
const LEAST_DESCRIPTOR: i32 = 10;
/// It only reads numbers. The stack counts as memory of the child.
const CONTROL_STACK: usize = 64 << 10;
/// The longest first frame, in bytes. It comes in one piece, as it was sent.
const HELLO: usize = 64 << 10;

/// This process, as a child that has not taken a job yet.
#[derive(Debug)]
pub struct Inside {
    job: UnixStream,
    control: UnixStream,
    hello: Hello,
}

impl Inside {
    /// Tells whether this process is a child; `None` says that it is not. A child has then taken over what its parent gave it, and is
    /// kept within its limits.
    ///
    /// To be called first of all in `main`, before any thread starts.
    ///
    /// # Errors
    /// Somebody else has started this process as a child would be; or it cannot be kept within its limits.
    pub fn enter() -> io::Result<Option<Self>> {
        let mut arguments = env::args_os().skip(1);
        if arguments.next().is_none_or(|first| first != MARK) || arguments.next().is_some() {
            return Ok(None);
        }
        let inside = Self::take_over().map_err(|error| {
            io::Error::other(format!(
                "`{MARK}` is for processes that a nursery starts itself: {error}"
            ))
        })?;
        restrain::die_with(inside.hello.parent)?;
        restrain::leave_signals_to_the_parent()?;
        restrain::keep_within(&inside.hello.bounds)?;
        Ok(Some(inside))
    }

    fn take_over() -> io::Result<Self> {
        let job = fcntl_dupfd_cloexec(io::stdin().as_fd(), LEAST_DESCRIPTOR)?;
        // What a handler reads from standard input is nothing, rather than the next job.
        dup2_stdin(File::open("/dev/null")?)?;
        let job = UnixStream::from(job);
        let (hello, control) = hear(&job)?;
        let control = UnixStream::from(fcntl_dupfd_cloexec(&control, LEAST_DESCRIPTOR)?);
        Ok(Self { job, control, hello })
    }

    /// What the application tells its children.
    pub fn told(&self) -> &Value {
        &self.hello.told
    }

    /// Tells the parent that jobs cannot be done here, and ends the process.
    pub fn fail(self, reason: &str) -> ! {
        // Without a parent nobody wants to know.
        let _ = say(&self.job, Kind::Failed, 0, &[reason.as_bytes()], &[]);
        process::exit(1)
    }

    /// Tells the parent that jobs may come, which [program](crate::Settings::program) this is, and a report for the application there. Does
    /// the jobs one after another until there are no more; then the process ends.
    ///
    /// `late` is called on a thread of its own with the [number](Parts::number) of a job whose answer nobody waits for any longer. It may
    /// be called before that job begins.
    pub fn serve(
        self,
        program: String,
        report: Value,
        late: impl Fn(u32) + Send + 'static,
        mut work: impl FnMut(Job, &Parts) -> Answer,
    ) -> ! {
        let control = self.control;
        let listening = thread::Builder::new()
            .name("gopool-control".to_owned())
            .stack_size(CONTROL_STACK)
            .spawn(move || listen(control, late));
        let ready = serde_json::to_vec(&Ready { program, report }).unwrap_or_default();
        let is_watching = listening.is_ok() && restrain::wake_with_the_end_of_the_parent().is_ok();
        if !is_watching || say(&self.job, Kind::Ready, 0, &[&ready], &[]).is_err() {
            process::exit(1);
        }
        let (mut meter, mut memory) = (Meter::new(), Memory::of_this_process());
        let line = Arc::new(Line {
            job: self.job,
            at_hand: Mutex::default(),
        });
        while let Some((number, job)) = next(&line.job, self.hello.max_job).and_then(read) {
            meter.begin();
            if memory.allow(job.memory).is_err() {
                process::exit(1);
            }
            let answer = work(job, &line.begin(number));
            let usage = meter.end().to_bytes();
            if line
                .end(number, &[&usage[..], &answer.head], &answer.body)
                .is_err()
            {
                process::exit(1);
            }
        }
        process::exit(0)
    }
}

/// By which a child answers.
#[derive(Debug)]
struct Line {
    job: UnixStream,
    /// The job that may be answered. Held while something is said, so that nothing of one job gets into another.
    at_hand: Mutex<Option<u32>>,
}

impl Line {
    fn begin(self: &Arc<Self>, number: u32) -> Parts {
        *self.lock() = Some(number);
        Parts {
            line: self.clone(),
            number,
        }
    }

    fn end(&self, number: u32, head: &[&[u8]], body: &[u8]) -> io::Result<()> {
        let mut at_hand = self.lock();
        *at_hand = None;
        say(&self.job, Kind::Answer, number, head, body)
    }

    fn lock(&self) -> MutexGuard<'_, Option<u32>> {
        // Each change is one assignment.
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For an answer in parts: what is said of a job before its end. Of no effect behind that.
#[derive(Debug, Clone)]
pub struct Parts {
    line: Arc<Line>,
    number: u32,
}

impl Parts {
    /// The number of the job.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Begins the answer, with its first part. Once, before all others.
    ///
    /// # Errors
    /// The job is over, or the head too long.
    pub fn begin(&self, head: &[u8], body: &[u8]) -> io::Result<()> {
        self.say(Kind::Begin, head, body)
    }

    /// The next part. Waits while whoever takes the answer is behind.
    ///
    /// # Errors
    /// The job is over.
    pub fn send(&self, body: &[u8]) -> io::Result<()> {
        self.say(Kind::Part, &[], body)
    }

    fn say(&self, kind: Kind, head: &[u8], body: &[u8]) -> io::Result<()> {
        if head.len() > MAX_HEAD {
            return Err(io::Error::other("its head is too long to be sent"));
        }
        let at_hand = self.line.lock();
        if *at_hand != Some(self.number) {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the job is over"));
        }
        say(&self.line.job, kind, self.number, &[head], body)
    }
}

/// A job from its frame; `None` if it is none.
fn read(frame: Frame) -> Option<(u32, Job)> {
    let (memory, head) = frame.head.split_first_chunk()?;
    let memory = u64::from_le_bytes(*memory);
    let job = Job {
        head: head.to_vec(),
        body: frame.body,
        memory: Some(memory).filter(|memory| *memory != u64::MAX),
        ..Job::default()
    };
    Some((frame.job, job))
}

/// The first frame, and the control socket that comes with it.
fn hear(job: &UnixStream) -> io::Result<(Hello, OwnedFd)> {
    let mut bytes = vec![0; HELLO];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let heard = recvmsg(
        job,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut rights,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    let control = rights.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut passed) => passed.next(),
        _ => None,
    });
    let control = control.ok_or_else(|| io::Error::other("no control socket came"))?;
    let mut incoming = Incoming::new(Expected {
        kinds: &[Kind::Hello],
        job: Some(0),
        body: 0,
    });
    incoming.room().extend_from_slice(&bytes[..heard.bytes]);
    let frame = incoming.frame().map_err(io::Error::other)?;
    let frame = frame.ok_or_else(|| io::Error::other("the first frame is not whole"))?;
    Ok((serde_json::from_slice(&frame.head)?, control))
}

/// Passes on which jobs are late. When the parent has died, so does everything here.
fn listen(control: UnixStream, late: impl Fn(u32)) {
    let mut number = [0; 4];
    while io::Read::read_exact(&mut &control, &mut number).is_ok() {
        late(u32::from_le_bytes(number));
    }
    let _ = kill_current_process_group(Signal::KILL);
}

/// The next job; `None` when there are no more.
fn next(job: &UnixStream, longest: u64) -> Option<Frame> {
    let mut incoming = Incoming::new(Expected {
        kinds: &[Kind::Job],
        job: None,
        body: longest,
    });
    loop {
        match rustix::io::read(job, spare_capacity(incoming.room())) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return None,
        }
        // Nobody but a parent that has gone mad sends what is no job.
        if let Some(frame) = incoming.frame().ok()? {
            return Some(frame);
        }
    }
}

fn say(mut job: &UnixStream, kind: Kind, number: u32, head: &[&[u8]], body: &[u8]) -> io::Result<()> {
    let head = head.concat();
    let header = Header {
        kind,
        job: number,
        head: head.len(),
        body: body.len(),
    };
    let header = header.to_bytes();
    let mut parts = [IoSlice::new(&header), IoSlice::new(&head), IoSlice::new(body)];
    let mut left = &mut parts[..];
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match job.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
