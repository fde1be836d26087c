//! What surrounds the daemon: its commands, its files, its sockets, and how little it costs.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use gopool_tests::{Client, LIMIT, Signal, sleeps, until};
use rustix::process::geteuid;

use crate::{
    fixture::{Daemon, deploy, free_address, lab, lab_beside_others},
    process::{children, private_memory, send, status},
};

#[test]
fn status_tells_phase_pids_restarts_and_exits() {
    let daemon = lab().args("--pid-file lab.pid").serving();
    send(daemon.pid_of(1), Signal::KILL);
    let master = daemon.until_master_serves(2);
    let said = daemon.ask("status");
    println!("{}", said.stdout);
    assert_eq!(said.code, Some(0), "{said:?}");
    for text in [
        format!("lab: serving on {}", daemon.address()),
        format!("daemon   pid {}, up ", daemon.pid()),
        "restarts: 1".to_owned(),
        format!("master 2 pid {master}, serving, up "),
        "was ended by SIGKILL".to_owned(),
    ] {
        assert!(said.stdout.contains(&text), "no `{text}` in:\n{}", said.stdout);
    }
}

#[test]
fn reload_and_stop_answer_when_they_are_done() {
    let mut daemon = lab().serving();
    let said = daemon.ask("reload");
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(0), "master 2 serves\n"),
        "{said:?}"
    );
    let said = daemon.ask("stop");
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(0), "stopped\n"),
        "{said:?}"
    );
    assert_eq!(daemon.until_ended(), Some(0));
    daemon.assert_nothing_left();
}

#[test]
fn without_a_daemon_each_command_says_whom_it_looked_for() {
    let launch = lab_beside_others();
    for command in ["status", "reload", "stop"] {
        let said = launch.run(command);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{said:?}");
        let address = launch.address();
        assert!(
            said.stderr
                .contains(&format!("no daemon called `lab` answers for {address}")),
            "{said:?}"
        );
    }
    let said = launch.args("--pid-file lab.pid").run("status");
    assert!(
        said.stderr.contains("cannot read the pid file `lab.pid`"),
        "{said:?}"
    );
}

#[test]
fn the_pid_file_is_locked_and_removed_at_the_end() {
    let launch = lab().args("--pid-file lab.pid");
    let file = launch.path("lab.pid");
    let mut daemon = launch.serving();
    let pid = daemon.pid();
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{pid}\n"));
    let second = daemon.ask("serve");
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(
        second.stderr.contains(&format!("another daemon (pid {pid})")),
        "{second:?}"
    );
    assert_eq!(daemon.answering(), daemon.pid_of(1), "the first goes on");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!file.exists());
}

#[test]
fn the_control_socket_is_for_its_owner_only() {
    let daemon = lab().serving();
    let mode = control_socket(&daemon).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The one socket in the daemon's folder.
pub(crate) fn control_socket(daemon: &Daemon) -> PathBuf {
    let entries = fs::read_dir(daemon.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut sockets: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "sock"))
        .collect();
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    sockets.remove(0)
}

#[test]
fn silent_and_babbling_clients_keep_nobody_from_the_daemon() {
    let daemon = lab().serving();
    let socket = control_socket(&daemon);
    let silent: Vec<_> = (0..20).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    assert_eq!(daemon.ask("status").code, Some(0));
    for babble in ["dance\n", "a request that never ends"] {
        let mut client = UnixStream::connect(&socket).unwrap();
        client.write_all(babble.as_bytes()).unwrap();
        let mut answer = String::new();
        // What was not read of the babble may come back as a reset after the answer.
        let _ = client.read_to_string(&mut answer);
        assert!(answer.starts_with("error\nunknown request"), "{answer}");
    }
    drop(silent);
    daemon.reload();
}

#[test]
fn a_master_of_another_version_says_what_to_do() {
    let launch = lab()
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDNAMES", "gopool-link-0");
    let said = launch.run("");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr.contains("`gopool-link-0`") && said.stderr.contains("restart the daemon"),
        "{said:?}"
    );
}

/// What a master runs inherits its environment, and might take for its own what is not.
pub(crate) fn assert_no_variable_of_ours(daemon: &Daemon) {
    for path in ["/lab/env", "/lab/isolated/env"] {
        let names = daemon.get(path).text().to_owned();
        assert!(names.contains("PATH"), "{path}: {names}");
        for word in ["LISTEN", "GOPOOL", "NOTIFY", "WATCHDOG"] {
            assert!(!names.contains(word), "{path}: {names}");
        }
    }
}

