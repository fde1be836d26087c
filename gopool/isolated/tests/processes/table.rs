//! What may happen to a child, row by row: what its job comes to, and that the next one is answered.

use std::{
    thread,
    time::{Duration, Instant},
};

use gopool_isolated::{Bounds, Exits, Failure, Interrupt, Job, Settings};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Test,
    outside::{LIMIT, SECOND, ask, ask_within, job, run, settings, start, terms, text, until},
    tidy,
};

pub(crate) const TESTS: &[Test] = &[
    ("an abort costs one job", || crashes("abort", "SIGABRT")),
    ("an exit costs one job", || crashes("exit", "exit code 3")),
    ("an overflow of the stack costs one job", || {
        crashes("overflow", "SIGABRT")
    }),
    ("a job that takes all memory costs one job", out_of_memory),
    ("a job may be given less memory than others", less_memory),
    (
        "a fresh child has one job, before it none and after it none",
        fresh,
    ),
    ("a child that writes what is no frame is ended", || {
        crashes("garbage", "what came is no frame")
    }),
    ("an answer over the limit is none", too_large),
    ("a late job that heeds it keeps its child", polite),
    ("a late job that does not heed it costs its child", || {
        late("spin")
    }),
    ("what a late job has started ends with it", || late("shell")),
    ("what a job that crashed has started ends with it", || {
        crashes("leaves", "SIGABRT")
    }),
    ("a child that is stopped is killed", stopped),
    (
        "a child that is stopped before it has read its job is killed",
        stopped_before,
    ),
    ("a child that dies idle harms nobody", dies_idle),
    ("a job that nobody wants is ended like a late one", unwanted),
    ("a job cannot read the next one from standard input", || {
        let nursery = start(settings());
        assert_eq!(text(&nursery, "reads"), "0");
        nursery.close(SECOND);
    }),
    (
        "a child has five descriptors and nothing of its parent's",
        five_descriptors,
    ),
    ("a crash of one child is seen while its siblings live", siblings),
];

fn crashes(what: &str, how: &str) {
    let nursery = start(settings());
    for _ in 0..2 {
        let failure = ask(&nursery, what).unwrap_err();
        assert_eq!(failure, Failure::Crashed { how: how.to_owned() });
        ask(&nursery, "echo").unwrap();
    }
    until("both are counted", || nursery.stats().exits.crash == 2);
    nursery.close(SECOND);
}

fn out_of_memory() {
    let bounds = Bounds {
        memory: Some(128 << 20),
        ..Bounds::default()
    };
    let nursery = start(Settings { bounds, ..settings() });
    let failure = ask(&nursery, "hog").unwrap_err();
    assert_eq!(
        failure,
        Failure::Crashed {
            how: "SIGABRT".to_owned()
        }
    );
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn less_memory() {
    let nursery = start(Settings {
        max: 1,
        spare: 0,
        bounds: Bounds {
            memory: Some(1 << 30),
            ..Bounds::default()
        },
        ..settings()
    });
    let fill = |memory| {
        let fill = Job {
            memory,
            ..job("fill", b"")
        };
        run(&nursery, &fill, &Interrupt::new(), terms(LIMIT)).map(|answer| answer.body.len())
    };
    let before = text(&nursery, "pid");
    let much = Ok((300 << 20).to_string().len());
    // More than for all is no more than for all.
    for memory in [None, Some(600 << 20), Some(u64::MAX - 1)] {
        assert_eq!(fill(memory), much);
    }
    let how = "SIGABRT".to_owned();
    assert_eq!(text(&nursery, "pid"), before);
    assert_eq!(fill(Some(200 << 20)), Err(Failure::Crashed { how }));
    assert_eq!(fill(None), much);
    assert_eq!(text(&nursery, "soft limit of memory"), (1_u64 << 30).to_string());
    nursery.close(SECOND);
}

fn fresh() {
    let nursery = start(settings());
    let own = Job {
        fresh: true,
        ..job("pid", b"")
    };
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let shared = text(&nursery, "pid");
        assert_eq!(text(&nursery, "pid"), shared, "who was busy last is busy next");
        let answer = run(&nursery, &own, &Interrupt::new(), terms(LIMIT)).unwrap();
        let own = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(own != shared && seen.insert(own), "{seen:?}");
    }
    until("they have left", || nursery.stats().exits.recycled == 4);
    // With as many used ones as there are places, one of them makes room.
    let nursery = start(Settings {
        max: 1,
        spare: 0,
        ..settings()
    });
    let used = text(&nursery, "pid");
    let answer = run(&nursery, &own, &Interrupt::new(), terms(LIMIT)).unwrap();
    assert_ne!(answer.body, used.into_bytes());
    assert_ne!(text(&nursery, "pid").into_bytes(), answer.body);
    nursery.close(SECOND);
}

