//! What a service manager is told (`sd_notify`), and by whom it wants to hear that the daemon lives.

use std::{
    fs,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
};

use gopool_tests::{LIMIT, Signal};

use crate::fixture::{lab, lab_beside_others};

/// The manager's end.
struct Manager(UnixDatagram);

impl Manager {
    fn of(socket: UnixDatagram) -> Self {
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        Self(socket)
    }

    /// The next message that begins so, and those before it.
    fn told_after(&self, wanted: &str) -> (Vec<String>, String) {
        let mut others = Vec::new();
        loop {
            let mut bytes = [0; 256];
            let read = self.0.recv(&mut bytes).expect(wanted);
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            if text.starts_with(wanted) {
                return (others, text);
            }
            others.push(text);
        }
    }

    fn told(&self, wanted: &str) -> String {
        self.told_after(wanted).1
    }
}

#[test]
fn systemd_is_told_every_change() {
    let launch = lab().env("WATCHDOG_USEC", "200000");
    let path = launch.path("notify");
    let manager = Manager::of(UnixDatagram::bind(&path).unwrap());
    let daemon = launch.env("NOTIFY_SOCKET", path.display().to_string()).start();
    assert!(
        manager
            .told("READY=1")
            .contains(&format!("MAINPID={}", daemon.pid()))
    );
    daemon.signal(Signal::HUP);
    assert!(manager.told("RELOADING=1").contains("MONOTONIC_USEC="));
    assert!(manager.told("READY=1").contains("STATUS=master 2 serves"));
    for _ in 0..2 {
        manager.told("WATCHDOG=1");
    }
    fs::write(daemon.path("gopool.toml"), "max-threads = 0\n").unwrap();
    daemon.signal(Signal::HUP);
    let told_why = manager.told("READY=1");
    assert!(
        told_why.contains("STATUS=reload failed: master 3 cannot start: gopool.toml:1:"),
        "{told_why}"
    );
    daemon.signal(Signal::TERM);
    manager.told("STOPPING=1");
}

#[test]
fn a_manager_whose_socket_has_no_file_is_told_too() {
    let name = format!("gopool-notify-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let manager = Manager::of(UnixDatagram::bind_addr(&address).unwrap());
    let daemon = lab_beside_others()
        .env("NOTIFY_SOCKET", format!("@{name}"))
        .start();
    assert!(
        manager
            .told("READY=1")
            .contains(&format!("MAINPID={}", daemon.pid()))
    );
}

#[test]
fn a_watchdog_that_is_meant_for_another_process_is_left_to_that() {
    // Many times as long as the watchdog, from the order to reload to its end.
    let launch = lab_beside_others().env("LAB_START", "slow:700");
    let path = launch.path("notify");
    let manager = Manager::of(UnixDatagram::bind(&path).unwrap());
    let launch = launch.env("NOTIFY_SOCKET", path.display().to_string());
    let daemon = launch
        .env("WATCHDOG_USEC", "100000")
        .env("WATCHDOG_PID", "1")
        .start();
    manager.told("READY=1");
    daemon.signal(Signal::HUP);
    let (before, _) = manager.told_after("READY=1");
    assert!(
        before.iter().all(|told| told.starts_with("RELOADING=1")),
        "{before:?}"
    );
}
