//! What surrounds the daemon: control socket, pid file, inherited sockets, service manager, PID 1.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::{
        fs::PermissionsExt,
        net::{UnixDatagram, UnixListener, UnixStream},
    },
    path::PathBuf,
    process::Command,
};

use command_fds::{CommandFdExt, FdMapping};
use gopool_daemon::control;
use rustix::process::Signal;

use crate::fixture::{Daemon, Dir, LIMIT, ask, get, send_signal};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "status_tells_phase_pids_restarts_and_exits",
        status_tells_phase_pids_restarts_and_exits,
    ),
    (
        "the_control_socket_is_for_its_owner_only",
        the_control_socket_is_for_its_owner_only,
    ),
    (
        "without_a_daemon_the_client_says_where_it_looked",
        without_a_daemon_the_client_says_where_it_looked,
    ),
    (
        "a_second_daemon_on_one_pid_file_is_refused",
        a_second_daemon_on_one_pid_file_is_refused,
    ),
    (
        "files_left_by_a_killed_daemon_are_in_nobodys_way",
        files_left_by_a_killed_daemon_are_in_nobodys_way,
    ),
    (
        "a_daemon_listens_on_several_sockets",
        a_daemon_listens_on_several_sockets,
    ),
    (
        "a_unix_socket_in_use_or_a_plain_file_is_refused",
        a_unix_socket_in_use_or_a_plain_file_is_refused,
    ),
    ("inherited_sockets_are_served", inherited_sockets_are_served),
    ("systemd_is_told_every_change", systemd_is_told_every_change),
    (
        "the_daemon_is_one_thread_small_and_asleep",
        the_daemon_is_one_thread_small_and_asleep,
    ),
    (
        "as_pid_1_it_reaps_orphans_and_drains_on_term",
        as_pid_1_it_reaps_orphans_and_drains_on_term,
    ),
    (
        "silent_and_babbling_clients_keep_nobody_from_the_daemon",
        silent_and_babbling_clients_keep_nobody_out,
    ),
    (
        "a_master_of_another_version_says_what_to_do",
        a_master_of_another_version_says_what_to_do,
    ),
];

fn status_tells_phase_pids_restarts_and_exits() {
    let daemon = Daemon::serving("");
    send_signal(daemon.master(), Signal::KILL);
    let (seen, _) = daemon.lines.wait("SIGKILL", 0);
    daemon.lines.wait("serves", seen);
    let status = control::status(&daemon.settings()).unwrap();
    assert_eq!(
        (status.phase.as_str(), status.restarts, status.deaths),
        ("serving", 1, 1)
    );
    assert_eq!(status.pid, daemon.pid.cast_unsigned());
    assert_eq!(status.masters.len(), 1);
    assert_eq!(status.masters[0].pid, daemon.master().cast_unsigned());
    assert_eq!(status.exits[0].how, gopool_daemon::How::Signal(9));
    let text = status.to_string();
    assert!(
        text.contains("was ended by SIGKILL") && text.contains("master 2 pid"),
        "{text}"
    );
}

