//! Many requests at once.

use std::{collections::BTreeMap, thread};

use gopool_tests::{Server, lab};

use crate::family::{Family, end};

/// How often each status came, of so many threads that ask so often.
fn ask(
    server: &Server,
    threads: usize,
    each: usize,
    path: impl Fn(usize) -> &'static str + Sync,
) -> BTreeMap<u16, usize> {
    let path = &path;
    let asking = |thread: usize| {
        let client = server.new_client();
        move || {
            (0..each)
                .map(|n| client.get(path(thread * each + n)).status)
                .collect::<Vec<_>>()
        }
    };
    let mut counts = BTreeMap::new();
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|thread| scope.spawn(asking(thread))).collect();
        for status in all.into_iter().flat_map(|thread| thread.join().unwrap()) {
            *counts.entry(status).or_default() += 1;
        }
    });
    counts
}

#[test]
fn crashes_cost_exactly_the_requests_that_crash() {
    let server = lab().args("--timeout 30s").start();
    let path = |n: usize| {
        if n % 20 == 7 {
            "/lab/isolated/abort"
        } else {
            "/lab/isolated/hello"
        }
    };
    let counts = ask(&server, 8, 250, path);
    assert_eq!(counts, BTreeMap::from([(200, 1900), (500, 100)]));
    end(server, Family::default());
}

#[test]
fn recycling_fails_nobody() {
    let server = lab().args("--timeout 30s --process-recycle 10").start();
    let counts = ask(&server, 8, 250, |_| "/lab/isolated/hello");
    assert_eq!(counts, BTreeMap::from([(200, 2000)]));
    end(server, Family::default());
}

#[test]
fn pooled_routes_go_on_while_every_process_hangs() {
    let server = lab().args("--max-processes 2").start();
    let hanging = [0; 3].map(|_| server.begin("/lab/isolated/sleep/600000"));
    let counts = ask(&server, 2, 100, |_| "/lab/hello?name=x");
    assert_eq!(counts, BTreeMap::from([(200, 200)]));
    drop(hanging);
    end(server, Family::default());
}
