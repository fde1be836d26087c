//! C-slow-client: clients that ask for a large answer and never read it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::{Ask, LARGE, LIMIT},
    peer::{self, GOPOOL, Peer},
    process,
    sample::{Sample, count},
    server::Server,
    stage::Stage,
};

const HELD: &str = "MB held for them";
const CUT_OFF: &str = "clients cut off";
const LIGHT: &str = "light route ms";
const CLIENTS: usize = 50;
const LOOK: Duration = Duration::from_secs(20);

pub(super) static ROW: Row = Row {
    ids: &["C-slow-client"],
    title: "Clients that never read",
    why: "50 clients ask for 16 MB each and read nothing. After 20 seconds: the resident memory beyond that of before, one light request, and then all of them read what there is: to whom is the whole answer still sent, and who was cut off?",
    needs: &[],
    peers: peer::small,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(HELD),
    goals: &[
        Goal {
            id: "C-slow-client",
            what: "clients cut off, of those that have read nothing for 20 s",
            target: Target::AtLeast(1.0),
            value: |round| round.get(GOPOOL, CUT_OFF),
        },
        Goal {
            id: "C-slow-client",
            what: "MB still held for 50 clients that never read 16 MB",
            target: Target::AtMost(50.0),
            value: |round| round.get(GOPOOL, HELD),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Inline)?;
    let before = process::memory(&server.pids()).resident;
    let clients: Vec<_> = (0..CLIENTS).map(|_| ask(&server)).collect::<Result<_, _>>()?;
    thread::sleep(LOOK);
    let after = process::memory(&server.pids()).resident;
    let light = server.time(Ask::Inline)?;
    let cut_off = clients.into_iter().filter(|client| !has_all(client)).count();
    Ok(Sample::default()
        .with(HELD, (after - before).max(0.0))
        .with(CUT_OFF, count(cut_off) / count(CLIENTS))
        .with(LIGHT, light.as_secs_f64() * 1e3))
}

fn ask(server: &Server) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))?;
    let path = server.path(Ask::Large);
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    stream.set_read_timeout(Some(LIMIT))?;
    Ok(stream)
}

/// Whether the whole answer comes, now that somebody reads.
fn has_all(mut client: &TcpStream) -> bool {
    let mut all = Vec::new();
    let _until_it_ends = client.read_to_end(&mut all);
    all.len() > LARGE
}
