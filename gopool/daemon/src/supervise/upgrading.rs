//! The daemon itself replaced by another program, in the same process and with every socket open.

use std::os::fd::BorrowedFd;

use rustix::process::Pid;

use super::Supervisor;
use crate::{
    control::Server,
    error::Error,
    exits::How,
    handover::{Handover, Known},
    link::Options,
    log::{Level, Log},
    master::{Master, since},
    notify::Notify,
    pid_file::PidFile,
    program::Program,
    rehearsal::{Rehearsal, block_signals, replace_this_program},
    settings::Settings,
    signal::{Caught, Signals},
    sockets::Sockets,
    state::{Event, Rules},
    watch::Watch,
};

impl Supervisor {
    /// Has the program on the disk look at all that it would take over. The event is its failure.
    pub(super) fn rehearse(&mut self) -> Option<Event> {
        let mut files = Vec::new();
        let known = self.known(true, &mut files);
        match Rehearsal::start(&self.program, &known, &files) {
            Ok(rehearsal) => {
                self.rehearsal = Some(rehearsal);
                None
            }
            Err(cause) => Some(Event::Rehearsed(Err(format!(
                "the new program could not be run: {cause}"
            )))),
        }
    }

    pub(super) fn end_rehearsal(&mut self) {
        if let Some(rehearsal) = self.rehearsal.take() {
            rehearsal.kill();
        }
    }

    /// A child that is no master has ended, and may be the rehearsal.
    pub(super) fn take_rehearsal(&mut self, pid: Pid, how: How) {
        if let Some(rehearsal) = self.rehearsal.take_if(|rehearsal| rehearsal.pid() == pid) {
            // What it has left behind in its process group is gone with it.
            rehearsal.kill();
            let result = rehearsal.result(how, &self.program);
            self.apply(Event::Rehearsed(result));
        }
    }

    /// Returns only when it fails.
    pub(super) fn replace_daemon(&mut self) -> Event {
        // From here on they wait for the new program; what was caught before is told to it.
        block_signals();
        let caught = self.signals.take();
        let mut files = Vec::new();
        let known = Known {
            caught,
            ..self.known(false, &mut files)
        };
        let cause = replace_this_program(&self.program, &known, &files);
        self.obey(caught);
        Event::NotReplaced(format!("the new program could not be run: {cause}"))
    }

    fn known<'a>(&'a self, is_rehearsal: bool, files: &mut Vec<BorrowedFd<'a>>) -> Known {
        let state = self.state.clone();
        let sockets = self.sockets.hand_over(files);
        let masters = self
            .masters
            .iter()
            .map(|master| master.hand_over(files))
            .collect();
        let control = self.control.as_ref().map(|control| control.hand_over(files));
        let pid_file = self.pid_file.as_ref().map(|file| file.hand_over(files));
        let program = self.program.hand_over(files);
        Known {
            is_rehearsal,
            caught: Caught::default(),
            age: self.now(),
            state,
            exits: self.exits.clone(),
            options: Options::of(&self.settings),
            sockets,
            masters,
            control,
            pid_file,
            program,
            files: files.len(),
        }
    }

    /// Goes on where another program has left off in this process. Signals that came meanwhile have waited.
    pub(crate) fn take_over(settings: Settings, handover: Handover) -> Result<Supervisor, Error> {
        let Handover { known, mut files, .. } = handover;
        let files = &mut files;
        let signals = Signals::catch().map_err(|cause| Error::caused("cannot catch signals", &cause))?;
        // Until a master has read what is in force now, the masters and the daemon go by what was.
        let settings = known.options.in_force_in(settings)?;
        let sockets = Sockets::take_over(&known.sockets, files)?;
        let masters = known
            .masters
            .into_iter()
            .map(|master| Master::take_over(master, files));
        let masters = masters.collect::<Result<Vec<Master>, Error>>()?;
        let control = known.control.map(|control| Server::take_over(control, files));
        let control = control.transpose()?;
        let pid_file = known.pid_file.map(|file| PidFile::take_over(file, files));
        let pid_file = pid_file.transpose()?;
        let mut program = Program::current(&settings)?;
        program.take_over(&known.program, files)?;
        Ok(Supervisor {
            rules: Rules::of(&settings),
            began: since(known.age),
            // How long the change of programs took is a time in which nobody was heard.
            due: known.age,
            signals,
            bound: sockets.addresses(),
            sockets,
            control,
            notify: Notify::from_env(),
            watch: settings.watch.then(|| Watch::new(program.on_disk())),
            program,
            state: known.state,
            masters,
            exits: known.exits,
            rehearsal: None,
            log: log_or_stderr(&settings),
            logs_moved: None,
            pid_file,
            settings,
        })
    }

    /// Rolls in a master of the program that this is.
    pub(crate) fn go_on(&mut self, caught: Caught) {
        self.apply(Event::Replaced);
        self.obey(caught);
    }
}

/// A file that cannot be opened any more is no reason to end.
fn log_or_stderr(settings: &Settings) -> Log {
    Log::open(&settings.log, settings.identity).unwrap_or_else(|error| {
        let mut log = Log::to_stderr(settings.log.format);
        log.say(Level::Warn, &error.to_string());
        log
    })
}