#[test]
fn what_a_handler_runs_inherits_no_word_between_the_daemon_and_its_masters() {
    let launch = lab_beside_others().env("LISTEN_FDNAMES", "app.socket");
    let daemon = launch.env("LISTEN_FDS_FIRST_FD", "3").serving();
    assert_no_variable_of_ours(&daemon);
    assert_eq!(daemon.ask("upgrade").stdout, "master 2 serves\n");
    daemon.until_other_answers(daemon.pid_of(1));
    assert_no_variable_of_ours(&daemon);
}

#[test]
fn files_left_by_a_killed_daemon_are_in_nobodys_way() {
    let launch = lab().args("--pid-file lab.pid");
    let (socket, file) = (launch.path("lab.sock"), launch.path("lab.pid"));
    drop(UnixListener::bind(&socket).unwrap());
    fs::write(&file, "1").unwrap();
    let launch = launch.listen(&[format!("unix:{}", socket.display())]);
    let mut daemon = launch.serving();
    assert_eq!(ask_unix(&socket), daemon.pid_of(1).to_string());
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", daemon.pid()));
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!socket.exists() && !file.exists());
}

#[test]
fn a_unix_socket_in_use_or_a_plain_file_is_refused() {
    let mut launch = lab();
    let (busy, plain) = (launch.path("busy"), launch.path("plain"));
    let _answers = UnixListener::bind(&busy).unwrap();
    fs::write(&plain, "precious").unwrap();
    for (path, reason) in [(&busy, "another process answers"), (&plain, "is no socket")] {
        launch = launch.listen(&[format!("unix:{}", path.display())]);
        let said = launch.run("");
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stderr.contains(reason), "{said:?}");
    }
    assert_eq!(fs::read_to_string(&plain).unwrap(), "precious");

    // A process that accepts nobody and whose backlog is full is there all the same.
    let full = launch.path("full");
    let listener = UnixListener::bind(&full).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let _first = UnixStream::connect(&full).unwrap();
    let said = launch.listen(&[format!("unix:{}", full.display())]).run("");
    assert!(said.stderr.contains("another process answers"), "{said:?}");
}

#[test]
fn several_addresses_and_unix_sockets_are_served_before_and_after_a_roll() {
    let launch = lab();
    let (address, path) = (launch.address(), launch.path("lab.sock"));
    let second = free_address();
    let addresses = [
        address.to_string(),
        second.to_string(),
        format!("unix:{}", path.display()),
    ];
    let mut daemon = launch.listen(&addresses).serving();
    for number in [1, 2] {
        let master = daemon.until_master_serves(number).to_string();
        let answers = || [ask_unix(&path), text_of(address), text_of(second)];
        until("all three are answered by this master", || {
            answers().iter().all(|pid| *pid == master).then_some(())
        });
        daemon.signal(Signal::HUP);
    }
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!path.exists(), "the socket's file goes with the daemon");
}

#[test]
fn a_limit_of_few_open_files_keeps_no_master_from_starting() {
    let launch = lab_beside_others().args("--event-loops 1");
    let wrapper = launch.path("few-files");
    fs::write(&wrapper, "ulimit -Sn 48 && exec \"$@\"\n").unwrap();
    let daemon = launch.through(&format!("sh {}", wrapper.display())).serving();
    assert_eq!(daemon.answering(), daemon.pid_of(1));
}

/// The soft limit is there for `select`, which nobody here uses.
#[test]
fn a_master_may_open_as_many_files_as_the_hard_limit_allows() {
    for options in ["", "--no-daemon"] {
        let launch = lab_beside_others().args(options);
        let wrapper = launch.path("limits");
        fs::write(&wrapper, "ulimit -Sn 128 && ulimit -Hn 512 && exec \"$@\"\n").unwrap();
        let daemon = launch.through(&format!("sh {}", wrapper.display())).start();
        daemon.log().line("listening on http");
        let limits = fs::read_to_string(format!("/proc/{}/limits", daemon.answering())).unwrap();
        let line = limits
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"));
        let words: Vec<_> = line.unwrap().split_whitespace().collect();
        assert_eq!(words[..2], ["512", "512"], "{options}");
    }
}

