//! The files in `deploy/`, with systemd's own tools.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gopool_tests::{Signal, executable, until};

use crate::{
    fixture::lab,
    process::{marked, send, until_gone},
    service::assert_no_variable_of_ours,
};

/// A file of `deploy/` in another folder, with another program.
fn install(name: &str, folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    let text = fs::read_to_string(source).unwrap();
    let text = text.replace("/usr/local/bin/app", &executable("lab").display().to_string());
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn systemd_accepts_the_unit_and_its_socket() {
    let folder = tempfile::TempDir::new().unwrap();
    let units = ["app.service", "app.socket"].map(|name| install(name, folder.path()));
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&units)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !text.contains("app."),
        "{:?}: {text}",
        output.status
    );
}

#[test]
fn a_socket_that_systemd_passes_is_served_and_outlives_the_masters() {
    let launch = lab();
    let activate = format!("systemd-socket-activate --listen {}", launch.address());
    let mark = format!("TEST_FOLDER={}", launch.path("").display());
    let mark = mark.trim_end_matches('/').to_owned();
    let activate = format!("{activate} --setenv=XDG_RUNTIME_DIR --setenv={mark}");
    let mut daemon = launch.through(&activate).start();
    daemon.log().line("Listening on");
    let first = daemon.answering();
    assert_no_variable_of_ours(&daemon);
    daemon.log().line(&format!(
        "daemon is pid {}, listening on {}",
        daemon.pid(),
        daemon.address()
    ));
    assert_eq!(first, daemon.until_master_serves(1));
    send(first, Signal::KILL);
    assert_eq!(daemon.until_other_answers(first), daemon.until_master_serves(2));
    assert!(!marked(&mark).is_empty());
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    until_gone(first);
    until("the log ends", || {
        daemon.log().find("no master is left; exit code 0")
    });
}

#[test]
fn sockets_that_were_passed_to_another_process_are_told_of_and_not_taken() {
    for options in ["", "--no-daemon"] {
        let launch = lab().args(options).env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
        let mut daemon = launch.start();
        daemon.log().line("`LISTEN_FDS` passes sockets to process 1");
        daemon.log().line("listening on http");
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    }
}

/// What the probe in `booted/` has to answer, in its order.
const ANSWERS: &str = "\
unit: active
reload: fine
daemon after a reload: same
master after a reload: other
upgrade: fine
daemon after an upgrade: same
master after an upgrade: other
reload of a broken file: failed
status: reload failed: master 4 cannot start: gopool.toml:1: `max-threads` cannot be `0`: it takes a whole number from 1 to 32768; master 3 goes on serving
master after a broken reload: same
request of a killed daemon's master: {\"slept\":3000}
master after the daemon was killed: other
daemon after it was killed: other
master after it was killed: other
unit after its master was killed: active
restart: fine
master after a restart: other
result of a stop: success
processes after a stop: 0 
start with wrong options: failed
restarts with wrong options: 0
done: yes
";

#[test]
fn the_unit_does_what_it_says_in_a_booted_systemd() {
    if !rustix::process::geteuid().is_root() {
        return println!("only root can boot one");
    }
    let _alone = lab();
    let out = tempfile::TempDir::new().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("unshare");
    command.args([
        "--mount",
        "--pid",
        "--fork",
        "--cgroup",
        "--uts",
        "--ipc",
        "--net",
        "--kill-child",
    ]);
    command
        .arg(here.join("daemon/booted/boot"))
        .arg(executable("lab"));
    command.arg(here.join("../deploy")).arg(out.path());
    let mut booted = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let answers = || fs::read_to_string(out.path().join("answers")).unwrap_or_default();
    let ended = until("the probe is done, or it cannot be booted", || {
        let ended = booted.try_wait().unwrap();
        (ended.is_some() || answers().contains("done: ")).then_some(ended)
    });
    // Everything in its namespace goes with it.
    let _ = booted.kill();
    let _ = booted.wait();
    match ended {
        Some(ended) if ended.code() == Some(77) => println!("no systemd can be booted here"),
        ended => assert_eq!(answers(), ANSWERS, "{ended:?}"),
    }
}
