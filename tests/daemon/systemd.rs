//! The files in `deploy/`, with systemd's own tools.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use gopool_tests::{Signal, executable, until};

use crate::{
    fixture::lab,
    process::{marked, send, until_gone},
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
