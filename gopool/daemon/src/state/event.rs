//! What goes into the daemon's mind and what comes out: events in, actions out.

use std::time::Duration;

use super::masters::{Build, Id};
use crate::{exits::How, log::Level, restarts::Cause};

/// Names one request that waits for its answer.
pub(crate) type Ticket = u64;

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// Time passed; a deadline may have.
    Tick,
    /// The daemon itself ran so much later than it should (it was stopped, or its machine was): nobody could be heard.
    Overslept(Duration),
    /// A master is up, with this many event loops.
    Ready(Id, usize),
    /// The event loop of this index is alive.
    Beat(Id, usize),
    /// A master cannot go on as it should, and why: it says so, or its memory is over the limit.
    Unwell(Id, Cause, String),
    /// A master has done as much as it is to do, and why it thinks so.
    Spent(Id, String),
    /// A master says why its start failed, and is about to exit.
    Failed(Id, String),
    /// A master could not even be started.
    NotStarted(Id, String),
    /// A master is dead and reaped.
    Exited(Id, End),
    /// Somebody wants a new master; with a ticket if he waits for the answer.
    Reload(Option<Ticket>),
    /// Somebody wants the daemon itself replaced by the program on the disk.
    Upgrade(Ticket),
    /// What came of trying that program.
    Rehearsed(Result<(), String>),
    /// The daemon could not be replaced.
    NotReplaced(String),
    /// The daemon was replaced, by this.
    Replaced,
    /// Drain and end.
    Terminate,
    /// Drain and end; the second time, end at once.
    Interrupt,
}

/// How a master ended, and after how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) how: How,
    pub(crate) uptime: Duration,
}

/// What the loop has to do about it.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    Start(Id, Build),
    /// Keep the program of this master: it is good.
    Trust(Id),
    /// TERM to the master alone: its children may be needed to finish its work.
    Terminate(Id),
    /// QUIT to the master alone: its successor serves already, so it may part from its clients gently.
    HandOver(Id),
    /// KILL to the master's whole process group.
    Kill(Id),
    /// Have the program on the disk try to take the daemon's place.
    Rehearse,
    EndRehearsal,
    /// Put the program on the disk in the daemon's place.
    ReplaceDaemon,
    /// Keep for the monitor why a master ended.
    Remember(End, String),
    Answer(Vec<Ticket>, Result<String, String>),
    Notify(Notice),
    Say(Level, String),
}

/// What the service manager above is told, with a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Ready(String),
    Reloading,
    Stopping(String),
}
