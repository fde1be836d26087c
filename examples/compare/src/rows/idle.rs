//! P6: what a server costs that nobody asks anything: memory, and wake-ups that keep a core from sleeping.

use std::{thread, time::Duration};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_ALONE, Peer},
    process,
    sample::{MEMORY, Sample, count},
    server::Server,
    stage::Stage,
};

const PRIVATE: &str = "private MB";
const WAKE_UPS: &str = "wake-ups/s";
const PER_BEAT: &str = "wake-ups per loop and heartbeat";
/// How often an event loop tells the daemon that it is alive: four times within the watchdog's ten seconds.
const HEARTBEAT: f64 = 2.5;
/// Start-up is over by then.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) static ROW: Row = Row {
    ids: &["P6"],
    title: "Idle",
    why: "A server that has answered one request on its event loop and has no pool threads. A wake-up is a thread that goes to sleep again, as the system counts them.",
    needs: &[],
    peers: peer::all,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(MEMORY),
    goals: &[
        Goal {
            id: "P6",
            what: "resident memory of the master, MB",
            target: Target::AtMost(10.0),
            value: |round| round.get(GOPOOL_ALONE, MEMORY),
        },
        Goal {
            id: "P6",
            what: "private memory of the master, MB",
            target: Target::AtMost(5.0),
            value: |round| round.get(GOPOOL_ALONE, PRIVATE),
        },
        Goal {
            id: "P6",
            what: "wake-ups per second without the daemon",
            target: Target::AtMost(0.0),
            value: |round| round.get(GOPOOL_ALONE, WAKE_UPS),
        },
        Goal {
            id: "P6",
            what: "the same with the daemon, per event loop and heartbeat",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL, PER_BEAT),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Inline)?;
    thread::sleep(SETTLE);
    let all = server.pids();
    // A daemon is not its master.
    let masters = if all.len() > 1 { &all[1..] } else { &all[..] };
    let seconds = stage.pace().long;
    let before = process::wake_ups(masters);
    thread::sleep(Duration::from_secs(seconds.into()));
    let per_second = (process::wake_ups(masters) - before) / f64::from(seconds);
    let memory = process::memory(&all);
    let per_loop = per_second / count(stage.event_loops());
    Ok(Sample::default()
        .with(MEMORY, memory.resident)
        .with(PRIVATE, memory.private)
        .with(WAKE_UPS, per_second)
        .with(PER_BEAT, per_loop * HEARTBEAT))
}
