//! A nursery as its user sees it.

use std::{
    thread,
    time::{Duration, Instant},
};

use gopool_isolated::{Answered, Bounds, Failure, Interrupt, Job, Label, Nursery, Settings, Terms};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("a job is answered, large ones too", answers),
    ("the probe reports", reports),
    ("the probe says why a child does not start", does_not_start),
    (
        "a start that fails later is a refusal, and is tried again",
        fails_later,
    ),
    ("many threads share few children", many_threads),
    (
        "children are recycled between jobs and nobody is failed",
        recycled,
    ),
    (
        "a child that needs too much memory is recycled",
        recycled_for_memory,
    ),
    ("children leave when there is nothing to do", leave_when_idle),
    (
        "who waits for a child can be told that nobody wants it",
        unwanted_while_waiting,
    ),
    ("a child whose answer cannot be read is ended", cannot_be_read),
    ("a closed nursery takes nothing more", closed),
];

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// How long anything may take before a test calls it a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn settings() -> Settings {
    Settings {
        max: 2,
        ..Settings::default()
    }
}

pub(crate) fn start(settings: Settings) -> Nursery {
    let nursery = Nursery::start(settings).unwrap();
    nursery.probe(LIMIT).unwrap();
    nursery
}

pub(crate) fn job(head: &str, body: &[u8]) -> Job {
    Job {
        head: head.into(),
        body: body.to_vec().into(),
        label: Label {
            route: "GET /test".to_owned(),
            request_id: head.to_owned(),
        },
        ..Job::default()
    }
}

pub(crate) fn ask_within(
    nursery: &Nursery,
    head: &str,
    body: &[u8],
    limit: Duration,
) -> Result<Answered, Failure> {
    run(nursery, &job(head, body), &Interrupt::new(), terms(limit))
}

pub(crate) fn terms(limit: Duration) -> Terms {
    Terms {
        wait_until: Instant::now() + LIMIT,
        limit,
        until: None,
    }
}

/// The answer as it comes.
pub(crate) fn run(
    nursery: &Nursery,
    job: &Job,
    interrupt: &Interrupt,
    terms: Terms,
) -> Result<Answered, Failure> {
    nursery.run(job, interrupt, terms, |answered| Ok(answered.clone()))
}

pub(crate) fn ask(nursery: &Nursery, head: &str) -> Result<Answered, Failure> {
    ask_within(nursery, head, b"", LIMIT)
}

pub(crate) fn text(nursery: &Nursery, head: &str) -> String {
    String::from_utf8(ask(nursery, head).unwrap().body.to_vec()).unwrap()
}

pub(crate) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !happened() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn answers() {
    let nursery = start(settings());
    for size in [0, 1, 1_000, 16_000, 20_000, 300_000, 10_000_000] {
        let body: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let answer = ask_within(&nursery, "echo", &body, LIMIT).unwrap();
        assert_eq!((&answer.head[..], answer.body.len()), (&b"echo"[..], size));
        assert!(answer.body == body);
    }
    until("the probe has its spare", || nursery.stats().idle == 2);
    assert_eq!(nursery.stats().starts, 2);
    nursery.close(SECOND);
}

fn reports() {
    let nursery = Nursery::start(settings()).unwrap();
    assert_eq!(nursery.probe(LIMIT).unwrap(), "as told");
    nursery.close(SECOND);
}

fn does_not_start() {
    for (told, why) in [
        ("fail", "the database is away"),
        ("exit", "it ended while it started: exit code 7"),
        (
            "another",
            "it was started from another program than this one: reload, or put the old one back",
        ),
        ("hang", "it was not ready after 50ms"),
    ] {
        let boot_timeout = if told == "hang" {
            Duration::from_millis(50)
        } else {
            LIMIT
        };
        let nursery = Nursery::start(Settings {
            told: told.into(),
            boot_timeout,
            ..settings()
        });
        let nursery = nursery.unwrap();
        let refusal = nursery.probe(LIMIT).unwrap_err();
        assert_eq!(refusal.to_string(), why);
        nursery.close(SECOND);
    }
}