#[test]
fn a_daemon_listens_on_ipv6() {
    let launch = lab_beside_others();
    let address = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, free_address().port()));
    let daemon = launch.listen(&[address.to_string()]).serving();
    assert_eq!(text_of(address), daemon.pid_of(1).to_string());
}

#[test]
fn every_address_of_a_name_is_served_at_one_port() {
    use std::net::ToSocketAddrs as _;
    let launch = lab_beside_others().listen(&["localhost:0".to_owned()]);
    let daemon = launch.serving();
    let line = daemon.log().line("listening on");
    let port = line.rsplit(':').next().unwrap().trim().parse::<u16>().unwrap();
    for address in ("localhost", port).to_socket_addrs().unwrap() {
        assert_eq!(
            text_of(address),
            daemon.pid_of(1).to_string(),
            "{address}: {line}"
        );
    }
}

#[test]
fn a_pid_file_that_somebody_replaced_is_left_alone() {
    let launch = lab_beside_others().args("--pid-file lab.pid");
    let (file, other) = (launch.path("lab.pid"), launch.path("other"));
    let mut daemon = launch.serving();
    fs::write(&other, "1\n").unwrap();
    fs::rename(other, &file).unwrap();
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert_eq!(fs::read_to_string(&file).unwrap(), "1\n");
}

#[test]
fn a_unix_socket_has_the_mode_and_the_group_that_it_is_given() {
    let group = if geteuid().is_root() {
        4711
    } else {
        rustix::process::getegid().as_raw()
    };
    let launch = lab_beside_others().args(&format!("--socket-mode 620 --socket-group {group}"));
    let path = launch.path("lab.sock");
    let daemon = launch.listen(&[format!("unix:{}", path.display())]).serving();
    let found = path.metadata().unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.gid()), (0o620, group));
    daemon.reload();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o620);

    let said = lab_beside_others().args("--socket-group no-such-group");
    let said = said.listen(&["unix:x.sock".to_owned()]).run("");
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr.contains("the group `no-such-group` cannot be found"),
        "{said:?}"
    );
}

/// What `/proc/<pid>/status` says of real, effective, saved and filesystem ids, and of other groups.
fn identity_of(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let wanted = |line: &&str| {
        ["Uid:", "Gid:", "Groups:"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let lines: Vec<&str> = status.lines().filter(wanted).map(str::trim_end).collect();
    lines.join(" ").replace('\t', " ")
}

#[test]
fn a_master_gives_up_root_for_the_user_it_is_told_and_warns_when_it_does_not() {
    if !geteuid().is_root() {
        let said = lab().args("--user root").run("");
        assert!(
            said.stderr.contains("only root can run masters as another user"),
            "{said:?}"
        );
        return;
    }
    for options in ["", "--no-daemon"] {
        let launch = lab_beside_others().args(&format!("{options} --user 65534 --group 4711"));
        // The program has to be reached by that user.
        let folder = launch.path("");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let program = launch.path("app");
        deploy(&program, 1);
        let mut daemon = launch.program(program).start();
        daemon.log().line("listening on http");
        let master = daemon.answering();
        assert_eq!(
            identity_of(master),
            "Uid: 65534 65534 65534 65534 Gid: 4711 4711 4711 4711 Groups:"
        );
        assert!(daemon.log().find("running as root").is_none());
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));

        let mut daemon = lab_beside_others().args(options).start();
        daemon.log().line("running as root, and so does every handler");
        daemon.ended_by(Signal::TERM);
    }
}

fn text_of(address: std::net::SocketAddr) -> String {
    Client::of(address).get("/lab/pid").text().to_owned()
}

/// The body of `GET /lab/pid` on a Unix socket.
pub(crate) fn ask_unix(path: &Path) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
        .write_all(b"GET /lab/pid HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn the_daemon_is_one_small_thread_that_sleeps_between_beats() {
    // A beat every 15 s.
    let daemon = lab().args("--watchdog 60s --event-loops 1").serving();
    daemon.answering();
    until("four seconds without a wake-up", || {
        let before = status(daemon.pid(), "voluntary_ctxt_switches");
        thread::sleep(Duration::from_secs(4));
        (before == status(daemon.pid(), "voluntary_ctxt_switches")).then_some(())
    });
    let (threads, memory) = (status(daemon.pid(), "Threads"), private_memory(daemon.pid()));
    println!("the daemon: {threads} thread, {memory} kB of private memory");
    assert_eq!(threads, 1);
    assert!(memory <= 1536, "{memory} kB");
}

