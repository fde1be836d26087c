//! Files that lead to the daemon: the pid file, the control socket, those of listening sockets; in anybody's way, left over, removed.

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use gopool_tests::{Signal, until};

use crate::{
    fixture::{Daemon, Launch, deploy, executable_asks, lab, lab_beside_others, stand_in},
    process::{cpu_time, is_gone, next_descriptor, send},
    service::{ask_unix, control_socket},
};

/// An application whose name no other test has, in a folder of its own.
fn called(name: &str) -> Launch {
    let launch = lab_beside_others();
    let program = launch.path(&format!("{name}-{}", std::process::id()));
    deploy(&program, 1);
    launch.program(program)
}

/// A script that sees to the surroundings of what it runs.
fn in_surroundings(launch: Launch, script: &str) -> Launch {
    let file = launch.path("surroundings");
    fs::write(&file, script).unwrap();
    launch.through(&format!("sh {}", file.display()))
}

/// The status of the daemon of this pid, if it answers.
fn answers(daemon: &Daemon) -> Option<()> {
    let said = executable_asks(&format!("status --pid {}", daemon.pid()));
    (said.code == Some(0)).then_some(())
}

/// `su` keeps the variable of another user's session, and a session's folder goes with it.
#[test]
fn where_one_folder_takes_no_control_socket_another_does() {
    let long = "x".repeat(200);
    for wrapper in [
        "env XDG_RUNTIME_DIR=/nowhere".to_owned(),
        "env XDG_RUNTIME_DIR=/nowhere TMPDIR=/nowhere".to_owned(),
        format!("env XDG_RUNTIME_DIR=/tmp/{long}"),
    ] {
        // Large bodies, which lab takes, have a place of their own.
        let launch = called("placed").args("--spool-dir /var/tmp");
        let mut daemon = launch.through(&wrapper).serving();
        assert_eq!(answers(&daemon), Some(()), "{wrapper}");
        let mut by_name = Command::new(daemon.program());
        by_name.arg("reload").env_clear().current_dir("/");
        let said = by_name.output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&said.stdout),
            "master 2 serves\n",
            "{wrapper}: {said:?}"
        );
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    }
}

#[test]
fn where_no_folder_takes_a_control_socket_the_daemon_does_without_and_obeys_signals() {
    // The program itself may lie there, so it stays where it is, and can be read.
    let script = "exec unshare --mount sh -c 'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && exec \"$@\"' sh \"$@\"\n";
    let launch = lab_beside_others()
        .args("--spool-dir /var/tmp")
        .env("TMPDIR", "/nowhere");
    let script = format!("export XDG_RUNTIME_DIR=/nowhere\n{script}");
    let mut daemon = in_surroundings(launch, &script).serving();
    let line = daemon
        .log()
        .line("going on without `status`, `reload` and `stop`");
    assert!(
        line.contains("/nowhere") && line.contains("/tmp/gopool-"),
        "{line}"
    );
    daemon.signal(Signal::HUP);
    daemon.until_master_serves(2);
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

/// Whoever cleans up among temporary files, or ends a session, removes them under a running daemon.
#[test]
fn a_control_socket_and_a_pid_file_that_somebody_removes_are_there_again() {
    let launch = lab_beside_others().args("--watchdog 1s --pid-file run/lab.pid");
    let folder = launch.path("run");
    fs::create_dir(&folder).unwrap();
    let mut daemon = launch.serving();
    let pid = daemon.path("run/lab.pid");
    let socket = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "sock"))
        .unwrap();
    fs::remove_file(&socket).unwrap();
    fs::remove_file(&pid).unwrap();
    until("the pid file is there again", || {
        let text = fs::read_to_string(&pid).ok()?;
        (text == format!("{}\n", daemon.pid())).then_some(())
    });
    until("it can be asked again", || answers(&daemon));
    assert!(socket.exists(), "at its place");
    let second = daemon.ask("serve");
    assert!(second.stderr.contains("holds the pid file"), "locked: {second:?}");
    // The whole folder: then it is asked elsewhere.
    fs::remove_dir_all(&folder).unwrap();
    until("it can be asked elsewhere", || answers(&daemon));
    daemon
        .log()
        .line("the pid file was removed, and cannot be made again");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_listening_socket_whose_file_somebody_removes_is_served_again() {
    let launch = lab_beside_others().args("--watchdog 1s");
    let path = launch.path("lab.sock");
    let mut daemon = launch.listen(&[format!("unix:{}", path.display())]).serving();
    assert_eq!(ask_unix(&path), daemon.pid_of(1).to_string());
    fs::remove_file(&path).unwrap();
    daemon.log().line("the file of a listening socket was removed");
    let second = daemon.until_master_serves(2);
    until("whoever connects now is answered", || {
        (path.exists() && ask_unix(&path) == second.to_string()).then_some(())
    });
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!path.exists(), "it goes with the daemon");
}

#[test]
fn a_pid_file_on_a_full_disk_refuses_the_launch_and_leaves_nothing() {
    let launch = lab_beside_others().args("--pid-file disk/lab.pid");
    fs::create_dir(launch.path("disk")).unwrap();
    let script = "exec unshare --mount sh -c 'mount -t tmpfs -o size=4k none disk && head -c 4096 /dev/zero > disk/full && \
                  \"$@\"; code=$?; ls disk >&2; exit $code' sh \"$@\"\n";
    let said = in_surroundings(launch, script).run("");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains("cannot use the pid file"), "{said:?}");
    assert!(said.stderr.contains("No space left"), "{said:?}");
    assert!(
        said.stderr.ends_with("full\n") && !said.stderr.contains("\nlab.pid\n"),
        "{said:?}"
    );
}

