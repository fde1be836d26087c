//! The log, when whoever reads it does not, and what it must never be mistaken for.

use std::{
    fs,
    io::{BufRead as _, BufReader, PipeReader, Read as _},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use gopool_tests::{Client, Signal, executable, lab, until};
use rustix::process::{Pid, kill_process};
use tempfile::TempDir;

/// `lab` with a line for each request, and a standard error of the test's choice.
struct Lab {
    process: Child,
    client: Client,
    folder: TempDir,
}

impl Lab {
    fn start(options: &str, stderr: impl Into<Stdio>) -> Self {
        Self::start_with(options, "", stderr)
    }

    /// `redirection` is the shell's.
    fn start_with(options: &str, redirection: &str, stderr: impl Into<Stdio>) -> Self {
        let folder = TempDir::new().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let script = format!(
            "exec \"$0\" --no-daemon --listen {address} --info-url /monitor --log access {options} {redirection}"
        );
        let process = Command::new("/bin/sh")
            .args(["-c", &script])
            .arg(executable("lab"))
            .env_clear()
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let lab = Self {
            process,
            client: Client::of(address),
            folder,
        };
        until("it answers", || Client::of(address).try_get("/lab/inline").ok());
        lab
    }

    fn lost(&self) -> u64 {
        let info = self.client.get("/monitor/info").json();
        info["log"]["lost_lines_total"].as_u64().unwrap()
    }

    /// Asks until lines are lost, and says how often. Each line has the whole path in it.
    fn ask_until_lines_are_lost(&self, path: &str) -> usize {
        let mut asked = 0;
        until("lines are lost", || {
            for _ in 0..100 {
                assert_eq!(self.client.get(path).status, 404);
            }
            asked += 100;
            (self.lost() > 0).then_some(asked)
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    fn stop(&mut self) -> ExitStatus {
        // Lets go of the kept-alive connections.
        self.client = Client::of(self.client.address());
        self.signal(Signal::TERM);
        until("it ends", || self.process.try_wait().unwrap())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `lab` whose standard error is a pipe.
fn lab_with_pipe() -> (Lab, BufReader<PipeReader>) {
    let (reader, writer) = std::io::pipe().unwrap();
    (Lab::start("", writer), BufReader::new(reader))
}

fn long_path() -> String {
    format!("/{}", "x".repeat(4000))
}

#[test]
fn when_nobody_reads_it_requests_go_on_and_lost_lines_are_counted_and_said() {
    let (lab, mut log) = lab_with_pipe();
    let path = long_path();
    let asked = lab.ask_until_lines_are_lost(&path);
    let lost = lab.lost();
    // Somebody reads again.
    let mut answered = 0;
    let said = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended");
        answered += usize::from(line.contains("gopool::access") && line.contains(&path));
        if let Some((_, rest)) = line.split_once("log lines were lost: ") {
            break rest.trim().to_owned();
        }
    };
    assert!(said.starts_with("they came faster than they were read"), "{said}");
    let told: usize = said.rsplit_once("lines=").unwrap().1.parse().unwrap();
    assert_eq!(told as u64, lost);
    assert_eq!(answered + told, asked, "each is a line, or counted");
}

#[test]
fn a_reader_that_has_stopped_does_not_keep_the_process_from_its_end() {
    let (mut lab, _log) = lab_with_pipe();
    lab.ask_until_lines_are_lost(&long_path());
    assert_eq!(lab.stop().code(), Some(0));
}

#[test]
fn a_thread_that_panics_does_not_wait_for_a_reader_that_has_stopped() {
    let (lab, _log) = lab_with_pipe();
    lab.ask_until_lines_are_lost(&long_path());
    assert_eq!(lab.client.get("/lab/panic-apart").status, 204);
}

#[test]
fn a_reader_that_has_gone_changes_nothing() {
    let (lab, log) = lab_with_pipe();
    drop(log);
    for _ in 0..50 {
        assert_eq!(lab.client.get("/lab/inline").status, 200);
    }
    until("its lines are counted as lost", || {
        (lab.lost() >= 50).then_some(())
    });
}

#[test]
fn a_standard_error_that_is_closed_or_full_changes_nothing() {
    for redirection in ["2>&-", "2>/dev/full"] {
        let mut lab = Lab::start_with("", redirection, Stdio::null());
        for _ in 0..50 {
            assert_eq!(lab.client.get("/lab/panic").status, 500, "{redirection}");
        }
        assert_eq!(lab.stop().code(), Some(0), "{redirection}");
    }
}

#[test]
fn a_full_disk_is_said_once_there_is_room() {
    let lab = Lab::start_with("--log-file log", "", Stdio::null());
    let log = lab.file("log");
    assert!(fs::read_to_string(&log).unwrap().contains("listening on"));
    fs::rename(&log, lab.file("old")).unwrap();
    std::os::unix::fs::symlink("/dev/full", &log).unwrap();
    lab.signal(Signal::USR1);
    until("lines are lost", || {
        lab.client.get("/lab/inline");
        (lab.lost() > 0).then_some(())
    });
    fs::remove_file(&log).unwrap();
    lab.signal(Signal::USR1);
    let said = until("it is said", || {
        lab.client.get("/lab/inline");
        let text = fs::read_to_string(&log).ok()?;
        text.lines()
            .find(|line| line.contains("log lines were lost"))
            .map(str::to_owned)
    });
    assert!(
        said.contains("they could not be written (No space left on device"),
        "{said}"
    );
}

#[test]
fn a_log_file_is_continued_and_usr1_opens_it_anew_without_losing_a_line() {
    let mut lab = Lab::start("--log-file log", Stdio::piped());
    for turn in 0..5 {
        for asked in 0..20 {
            assert_eq!(lab.client.get(&format!("/turn-{turn}/{asked}")).status, 404);
        }
        fs::rename(lab.file("log"), lab.file(&format!("log.{turn}"))).unwrap();
        lab.signal(Signal::USR1);
        until("a new file", || lab.file("log").exists().then_some(()));
    }
    assert_eq!(lab.stop().code(), Some(0));
    let files = (0..5).map(|turn| format!("log.{turn}")).chain(["log".to_owned()]);
    let text: String = files
        .map(|name| fs::read_to_string(lab.file(&name)).unwrap())
        .collect();
    for turn in 0..5 {
        for asked in 0..20 {
            let path = format!("path=\"/turn-{turn}/{asked}\"");
            assert_eq!(text.matches(&path).count(), 1, "{path}");
        }
    }
    assert!(!text.contains('\u{1b}') && text.contains("good bye"), "{text}");
    let mut stderr = String::new();
    lab.process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(stderr, "", "the file has it");
}

#[test]
fn a_log_file_that_cannot_be_opened_refuses_the_launch_and_the_check() {
    for command in ["serve", "check"] {
        let ended = lab()
            .args("--no-daemon --port 0 --log-file nowhere/log")
            .arg(command)
            .run();
        ended.assert_says(1, &["`--log-file nowhere/log` cannot be opened", "No such file"]);
    }
}

#[test]
fn nothing_that_a_client_sends_begins_a_line_or_steers_a_terminal() {
    let server = lab().start();
    let forged = "x%0a2026-01-01T00:00:00.000000Z%20ERROR%20forged:%20%1b[31m";
    assert_eq!(server.get(&format!("/lab/fail/{forged}")).status, 500);
    let line = server.log().line("forged: ");
    assert!(
        line.contains("x\\n2026-01-01T00:00:00.000000Z ERROR forged: \\u{1b}[31m"),
        "{line}"
    );
    assert!(line.contains("request_id="), "{line}");
    assert!(server.log().find("\u{1b}").is_none());
}

#[test]
fn what_is_no_http_is_no_line() {
    let server = lab().start();
    let mut connection = server.connect();
    connection.send("\u{16}\u{3}\u{1}nonsense\r\n\r\n").unwrap();
    let _ = connection.rest();
    // A line after it shows that all before it were written.
    server.get("/lab/panic");
    server.log().line("handler panicked");
    assert!(
        server.log().find("actix_http").is_none(),
        "{}",
        server.log().text()
    );
}

#[test]
fn the_level_decides_what_is_logged_and_comes_before_the_variable() {
    let server = lab()
        .env("RUST_LOG", "off")
        .args("--log access --log-level info,gopool::access=off")
        .start();
    server.get("/lab/panic");
    server.log().line("handler panicked");
    assert!(server.log().find("gopool::access").is_none());
    let ended = lab().args("--no-daemon --port 0 --log-level inf").run();
    ended.assert_says(2, &["`--log-level` cannot be `inf`"]);
}
