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
const AGAIN: &str = "s until it is answered again";
const LIGHT: &str = "light route answered meanwhile";
const TOLD: &str = "hung clients that were told";
const MOST: usize = 1_024;
const PATIENCE: Duration = Duration::from_secs(1);
/// Until a hung request has a thread, where there is one for it.
const SETTLE: Duration = Duration::from_millis(300);
/// For how long a server may take to serve again.
const LOOK: Duration = Duration::from_secs(30);
/// So many answers one after another are no accident.
const STEADY: u32 = 3;

pub(super) static ROW: Row = Row {
    ids: &["C-hang"],
    title: "Hang",
    why: "1, 2, 4 and so on to 1,024 clients ask for what waits for ever; after each step one asks for fib(30) and gives up after a second. Once that one is not served, it asks every second for half a minute, and another asks the light route.",
    needs: &[],
    peers: peer::small_and_isolated,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(BORNE),
    goals: &[
        Goal {
            id: "C-hang",
            what: "seconds until other routes are served again after threads hung for ever",
            target: Target::AtMost(30.0),
            value: |round| round.get(GOPOOL, AGAIN),
        },
        Goal {
            id: "C-hang",
            what: "isolated requests that hang while fib(30) is answered within a second, of 1,024",
            target: Target::AtLeast(1_024.0),
            value: |round| round.get(GOPOOL_ISOLATED, BORNE),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Fib)?;
    let mut hung = Vec::new();
    let borne = hang_until_it_matters(&server, &mut hung)?;
    let sample = Sample::default().with(BORNE, count(borne));
    if borne == MOST {
        return Ok(sample.with(TOLD, told(&hung)));
    }
    let (again, light) = wait(&server)?;
    Ok(sample
        .with_some(AGAIN, again.map(|time| time.as_secs_f64()))
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

/// How long until the others are served again, and the share of light requests that were meanwhile.
fn wait(server: &Server) -> Result<(Option<Duration>, f64), Failure> {
    let start = Instant::now();
    let (mut asked, mut answered, mut in_a_row) = (0, 0, 0);
    let mut again = None;
    while start.elapsed() < LOOK && in_a_row < STEADY {
        let round = Instant::now();
        asked += 1;
        answered += u32::from(server.answers(Ask::Inline, PATIENCE)?);
        if server.answers(Ask::Fib, PATIENCE)? {
            in_a_row += 1;
            again.get_or_insert(start.elapsed());
        } else {
            in_a_row = 0;
            again = None;
        }
        thread::sleep(PATIENCE.saturating_sub(round.elapsed()));
    }
    Ok((again, f64::from(answered) / f64::from(asked)))
}

/// The share of hung clients that have an answer by now, whatever it says, or whose connection has ended.
fn told(hung: &[TcpStream]) -> f64 {
    let has_word = |mut stream: &TcpStream| match stream.read(&mut [0; 16]) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    };
    count(hung.iter().filter(|stream| has_word(stream)).count()) / count(hung.len())
}
