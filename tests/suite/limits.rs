//! Threads and queue: how much is taken, and what the rest is told.

use std::{fs, thread};

use gopool_tests::{Answer, Server, lab, program, until};
use serde_json::json;

/// Sends `count` requests at once, each on a connection of its own, and gives all answers.
fn at_once(server: &Server, count: usize, target: &str) -> Vec<Answer> {
    let connections: Vec<_> = (0..count).map(|_| server.begin(target)).collect();
    thread::scope(|scope| {
        let waiting: Vec<_> = connections
            .into_iter()
            .map(|mut c| scope.spawn(move || c.answer()))
            .collect();
        waiting.into_iter().map(|answer| answer.join().unwrap()).collect()
    })
}

#[test]
fn a_server_may_open_as_many_files_as_the_hard_limit_allows() {
    let server = lab().limit("-Sn 100").start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let open_files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let words: Vec<_> = open_files.unwrap().split_whitespace().collect();
    let [soft, hard, _] = words[..] else {
        panic!("{words:?}");
    };
    assert_eq!(soft, hard);
    assert_ne!(hard, "100");
}

#[test]
fn two_threads_and_four_places_take_six_requests_and_refuse_the_rest_at_once() {
    let server = lab().args("--max-threads 2 --max-queue 4").start();
    let answers = at_once(&server, 16, "/lab/sleep/1000");
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((taken.len(), refused.len()), (6, 10));
    assert!(
        taken
            .iter()
            .all(|answer| answer.json() == json!({ "slept": 1000 }))
    );
    for answer in &refused {
        assert_eq!(answer.failure(), (503, "queue-full".to_owned()));
    }
    let slowest = refused.iter().map(|answer| answer.took).max();
    println!("the slowest refusal took {slowest:?}");
    // The promise is 20 ms; on a machine busy with other tests, what counts is that nobody waited for a thread.
    assert!(
        slowest < taken.iter().map(|answer| answer.took).min(),
        "{slowest:?}"
    );
    let stats = server.until_quiet();
    assert_eq!(
        (&stats["submitted"], &stats["completed"], &stats["rejected"]),
        (&json!(16), &json!(6), &json!(10))
    );
}

#[test]
fn retry_after_knows_how_slow_the_route_is_and_that_one_runs_at_a_time() {
    let server = lab().args("--max-threads 4 --max-queue 4").start();
    server.get("/lab/single-file/500");
    for _ in 0..200 {
        server.get("/lab/hello?name=x");
    }
    let mut taken: Vec<_> = (0..5).map(|_| server.begin("/lab/single-file/500")).collect();
    server.until("one runs and four wait", |stats| {
        stats["running"] == 1 && stats["queued"] == 4
    });
    let refused = server.get("/lab/single-file/500");
    assert_eq!(refused.failure(), (503, "queue-full".to_owned()));
    let seconds = refused.header("retry-after").and_then(|value| value.parse().ok());
    assert!(seconds >= Some(2), "four of half a second: {seconds:?}");
    assert!(
        taken
            .iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
}

#[test]
fn without_a_queue_a_request_runs_at_once_or_is_refused() {
    let server = lab()
        .args("--min-threads 0 --max-threads 1 --max-queue 0")
        .start();
    let mut first = server.begin("/lab/sleep/500");
    server.until("the first one runs", |stats| stats["running"] == 1);
    assert_eq!(
        server.get("/lab/hello?name=x").failure(),
        (503, "queue-full".to_owned())
    );
    assert_eq!(first.answer().status, 200);
    server.until_quiet();
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
}

#[test]
fn routes_off_the_pool_answer_while_the_pool_is_full() {
    let server = lab().args("--max-threads 1 --max-queue 0").start();
    let mut busy = server.begin("/lab/sleep/500");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    for path in [
        "/lab/inline",
        "/lab/counter",
        "/lab/async-sleep/1",
        "/master/ping",
    ] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert_eq!(busy.answer().status, 200);
}

#[test]
fn the_pool_grows_to_its_most_threads_and_never_beyond() {
    let server = lab()
        .args("--min-threads 2 --max-threads 4 --max-queue 100")
        .start();
    let start = server.until("two threads stand ready", |stats| stats["idle"] == 2);
    assert_eq!((&start["busy"], &start["submitted"]), (&json!(0), &json!(0)));
    let mut working: Vec<_> = (0..5).map(|_| server.begin("/lab/sleep/700")).collect();
    let stats = server.until("four run and one waits", |stats| {
        stats["running"] == 4 && stats["queued"] == 1
    });
    assert_eq!(stats["busy"], 4);
    assert!(
        working
            .iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
}

#[test]
fn threads_leave_when_idle_and_come_back_from_none() {
    let server = lab()
        .args("--min-threads 0 --max-threads 4 --idle-timeout 50")
        .start();
    // The clock, the event loop's helpers and the like come with the first request and stay.
    server.get("/lab/hello?name=x");
    server.until("the first thread has left", |stats| {
        stats["idle"] == 0 && stats["busy"] == 0
    });
    let baseline = server.threads();
    let mut working: Vec<_> = (0..4).map(|_| server.begin("/lab/sleep/300")).collect();
    server.until("four threads work", |stats| stats["busy"] == 4);
    assert_eq!(server.threads(), baseline + 4);
    assert!(
        working
            .iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
    server.until("all threads have left", |stats| {
        stats["idle"] == 0 && stats["busy"] == 0
    });
    until("the system has taken the threads back", || {
        (server.threads() == baseline).then_some(())
    });
    assert_eq!(
        server.get("/lab/hello?name=x").status,
        200,
        "from no thread at all"
    );
}

#[test]
fn threads_are_back_at_the_minimum_after_an_overload() {
    let server = lab()
        .args("--min-threads 1 --max-threads 4 --max-queue 4 --idle-timeout 50")
        .start();
    server.get("/lab/hello?name=x");
    server.until("one thread idles", |stats| {
        stats["idle"] == 1 && stats["busy"] == 0
    });
    let baseline = server.threads();
    for _ in 0..5 {
        let answers = at_once(&server, 40, "/lab/sleep/20");
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)));
    }
    server.until_quiet();
    server.until("one thread idles", |stats| stats["idle"] == 1);
    until("the system has taken the threads back", || {
        (server.threads() == baseline).then_some(())
    });
}

