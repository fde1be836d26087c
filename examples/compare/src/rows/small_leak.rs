//! C-leak: a handler that forgets a megabyte each time.

use std::{thread, time::Duration};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::{Ask, LIMIT},
    peer::{self, Peer},
    process,
    sample::{Sample, count},
    server::Server,
    stage::Stage,
};

const KEPT: &str = "MB more than before";
const ANSWERED: &str = "answered";
const REQUESTS: usize = 300;
const PAUSE: Duration = Duration::from_millis(20);
/// A process that is to be replaced has been by then.
const SETTLE: Duration = Duration::from_secs(3);
const LIMITED: &str = "gopool --max-memory 100MB";
const RECYCLED: &str = "gopool isolated --process-recycle-memory 50MB";

pub(super) static ROW: Row = Row {
    ids: &["C-leak"],
    title: "Leak",
    why: "300 requests, one after another, to a handler that forgets a megabyte. What is resident more than before, three seconds after the last one, in all processes of the server. gopool has a limit for the master that is off by default, and one for isolated processes that is a part of the machine's memory; with both set low, it can be seen what they do.",
    needs: &[],
    peers: || {
        let mut peers = peer::small();
        peers.insert(
            1,
            peers[0].clone().args(["--max-memory", "100MB"]).called(LIMITED),
        );
        let isolated = peer::small_and_isolated().swap_remove(1);
        peers.insert(
            2,
            isolated
                .args(["--process-recycle-memory", "50MB"])
                .called(RECYCLED),
        );
        peers
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(KEPT),
    goals: &[
        Goal {
            id: "C-leak",
            what: "MB kept of 300 MB that an isolated handler forgot, recycled at 50 MB",
            target: Target::AtMost(150.0),
            value: |round| round.get(RECYCLED, KEPT),
        },
        Goal {
            id: "C-leak",
            what: "answers of 300 while the daemon replaces masters at 100 MB",
            target: Target::AtLeast(1.0),
            value: |round| round.get(LIMITED, ANSWERED),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Leak)?;
    let before = process::memory(&server.pids()).resident;
    let mut answered = 0;
    for _ in 0..REQUESTS {
        answered += usize::from(server.answers(Ask::Leak, LIMIT)?);
        thread::sleep(PAUSE);
    }
    thread::sleep(SETTLE);
    let after = process::memory(&server.pids()).resident;
    Ok(Sample::default()
        .with(KEPT, (after - before).max(0.0))
        .with(ANSWERED, count(answered) / count(REQUESTS)))
}
