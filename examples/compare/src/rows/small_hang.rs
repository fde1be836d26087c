//! C-hang: handlers that never end. How many of them stop the others, and for how long?

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_ISOLATED, Peer},
    sample::{Sample, count},
    server::Server,
    stage::Stage,
};

const BORNE: &str = "hung requests with which fib(30) is still answered in 1 s";
const AFTER: &str = "fib(30) answered in the next 30 s";
const LIGHT: &str = "light route answered in the next 30 s";
const TOLD: &str = "hung clients that were told";
const MOST: usize = 1_024;
const PATIENCE: Duration = Duration::from_secs(1);
/// Until a hung request has a thread, where there is one for it.
const SETTLE: Duration = Duration::from_millis(300);
/// Beyond every limit on a run that a server comes with, but autumn-web's.
const LOOK: Duration = Duration::from_secs(30);

pub(super) static ROW: Row = Row {
    ids: &["C-hang"],
    title: "Hang",
    why: "1, 2, 4 and so on to 1,024 clients ask for what waits for ever; after each step one asks for fib(30) and gives up after a second. When that one is not served, or all hang, two ask for fib(30) and for the light route, once a second for half a minute.",
    needs: &[],
    peers: peer::small_and_isolated,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(BORNE),
    goals: &[
        Goal {
            id: "C-hang",
            what: "fib(30) answered within a second in the half minute after threads hung for ever",
            target: Target::AtLeast(0.8),
            value: |round| round.get(GOPOOL, AFTER),
        },
        Goal {
            id: "C-hang",
            what: "the same after processes of isolated routes did",
            target: Target::AtLeast(0.95),
            value: |round| round.get(GOPOOL_ISOLATED, AFTER),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Fib)?;
    let mut hung = Vec::new();
    let borne = hang_until_it_matters(&server, &mut hung)?;
    let (heavy, light) = share_answered(&server)?;
    Ok(Sample::default()
        .with(BORNE, count(borne))
        .with(AFTER, heavy)
        .with(LIGHT, light)
        .with(TOLD, told(&hung)))
}

/// Doubles the number of hung requests until the others are not served, and says how many there were before.
fn hang_until_it_matters(server: &Server, hung: &mut Vec<TcpStream>) -> Result<usize, Failure> {
    let mut borne = 0;
    let mut next = 1;
    while next <= MOST {
        while hung.len() < next {
            hung.push(ask(server)?);
        }
        thread::sleep(SETTLE);
        if !server.answers(Ask::Fib, PATIENCE)? {
            return Ok(borne);
        }
        borne = next;
        next *= 2;
    }
    Ok(borne)
}

fn ask(server: &Server) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))?;
    let path = server.path(Ask::Hang);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// The shares of requests for `fib(30)` and for the light route that are answered within a second from now on.
fn share_answered(server: &Server) -> Result<(f64, f64), Failure> {
    let start = Instant::now();
    let (mut asked, mut heavy, mut light) = (0, 0, 0);
    while start.elapsed() < LOOK {
        let round = Instant::now();
        asked += 1;
        light += u32::from(server.answers(Ask::Inline, PATIENCE)?);
        heavy += u32::from(server.answers(Ask::Fib, PATIENCE)?);
        thread::sleep(PATIENCE.saturating_sub(round.elapsed()));
    }
    let share = |answered| f64::from(answered) / f64::from(asked);
    Ok((share(heavy), share(light)))
}

/// The share of hung clients that have an answer by now, whatever it says, or whose connection has ended.
fn told(hung: &[TcpStream]) -> f64 {
    let has_word = |mut stream: &TcpStream| match stream.read(&mut [0; 16]) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    };
    count(hung.iter().filter(|stream| has_word(stream)).count()) / count(hung.len())
}