#[test]
fn idle_and_busy_add_up_as_work_comes_and_goes() {
    let server = lab().args("--min-threads 2 --max-threads 2").start();
    let counts = |idle, busy| move |stats: &serde_json::Value| stats["idle"] == idle && stats["busy"] == busy;
    server.until("two idle", counts(2, 0));
    let mut one = server.begin("/lab/polite/60000");
    server.until("one idle", counts(1, 1));
    let two = server.begin("/lab/polite/60000");
    server.until("none idle", counts(0, 2));
    drop(two);
    server.until("one idle again", counts(1, 1));
    one.finish_sending();
    assert!(one.is_closed());
    server.until("two idle again", counts(2, 0));
}

#[test]
fn the_smallest_stack_is_enough_for_the_deepest_json() {
    let refused = lab().args("check --stack-size 511KB").run();
    refused.assert_says(2, &["`--stack-size`", "512KB"]);
    let server = program("fixture-plain").args("--stack-size 512KB").start();
    let deepest = ["[".repeat(127), "]".repeat(127)].concat();
    assert_eq!(server.post("/json", "application/json", &deepest).text(), deepest);
    let deeper = format!("[{deepest}]");
    assert_eq!(server.post("/json", "application/json", deeper).status, 400);
}

#[test]
fn a_stack_as_deep_as_asked_for_is_there() {
    // Two hundred thousand levels of about a hundred bytes need more than the 2 MB of the default.
    let server = lab().args("--stack-size 256MB").start();
    assert_eq!(
        server.get("/lab/stack/200000").json(),
        json!({ "depth": 200_000 })
    );
}

#[test]
fn a_thread_that_the_system_refuses_is_a_refused_request_and_no_panic() {
    // The stack alone is larger than all the memory that the process may name.
    let server = lab().limit("-v 900000").args("--stack-size 1GB").start();
    for _ in 0..20 {
        assert_eq!(
            server.get("/lab/hello?name=x").failure(),
            (503, "queue-full".to_owned())
        );
    }
    assert_eq!(server.get("/lab/inline").status, 200);
    let stats = server.until_quiet();
    assert_eq!(
        (&stats["submitted"], &stats["rejected"]),
        (&json!(20), &json!(20))
    );
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn threads_that_the_system_refuses_at_the_start_are_a_refused_launch_with_the_systems_reason() {
    let launch = lab()
        .limit("-v 900000")
        .args("check --min-threads 1 --stack-size 1GB");
    launch
        .run()
        .assert_says(1, &["cannot start the threads of `min_threads`", "(os error "]);
}
