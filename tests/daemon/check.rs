//! `check` refuses whatever a launch refuses, with the same words.

use std::{fs, os::unix::net::UnixListener};

use gopool_tests::executable;
use rustix::process::geteuid;

use crate::fixture::{Launch, free_address, lab, lab_beside_others};

/// What both say about this, which must be the same reason.
fn refusal(launch: &Launch, options: &str) -> String {
    let [checked, launched] = ["check", "serve"].map(|command| launch.run(&format!("{command} {options}")));
    for said in [&checked, &launched] {
        assert!(matches!(said.code, Some(1 | 2)), "{options}: {said:?}");
    }
    let reasons = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.contains(" INFO "));
        let plain = lines.map(|line| line.trim().trim_start_matches("- ").to_owned());
        plain
            .filter(|line| !line.ends_with(':') && !line.is_empty())
            .collect()
    };
    let first = reasons(&checked.stderr).into_iter().next().unwrap();
    assert!(
        launched.stderr.contains(&first),
        "{options}: check says `{first}`, the launch:\n{}",
        launched.stderr
    );
    first
}

#[test]
fn each_refusal_of_a_launch_is_one_of_the_check() {
    let launch = lab();
    fs::write(launch.path("plain"), "precious").unwrap();
    let mut cases = vec![
        ("--max-threads 0", "`--max-threads` cannot be `0`"),
        (
            "--user nobody-of-this-name",
            "the user `nobody-of-this-name` cannot be found",
        ),
        (
            "--group nobody-of-this-name",
            "the group `nobody-of-this-name` cannot be found",
        ),
        (
            "--pid-file nowhere/pid",
            "cannot use the pid file `nowhere/pid`: No such file",
        ),
        ("--pid-file .", "cannot use the pid file `.`: Is a directory"),
        ("--log-file nowhere/log", "cannot be opened: No such file"),
        ("--info-url /lab", "`--info-url /lab` would hide"),
        (
            "--info-url http://192.0.2.1:1",
            "the monitor cannot listen on http://192.0.2.1:1",
        ),
        ("--info-url http://nobody.invalid:1", "cannot be looked up"),
    ];
    if !geteuid().is_root() {
        cases.push(("--user root", "only root can run masters as another user"));
    }
    for (options, reason) in cases {
        let said = refusal(&launch, options);
        assert!(said.contains(reason), "{options}: {said}");
    }
}

#[test]
fn each_address_that_a_launch_cannot_have_is_one_of_the_check() {
    let long = "x".repeat(120);
    let mut launch = lab();
    fs::write(launch.path("plain"), "precious").unwrap();
    for (address, options, reason) in [
        (
            "192.0.2.1:1",
            "",
            "cannot listen on `192.0.2.1:1`: Cannot assign requested address",
        ),
        ("nobody.invalid:1", "", "`nobody.invalid:1` cannot be looked up"),
        ("unix:plain", "", "`plain` exists and is no socket"),
        (
            "unix:nowhere/app.sock",
            "",
            "cannot listen on `unix:nowhere/app.sock`: No such file",
        ),
        (
            "unix:plain/app.sock",
            "",
            "cannot listen on `unix:plain/app.sock`: Not a directory",
        ),
        (
            "unix:app.sock",
            "--socket-group nobody-of-this-name",
            "the group `nobody-of-this-name` cannot be found",
        ),
        (&format!("unix:{long}"), "", "is neither `host:port`"),
    ] {
        launch = launch.listen(&[address.to_owned()]);
        let said = refusal(&launch, options);
        assert!(
            said.contains(reason) || address.contains(&long),
            "{address}: {said}"
        );
    }
}

#[test]
fn without_a_daemon_the_same_is_refused() {
    let launch = lab().args("--no-daemon");
    for options in [
        "--info-url /lab",
        "--user nobody-of-this-name",
        "--info-url http://192.0.2.1:1",
    ] {
        refusal(&launch, options);
    }
    let launch = launch.listen(&["192.0.2.1:1".to_owned()]);
    refusal(&launch, "");
}

#[test]
fn what_the_application_itself_refuses_is_refused_by_both() {
    refusal(&lab().env("LAB_START", "nonsense"), "");
    refusal(&lab().program(executable("fixture-twins")), "");
}

#[test]
fn what_a_running_daemon_holds_stops_no_check_and_the_check_leaves_nothing() {
    let monitor = free_address();
    let launch = lab_beside_others().args(&format!("--pid-file lab.pid --info-url http://{monitor}"));
    let path = launch.path("lab.sock");
    let address = launch.address();
    let daemon = launch
        .listen(&[address.to_string(), format!("unix:{}", path.display())])
        .serving();
    let said = daemon.ask("check");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(daemon.answering(), daemon.pid_of(1));

    let launch = lab_beside_others().args("--pid-file new.pid");
    let path = launch.path("new.sock");
    let launch = launch.listen(&[format!("unix:{}", path.display()), "127.0.0.1:0".to_owned()]);
    assert_eq!(launch.run("check").code, Some(0));
    assert!(!path.exists() && !launch.path("new.pid").exists());
    let _answers = UnixListener::bind(&path).unwrap();
    assert_eq!(launch.run("check").code, Some(0), "somebody answers there");
}
