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
    child::{self, Child, Program},
    control::{self, Request, Seen, Server, Status},
    error::Error,
    exits::{Exit, Exits, How},
    link::{Greeting, Message},
    master::Master,
    notify::Notify,
    pid_file::PidFile,
    say::say,
    settings::Settings,
    signal::Signals,
    sockets::Sockets,
    state::{Action, End, Event, Id, Rules, State},
};

/// Signals, the control socket and its clients, the serving master and the one that starts.
const WATCHED: usize = 1 + 1 + control::CLIENTS + 2;

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
        let sockets = Sockets::open(&settings.listen)?;
        let bound: Vec<Address> = sockets
            .listeners()
            .iter()
            .filter_map(|socket| socket.address().ok())
            .collect();
        let control = open_control(&settings, &bound)?;
        let rules = Rules {
            watchdog: settings.watchdog,
            ready_timeout: settings.ready_timeout,
            shutdown_timeout: settings.shutdown_timeout,
            backoff: settings.backoff,
        };
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
            program: Program::current()?,
            state: State::new(),
            masters: Vec::new(),
            exits: Exits::default(),
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
        }
    }

    /// Sleeps until a socket has news, a signal comes, or the next deadline. What the news are is found out by
    /// reading: everything is read without blocking after every sleep.
    fn wait(&mut self) {
        let deadline = [self.state.deadline(&self.rules), self.notify.deadline()]
            .into_iter()
            .flatten()
            .min();
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
        let (now, slack) = (self.now(), self.rules.watchdog / 4);
        if now > self.due.saturating_add(slack) {
            self.apply(Event::Overslept);
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
            Message::Ready(loops) => self.apply(Event::Ready(id, loops)),
            Message::Beat(index) => {
                self.apply(Event::Beat(id, index));
                if index == 0 {
                    self.check_memory(id);
                }
            }
            Message::Sick(reason) => self.apply(Event::Unwell(id, format!("is sick: {reason}"))),
            Message::Failed(reason) => self.apply(Event::Failed(id, reason)),
        }
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
            Action::Start(id) => return self.start(id),
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
            Action::Say(line) => self.say(&line),
        }
        None
    }

    fn start(&mut self, id: Id) -> Option<Event> {
        let greeting = Greeting {
            beat_every: self.rules.watchdog / 4,
            restarts: self.state.restarts(),
            exits: self.exits.to_vec(),
        };
        let started = Master::start(id, &self.program, &self.sockets, &greeting);
        match started {
            Ok(master) => {
                self.say(&format!("{id} starts as pid {}", master.child.pid()));
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

    fn say(&self, line: &str) {
        say(&self.settings.name, line);
    }
}

/// Without a control socket the daemon still obeys signals, so only a second daemon on it is a reason to stop.
fn open_control(settings: &Settings, bound: &[Address]) -> Result<Option<Server>, Error> {
    let opened = control::path(settings, bound).and_then(|path| Server::bind(&path));
    match opened {
        Ok(server) => Ok(Some(server)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(error) => {
            say(
                &settings.name,
                &format!("{error}; going on without `status`, `reload` and `stop`"),
            );
            Ok(None)
        }
    }
}