/// Who names the wrong file would lose what is in it.
#[test]
fn what_is_no_pid_file_is_not_taken_for_one() {
    let launch = lab_beside_others().args("--pid-file precious");
    let file = launch.path("precious");
    for text in ["port = 6100\n", "12 34", "123456789012345678901234567890123"] {
        fs::write(&file, text).unwrap();
        for command in ["", "check"] {
            let said = launch.run(command);
            assert_eq!(said.code, Some(1), "{said:?}");
            assert!(
                said.stderr.contains("precious` exists and is no pid file"),
                "{said:?}"
            );
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    let said = launch.run("");
    assert!(
        said.stderr.contains("precious` exists and is no pid file"),
        "{said:?}"
    );
    assert!(file.exists());
}

/// The pid in the file of a daemon that was killed is anybody's by now, another application's daemon's too.
#[test]
fn a_pid_file_that_is_left_over_leads_to_no_other_daemon() {
    let other = called("other").args("--pid-file other.pid").serving();
    let left = other.path("left.pid");
    fs::write(&left, format!("{}\n", other.pid())).unwrap();
    for command in ["status", "stop", "reload"] {
        let said = executable_asks(&format!("{command} --pid-file {}", left.display()));
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stderr.contains("left.pid` is left over"), "{said:?}");
    }
    let own = other.path("other.pid");
    let said = executable_asks(&format!("status --pid-file {}", own.display()));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(other.answering(), other.pid_of(1), "nobody has stopped it");
}

/// As under `PrivateTmp=`.
#[test]
fn a_daemon_with_temporary_files_of_its_own_is_found_by_its_name() {
    let launch = called("private");
    let folder = launch.path("tmp");
    fs::create_dir(&folder).unwrap();
    let script = format!(
        "unset XDG_RUNTIME_DIR\nexport TMPDIR={0}\nexec unshare --mount sh -c 'mount -t tmpfs none {0} && exec \"$@\"' sh \"$@\"\n",
        folder.display()
    );
    let mut daemon = in_surroundings(launch, &script).serving();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nobody else sees them");
    let ask = |command: &str| {
        let mut asking = Command::new(daemon.program());
        let said = asking.arg(command).env_clear().current_dir("/").output().unwrap();
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    assert_eq!(ask("reload"), "master 2 serves\n");
    assert_eq!(ask("stop"), "stopped\n");
    assert_eq!(daemon.until_ended(), Some(0));
}

#[test]
fn with_no_descriptor_left_a_daemon_rests_and_answers_once_there_is_one() {
    let daemon = lab().serving();
    let limit = |most: usize| {
        let pid = daemon.pid().to_string();
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &pid, &format!("--nofile={most}:")]);
        assert!(prlimit.status().unwrap().success());
    };
    let socket = control_socket(&daemon);
    limit(next_descriptor(daemon.pid()));
    let waits = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let (began, before) = (Instant::now(), cpu_time(daemon.pid()));
    // Time for a loop that never rests to be seen; one that rests uses none, however slow the machine is.
    thread::sleep(Duration::from_secs(1));
    let used = cpu_time(daemon.pid()) - before;
    assert!(used < began.elapsed() / 4, "{used:?}");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
    drop(waits);
    limit(256);
    until("it can be asked", || answers(&daemon));
}

/// What a handler runs would hold a socket open, or the lock of the pid file.
#[test]
fn no_descriptor_of_a_daemon_or_a_master_passes_to_what_these_run() {
    let daemon = lab_beside_others().args("--pid-file lab.pid").serving();
    daemon.answering();
    let inherited = inheritable(std::process::id());
    for pid in [daemon.pid(), daemon.pid_of(1)] {
        let passed: Vec<u32> = inheritable(pid)
            .into_iter()
            .filter(|number| !inherited.contains(number))
            .collect();
        assert!(passed.is_empty(), "{pid}: {passed:?}");
    }
}

/// The descriptors of a process that whatever it runs has too, but for those that everybody has.
fn inheritable(pid: u32) -> Vec<u32> {
    const CLOSES: u32 = 0o2_000_000;
    let folder = fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    let numbers = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let passes = |number: &u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).unwrap_or_default();
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.map_or(CLOSES, |flags| u32::from_str_radix(flags.trim(), 8).unwrap());
        *number > 2 && flags & CLOSES == 0
    };
    numbers.filter(passes).collect()
}

#[test]
fn a_child_with_a_session_of_its_own_outlives_its_master_and_holds_up_nobody() {
    let mut daemon = stand_in("survivor").serving();
    let survivor: u32 = fs::read_to_string(daemon.path("survivor"))
        .unwrap()
        .parse()
        .unwrap();
    daemon.behave("");
    send(daemon.pid_of(1), Signal::KILL);
    daemon.until_master_serves(2);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.until_ended(), Some(0));
    assert!(!is_gone(survivor), "whoever asks for that has it");
    send(survivor, Signal::KILL);
}
