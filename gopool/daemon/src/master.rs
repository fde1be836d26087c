//! A master as the daemon has it: its process, and the link to it.

use std::{io, time::Instant};

use crate::{
    child::{Child, Program},
    link::{DaemonEnd, Greeting, Message},
    sockets::Sockets,
    state::Id,
};

/// A master that is not reaped yet.
pub(crate) struct Master {
    pub(crate) id: Id,
    pub(crate) child: Child,
    pub(crate) link: DaemonEnd,
    pub(crate) began: Instant,
}

impl Master {
    /// Starts it from the program on disk, with the greeting already in its link.
    pub(crate) fn start(
        id: Id,
        program: &Program,
        sockets: &Sockets,
        greeting: &Greeting,
    ) -> io::Result<Master> {
        let (link, masters_end) = DaemonEnd::pair(greeting)?;
        let child = program.start(masters_end, sockets)?;
        Ok(Master {
            id,
            child,
            link,
            began: Instant::now(),
        })
    }

    /// What it says next, if it said anything.
    pub(crate) fn hear(&mut self) -> Option<(Id, Message)> {
        self.link.receive().map(|message| (self.id, message))
    }
}
