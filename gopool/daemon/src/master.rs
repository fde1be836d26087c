//! A master as the daemon has it: its process, and the link to it.

use std::{io, time::Instant};

use crate::{
    child::Child,
    link::{DaemonEnd, Greeting, Message, Options},
    program::Program,
    sockets::Sockets,
    state::{Build, Id},
};

/// A master that is not reaped yet.
pub(crate) struct Master {
    pub(crate) id: Id,
    pub(crate) child: Child,
    pub(crate) link: DaemonEnd,
    pub(crate) began: Instant,
    /// What it found in the options for the daemon.
    pub(crate) options: Option<Box<Options>>,
}

impl Master {
    /// Starts it, with the greeting already in its link.
    pub(crate) fn start(
        (id, build): (Id, Build),
        program: &Program,
        sockets: &Sockets,
        greeting: &Greeting,
    ) -> io::Result<Master> {
        let (link, masters_end) = DaemonEnd::pair(greeting)?;
        let child = program.start(build, masters_end, sockets)?;
        Ok(Master {
            id,
            child,
            link,
            began: Instant::now(),
            options: None,
        })
    }

    /// What it says next, if it said anything.
    pub(crate) fn hear(&mut self) -> Option<(Id, Message)> {
        self.link.receive().map(|message| (self.id, message))
    }
}
