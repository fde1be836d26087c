//! The tasks of a pool, one by one.

use super::gate::{Gate, eventually};
use crate::{Handle, Pool, Tag, Task, TaskError, TaskState, TaskView};
use std::{
    hint::black_box,
    sync::{Arc, Mutex},
    time::Duration,
};

const TICK: Duration = Duration::from_millis(1);

/// A task that waits at the gate and is called by this number.
fn hold(pool: &Pool, gate: &Gate, number: u32, timeout: impl Into<Option<Duration>>) -> Handle<()> {
    let gate = gate.clone();
    let task = Task::new(move || gate.pass()).tag(Arc::new(number));
    pool.submit(task.timeout(timeout).queue_timeout(None)).unwrap()
}

fn number(tag: Option<&Tag>) -> Option<u32> {
    tag?.downcast_ref().copied()
}

fn states(tasks: &[TaskView]) -> Vec<(Option<u32>, TaskState)> {
    tasks
        .iter()
        .map(|task| (number(task.tag.as_ref()), task.state))
        .collect()
}

#[test]
fn overdue_tasks_come_first_then_those_that_run_and_wait_each_the_oldest_first() {
    let pool = Pool::builder()
        .max_threads(2)
        .max_overdue(1)
        .cores(2)
        .build()
        .unwrap();
    let gate = Gate::default();
    let late = hold(&pool, &gate, 1, TICK);
    eventually(|| pool.stats().threads.overdue == 1);
    let mut others = vec![hold(&pool, &gate, 2, None)];
    eventually(|| pool.stats().threads.busy == 1);
    others.push(hold(&pool, &gate, 3, None));
    eventually(|| pool.stats().threads.busy == 2);
    others.extend((4..=6).map(|number| hold(&pool, &gate, number, None)));
    use TaskState::{Overdue, Running, Waiting};
    let wanted = [
        (Some(1), Overdue),
        (Some(2), Running),
        (Some(3), Running),
        (Some(4), Waiting),
        (Some(5), Waiting),
        (Some(6), Waiting),
    ];
    let tasks = pool.tasks(10);
    assert_eq!(tasks.total, 6);
    assert_eq!(states(&tasks.tasks), wanted);
    let told: Vec<_> = tasks.tasks.iter().map(|task| task.is_told_to_stop).collect();
    assert_eq!(told, [true, false, false, false, false, false]);
    let mut threads: Vec<_> = tasks.tasks[..3]
        .iter()
        .map(|task| task.thread.clone().unwrap().name)
        .collect();
    threads.sort();
    assert_eq!(threads, ["gopool-1", "gopool-2", "gopool-3"]);
    assert!(
        tasks.tasks[3..]
            .iter()
            .all(|task| task.thread.is_none() && task.run.is_zero())
    );
    others[1].cancel();
    assert!(pool.tasks(10).tasks[2].is_told_to_stop);
    let few = pool.tasks(4);
    assert_eq!((few.total, states(&few.tasks)), (6, wanted[..4].to_vec()));
    gate.open();
    drop((late, others));
    eventually(|| pool.tasks(10).total == 0);
}

#[test]
fn a_task_is_cancelled_by_its_number_once() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let handles = [1, 2].map(|number| hold(&pool, &gate, number, None));
    eventually(|| {
        pool.tasks(2)
            .tasks
            .first()
            .is_some_and(|task| task.state == TaskState::Running)
    });
    let numbers: Vec<_> = pool.tasks(2).tasks.iter().map(|task| task.number).collect();
    assert_eq!(
        numbers
            .iter()
            .map(|number| pool.cancel(*number))
            .collect::<Vec<_>>(),
        [true, true]
    );
    assert_eq!(
        numbers
            .iter()
            .map(|number| pool.cancel(*number))
            .collect::<Vec<_>>(),
        [false, false]
    );
    assert!(!pool.cancel(0));
    assert!(pool.tasks(2).tasks[0].is_told_to_stop);
    for handle in handles {
        assert_eq!(handle.wait(), Err(TaskError::Cancelled));
    }
    gate.open();
}

#[test]
fn all_places_are_looked_at_a_batch_at_a_time() {
    let pool = Pool::builder().max_threads(1).max_queue(1000).build().unwrap();
    let gate = Gate::default();
    let tasks: Vec<_> = (0..500).map(|n| hold(&pool, &gate, n, None)).collect();
    let seen = pool.tasks(1000);
    let mut numbers: Vec<_> = seen
        .tasks
        .iter()
        .filter_map(|task| number(task.tag.as_ref()))
        .collect();
    numbers.sort_unstable();
    assert_eq!(seen.total, 500);
    assert!(numbers.into_iter().eq(0..500));
    gate.open();
    drop(tasks);
}

/// Keeps a core until the thread has used so much of it.
fn burn(time: Duration) {
    let start = crate::threads::cpu::of_this_thread();
    while crate::threads::cpu::of_this_thread() - start < time {
        (0..1000).for_each(|n| _ = black_box(n));
    }
}

#[test]
fn a_task_is_seen_with_its_own_cpu_time_and_its_wait() {
    const LONG: Duration = Duration::from_millis(200);
    let pool = Pool::builder().max_threads(1).build().unwrap();
    pool.submit(Task::new(|| burn(LONG))).unwrap().wait().unwrap();
    let (begin, end) = (Gate::default(), Gate::default());
    let gates = (begin.clone(), end.clone());
    let task = Task::new(move || {
        gates.0.pass();
        burn(LONG);
        gates.1.pass();
    });
    let running = pool.submit(task).unwrap();
    // A thread that hands over the result of its last task is busy, too.
    eventually(|| {
        pool.tasks(1)
            .tasks
            .first()
            .is_some_and(|task| task.thread.is_some())
    });
    let cpu = || pool.tasks(1).tasks[0].thread.as_ref().unwrap().cpu.unwrap();
    assert!(
        cpu() < LONG / 2,
        "what its thread did before is not its own: {:?}",
        cpu()
    );
    let waiting = hold(&pool, &end, 1, None);
    eventually(|| pool.tasks(2).tasks[1].wait > TICK);
    begin.open();
    eventually(|| cpu() >= LONG);
    end.open();
    running.wait().unwrap();
    waiting.wait().unwrap();
}

#[test]
fn who_runs_past_its_timeout_is_told_of_once_for_as_long_as_it_runs() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let pool = Pool::builder()
        .max_threads(1)
        .on_overdue(move |task| heard.lock().unwrap().push(task))
        .build()
        .unwrap();
    let gate = Gate::default();
    let late = hold(&pool, &gate, 7, TICK);
    eventually(|| !told.lock().unwrap().is_empty());
    let task = told.lock().unwrap()[0].clone();
    assert_eq!((task.lane(), number(task.tag())), ("default", Some(7)));
    let (name, id) = task.thread().unwrap();
    let seen = pool.tasks(1).tasks[0].thread.clone().unwrap();
    assert_eq!((&name, id), (&seen.name, seen.id));
    let system = std::fs::read_to_string(format!("/proc/self/task/{id}/comm")).unwrap();
    assert_eq!(system.trim_end(), name);
    gate.open();
    eventually(|| task.thread().is_none());
    drop(late);
    assert_eq!(told.lock().unwrap().len(), 1);
}
