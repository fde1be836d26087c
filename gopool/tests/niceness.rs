//! What a nice thread of the pool starts, in a process of its own: the runtime behind `block_on` is one for the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gopool::pool::{Pool, Task};

const LONG: Duration = Duration::from_secs(60);

/// The niceness that `nice` without arguments prints.
fn of_child(spawn: fn(Command) -> std::io::Result<std::process::Child>) -> i32 {
    let mut command = Command::new("nice");
    command.stdout(Stdio::piped());
    let output = spawn(command).unwrap().wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// The niceness of the threads of this name: the nineteenth field of their `stat`, the seventeenth after the name.
fn of_threads(name: &str) -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let stat = |task: std::io::Result<fs::DirEntry>| fs::read_to_string(task.ok()?.path().join("stat")).ok();
    let named = tasks
        .filter_map(stat)
        .filter(|stat| stat.contains(&format!("({name})")));
    let nice = |stat: String| stat.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse().ok();
    named.filter_map(nice).collect()
}

#[test]
fn the_niceness_of_the_pool_is_inherited_by_nothing_that_gopool_starts() {
    let own = of_child(|mut command| command.spawn());
    let pool = Pool::builder()
        .max_threads(1)
        .timeout(None)
        .nice(5)
        .build()
        .unwrap();
    let start = Instant::now();
    let spin = || {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(20) {}
        of_child(|mut command| command.spawn())
    };
    while pool.submit(Task::new(spin)).unwrap().wait().unwrap() == own {
        assert!(start.elapsed() < LONG, "the pool does not become nice");
    }
    let inner = pool.clone();
    let from_within = move || {
        gopool::block_on(async {});
        // The first task with a deadline starts the clock.
        let timed = Task::new(|| ()).timeout(Duration::from_secs(10));
        inner.submit(timed).unwrap().wait().unwrap();
        of_child(gopool::spawn_process)
    };
    assert_eq!(pool.submit(Task::new(from_within)).unwrap().wait().unwrap(), own);
    for name in ["gopool-io", "gopool-clock", "gopool-teller"] {
        let found = of_threads(name);
        assert!(
            !found.is_empty() && found.iter().all(|nice| *nice == own),
            "{name}: {found:?}"
        );
    }
}

#[test]
#[should_panic(expected = "on purpose")]
fn a_panic_of_what_is_run_unniced_is_the_callers() {
    gopool::pool::niceness::unniced(|| std::panic::resume_unwind(Box::new("on purpose")));
}
