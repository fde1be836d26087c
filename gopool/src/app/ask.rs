//! The commands that ask a running daemon, and what they print.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use gopool_daemon::{
    Error,
    control::{self, Status, Wanted},
    exit_code::NOT_LAUNCHED,
};

use super::plan::program_name;
use crate::{cli::Command, config::Config, log::complain};

/// The exit code of a command that was not done within its `--timeout`, as that of `timeout(1)`.
pub(super) const NOT_IN_TIME: u8 = 124;

/// Does what asks a daemon; `None` for any other command.
pub(super) fn ask(command: Command, config: &Config, pid: Option<u32>) -> Option<ExitCode> {
    let wanted = || wanted_daemon(config, pid);
    let limit = config.typed_timeout();
    Some(match command {
        Command::Status { json } => report_status(control::status(&wanted()), json),
        Command::Reload => report(control::reload(&wanted(), limit)),
        Command::Upgrade => report(control::upgrade(&wanted(), limit)),
        Command::Stop => report(control::stop(&wanted(), limit)),
        Command::Serve | Command::Routes { .. } | Command::Openapi | Command::Check | Command::Cancel => {
            return None;
        }
    })
}

/// The daemon that a command with these options is for.
fn wanted_daemon(config: &Config, pid: Option<u32>) -> Wanted {
    Wanted {
        name: program_name(),
        pid,
        pid_file: config.pid_file.clone(),
        is_pid_file_meant: config.is_pid_file_typed(),
        listen: config.listen.clone(),
        is_listen_meant: config.is_address_typed(),
    }
}

fn report_status(answer: Result<Status, Error>, json: bool) -> ExitCode {
    let code = answer.as_ref().map_or(NOT_LAUNCHED, Status::exit_code);
    report(answer.map(|status| {
        if json {
            status.to_json()
        } else {
            status.to_string()
        }
    }));
    ExitCode::from(code)
}

fn report(answer: Result<String, Error>) -> ExitCode {
    match answer {
        Ok(text) => print(&text),
        Err(error) => {
            complain(&error);
            let is_late = error.kind() == io::ErrorKind::TimedOut;
            ExitCode::from(if is_late { NOT_IN_TIME } else { NOT_LAUNCHED })
        }
    }
}

/// To standard output. A reader that has gone (`routes | head`) is no failure of ours.
pub(super) fn print(text: &str) -> ExitCode {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
    ExitCode::SUCCESS
}
