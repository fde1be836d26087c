//! I2, I3: how exact a limit is, and how soon the core of a handler that runs away is free again.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::{Ask, LIMIT, fetch},
    peer::{GOPOOL_ISOLATED, Peer, gopool_isolated},
    process,
    sample::Sample,
    server::Server,
    stage::Stage,
};

/// A route of the lab that never returns, and when it must have been answered.
const SPIN: &str = "/lab/isolated/spin";
const TIMEOUT: Duration = Duration::from_millis(300);
/// What is killed at its limit, without time to heed it.
const AT_ONCE: &str = "gopool isolated --kill-grace 0";

const EARLIEST: &str = "earliest answer after the limit ms";
const LATE: &str = "p99 of the answers after the limit ms";
const FREE: &str = "p99 until the process is gone ms";

pub(super) static ROW: Row = Row {
    ids: &["I2"],
    title: "A handler that never returns, in a process",
    why: "One request after another to a route that spins, with a limit of 300 ms. Each is answered by a 504 when its time is over, and its process is killed.",
    needs: &[],
    peers: || {
        let mut at_once = gopool_isolated().args(["--kill-grace", "0"]);
        AT_ONCE.clone_into(&mut at_once.label);
        vec![gopool_isolated(), at_once]
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(LATE),
    goals: &[
        Goal {
            id: "I2",
            what: "the earliest 504, ms after the limit",
            target: Target::AtLeast(0.0),
            value: |round| round.get(GOPOOL_ISOLATED, EARLIEST),
        },
        Goal {
            id: "I2",
            what: "p99 of the 504, ms after the limit",
            target: Target::AtMost(5.0),
            value: |round| round.get(GOPOOL_ISOLATED, LATE),
        },
        Goal {
            id: "I3",
            what: "p99 until the process is gone without grace, ms after the limit",
            target: Target::AtMost(20.0),
            value: |round| round.get(AT_ONCE, FREE),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Hello)?;
    let requests = if stage.options.quick { 20 } else { 100 };
    let (mut late, mut free) = (Vec::new(), Vec::new());
    for _ in 0..requests {
        let before = Ticks::of(server.pids());
        let began = Instant::now();
        let (status, body) = fetch(server.port, SPIN, LIMIT)?;
        late.push(after_the_limit(began));
        if status != 504 {
            return Err(format!("{SPIN} was answered by {status} `{body}`").into());
        }
        let spun = before.who_spun();
        while !spun.iter().all(|pid| process::is_gone(*pid)) {
            thread::sleep(Duration::from_millis(1));
        }
        free.push(after_the_limit(began));
    }
    let sample = Sample::default()
        .with(EARLIEST, late.iter().copied().fold(f64::INFINITY, f64::min))
        .with(LATE, p99(&mut late));
    Ok(sample.with(FREE, p99(&mut free)))
}

/// In milliseconds; below zero it is early.
fn after_the_limit(began: Instant) -> f64 {
    (began.elapsed().as_secs_f64() - TIMEOUT.as_secs_f64()) * 1e3
}

fn p99(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(last * 99 / 100).copied().unwrap_or_default()
}

/// The CPU time of processes at one instant.
struct Ticks(Vec<(u32, Duration)>);

impl Ticks {
    fn of(pids: Vec<u32>) -> Self {
        let with_time = |pid| (pid, process::cpu_time(&[pid]));
        Self(pids.into_iter().map(with_time).collect())
    }

    /// Those that have used a third of the limit since.
    fn who_spun(&self) -> Vec<u32> {
        let used = |(pid, before): &(u32, Duration)| process::cpu_time(&[*pid]).saturating_sub(*before);
        let spun = self.0.iter().filter(|process| used(process) > TIMEOUT / 3);
        spun.map(|(pid, _)| *pid).collect()
    }
}
