//! A master as the daemon has it: its process, and the link to it.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    child::Child,
    descriptors::Files,
    env_file::Variables,
    error::Error,
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
    /// What it has in its environment, beside what the daemon has.
    pub(crate) variables: Variables,
}

/// A master as it is left to another daemon, with the file of its link and, where there is one, that of its options.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownMaster {
    id: Id,
    pid: i32,
    age: Duration,
    options: Option<Box<Options>>,
    has_options_file: bool,
    #[serde(default)]
    variables: Variables,
}

impl Master {
    /// Starts it, with the greeting already in its link.
    pub(crate) fn start(
        (id, build): (Id, Build),
        program: &Program,
        sockets: &Sockets,
        greeting: &Greeting,
    ) -> io::Result<Master> {
        let options = program.options(build).map(OwnedFd::as_fd);
        let (link, masters_end) = DaemonEnd::pair(greeting, options)?;
        let variables = program.variables(build).map_err(io::Error::other)?;
        let child = program.start((build, &variables), masters_end, sockets)?;
        Ok(Master {
            id,
            child,
            link,
            began: Instant::now(),
            options: None,
            variables,
        })
    }

    /// What it says next, if it said anything.
    pub(crate) fn hear(&mut self) -> Option<(Id, Message)> {
        self.link.receive().map(|message| (self.id, message))
    }

    /// What is left to another daemon, and the files that go with it.
    pub(crate) fn hand_over<'a>(&'a self, files: &mut Vec<BorrowedFd<'a>>) -> KnownMaster {
        let options_file = self.link.options_file();
        files.push(self.link.socket().as_fd());
        files.extend(options_file.map(OwnedFd::as_fd));
        KnownMaster {
            id: self.id,
            pid: self.child.pid().as_raw_nonzero().get(),
            age: self.began.elapsed(),
            options: self.options.clone(),
            has_options_file: options_file.is_some(),
            variables: self.variables.clone(),
        }
    }

    /// # Errors
    /// A file is missing.
    pub(crate) fn take_over(known: KnownMaster, files: &mut Files) -> Result<Master, Error> {
        let link = files.take()?;
        let options_file = known.has_options_file.then(|| files.take()).transpose()?;
        let child = Child::take_over(known.pid);
        let child = child.ok_or_else(|| Error::new("the former daemon left a master without a valid pid"))?;
        Ok(Master {
            id: known.id,
            child,
            link: DaemonEnd::of(link, options_file),
            began: since(known.age),
            options: known.options,
            variables: known.variables,
        })
    }
}

/// When something began that is so old.
pub(crate) fn since(age: Duration) -> Instant {
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}
