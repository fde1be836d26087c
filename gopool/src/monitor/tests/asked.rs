//! What the monitor's thread is asked: what runs, and to cancel.

use std::{
    collections::BTreeSet,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{GET, answer, documented, fields, monitor, subject, until};
use crate::{
    call::Origin,
    in_flight::{Phase, ServedRequest},
    message::RequestId,
    monitor::{PageRequest, PageResponse, Pages, Sampler, questions::Question, running},
    route::Route,
};
use gopool_pool::{Pool, Task};

#[test]
fn who_cancels_must_be_able_to_send_a_header_and_be_at_home() {
    let pages = Pages::of(monitor(subject()));
    let host = Some("localhost:6101");
    let status = |query, origin, mark, host| {
        let request = PageRequest {
            method: "POST",
            path: "/cancel",
            query,
            origin,
            mark,
            host,
            ..GET
        };
        answer(&pages, request).code()
    };
    let mark = Some("cancel");
    assert_eq!(status("id=a", None, mark, host), 404, "there is no such request");
    assert_eq!(status("id=a", Some("http://localhost:6101"), mark, host), 404);
    assert_eq!(status("id=a", None, None, host), 403, "no header");
    for elsewhere in ["http://evil.example", "http://localhost:6102", "null", ""] {
        assert_eq!(status("id=a", Some(elsewhere), mark, host), 403, "{elsewhere}");
    }
    assert_eq!(
        status("id=a", None, mark, Some("evil.example")),
        403,
        "no name of ours"
    );
    for none in ["", "id=", "id=a%20b", "id=%ff", "other=a"] {
        assert_eq!(status(none, None, mark, host), 400, "{none}");
    }
}

fn poll_once<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn what_takes_a_while_is_left_to_the_monitors_thread() {
    let monitor = monitor(subject());
    let pages = Pages::of(monitor.clone());
    // Whoever computed an answer here would wait for this for ever.
    let history = monitor.history();
    for path in ["/info", "/metrics", "/running"] {
        let response = pages.answer(PageRequest { path, ..GET });
        assert!(matches!(response, PageResponse::Asked(_)), "{path}");
    }
    drop(history);
    let mut early = Box::pin(pages.reply(Question::Info));
    assert!(poll_once(&mut early).is_pending(), "it has no thread yet");
    let sampler = Sampler::start(monitor.clone()).unwrap();
    assert!(Sampler::start(monitor).is_err(), "one is enough");
    assert_eq!(crate::block_on(early).code(), 200);
    assert_eq!(crate::block_on(pages.reply(Question::Running)).code(), 200);
    drop(sampler);
    assert_eq!(
        crate::block_on(pages.reply(Question::Info)).code(),
        503,
        "it is over"
    );
}

#[test]
fn who_asks_too_much_is_told_so() {
    let pages = Pages::of(monitor(subject()));
    let mut asked: Vec<_> = (0..17).map(|_| Box::pin(pages.reply(Question::Info))).collect();
    let answered: Vec<_> = asked
        .iter_mut()
        .map(|asked| poll_once(asked).is_ready())
        .collect();
    assert_eq!(answered, [vec![false; 16], vec![true]].concat());
}

#[test]
fn a_flood_of_questions_does_not_keep_the_monitor_from_its_readings() {
    let monitor = monitor(subject());
    let pages = Pages::of(monitor.clone());
    let _sampler = Sampler::start(monitor.clone()).unwrap();
    until(|| {
        let mut asked: Vec<_> = (0..16).map(|_| Box::pin(pages.reply(Question::Info))).collect();
        asked.iter_mut().for_each(|asked| drop(poll_once(asked)));
        monitor.history().last(usize::MAX).count() > 0
    });
}

fn served(id: &str, arrived: Instant, phase: Phase) -> ServedRequest {
    ServedRequest {
        origin: Origin {
            number: 0,
            peer: Some(([192, 0, 2, 7], 4711).into()),
            caller: None,
        },
        id: RequestId::from_client(id.as_bytes()).unwrap(),
        route: Route::example("GET", "/a/{id}"),
        arrived,
        phase,
    }
}

#[test]
fn the_oldest_of_the_requests_are_listed_and_all_are_counted() {
    let monitor = monitor(subject());
    let now = Instant::now();
    let in_flight = &monitor.meters.of_loop(0).unwrap().in_flight;
    for (age, id) in [(1, "young"), (3, "old"), (2, "middle")] {
        in_flight.enter(served(id, now - Duration::from_secs(age), Phase::Receiving));
    }
    let running = running::of(&monitor.meters, monitor.workers(), 2);
    let ids: Vec<_> = running
        .requests
        .iter()
        .map(|row| row.request_id.clone().unwrap())
        .collect();
    assert_eq!(
        (running.total, ids),
        (3, vec!["old".to_owned(), "middle".to_owned()])
    );
}

#[test]
fn what_the_pool_has_is_listed_once() {
    let monitor = monitor(subject());
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let task = pool
        .submit(Task::new(move || receiver.recv().is_ok()).timeout(None))
        .unwrap();
    until(|| pool.stats().threads.busy == 1);
    let in_flight = &monitor.meters.of_loop(0).unwrap().in_flight;
    in_flight.enter(served("pooled", Instant::now(), Phase::Handling));
    monitor.attach(pool.clone());
    let running = running::of(&monitor.meters, monitor.workers(), 10);
    assert_eq!((running.total, running.requests.len()), (1, 1));
    assert_eq!(running.requests[0].route, "default");
    drop((sender, task));
}

#[test]
fn the_list_of_what_runs_is_as_documented() {
    let monitor = monitor(subject());
    let in_flight = &monitor.meters.of_loop(0).unwrap().in_flight;
    in_flight.enter(served("a", Instant::now(), Phase::Receiving));
    let running: Value =
        serde_json::from_str(&running::of(&monitor.meters, monitor.workers(), 2).to_json()).unwrap();
    let mut found = BTreeSet::new();
    fields(&running, "", &mut found);
    assert_eq!(found, documented("running"));
}
