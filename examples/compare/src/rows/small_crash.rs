//! C-crash: the process that serves is killed under load, several times.

use std::{
    io::ErrorKind,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::{Ask, fetch},
    peer::{self, GOPOOL, Peer},
    process,
    sample::{Sample, Spread, count},
    server::Server,
    stage::Stage,
};

const REFUSED: &str = "connections refused per crash";
const LOST: &str = "requests lost per crash";
const BACK: &str = "ms to the next answer";
const CLIENTS: usize = 4;
/// Between two requests of a client, so that a second of load leaves no thousands of closed connections behind.
const PAUSE: Duration = Duration::from_millis(2);
/// Between an answer after one crash and the next crash.
const CALM: Duration = Duration::from_millis(500);
/// A connection may be made and never be handed on to who answers.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long a server may take to be back.
const LOOK: Duration = Duration::from_secs(15);
const CRASHES: usize = 5;

pub(super) static ROW: Row = Row {
    ids: &["C-crash"],
    title: "Crash",
    why: "The process that serves is killed with `kill -9`, five times, half a second after it has answered again, while four clients ask the light route, each time on a new connection. gopool and npm gopool come with somebody who starts them anew; the others run in a shell's endless loop, which is a service manager that does not pause.",
    needs: &[],
    peers: || peer::small().into_iter().map(Peer::kept_alive).collect(),
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(REFUSED),
    goals: &[Goal {
        id: "C-crash",
        what: "connections refused by the small service while it is killed five times",
        target: Target::AtMost(0.0),
        value: |round| round.get(GOPOOL, REFUSED),
    }],
};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Answered,
    Refused,
    /// The connection was made, and ended without an answer.
    Lost,
}

#[derive(Debug, Clone, Copy)]
struct Try {
    begun: Instant,
    ended: Instant,
    fate: Fate,
}

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Inline)?;
    let is_over = AtomicBool::new(false);
    let (tries, crashes) = thread::scope(|scope| {
        let client = || ask_until(&server, &is_over);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let crashes = crash(&server);
        is_over.store(true, Ordering::Relaxed);
        let tries = clients.into_iter().filter_map(|client| client.join().ok());
        (tries.flatten().collect::<Vec<_>>(), crashes)
    });
    let crashes = crashes?;
    let back = crashes
        .iter()
        .filter_map(|crash| first_answer_after(&tries, *crash));
    let per_crash = |fate| {
        let tries = tries.iter().filter(|one| one.fate == fate);
        count(tries.count()) / count(CRASHES)
    };
    Ok(Sample::default()
        .with(REFUSED, per_crash(Fate::Refused))
        .with(LOST, per_crash(Fate::Lost))
        .with_some(BACK, Spread::of(back).map(|spread| spread.median)))
}

/// Kills whoever serves, again and again, and says when.
fn crash(server: &Server) -> Result<Vec<Instant>, Failure> {
    (0..CRASHES)
        .map(|_| {
            thread::sleep(CALM);
            let pids = server.pids();
            process::kill(*pids.get(1).ok_or("nobody would start it anew")?);
            let at = Instant::now();
            while !server.answers(Ask::Inline, PATIENCE)? {
                if at.elapsed() > LOOK {
                    return Err("it has not answered again".into());
                }
                thread::sleep(PAUSE);
            }
            Ok(at)
        })
        .collect()
}

fn ask_until(server: &Server, is_over: &AtomicBool) -> Vec<Try> {
    let mut tries = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let fate = match fetch(server.port, server.path(Ask::Inline), PATIENCE) {
            Ok(_) => Fate::Answered,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Fate::Refused,
            Err(_) => Fate::Lost,
        };
        let ended = Instant::now();
        tries.push(Try { begun, ended, fate });
        thread::sleep(PAUSE);
    }
    tries
}

/// How many milliseconds after `crash` the first request was answered that began after it.
fn first_answer_after(tries: &[Try], crash: Instant) -> Option<f64> {
    let answered = tries
        .iter()
        .filter(|one| one.begun >= crash && one.fate == Fate::Answered);
    let first = answered.map(|one| one.ended).min()?;
    Some((first - crash).as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_to_requests_from_after_the_crash_say_that_it_is_back() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let one = |begun, ended, fate| Try {
            begun: at(begun),
            ended: at(ended),
            fate,
        };
        let tries = [
            one(0, 12, Fate::Answered),
            one(11, 13, Fate::Refused),
            one(20, 50, Fate::Answered),
            one(15, 40, Fate::Answered),
        ];
        assert_eq!(first_answer_after(&tries, at(10)), Some(30.0));
        assert_eq!(first_answer_after(&tries, at(30)), None);
    }
}
