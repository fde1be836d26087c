//! The end of a client.

use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use gopool::test::Client;

use super::routes::{STUCK, events};

#[test]
fn dropping_a_client_ends_its_threads_and_runs_on_shutdown_once() {
    let client = Client::with_options(&["--max-threads", "1"]).unwrap();
    let events = events(&client);
    client.get("/mourn/pool").send();
    client.get("/mourn/loop").send();
    let now = || (events.ended_threads.load(SeqCst), events.shutdowns.load(SeqCst));
    assert_eq!(now(), (0, 0));
    drop(client);
    assert_eq!(now(), (2, 1));
}

#[test]
fn dropping_a_client_waits_for_what_its_pool_still_does() {
    let client = Client::start().unwrap();
    let events = events(&client);
    assert_eq!(client.get("/polite").send().code(), 504);
    drop(client);
    assert!(events.finished.load(SeqCst));
}

#[test]
fn dropping_a_client_waits_no_longer_than_the_shutdown_timeout() {
    let client = Client::with_options(&["--shutdown-timeout", "50ms"]).unwrap();
    assert_eq!(client.get("/stuck").send().code(), 504);
    let start = Instant::now();
    drop(client);
    // The handler goes on only now, so without the limit this line would not be reached.
    STUCK.wait();
    assert!(start.elapsed() < Duration::from_secs(25));
}
