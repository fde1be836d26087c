//! Limits under a client: sizes, times, the queue.

use std::{sync::mpsc, thread};

use gopool::test::Client;

use super::routes::GATE;

#[test]
fn a_body_that_is_too_large_is_refused() {
    let client = Client::start().unwrap();
    let send = |body: &'static str| client.patch("/bytes").body(body);
    assert_eq!(send("12345678").send().code(), 200);
    assert_eq!(send("123456789").send().code(), 413);
    let lying = send("").header("content-length", "9").send();
    assert_eq!(lying.code(), 200, "the length is that of the body");
}

#[test]
fn what_runs_too_long_is_answered_after_its_time() {
    let client = Client::start().unwrap();
    assert_eq!(client.get("/polite").send().code(), 504);
}

#[test]
fn of_three_requests_at_once_one_finds_the_queue_full() {
    let client = Client::with_options(&["--max-threads", "1", "--max-queue", "1"]).unwrap();
    let (answered, answers) = mpsc::channel();
    let mut codes = thread::scope(|scope| {
        for _ in 0..3 {
            let (answered, client) = (answered.clone(), &client);
            scope.spawn(move || answered.send(client.get("/gate").send()).unwrap());
        }
        GATE.wait();
        // One runs and one waits until the gate opens, so only the third can be answered now.
        let refused = answers.recv().unwrap();
        GATE.wait();
        GATE.wait();
        GATE.wait();
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
        assert!(refused.text().contains("queue-full"), "{refused:?}");
        let others = [answers.recv().unwrap(), answers.recv().unwrap()];
        [refused.code(), others[0].code(), others[1].code()]
    });
    codes.sort_unstable();
    assert_eq!(codes, [204, 204, 503]);
}