fn fails_later() {
    let folder = std::env::temp_dir().join(format!("gopool-isolated-{}", std::process::id()));
    let nursery = start(Settings {
        told: folder.to_str().unwrap().into(),
        spare: 0,
        ..settings()
    });
    std::fs::write(&folder, "").unwrap();
    assert!(matches!(ask(&nursery, "abort"), Err(Failure::Crashed { .. })));
    // The next child does not start, so the job is refused, with a time to come back.
    let refusal = ask(&nursery, "echo").unwrap_err();
    let Failure::NoProcess { reason, retry_in } = refusal else {
        panic!("{refusal}");
    };
    assert_eq!(reason, "told to by a file");
    assert!(retry_in <= Duration::from_millis(200), "{retry_in:?}");
    std::fs::remove_file(&folder).unwrap();
    until("a child starts again", || ask(&nursery, "echo").is_ok());
    nursery.close(SECOND);
}

fn many_threads() {
    let nursery = start(settings());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..300).for_each(|_| drop(ask(&nursery, "echo").unwrap())));
        }
    });
    let stats = nursery.stats();
    assert!(stats.starts <= 3, "{stats:?}");
    nursery.close(SECOND);
    let stats = nursery.stats();
    assert_eq!(stats.exits.drain, stats.starts, "{stats:?}");
}

fn recycled() {
    let nursery = start(Settings {
        recycle: Some(10),
        ..settings()
    });
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..200).for_each(|_| drop(ask(&nursery, "echo").unwrap())));
        }
    });
    until("five had enough and are gone", || {
        ask(&nursery, "echo").unwrap();
        nursery.stats().exits.recycled >= 5
    });
    let stats = nursery.stats();
    assert_eq!((stats.exits.crash, stats.exits.timeout), (0, 0), "{stats:?}");
    nursery.close(SECOND);
}

fn recycled_for_memory() {
    let nursery = start(Settings {
        recycle_memory: Some(100 << 20),
        ..settings()
    });
    let first = text(&nursery, "pid");
    until("the child that grew is not asked again", || {
        ask(&nursery, "fill").unwrap();
        text(&nursery, "pid") != first
    });
    assert!(nursery.stats().peak > 200 << 20);
    nursery.close(SECOND);
}

fn leave_when_idle() {
    let nursery = start(Settings {
        idle_timeout: Duration::from_millis(100),
        ..settings()
    });
    ask(&nursery, "echo").unwrap();
    until("all have left", || {
        let stats = nursery.stats();
        stats.idle + stats.booting + stats.leaving + stats.dying == 0
    });
    assert_eq!(nursery.stats().exits.idle, nursery.stats().starts);
    // And come again.
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn unwanted_while_waiting() {
    let nursery = start(Settings {
        max: 1,
        spare: 0,
        ..settings()
    });
    let interrupt = Interrupt::new();
    thread::scope(|scope| {
        let busy = scope.spawn(|| ask_within(&nursery, "polite", b"", SECOND));
        until("the only child is busy", || nursery.stats().busy == 1);
        let (nursery, interrupt) = (&nursery, &interrupt);
        let waiting = scope.spawn(move || run(nursery, &job("echo", b""), interrupt, terms(LIMIT)));
        interrupt.ring();
        assert_eq!(waiting.join().unwrap(), Err(Failure::Unwanted));
        assert_eq!(busy.join().unwrap(), Err(Failure::Late));
    });
    nursery.close(SECOND);
}

fn cannot_be_read() {
    let nursery = start(settings());
    let nonsense = |_: &Answered| Err::<(), _>("it is nonsense".to_owned());
    let failure = nursery.run(&job("echo", b""), &Interrupt::new(), terms(LIMIT), nonsense);
    let how = "it is nonsense".to_owned();
    assert_eq!(failure, Err(Failure::Crashed { how }));
    until("it was ended", || nursery.stats().exits.crash == 1);
    nursery.close(SECOND);
}

fn closed() {
    let nursery = start(Settings {
        bounds: Bounds {
            nice: 0,
            ..Bounds::default()
        },
        ..settings()
    });
    thread::scope(|scope| {
        let busy = scope.spawn(|| ask(&nursery, "spin"));
        until("a child is busy", || nursery.stats().busy == 1);
        assert_eq!(nursery.close(Duration::from_millis(50)), 0);
        assert_eq!(busy.join().unwrap(), Err(Failure::Closed));
    });
    assert_eq!(ask(&nursery, "echo"), Err(Failure::Closed));
}
