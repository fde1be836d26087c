//! A steady load, and what became of every request.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gopool_tests::{Connection, until};

/// A pause between the requests on fresh connections of one client: the ports of closed connections are few.
const PACE: Duration = Duration::from_millis(1);

/// How a client uses connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// One for each request.
    Fresh,
    /// One for as many requests as the server allows.
    KeptAlive,
}

/// What became of one request.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) end: End,
}

/// How a request ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// 200, and its body.
    Answered(String),
    /// Another status.
    Status(u16),
    /// The connection could not be made.
    Refused(io::ErrorKind),
    /// The connection broke before the answer was whole.
    Broken(io::ErrorKind),
    /// A reused connection was closed before a byte of the answer came. HTTP lets a client send again then, and the load does.
    Stale,
}

impl Sent {
    pub(crate) fn body(&self) -> Option<&str> {
        match &self.end {
            End::Answered(body) => Some(body),
            _ => None,
        }
    }
}

/// Clients that send one request after the other until they are told to stop.
pub(crate) struct Load {
    clients: Vec<JoinHandle<Vec<Sent>>>,
    is_over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
}

impl Load {
    /// Starts a client for each of `uses`, asking for `targets` in turn.
    pub(crate) fn start(address: SocketAddr, uses: &[Use], targets: &'static [&'static str]) -> Self {
        let (is_over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let clients = uses.iter().map(|how| {
            let (is_over, sent, how) = (is_over.clone(), sent.clone(), *how);
            thread::spawn(move || {
                let mut client = User {
                    address,
                    how,
                    connection: None,
                };
                let mut all = Vec::new();
                for target in targets.iter().cycle() {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    all.push(client.request(target));
                    sent.fetch_add(1, Ordering::Relaxed);
                }
                all
            })
        });
        Self {
            clients: clients.collect(),
            is_over,
            sent,
        }
    }

    /// How many requests have ended.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until so many more requests have ended.
    pub(crate) fn until_more(&self, requests: usize) {
        let goal = self.sent() + requests;
        until("the load goes on", || (self.sent() >= goal).then_some(()));
    }

    /// Ends the load: all requests, in the order of their beginnings.
    pub(crate) fn stop(self) -> Vec<Sent> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all: Vec<_> = self
            .clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect();
        all.sort_by_key(|sent| sent.began);
        all
    }
}

/// One client.
struct User {
    address: SocketAddr,
    how: Use,
    connection: Option<Connection>,
}

impl User {
    fn request(&mut self, target: &str) -> Sent {
        if self.how == Use::Fresh {
            thread::sleep(PACE);
        }
        let began = Instant::now();
        let end = self.end_of(target);
        Sent {
            began,
            ended: Instant::now(),
            end,
        }
    }

    fn end_of(&mut self, target: &str) -> End {
        let is_reused = self.connection.is_some();
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.address),
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(error) => return End::Refused(error.kind()),
        };
        let close = if self.how == Use::Fresh {
            "connection: close\r\n"
        } else {
            ""
        };
        let request = format!("GET {target} HTTP/1.1\r\nhost: test\r\n{close}\r\n");
        let answer = connection
            .send(request)
            .and_then(|()| connection.try_answer(false));
        match answer {
            Ok(answer) => {
                let is_kept = self.how == Use::KeptAlive && answer.header("connection") != Some("close");
                self.connection = is_kept.then_some(connection);
                match answer.status {
                    200 => End::Answered(answer.text().to_owned()),
                    status => End::Status(status),
                }
            }
            Err(_) if is_reused && !connection.has_begun_to_answer() => End::Stale,
            Err(error) => End::Broken(error.kind()),
        }
    }
}

/// The value in the middle.
pub(crate) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}
