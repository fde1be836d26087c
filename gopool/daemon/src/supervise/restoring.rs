//! Files that lead to the daemon, made anew when somebody has removed them: whoever cleans up among temporary files, or ends a session.

use super::Supervisor;
use crate::{control, error::Error, log::Level, pid_file::PidFile, state::Event};

impl Supervisor {
    /// Looks once per beat of the first event loop. What something else lies in the place of is left alone.
    pub(super) fn restore_files(&mut self) {
        if self.state.is_ending() {
            return;
        }
        self.restore_control();
        self.restore_pid_file();
        self.restore_sockets();
    }

    fn restore_control(&mut self) {
        let Some(control) = self.control.as_mut().filter(|control| control.is_removed()) else {
            return;
        };
        match control::open(&self.settings, &self.bound) {
            Ok(new) => {
                control.move_to(new);
                self.say("the control socket was removed; there is another");
            }
            Err(error) => {
                self.control = None;
                self.cannot_restore("the control socket", &error);
            }
        }
    }

    fn restore_pid_file(&mut self) {
        let Some(removed) = self.pid_file.take_if(|file| file.is_removed()) else {
            return;
        };
        match PidFile::lock(removed.path()) {
            Ok(file) => {
                self.pid_file = Some(file);
                self.say("the pid file was removed; it is there again");
            }
            Err(error) => self.cannot_restore("the pid file", &error),
        }
    }

    /// A new socket is served by a new master; who connected to the old one is served by the old master.
    fn restore_sockets(&mut self) {
        match self.sockets.restore(&self.settings.access) {
            Ok(false) => {}
            Ok(true) => {
                self.say("the file of a listening socket was removed; there is another socket");
                self.apply(Event::Reload(None));
            }
            Err(error) => self.cannot_restore("the file of a listening socket", &error),
        }
    }

    fn cannot_restore(&mut self, what: &str, error: &Error) {
        let line = format!("{what} was removed, and cannot be made again: {error}; start the daemon again");
        self.log.say(Level::Warn, &line);
    }
}
