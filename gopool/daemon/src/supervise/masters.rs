//! The loop's dealings with masters: started, heard, reaped, trusted.

use std::time::Instant;

use super::Supervisor;
use crate::{
    child::{self, Child},
    exits::How,
    link::{self, Changes, Greeting, Message, Options},
    log::Level,
    master::Master,
    restarts::Cause,
    settings::beat_every,
    state::{Build, End, Event, Id, Next, Rules},
};

impl Supervisor {
    /// Opens its own anew, and passes it on to every master that can hear it. One that starts is told when it is ready: before that the signal would end it.
    pub(super) fn reopen_logs(&mut self) {
        self.log.reopen();
        self.logs_moved = Some(Instant::now());
        let next = match self.state.next() {
            Some(Next::Starting(start)) => Some(start.id),
            _ => None,
        };
        for master in self.masters.iter().filter(|master| Some(master.id) != next) {
            master.child.reopen_log();
        }
    }

    pub(super) fn hear_masters(&mut self) {
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
                    self.restore_files();
                }
            }
            Message::Sick(reason) => {
                self.apply(Event::Unwell(id, Cause::Sick, format!("is sick: {reason}")));
            }
            Message::Spent(reason) => self.apply(Event::Spent(id, reason)),
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
            self.apply(Event::Unwell(id, Cause::Memory, reason));
        }
    }

    pub(super) fn reap(&mut self) {
        while let Some(index) = self.masters.iter().position(|master| master.child.is_dead()) {
            let mut master = self.masters.swap_remove(index);
            self.hear_last(&mut master);
            let Master { id, child, began, .. } = master;
            self.gone(id, child.reap(), began);
        }
        while let Some((pid, how)) = child::reap_any() {
            let Some(index) = self.masters.iter().position(|master| master.child.pid() == pid) else {
                self.take_rehearsal(pid, how);
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

    /// This master is the one from now on: its program is good, and what it read in the options is in force.
    pub(super) fn trust(&mut self, id: Id) {
        let Some(master) = self.masters.iter().find(|master| master.id == id) else {
            return;
        };
        let options = master.link.options_file().and_then(|file| file.try_clone().ok());
        self.program.trust(&master.child, options);
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
        self.log.change(&new.log);
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

    pub(super) fn start(&mut self, id: Id, build: Build) -> Option<Event> {
        let greeting = Greeting {
            link: link::NAME.to_owned(),
            sockets: self.sockets.listeners().len(),
            tls: self.sockets.tls(),
            beat_every: beat_every(self.rules.watchdog),
            restarts: self.state.restarts(),
            by_cause: self.state.restarts_by_cause(),
            exits: self.exits.to_vec(),
        };
        let from = match build {
            Build::OnDisk => "",
            Build::LastGood if self.program.has_other() => {
                " with the options of the last good master, from the last good program"
            }
            Build::LastGood => " with the options of the last good master",
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
    pub(super) fn with_child(&self, id: Id, act: impl Fn(&Child)) {
        if let Some(master) = self.masters.iter().find(|master| master.id == id) {
            act(&master.child);
        }
    }
}
