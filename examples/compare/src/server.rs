//! One running server.

use std::{
    fs::File,
    net::TcpListener,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure,
    answer::{self, Ask, fetch},
    peer::Peer,
    process,
    stage::Stage,
};

/// How long a server may take to answer for the first time.
const START: Duration = Duration::from_secs(15);
/// How long the system may take to clear it away.
const END: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(10);

/// A server that runs until this value is dropped.
pub(crate) struct Server {
    child: Child,
    peer: Peer,
    pub(crate) port: u16,
}

impl Server {
    /// Starts `peer`, waits until it answers `ask`, and checks that the answer is right.
    pub(crate) fn start(stage: &Stage, peer: &Peer, ask: Ask) -> Result<Self, Failure> {
        let port = free_port()?;
        let log = stage.log(&peer.label)?;
        let mut server = Self {
            child: spawn(peer, stage, port, &log)?,
            peer: peer.clone(),
            port,
        };
        server.wait_until_it_serves()?;
        server.check(ask)?;
        Ok(server)
    }

    /// Asks once and judges the answer.
    pub(crate) fn check(&self, ask: Ask) -> Result<(), Failure> {
        let (status, body) = fetch(self.port, self.peer.path(ask), answer::LIMIT)?;
        ask.check(status, &body)
    }

    /// Whether it has the route at all, whatever it answers there.
    pub(crate) fn knows(&self, ask: Ask) -> Result<bool, Failure> {
        let (status, _) = fetch(self.port, self.peer.path(ask), answer::LIMIT)?;
        Ok(status != 404)
    }

    /// Asks once, and says whether the answer came within `limit`. A refusal is no answer; a wrong answer is a failure.
    pub(crate) fn answers(&self, ask: Ask, limit: Duration) -> Result<bool, Failure> {
        let start = Instant::now();
        match fetch(self.port, self.peer.path(ask), limit) {
            Ok((200, body)) => ask.check(200, &body)?,
            Ok(_) | Err(_) => return Ok(false),
        }
        Ok(start.elapsed() <= limit)
    }

    /// How long one answer takes, on a connection of its own.
    pub(crate) fn time(&self, ask: Ask) -> Result<Duration, Failure> {
        let start = Instant::now();
        self.check(ask)?;
        Ok(start.elapsed())
    }

    /// Path and query of a request.
    pub(crate) fn path(&self, ask: Ask) -> &'static str {
        self.peer.path(ask)
    }

    pub(crate) fn url(&self, ask: Ask) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.peer.path(ask))
    }

    /// All processes of this server.
    pub(crate) fn pids(&self) -> Vec<u32> {
        process::tree(self.child.id())
    }

    fn wait_until_it_serves(&mut self) -> Result<(), Failure> {
        let end = Instant::now() + START;
        // Any HTTP answer will do; `check` looks at what it says.
        while let Err(failure) = fetch(self.port, self.path(Ask::Inline), answer::LIMIT) {
            if self.has_ended() || Instant::now() > end {
                return Err(format!("does not serve: {failure}; see its log in the results").into());
            }
            thread::sleep(GLANCE);
        }
        Ok(())
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing of it is worth an orderly end, and one that drowns in old work would take long to reach it. The parent comes
        // first, so that it cannot replace its children.
        let pids = self.pids();
        pids.iter().copied().for_each(process::kill);
        let _status = self.child.wait();
        let end = Instant::now() + END;
        while !pids.iter().all(|pid| process::is_gone(*pid)) && Instant::now() < end {
            thread::sleep(GLANCE);
        }
    }
}

fn spawn(peer: &Peer, stage: &Stage, port: u16, log: &File) -> Result<Child, Failure> {
    let mut command = peer.command(stage, port);
    command
        .current_dir(&stage.results)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?);
    let child = command.spawn();
    child.map_err(|error| format!("cannot start {}: {error}", peer.label).into())
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
