//! The loop around the daemon's mind: waits, gathers events, and carries out actions. One thread, no timer, no
//! allocation while it waits.

mod masters;
mod restoring;
mod upgrading;

use std::{
    array,
    collections::VecDeque,
    io,
    os::fd::AsFd,
    process,
    time::{Duration, Instant, SystemTime},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::{
    address::Address,
    child::Child,
    control::{self, Request, Seen, Server, Status},
    error::Error,
    exits::{Exit, Exits},
    log::{Level, Log},
    master::Master,
    notify::Notify,
    pid_file::PidFile,
    program::Program,
    rehearsal::Rehearsal,
    settings::Settings,
    signal::{Caught, Signals},
    sockets::Sockets,
    state::{Action, End, Event, Rules, State},
    watch::Watch,
};

/// Signals, the control socket and its clients, the serving master and the one that starts.
const WATCHED: usize = 1 + 1 + control::CLIENTS + 2;

/// While a master starts or leaves, no sleep is longer.
const NAP: Duration = Duration::from_secs(1);
/// A loop that runs so late was busy; one that runs later was stopped.
const PUNCTUAL: Duration = Duration::from_millis(100);

/// The daemon: sockets, masters, and what it knows about them.
pub(crate) struct Supervisor {
    settings: Settings,
    rules: Rules,
    began: Instant,
    /// When the loop should run again at the latest: if it runs later, the daemon itself stood still.
    due: Duration,
    signals: Signals,
    sockets: Sockets,
    bound: Vec<Address>,
    control: Option<Server>,
    notify: Notify,
    program: Program,
    state: State,
    masters: Vec<Master>,
    exits: Exits,
    /// The program on the disk, while it is tried out.
    rehearsal: Option<Rehearsal>,
    /// When the program on the disk is watched.
    watch: Option<Watch>,
    log: Log,
    /// When somebody said last that the files of the log were moved.
    logs_moved: Option<Instant>,
    pid_file: Option<PidFile>,
}

impl Supervisor {
    /// Makes everything ready for the first master.
    ///
    /// Signals are caught first: one that comes meanwhile is obeyed as soon as the loop runs.
    pub(crate) fn prepare(settings: Settings) -> Result<Supervisor, Error> {
        let signals = Signals::catch().map_err(|cause| Error::caused("cannot catch signals", &cause))?;
        settings.check()?;
        let mut log = Log::open(&settings.log, settings.identity)?;
        if let Some(line) = Sockets::meant_for_others() {
            log.say(Level::Warn, &line);
        }
        let pid_file = settings.pid_file.as_deref().map(PidFile::lock).transpose()?;
        let sockets = Sockets::open(&settings.listen, &settings.access)?;
        let bound = sockets.addresses();
        let control = open_control(&settings, &bound, &mut log)?;
        let rules = Rules::of(&settings);
        let program = Program::current(&settings)?;
        let watch = settings.watch.then(|| Watch::new(program.on_disk()));
        Ok(Supervisor {
            settings,
            rules,
            began: Instant::now(),
            due: Duration::MAX,
            signals,
            sockets,
            bound,
            control,
            notify: Notify::from_env(),
            program,
            state: State::new(),
            masters: Vec::new(),
            exits: Exits::default(),
            rehearsal: None,
            watch,
            log,
            logs_moved: None,
            pid_file,
        })
    }

    /// Says who this is.
    pub(crate) fn introduce(&mut self) {
        self.say(&format!(
            "daemon is pid {}, listening on {}",
            process::id(),
            self.addresses().join(", ")
        ));
        if self.signals.ignores_hangup() {
            self.say("HUP is ignored, as under `nohup`; use the command `reload`");
        }
    }

    /// Runs until the last master is gone; the value is the exit code.
    pub(crate) fn run(mut self) -> u8 {
        loop {
            // It may be stopped at any place, so it looks before the tick as well as after the sleep.
            self.notice_standstill();
            self.apply(Event::Tick);
            if let Some(code) = self.state.exit_code() {
                self.finish();
                return code;
            }
            self.notify.ping(self.now());
            self.wait();
            self.notice_standstill();
            self.take_signals();
            self.hear_masters();
            self.reap();
            self.serve_control();
            self.watch_program();
        }
    }

    /// Sleeps until a socket has news, a signal comes, or the next deadline. What the news are is found out by
    /// reading: everything is read without blocking after every sleep.
    fn wait(&mut self) {
        let watch = self.watch.as_ref().map(Watch::deadline);
        let deadline = [self.state.deadline(&self.rules), self.notify.deadline(), watch]
            .into_iter()
            .flatten()
            .min();
        let deadline = match self.state.is_waiting_for_a_master() {
            // Short naps: how long the daemon did not run is seen at the end of each.
            true => Some(deadline.unwrap_or(Duration::MAX).min(self.now() + NAP)),
            false => deadline,
        };
        self.due = deadline.unwrap_or(Duration::MAX);
        let timeout = deadline.map(|deadline| deadline.saturating_sub(self.now()));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut fds: [PollFd<'_>; WATCHED] = array::from_fn(|_| PollFd::new(&self.signals, PollFlags::IN));
        let control = self.control.iter().flat_map(Server::sockets);
        let links = self
            .masters
            .iter()
            .filter(|master| !self.state.is_leaving(master.id));
        let links = links.filter_map(|master| master.link.open_socket().map(AsFd::as_fd));
        let mut used = 1;
        for (slot, socket) in fds.iter_mut().skip(1).zip(control.chain(links)) {
            *slot = PollFd::from_borrowed_fd(socket, PollFlags::IN);
            used += 1;
        }
        // An interruption is news as well.
        let _ = poll(&mut fds[..used], timeout.as_ref());
    }

    /// Blames nobody for a time in which the daemon could hear nobody.
    fn notice_standstill(&mut self) {
        let now = self.now();
        let late = now.saturating_sub(self.due);
        if late > PUNCTUAL {
            self.apply(Event::Overslept(late));
        }
        self.due = now;
    }

    fn take_signals(&mut self) {
        let caught = self.signals.take();
        self.obey(caught);
    }

    fn obey(&mut self, caught: Caught) {
        if caught.reload {
            self.apply(Event::Reload(None));
        }
        if caught.terminate {
            self.apply(Event::Terminate);
        }
        if caught.interrupt {
            self.apply(Event::Interrupt);
        }
        if caught.reopen {
            self.reopen_logs();
        }
    }

    fn watch_program(&mut self) {
        let now = self.now();
        let program = &self.program;
        let watch = self.watch.as_mut();
        if watch.is_some_and(|watch| watch.look(now, || program.on_disk())) {
            self.say("the program on the disk was replaced");
            self.apply(Event::Reload(None));
        }
    }

    fn serve_control(&mut self) {
        while let Some((ticket, request)) = self.control.as_mut().and_then(Server::next) {
            match request {
                Request::Status => {
                    let status = serde_json::to_string(&self.status()).map_err(|cause| cause.to_string());
                    self.answer(&[ticket], &status);
                }
                Request::Reload => self.apply(Event::Reload(Some(ticket))),
                Request::Upgrade => self.apply(Event::Upgrade(ticket)),
                // Answered at the very end.
                Request::Stop => self.apply(Event::Terminate),
            }
        }
    }

    /// Steps through the event and everything that follows from it at once.
    fn apply(&mut self, event: Event) {
        let mut events = VecDeque::new();
        let mut next = Some(event);
        while let Some(event) = next {
            let actions = self.state.step(event, self.now(), &self.rules);
            for action in actions {
                events.extend(self.perform(action));
            }
            next = events.pop_front();
        }
    }

    /// Carries out one action; only what fails has an event to tell.
    fn perform(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Start(id, build) => return self.start(id, build),
            Action::Trust(id) => self.trust(id),
            Action::Terminate(id) => self.with_child(id, Child::terminate),
            Action::HandOver(id) => self.with_child(id, Child::hand_over),
            Action::Kill(id) => self.with_child(id, Child::kill),
            Action::Rehearse => return self.rehearse(),
            Action::EndRehearsal => self.end_rehearsal(),
            Action::ReplaceDaemon => return Some(self.replace_daemon()),
            Action::Remember(End { how, uptime }, reason) => {
                self.exits.push(Exit {
                    at: SystemTime::now(),
                    how,
                    reason,
                    uptime,
                });
            }
            Action::Answer(tickets, result) => self.answer(&tickets, &result),
            Action::Notify(notice) => self.notify.tell(notice),
            Action::Say(level, line) => self.log.say(level, &line),
        }
        None
    }

    fn answer(&mut self, tickets: &[u64], result: &Result<String, String>) {
        let Some(control) = &mut self.control else { return };
        for ticket in tickets {
            control.answer(*ticket, result.as_deref().map_err(String::as_str));
        }
    }

    fn status(&self) -> Status {
        Status::of(&Seen {
            name: &self.settings.name,
            began: self.began,
            bound: &self.bound,
            state: &self.state,
            masters: &self.masters,
            exits: &self.exits,
            lost_lines: self.log.lost_in_all(),
        })
    }

    fn addresses(&self) -> Vec<String> {
        self.bound.iter().map(Address::to_string).collect()
    }

    /// Lets go of everything first and tells who waits second: he may start the next daemon at once.
    fn finish(self) {
        let waiting = self.control.map(Server::close).unwrap_or_default();
        drop((self.sockets, self.pid_file));
        for client in waiting {
            client.answer(Ok("stopped"));
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn say(&mut self, line: &str) {
        self.log.say(Level::Info, line);
    }
}

/// Without a control socket the daemon still obeys signals, so only a second daemon on it is a reason to stop.
fn open_control(settings: &Settings, bound: &[Address], log: &mut Log) -> Result<Option<Server>, Error> {
    match control::open(settings, bound) {
        Ok(server) => Ok(Some(server)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(error) => {
            let line = format!("{error}; going on without `status`, `reload` and `stop`");
            log.say(Level::Warn, &line);
            Ok(None)
        }
    }
}
