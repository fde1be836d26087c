//! Sockets of TLS are the daemon's, like all others.

use std::{
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use gopool_tests::{Signal, lab, until};

use crate::{certificates::Authority, client::Client};

#[test]
fn a_reload_refuses_no_handshake_and_takes_the_new_pair() {
    let authority = Authority::with_pair();
    let server = lab().args(&authority.options()).start_tls_with_daemon();
    let client = Client::of(&server, &authority, &[]);
    let old = client.connect().unwrap().certificate();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let handshakes = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                client.connect().expect("no handshake fails");
                count += 1;
            }
            count
        });
        authority.put_pair(&authority.issue());
        server.signal(Signal::HUP);
        server.log().line("drained, good bye");
        is_over.store(true, Ordering::Relaxed);
        assert!(handshakes.join().unwrap() > 0);
    });
    assert_ne!(client.connect().unwrap().certificate(), old);
}

#[test]
fn a_reload_with_a_broken_pair_fails_and_the_old_master_serves() {
    let authority = Authority::with_pair();
    let server = lab().args(&authority.options()).start_tls_with_daemon();
    let client = Client::of(&server, &authority, &[]);
    assert_eq!(client.get("/lab/scheme"), "https", "its first master serves");
    std::fs::write(authority.path("key.pem"), "no key").unwrap();
    server.signal(Signal::HUP);
    server.log().line("holds no private key in PEM");
    assert_eq!(client.get("/lab/scheme"), "https");
}

#[test]
fn an_upgrade_of_the_daemon_keeps_the_socket() {
    let authority = Authority::with_pair();
    let server = lab().args(&authority.options()).start_tls_with_daemon();
    let client = Client::of(&server, &authority, &[]);
    let ended = lab().args(&format!("upgrade --pid {}", server.pid())).run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(client.get("/lab/scheme"), "https");
}

#[test]
fn a_socket_that_systemd_calls_https_is_one_of_tls() {
    let authority = Authority::with_pair();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let script = format!("exec systemd-socket-activate --listen {address} --fdname=https \"$0\" \"$@\"");
    // The program is started for the first who connects.
    let first = thread::spawn(move || until("systemd listens", || TcpStream::connect(address).ok()));
    let server = lab()
        .args(&authority.options())
        .by_way_of(&script)
        .start_with_daemon();
    drop(first.join().unwrap());
    assert_eq!(server.address(), address);
    let client = Client::of(&server, &authority, &[]);
    assert_eq!(client.get("/lab/scheme"), "https");
}