fn too_large() {
    let nursery = start(Settings {
        max_answer: 1_000_000,
        ..settings()
    });
    let how = "a body of 2000000 bytes is over the limit of 1000000".to_owned();
    assert_eq!(ask(&nursery, "large"), Err(Failure::Crashed { how }));
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn polite() {
    let nursery = start(Settings {
        grace: LIMIT,
        ..settings()
    });
    let began = Instant::now();
    let limit = Duration::from_millis(100);
    assert_eq!(ask_within(&nursery, "polite", b"", limit), Err(Failure::Late));
    assert!(began.elapsed() >= limit);
    until("it has come back", || nursery.stats().overdue == 0);
    let stats = nursery.stats();
    assert_eq!((stats.starts, stats.exits), (2, Exits::default()), "nobody ended");
    nursery.close(SECOND);
}

fn late(what: &str) {
    for grace in [Duration::ZERO, Duration::from_millis(50)] {
        let nursery = start(Settings { grace, ..settings() });
        let limit = Duration::from_millis(100);
        let began = Instant::now();
        assert_eq!(ask_within(&nursery, what, b"", limit), Err(Failure::Late));
        assert!(began.elapsed() >= limit);
        ask(&nursery, "echo").unwrap();
        until("it was killed", || nursery.stats().exits.timeout == 1);
        nursery.close(SECOND);
    }
}

fn one() -> Settings {
    Settings {
        max: 1,
        spare: 0,
        ..settings()
    }
}

fn stop(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
}

fn stopped() {
    let nursery = start(one());
    let pid = text(&nursery, "pid");
    thread::scope(|scope| {
        let late = scope.spawn(|| ask_within(&nursery, "polite", b"", Duration::from_millis(300)));
        until("it is busy", || nursery.stats().busy == 1);
        stop(&pid);
        assert_eq!(late.join().unwrap(), Err(Failure::Late));
    });
    until("it was killed", || nursery.stats().exits.timeout == 1);
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn stopped_before() {
    let nursery = start(one());
    stop(&text(&nursery, "pid"));
    // More than the socket holds.
    let body = vec![1; 4_000_000];
    let late = ask_within(&nursery, "echo", &body, Duration::from_millis(100));
    assert_eq!(late, Err(Failure::Late));
    until("it was killed", || nursery.stats().exits.timeout == 1);
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn dies_idle() {
    let nursery = start(settings());
    for _ in 0..5 {
        let pid = Pid::from_raw(text(&nursery, "pid").parse().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        until("it is dead, whether that was seen or not", || tidy::is_dead(pid));
        ask(&nursery, "echo").unwrap();
    }
    until("all five were seen", || nursery.stats().exits.crash == 5);
    nursery.close(SECOND);
}

fn unwanted() {
    let nursery = start(settings());
    let interrupt = Interrupt::new();
    thread::scope(|scope| {
        let (nursery, interrupt) = (&nursery, &interrupt);
        let running = scope.spawn(move || run(nursery, &job("spin", b""), interrupt, terms(LIMIT)));
        until("it runs", || nursery.stats().busy == 1);
        interrupt.ring();
        assert_eq!(running.join().unwrap(), Err(Failure::Unwanted));
    });
    until("it was killed", || nursery.stats().exits.unwanted == 1);
    ask(&nursery, "echo").unwrap();
    nursery.close(SECOND);
}

fn five_descriptors() {
    let nursery = start(settings());
    let files = text(&nursery, "files");
    // Whoever started this test may have left descriptors open for all.
    let inherited: Vec<_> = tidy::open_files();
    let is_ours = |file: &&str| file.as_bytes()[1] == b'=' || !inherited.contains(&(*file).to_owned());
    let files: Vec<_> = files.split(' ').filter(is_ours).collect();
    assert_eq!(files.len(), 5, "{files:?}");
    assert!(files.contains(&"0=/dev/null"), "{files:?}");
    let sockets = files
        .iter()
        .filter(|file| !["0=", "1=", "2="].contains(&&file[..2]) && file.contains("=socket:"));
    assert_eq!(sockets.count(), 2, "{files:?}");
    nursery.close(SECOND);
}

fn siblings() {
    let nursery = start(settings());
    thread::scope(|scope| {
        let other = scope.spawn(|| ask_within(&nursery, "polite", b"", SECOND));
        until("one is busy", || nursery.stats().busy == 1);
        // Started later than the one that crashes now, or earlier: the end of either is seen at once.
        for _ in 0..3 {
            assert!(matches!(ask(&nursery, "abort"), Err(Failure::Crashed { .. })));
        }
        assert_eq!(other.join().unwrap(), Err(Failure::Late));
    });
    nursery.close(SECOND);
}
