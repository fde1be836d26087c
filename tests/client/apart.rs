//! Several clients in one process.

use std::thread;

use gopool::test::Client;
use serde_json::Value;
use tracing_subscriber::util::SubscriberInitExt as _;

fn json(client: &Client, target: &str) -> Value {
    client.get(target).send().json().unwrap()
}

#[test]
fn each_client_has_shared_values_and_a_pool_of_its_own() {
    let (one, other) = (Client::start().unwrap(), Client::start().unwrap());
    assert_ne!(json(&one, "/number"), json(&other, "/number"));
    for _ in 0..3 {
        assert_eq!(one.get("/thread").send().code(), 200);
    }
    let submitted = |client: &Client| client.stats().unwrap().counters.submitted;
    assert_eq!((submitted(&one), submitted(&other)), (4, 1));
}

#[test]
fn stats_and_cpu_in_a_handler_are_those_of_its_client() {
    let (_first, second) = (Client::start().unwrap(), Client::start().unwrap());
    for _ in 0..3 {
        assert!(second.get("/cpu").send().text().starts_with("gopool-"));
    }
    let help = json(&second, "/help");
    assert_eq!((&help["waited"], &help["sum"]), (&42.into(), &45.into()));
    assert_eq!(help["completed"], 3, "{help}");
}

#[test]
fn stats_and_cpu_in_a_task_of_a_handler_are_those_of_its_client_after_an_earlier_one_has_gone() {
    drop(Client::start().unwrap());
    let client = Client::start().unwrap();
    let spawned = json(&client, "/cpu/spawned");
    assert_eq!(spawned["completed"], 1, "{spawned}");
    assert!(
        spawned["name"].as_str().unwrap().starts_with("gopool-"),
        "{spawned}"
    );
    assert_eq!(client.stats().unwrap().counters.completed, 1);
}

#[test]
fn outside_of_every_client_there_is_no_pool() {
    let _client = Client::start().unwrap();
    assert!(gopool::stats().is_none());
}

#[test]
fn single_runs_everything_on_the_event_loop() {
    let client = Client::with_options(&["--single"]).unwrap();
    let name = client.get("/thread").send();
    assert_eq!((&*name.text(), client.stats().is_none()), ("gopool-local", true));
    assert_eq!(client.get("/cpu").send().text(), "gopool-local");
}

#[test]
fn clients_of_parallel_threads_do_not_meet() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let client = Client::with_options(&["--max-threads", "1"]).unwrap();
                let number = json(&client, "/number");
                thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(|| assert_eq!(json(&client, "/number"), number));
                    }
                });
                assert_eq!(client.stats().unwrap().counters.completed, 5);
            });
        }
    });
}

#[test]
fn no_subscriber_is_installed() {
    let _client = Client::start().unwrap();
    assert!(tracing_subscriber::registry().try_init().is_ok());
}
