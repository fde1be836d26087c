//! Certificates that are renewed while the server runs.

use std::{
    collections::HashSet,
    env,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use gopool_tests::{Server, until};

use crate::{certificates::Authority, client::Client, serve::start};

fn until_shown(client: &Client, old: &[u8]) {
    until("another certificate is shown", || {
        let shown = client.connect().unwrap().certificate();
        (&*shown != old).then_some(())
    });
}

#[test]
fn a_new_pair_is_in_force_without_a_restart() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &[]);
    let mut kept = client.connect().unwrap();
    let old = kept.certificate();
    authority.put_pair(&authority.issue());
    until_shown(&client, &old);
    server.log().line("is a new one, and in force");
    // What has begun goes on.
    kept.send("GET /lab/scheme HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert!(kept.rest().unwrap().ends_with("https"));
}

#[test]
fn a_pair_that_does_not_match_keeps_the_old_one_and_is_told_of_once() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &[]);
    let old = client.connect().unwrap().certificate();
    let new = authority.issue();
    authority.put_certificate(&new);
    let complaint = "is not that of the first certificate in";
    until("it is told of", || {
        assert_eq!(client.connect().unwrap().certificate(), old);
        server.log().find(complaint)
    });
    // Each of these looks again.
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(1100));
        assert_eq!(client.connect().unwrap().certificate(), old);
    }
    assert_eq!(server.log().text().matches(complaint).count(), 1);
    authority.put_key(&new);
    until_shown(&client, &old);
    std::fs::remove_file(authority.path("key.pem")).unwrap();
    until("it is told of", || {
        client.connect().unwrap();
        server.log().find("key.pem` (`tls-key`) cannot be read")
    });
}

/// Shakes hands on four threads while pairs come and go, the certificate before its key and sometimes long before.
fn swap_during(handshakes: usize) {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &[]);
    let (begun, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let shown = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let pair = authority.issue();
                authority.put_certificate(&pair);
                thread::sleep(Duration::from_millis(fastrand::u64(0..300)));
                authority.put_key(&pair);
                thread::sleep(Duration::from_millis(fastrand::u64(0..300)));
            }
        });
        let clients = [(); 4].map(|()| {
            scope.spawn(|| {
                let mut shown = HashSet::new();
                while begun.fetch_add(1, Ordering::Relaxed) < handshakes || shown.len() < 2 {
                    shown.insert(
                        client
                            .connect()
                            .expect("no handshake fails")
                            .certificate()
                            .to_vec(),
                    );
                }
                shown
            })
        });
        let shown: HashSet<Vec<u8>> = clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect();
        is_over.store(true, Ordering::Relaxed);
        shown
    });
    assert!(shown.len() >= 2, "the pairs were swapped under them");
    still_serves(&server, &client);
}

fn still_serves(server: &Server, client: &Client) {
    assert_eq!(client.get("/lab/scheme"), "https", "{}", server.log().text());
}

/// How many; more of them are for the soak.
fn handshakes() -> usize {
    let wanted = env::var("GOPOOL_TEST_HANDSHAKES").ok();
    wanted.map_or(1_000, |wanted| wanted.parse().expect("a number"))
}

#[test]
fn no_handshake_fails_while_pairs_are_swapped() {
    swap_during(handshakes());
}
