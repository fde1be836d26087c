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
    process, thread,
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
    frame::{Expected, Frame, Header, Kind},
    incoming::Incoming,
    job::{Answer, Job, Label},
    message::{Hello, MARK, Ready},
    restrain,
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
    pub fn fail(mut self, reason: &str) -> ! {
        // Without a parent nobody wants to know.
        let _ = say(&mut self.job, Kind::Failed, 0, &[reason.as_bytes()], &[]);
        process::exit(1)
    }

    /// Tells the parent that jobs may come, with a report for the application there, and does them one after another until there are no
    /// more; then the process ends.
    ///
    /// `late` is called on a thread of its own with the number of a job whose answer nobody waits for any longer; the number of
    /// the job at hand is the second argument of `work`. It may be called before that job begins.
    pub fn serve(
        mut self,
        report: Value,
        late: impl Fn(u32) + Send + 'static,
        mut work: impl FnMut(Job, u32) -> Answer,
    ) -> ! {
        let control = self.control;
        let listening = thread::Builder::new()
            .name("gopool-control".to_owned())
            .stack_size(CONTROL_STACK)
            .spawn(move || listen(control, late));
        let ready = serde_json::to_vec(&Ready { report }).unwrap_or_default();
        let is_watching = listening.is_ok() && restrain::wake_with_the_end_of_the_parent().is_ok();
        if !is_watching || say(&mut self.job, Kind::Ready, 0, &[&ready], &[]).is_err() {
            process::exit(1);
        }
        let mut meter = Meter::new();
        while let Some(frame) = next(&self.job, self.hello.max_job) {
            let number = frame.job;
            meter.begin();
            let job = Job {
                head: frame.head.to_vec(),
                body: frame.body,
                label: Label::default(),
            };
            let answer = work(job, number);
            let usage = meter.end().to_bytes();
            let head = [&usage[..], &answer.head];
            if say(&mut self.job, Kind::Answer, number, &head, &answer.body).is_err() {
                process::exit(1);
            }
        }
        process::exit(0)
    }
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

fn say(job: &mut UnixStream, kind: Kind, number: u32, head: &[&[u8]], body: &[u8]) -> io::Result<()> {
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
