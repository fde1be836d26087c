//! Addresses that are in each other's way, and sockets of all kinds from whoever has bound them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use gopool_tests::{Client, Signal};

use crate::{
    fixture::{free_address, lab_beside_others},
    service::ask_unix,
};

fn text_of(address: SocketAddr) -> String {
    Client::of(address).get("/lab/pid").text().to_owned()
}

#[test]
fn all_of_ipv4_and_all_of_ipv6_are_served_at_one_port_in_either_order() {
    for is_reversed in [false, true] {
        let port = free_address().port();
        let mut all = [format!("0.0.0.0:{port}"), format!("[::]:{port}")];
        if is_reversed {
            all.reverse();
        }
        let mut daemon = lab_beside_others().listen(&all).serving();
        let master = daemon.pid_of(1).to_string();
        assert_eq!(text_of((Ipv4Addr::LOCALHOST, port).into()), master);
        assert_eq!(text_of((Ipv6Addr::LOCALHOST, port).into()), master);
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    }
}

#[test]
fn all_of_ipv6_takes_ipv4_along_where_nobody_else_has_the_port() {
    let port = free_address().port();
    let daemon = lab_beside_others().listen(&[format!("[::]:{port}")]).serving();
    assert_eq!(
        text_of((Ipv4Addr::LOCALHOST, port).into()),
        daemon.pid_of(1).to_string()
    );
}

#[test]
fn an_address_that_is_named_twice_is_bound_once() {
    let launch = lab_beside_others();
    let (port, path) = (launch.address().port(), launch.path("lab.sock"));
    let all = [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("127.0.0.1:{port}"),
        format!("unix:{}", path.display()),
        "unix:lab.sock".to_owned(),
    ];
    let daemon = launch.listen(&all).serving();
    let master = daemon.pid_of(1).to_string();
    assert_eq!(
        (daemon.answering().to_string(), ask_unix(&path)),
        (master.clone(), master)
    );
}

#[test]
fn sockets_of_all_kinds_that_systemd_passes_are_served_before_and_after_a_roll() {
    let launch = lab_beside_others();
    let (address, path) = (launch.address(), launch.path("passed.sock"));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, free_address().port()));
    let activate = format!(
        "systemd-socket-activate --listen {address} --listen {v6} --listen {} --setenv=XDG_RUNTIME_DIR",
        path.display()
    );
    let mark = format!("TEST_FOLDER={}", launch.path("").display());
    let activate = format!("{activate} --setenv={}", mark.trim_end_matches('/'));
    let mut daemon = launch.through(&activate).start();
    daemon.log().line("Listening on");
    let all = || [text_of(address), text_of(v6), ask_unix(&path)];
    // The first of them starts the daemon.
    let first = all()[0].clone();
    assert_eq!(all(), [first.clone(), first.clone(), first]);
    daemon.signal(Signal::HUP);
    let second = daemon.until_master_serves(2).to_string();
    gopool_tests::until("all are answered by the second", || {
        all().iter().all(|pid| *pid == second).then_some(())
    });
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}
