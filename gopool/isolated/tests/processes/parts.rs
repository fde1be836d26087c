//! Answers in parts: that they arrive, and what becomes of one that does not end as it should.

use std::{
    thread,
    time::{Duration, Instant},
};

use gopool_isolated::{Failure, Heard, Interrupt, Nursery, Running, Settings, Terms};

use crate::{
    Test,
    outside::{LIMIT, SECOND, ask, job, settings, start, terms, text, until},
};

pub(crate) const TESTS: &[Test] = &[
    ("an answer in parts arrives in order and ends", arrives),
    ("a crash among the parts is no end", crash),
    ("parts that nobody may send are a crash", out_of_order),
    ("silence among the parts is late, and no time before", silent),
    ("an answer in parts ends when its time is over", over),
    ("whoever leaves among the parts keeps the child warm", leaves),
    ("an interrupt is heard among the parts", interrupted),
    ("whoever is behind keeps no other job from a child", behind),
    (
        "the end is heard that came before whoever left",
        left_behind_the_end,
    ),
];

/// A nursery whose only child is killed only after long.
fn patient() -> Nursery {
    start(Settings {
        max: 1,
        spare: 0,
        grace: LIMIT,
        ..settings()
    })
}

fn begin(nursery: &Nursery, head: &str, terms: Terms) -> Running {
    nursery.begin(&job(head, b""), &Interrupt::new(), terms).unwrap()
}

fn begun(running: &mut Running) -> Vec<u8> {
    match running.hear().unwrap() {
        Heard::Begun(begun) => [&begun.head[..], b":", &begun.body].concat(),
        other => panic!("{other:?}"),
    }
}

/// Waits until the child has come back, and sees that it is the first one still.
fn is_back(nursery: &Nursery) {
    until("the child is free", || nursery.stats().idle == 1);
    ask(nursery, "echo").unwrap();
    assert_eq!(nursery.stats().starts, 1, "the child has heeded that");
}

fn arrives() {
    let nursery = patient();
    for _ in 0..3 {
        let mut running = begin(&nursery, "two parts", terms(LIMIT));
        assert_eq!(begun(&mut running), b"head:one");
        assert_eq!(running.hear().unwrap(), Heard::Part(b"two"[..].into()));
        let Heard::Answered(answered) = running.hear().unwrap() else {
            panic!("no end");
        };
        assert_eq!(&answered.body[..], b"end");
        running.accept(&answered);
        assert_eq!(text(&nursery, "what was left"), "the job is over");
    }
    assert_eq!(nursery.stats().starts, 1);
    nursery.close(SECOND);
}

fn crash() {
    let nursery = patient();
    let mut running = begin(&nursery, "parts and an end", terms(LIMIT));
    begun(&mut running);
    let how = "SIGABRT".to_owned();
    assert_eq!(running.hear(), Err(Failure::Crashed { how }));
    drop(running);
    ask(&nursery, "echo").unwrap();
    assert_eq!(nursery.stats().exits.crash, 1);
    nursery.close(SECOND);
}

fn out_of_order() {
    let nursery = patient();
    for head in ["parts without a beginning", "two beginnings"] {
        let mut running = begin(&nursery, head, terms(LIMIT));
        let failure = loop {
            match running.hear() {
                Ok(Heard::Begun(_)) => {}
                Ok(other) => panic!("{other:?}"),
                Err(failure) => break failure,
            }
        };
        assert!(matches!(failure, Failure::Crashed { .. }), "{failure:?}");
    }
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn silent() {
    let nursery = patient();
    let limit = Duration::from_secs(2);
    let mut running = begin(&nursery, "two parts", terms(limit));
    begun(&mut running);
    // What takes the answer is slow, which is no silence of the child.
    thread::sleep(limit);
    assert!(matches!(running.hear(), Ok(Heard::Part(_))));
    drop(running);
    let limit = Duration::from_millis(200);
    let mut running = begin(&nursery, "silent", terms(limit));
    begun(&mut running);
    let began = Instant::now();
    assert_eq!(running.hear(), Err(Failure::Late));
    assert!(began.elapsed() >= limit);
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn over() {
    let nursery = patient();
    let until = Instant::now() + Duration::from_millis(300);
    let terms = Terms {
        until: Some(until),
        ..terms(LIMIT)
    };
    let mut running = begin(&nursery, "parts without end", terms);
    let failure = loop {
        if let Err(failure) = running.hear() {
            break failure;
        }
    };
    assert!(failure == Failure::Late && Instant::now() >= until, "{failure:?}");
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn leaves() {
    let nursery = patient();
    for parts in [0, 1, 500] {
        let mut running = begin(&nursery, "parts without end", terms(LIMIT));
        begun(&mut running);
        for _ in 0..parts {
            running.hear().unwrap();
        }
        drop(running);
        is_back(&nursery);
    }
    nursery.close(SECOND);
}

fn interrupted() {
    let nursery = patient();
    let interrupt = Interrupt::new();
    let mut running = nursery
        .begin(&job("parts without end", b""), &interrupt, terms(LIMIT))
        .unwrap();
    begun(&mut running);
    interrupt.ring();
    let failure = loop {
        if let Err(failure) = running.hear() {
            break failure;
        }
    };
    assert_eq!(failure, Failure::Unwanted);
    is_back(&nursery);
    nursery.close(SECOND);
}

fn behind() {
    let nursery = patient();
    let mut running = begin(&nursery, "parts without end", terms(LIMIT));
    begun(&mut running);
    let stall = running.stall();
    stall.during(|| {
        let stats = nursery.stats();
        assert_eq!((stats.stalled, stats.busy), (1, 0));
        // There is a place for one more.
        ask(&nursery, "echo").unwrap();
        assert_eq!(nursery.stats().starts, 2);
    });
    let stats = nursery.stats();
    assert_eq!((stats.stalled, stats.busy), (0, 1));
    running.hear().unwrap();
    drop(running);
    nursery.close(SECOND);
}

fn left_behind_the_end() {
    let nursery = patient();
    let mut running = begin(&nursery, "two parts", terms(LIMIT));
    thread::sleep(Duration::from_millis(50));
    // All of it is here by now, most likely, and only the first frame was heard.
    begun(&mut running);
    drop(running);
    is_back(&nursery);
    nursery.close(SECOND);
}
