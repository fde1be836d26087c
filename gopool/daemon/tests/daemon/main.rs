//! The daemon with real processes and real signals.
//!
//! This binary plays every part: without the environment variable it runs the tests; with it, it is the daemon
//! that a test started, and with a link to a daemon it is a master.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod crash;
mod fixture;
mod master;
mod reload;
mod service;
mod stop;

use std::{path::Path, process::ExitCode};

use gopool_daemon::{self as daemon, Link};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(dir) = std::env::var_os(fixture::DIR) {
        return play(Path::new(&dir));
    }
    let groups = [crash::TESTS, reload::TESTS, stop::TESTS, service::TESTS];
    let trials = groups.into_iter().flatten().map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    });
    let mut arguments = Arguments::from_args();
    // Each test is a handful of processes; more at once would only measure the machine.
    arguments.test_threads.get_or_insert(2);
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn play(dir: &Path) -> ExitCode {
    match Link::from_env() {
        Ok(Some(link)) => master::run(link, dir),
        Ok(None) => daemon::run(fixture::read_settings(dir)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