fn control_socket(daemon: &Daemon) -> PathBuf {
    let files = fs::read_dir(daemon.dir.0.as_path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut sockets = files.filter(|path| path.extension().is_some_and(|end| end == "sock"));
    sockets.next().unwrap()
}

fn the_control_socket_is_for_its_owner_only() {
    let daemon = Daemon::serving("");
    let mode = fs::metadata(control_socket(&daemon))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn silent_and_babbling_clients_keep_nobody_out() {
    let daemon = Daemon::serving("");
    let socket = control_socket(&daemon);
    let silent: Vec<_> = (0..20).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    control::status(&daemon.settings()).unwrap();
    for babble in ["dance\n", "a request that never ends"] {
        let mut client = UnixStream::connect(&socket).unwrap();
        client.write_all(babble.as_bytes()).unwrap();
        let mut answer = String::new();
        // What was not read of the babble may come back as a reset after the answer.
        let _ = client.read_to_string(&mut answer);
        assert!(answer.starts_with("error\nunknown request"), "{answer}");
    }
    drop(silent);
    control::reload(&daemon.settings()).unwrap();
}

fn a_master_of_another_version_says_what_to_do() {
    let dir = Dir::new();
    let mut master = Command::new(std::env::current_exe().unwrap());
    master.env(crate::fixture::DIR, dir.0.as_path());
    let output = master
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDNAMES", "gopool-link-0")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("`gopool-link-0`") && text.contains("restart the daemon"),
        "{text}"
    );
}

fn without_a_daemon_the_client_says_where_it_looked() {
    let dir = Dir::new();
    let error = control::status(&crate::fixture::read_settings(&dir.0))
        .unwrap_err()
        .to_string();
    assert!(error.contains(&dir.0.display().to_string()), "{error}");
}

fn a_second_daemon_on_one_pid_file_is_refused() {
    let first = Daemon::serving("");
    let mut second = Command::new(std::env::current_exe().unwrap());
    let output = second
        .env(crate::fixture::DIR, first.dir.0.as_path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(&format!("another daemon (pid {})", first.pid)),
        "{text}"
    );
    first.master();
}

fn files_left_by_a_killed_daemon_are_in_nobodys_way() {
    let dir = Dir::new();
    let socket = dir.0.join("socket");
    drop(UnixListener::bind(&socket).unwrap());
    fs::write(dir.0.join("pid"), "1").unwrap();
    let settings = format!("listen=unix:{}", socket.display());
    let mut daemon = Daemon::run(dir, &settings, Command::new(std::env::current_exe().unwrap()));
    daemon.lines.wait("serves", 0);
    ask(UnixStream::connect(&socket).unwrap(), "/pid").unwrap();
    assert_eq!(
        fs::read_to_string(daemon.dir.0.join("pid")).unwrap().trim(),
        daemon.pid.to_string()
    );
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
    assert!(!socket.exists());
}

fn a_daemon_listens_on_several_sockets() {
    let dir = Dir::new();
    let socket = dir.0.join("socket");
    let settings = format!("listen=127.0.0.1:0,127.0.0.1:0,unix:{}", socket.display());
    let daemon = Daemon::run(dir, &settings, Command::new(std::env::current_exe().unwrap()));
    let (_, line) = daemon.lines.wait("listening on ", 0);
    let addresses: Vec<_> = line.rsplit_once("listening on ").unwrap().1.split(", ").collect();
    assert_eq!(addresses.len(), 3);
    let master = get(addresses[0].parse().unwrap(), "/pid").unwrap();
    assert_eq!(get(addresses[1].parse().unwrap(), "/pid").unwrap(), master);
    assert_eq!(
        ask(UnixStream::connect(&socket).unwrap(), "/pid").unwrap(),
        master
    );
}

fn a_unix_socket_in_use_or_a_plain_file_is_refused() {
    let dir = Dir::new();
    let (busy, plain) = (dir.0.join("busy"), dir.0.join("plain"));
    let _answers = UnixListener::bind(&busy).unwrap();
    fs::write(&plain, "precious").unwrap();
    for (path, reason) in [(&busy, "another process answers"), (&plain, "is no socket")] {
        let mut daemon = Daemon::launch(&format!("listen=unix:{}", path.display()), "");
        assert_eq!(daemon.wait(), Some(1));
        daemon.lines.wait(reason, 0);
    }
    assert_eq!(fs::read_to_string(&plain).unwrap(), "precious");
}

fn inherited_sockets_are_served() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", "http");
    command
        .fd_mappings(vec![FdMapping {
            parent_fd: socket.into(),
            child_fd: 3,
        }])
        .unwrap();
    let daemon = Daemon::run(Dir::new(), "", command);
    get(address, "/pid").unwrap();
    assert_eq!(daemon.address(), address);
}

fn systemd_is_told_every_change() {
    let dir = Dir::new();
    let manager = UnixDatagram::bind(dir.0.join("notify")).unwrap();
    manager.set_read_timeout(Some(LIMIT)).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env("NOTIFY_SOCKET", dir.0.join("notify"))
        .env("WATCHDOG_USEC", "200000");
    let daemon = Daemon::run(dir, "", command);
    let told = |wanted: &str| {
        let mut bytes = [0; 256];
        loop {
            let read = manager.recv(&mut bytes).expect(wanted);
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            if text.starts_with(wanted) {
                return text;
            }
        }
    };
    assert!(told("READY=1").contains(&format!("MAINPID={}", daemon.pid)));
    daemon.signal(Signal::HUP);
    assert!(told("RELOADING=1").contains("MONOTONIC_USEC="));
    told("READY=1");
    told("WATCHDOG=1");
    told("WATCHDOG=1");
    daemon.signal(Signal::TERM);
    told("STOPPING=1");
}

fn the_daemon_is_one_thread_small_and_asleep() {
    // The watchdog's quarter is a second: two event loops beat once each.
    let daemon = Daemon::serving("watchdog=4000");
    let field = |name: &str| {
        let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid)).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .to_owned();
        line.trim().parse::<u64>().unwrap()
    };
    assert_eq!(field("Threads:"), 1);
    daemon.master();
    let before = field("voluntary_ctxt_switches:");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let woken = field("voluntary_ctxt_switches:") - before;
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", daemon.pid)).unwrap();
    let private: u64 = rollup
        .lines()
        .filter_map(|line| line.strip_prefix("Private_"))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap())
        .sum();
    println!("private memory {private} kB, woken {woken} times by 6 beats in 3 s");
    assert!(woken <= 8, "woken {woken} times");
    assert!(private <= 1536, "{private} kB of private memory");
}

fn as_pid_1_it_reaps_orphans_and_drains_on_term() {
    let probe = Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc", "true"])
        .output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("not run: this system lets nobody make a PID namespace");
        return;
    }
    let mut command = Command::new("unshare");
    command
        .args(["--pid", "--fork", "--mount-proc", "--kill-child"])
        .arg(std::env::current_exe().unwrap());
    let mut daemon = Daemon::run(Dir::new(), "", command);
    daemon.lines.wait("daemon is pid 1,", 0);
    let master = daemon.master();
    for _ in 0..5 {
        daemon.get("/orphan").unwrap();
    }
    crate::fixture::until("no zombie is left", || children_of_first(daemon.pid) == 1);
    assert_eq!(daemon.master(), master);
    let first = children(daemon.pid)[0];
    send_signal(first, Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
}

/// How many children, zombies too, the first process of the namespace has; `unshare` is its parent.
fn children_of_first(unshare: i32) -> usize {
    children(children(unshare)[0]).len()
}

fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    list.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}
