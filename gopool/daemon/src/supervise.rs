//! The loop around the daemon's mind: waits, gathers events, and carries out actions. One thread, no timer, no
//! allocation while it waits.

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
    child::{self, Child},
    control::{self, Request, Seen, Server, Status},
    error::Error,
    exits::{Exit, Exits, How},
    link::{Changes, Greeting, Message, Options},
    log::{Level, Log},
    master::Master,
    notify::Notify,
    pid_file::PidFile,
    program::Program,
    settings::Settings,
    signal::Signals,
    sockets::Sockets,
    state::{Action, Build, End, Event, Id, Next, Rules, State},
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
        if settings.watchdog.is_zero() || settings.ready_timeout.is_zero() {
            return Err(Error::new(
                "the watchdog and the ready limit must be longer than 0",
            ));
        }
        let signals = Signals::catch().map_err(|cause| Error::caused("cannot catch signals", &cause))?;
        let pid_file = settings.pid_file.as_deref().map(PidFile::lock).transpose()?;
        let sockets = Sockets::open(&settings.listen, &settings.access)?;
        let bound: Vec<Address> = sockets
            .listeners()
            .iter()
            .filter_map(|socket| socket.address().ok())
            .collect();
        let mut log = Log::to_stderr(settings.log_format);
        let control = open_control(&settings, &bound, &mut log)?;
        let rules = Rules::of(&settings);
        let program = Program::current(settings.identity)?;
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
            watch,
            log,
            logs_moved: None,
            pid_file,
        })
    }

    /// Runs until the last master is gone; the value is the exit code.
    pub(crate) fn run(mut self) -> u8 {
        self.say(&format!(
            "daemon is pid {}, listening on {}",
            process::id(),
            self.addresses().join(", ")
        ));
        if self.signals.ignores_hangup() {
            self.say("HUP is ignored, as under `nohup`; use the command `reload`");
        }
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

    /// Passes it on to every master that can hear it. One that starts is told when it is ready: before that the signal would end it.
    fn reopen_logs(&mut self) {
        self.logs_moved = Some(Instant::now());
        let next = match self.state.next() {
            Some(Next::Starting(start)) => Some(start.id),
            _ => None,
        };
        for master in self.masters.iter().filter(|master| Some(master.id) != next) {
            master.child.reopen_log();
        }
    }

    fn hear_masters(&mut self) {
        for index in 0..self.masters.len() {
            while let Some((id, message)) = self.masters.get_mut(index).and_then(Master::hear) {
                self.heard(id, message);
            }
        }
    }

    fn heard(&mut self, id: Id, message: Message) {
        match message {
            // Its messages outlive it, and nobody is to be handed over to a corpse.
            Message::Ready(_) | Message::Beat(_) if self.is_stillborn(id) => {}
            Message::Ready(loops) => self.apply(Event::Ready(id, loops)),
            Message::Beat(index) => {
                self.apply(Event::Beat(id, index));
                if index == 0 {
                    self.check_memory(id);
                }
            }
            Message::Sick(reason) => self.apply(Event::Unwell(id, format!("is sick: {reason}"))),
            Message::Failed(reason) => self.apply(Event::Failed(id, reason)),
            Message::Options(options) => {
                if let Some(master) = self.masters.iter_mut().find(|master| master.id == id) {
                    master.options = Some(options);
                }
            }
        }
    }

    /// Whether this master is on its way up and dead already; one that was reaped is not among the masters any more.
    fn is_stillborn(&self, id: Id) -> bool {
        let master = self.masters.iter().find(|master| master.id == id);
        matches!(self.state.next(), Some(Next::Starting(start)) if start.id == id)
            && master.is_none_or(|master| master.child.is_dead())
    }

    /// Once per beat of the first event loop, and only if there is a limit.
    fn check_memory(&mut self, id: Id) {
        let Some(limit) = self.settings.max_memory else {
            return;
        };
        let Some(master) = self.masters.iter().find(|master| master.id == id) else {
            return;
        };
        if let Some(used) = master.child.memory().filter(|used| *used > limit) {
            let reason = format!(
                "uses {} MB of memory, over the limit of {} MB",
                used >> 20,
                limit >> 20
            );
            self.apply(Event::Unwell(id, reason));
        }
    }

    fn reap(&mut self) {
        while let Some(index) = self.masters.iter().position(|master| master.child.is_dead()) {
            let mut master = self.masters.swap_remove(index);
            self.hear_last(&mut master);
            let Master { id, child, began, .. } = master;
            self.gone(id, child.reap(), began);
        }
        while let Some((pid, how)) = child::reap_any() {
            let Some(index) = self.masters.iter().position(|master| master.child.pid() == pid) else {
                continue;
            };
            // It died after the look at the masters. Its number is free now, but Linux gives numbers out in turn, so whoever
            // is in its process group at this moment was left behind by it.
            let mut master = self.masters.swap_remove(index);
            master.child.kill();
            self.hear_last(&mut master);
            self.gone(master.id, how, master.began);
        }
    }

    /// A dead master's last words may still be in the link, and may be the reason of its death.
    fn hear_last(&mut self, master: &mut Master) {
        while let Some((id, message)) = master.hear() {
            self.heard(id, message);
        }
    }

    fn gone(&mut self, id: Id, how: How, began: Instant) {
        self.apply(Event::Exited(
            id,
            End {
                how,
                uptime: began.elapsed(),
            },
        ));
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

    /// Carries out one action; only a failed start has an event to tell.
    fn perform(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Start(id, build) => return self.start(id, build),
            Action::Trust(id) => self.trust(id),
            Action::Terminate(id) => self.with_child(id, Child::terminate),
            Action::HandOver(id) => self.with_child(id, Child::hand_over),
            Action::Kill(id) => self.with_child(id, Child::kill),
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

    /// This master is the one from now on: its program is good, and what it read in the options is in force.
    fn trust(&mut self, id: Id) {
        let Some(master) = self.masters.iter().find(|master| master.id == id) else {
            return;
        };
        self.program.trust(&master.child);
        if self.logs_moved.is_some_and(|moved| moved > master.began) {
            master.child.reopen_log();
        }
        if let Some(options) = master.options.clone() {
            self.take_over_options(&options);
        }
    }

    fn take_over_options(&mut self, new: &Options) {
        let old = Options::of(&self.settings);
        let Changes { taken, kept } = Changes::between(&old, new);
        new.apply_to(&mut self.settings);
        self.rules = Rules::of(&self.settings);
        self.log.set_format(new.log_format);
        if !taken.is_empty() {
            self.say(&format!("in force from now on: {}", taken.join(", ")));
        }
        if !kept.is_empty() {
            let line = format!(
                "changed, and in force only after the daemon is started again: {}",
                kept.join(", ")
            );
            self.log.say(Level::Warn, &line);
        }
    }

    fn start(&mut self, id: Id, build: Build) -> Option<Event> {
        let greeting = Greeting {
            beat_every: self.rules.watchdog / 4,
            restarts: self.state.restarts(),
            exits: self.exits.to_vec(),
        };
        let from = match build {
            Build::LastGood if self.program.has_other() => " from the last good program",
            _ => "",
        };
        if let Some(watch) = self.watch.as_mut().filter(|_| build == Build::OnDisk) {
            watch.start(self.program.on_disk());
        }
        let started = Master::start((id, build), &self.program, &self.sockets, &greeting);
        match started {
            Ok(master) => {
                self.say(&format!("{id} starts as pid {}{from}", master.child.pid()));
                self.masters.push(master);
                None
            }
            Err(cause) => Some(Event::NotStarted(id, cause.to_string())),
        }
    }

    /// Does it to the process, unless it was reaped meanwhile.
    fn with_child(&self, id: Id, act: impl Fn(&Child)) {
        if let Some(master) = self.masters.iter().find(|master| master.id == id) {
            act(&master.child);
        }
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
    let opened = control::path(settings, bound).and_then(|path| Server::bind(&path));
    match opened {
        Ok(server) => Ok(Some(server)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(error) => {
            let line = format!("{error}; going on without `status`, `reload` and `stop`");
            log.say(Level::Warn, &line);
            Ok(None)
        }
    }
}
