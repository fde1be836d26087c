//! `--watch`: whatever is put in the program's place is served soon after.

use std::{fs, os::unix::fs::symlink};

use gopool_tests::until;

use crate::fixture::{Daemon, build_of, deploy, lab_beside_others, put};

fn watched() -> Daemon {
    let launch = lab_beside_others().args("--watch");
    let program = launch.path("app");
    deploy(&program, 1);
    launch.program(program).serving()
}

fn until_served(daemon: &Daemon, build: u32) {
    until("the new program answers", || {
        (build_of(daemon.answering()) == Some(build)).then_some(())
    });
}

#[test]
fn a_program_that_is_replaced_is_served_without_being_asked_for() {
    let daemon = watched();
    deploy(daemon.program(), 2);
    daemon.log().line("the program on the disk was replaced");
    until_served(&daemon, 2);
    // As cargo does it: gone for a moment, then a link to the new file.
    let built = daemon.path("built");
    deploy(&built, 3);
    fs::remove_file(daemon.program()).unwrap();
    fs::hard_link(&built, daemon.program()).unwrap();
    until_served(&daemon, 3);
}

#[test]
fn what_is_no_program_is_tried_once_and_the_old_one_serves_until_a_good_one_comes() {
    let daemon = watched();
    put(
        daemon.program(),
        r#"printf '#!/bin/sh\nexit 3\n' > "$1" && chmod 755 "$1""#,
    );
    daemon
        .log()
        .line("master 2 exited with code 3 before it was ready; master 1 goes on serving");
    deploy(daemon.program(), 2);
    until_served(&daemon, 2);
    assert_eq!(build_of(daemon.pid_of(3)), Some(2), "each was tried once");
}

#[test]
fn a_link_that_is_pointed_elsewhere_is_followed() {
    let launch = lab_beside_others().args("--watch");
    let [old, new, current, next] = ["1", "2", "current", "next"].map(|name| launch.path(name));
    deploy(&old, 1);
    deploy(&new, 2);
    symlink(&old, &current).unwrap();
    let daemon = launch.program(&current).serving();
    symlink(&new, &next).unwrap();
    fs::rename(next, current).unwrap();
    until_served(&daemon, 2);
}

#[test]
fn a_copy_that_is_still_written_waits_for_its_end() {
    let daemon = watched();
    // The file grows in the place, slower than the daemon looks.
    let slowly = r#"rm -f "$1" && head -c 100000 "$LAB" > "$1" && sleep 0.7 && cat "$LAB" > "$1" && printf build00000002 >> "$1" && chmod 755 "$1""#;
    let mut shell = std::process::Command::new("sh");
    shell
        .env("LAB", gopool_tests::executable("lab"))
        .args(["-c", slowly, "sh"])
        .arg(daemon.program());
    assert!(shell.status().unwrap().success());
    until_served(&daemon, 2);
    daemon.until_settled();
    assert!(
        daemon
            .log()
            .find("exited with code")
            .is_none_or(|line| line.contains("as told")),
        "no part of it was run"
    );
}

#[test]
fn many_replacements_at_once_end_with_the_last() {
    let daemon = watched();
    for build in 2..=11 {
        deploy(daemon.program(), build);
    }
    until_served(&daemon, 11);
}