#[test]
fn a_master_that_nobody_asks_wakes_up_once_for_each_beat() {
    let period = Duration::from_secs(1);
    let daemon = lab().args("--watchdog 4s --event-loops 1").serving();
    let master = daemon.answering();
    until("a while with no more than one wake-up for each beat", || {
        let (start, before) = (Instant::now(), sleeps(master));
        thread::sleep(period * 3);
        let woken = sleeps(master) - before;
        let beats = start.elapsed().div_duration_f64(period).ceil() as u64;
        (1..=beats).contains(&woken).then_some(())
    });
}

/// Makes the program process 1 of its own PID namespace. Whoever is not root needs a user namespace for that.
fn as_process_1(script: &str) -> String {
    let user = if geteuid().is_root() {
        ""
    } else {
        "--user --map-root-user"
    };
    format!("unshare {user} --pid --fork --mount-proc --kill-child {script}")
}

#[test]
fn as_process_1_it_reaps_orphans_and_drains_on_term() {
    let launch = lab();
    let go = launch.path("go");
    // A grandchild whose parent ends at once, waiting for a file to end as well.
    let orphan = launch.path("orphan");
    let script = format!(
        "(sh -c 'while ! test -e {}; do sleep 0.05; done' &)\nexec \"$@\"\n",
        go.display()
    );
    fs::write(&orphan, script).unwrap();
    let unshare = as_process_1(&format!("sh {}", orphan.display()));
    let mut daemon = launch.through(&unshare).start();
    daemon.log().line("daemon is pid 1, ");
    daemon.log().line("master 1 is ready");
    let first = children(daemon.pid())[0];
    assert_eq!(children(first).len(), 2, "the master and the orphan");
    fs::write(&go, "").unwrap();
    until("the orphan is reaped", || {
        (children(first).len() == 1).then_some(())
    });
    assert_drains(&mut daemon, first);
}

#[test]
fn without_a_daemon_process_1_reaps_and_passes_signals_and_exit_codes_on() {
    let launch = lab().args("--no-daemon");
    let go = launch.path("go");
    let orphan = launch.path("orphan");
    let script = format!(
        "(sh -c 'while ! test -e {}; do sleep 0.05; done' &)\nexec \"$@\"\n",
        go.display()
    );
    fs::write(&orphan, script).unwrap();
    let unshare = as_process_1(&format!("sh {}", orphan.display()));
    let mut daemon = launch.through(&unshare).start();
    daemon.log().line("listening on http");
    let first = children(daemon.pid())[0];
    assert_eq!(children(first).len(), 2, "the master and the orphan");
    fs::write(&go, "").unwrap();
    until("the orphan is reaped", || {
        (children(first).len() == 1).then_some(())
    });
    assert_drains(&mut daemon, first);

    let refused = lab_beside_others()
        .args("--no-daemon")
        .env("LAB_START", "exit:3")
        .through(&as_process_1(""));
    assert_eq!(refused.run("").code, Some(3));
}

#[test]
fn the_entry_of_the_container_drains_on_term_as_process_1() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/Containerfile");
    let text = fs::read_to_string(file).unwrap();
    let words = |instruction| {
        let list = text
            .lines()
            .find_map(|line| line.strip_prefix(instruction))
            .unwrap();
        serde_json::from_str::<Vec<String>>(list).unwrap()
    };
    let args = [words("ENTRYPOINT").split_off(1), words("CMD")]
        .concat()
        .join(" ");
    let mut master = lab().args(&args).through(&as_process_1("")).start();
    master.log().line("listening on http://0.0.0.0:");
    let first = children(master.pid())[0];
    assert_drains(&mut master, first);
}

/// Sends TERM to process 1 while a request runs: it is answered, then everything ends.
fn assert_drains(daemon: &mut Daemon, first: u32) {
    let mut request = daemon.begin("/lab/sleep/1000");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    send(first, Signal::TERM);
    assert_eq!((request.answer().status, daemon.until_ended()), (200, Some(0)));
    daemon.assert_nothing_left();
}
