//! A running server.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStderr},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{Answer, Client, Connection, Ended, launch::exit_code, until};

/// How long a server may take to drain when a test drops it, before it is killed. Tests of the drain call [`Server::stop`].
const PATIENCE: Duration = Duration::from_secs(2);

/// A running server: dropping it tells it to end, then kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    client: Client,
    address: SocketAddr,
    log: Log,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn new(mut child: Child, folder: TempDir) -> Self {
        let log = Log::of(child.stderr.take().expect("it is piped"));
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        // From here on the process ends with the test, also when it never listens.
        let mut server = Self {
            child,
            client: Client::of(unknown),
            address: unknown,
            log,
            _folder: folder,
        };
        server.address = until("the program listens", || {
            let ended = server.child.try_wait().expect("the process is ours");
            assert!(
                ended.is_none(),
                "the program ended at its start: {}",
                server.log.text()
            );
            address_in(&server.log.find("listening on http")?)
        });
        server.client = Client::of(server.address);
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client whose connections are its own.
    pub fn new_client(&self) -> Client {
        Client::of(self.address)
    }

    /// `GET` of a path with its query.
    pub fn get(&self, path: &str) -> Answer {
        self.client.get(path)
    }

    /// `POST` of a body with its content type.
    pub fn post(&self, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        self.client.post(path, content_type, body)
    }

    /// Any request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client.send(method, path, headers, None)
    }

    /// A raw connection.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address).expect("the server accepts")
    }

    /// Sends a `GET` on a connection of its own, without waiting for the answer.
    pub fn begin(&self, target: &str) -> Connection {
        let mut connection = self.connect();
        connection.get(target);
        connection
    }

    /// The pool's counts at one instant; answered even when every thread of the pool is busy.
    pub fn stats(&self) -> Value {
        self.get("/lab/stats").json()
    }

    /// What lab's interruptible handlers counted.
    pub fn counter(&self) -> Value {
        self.get("/lab/counter").json()
    }

    /// Lets go of lab's handlers that are held.
    pub fn release(&self) {
        assert_eq!(self.get("/lab/release").status, 204);
    }

    /// Waits until the pool's counts are as wanted.
    pub fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        let _shown_on_failure = ShowOnPanic(&last);
        until(what, || {
            let stats = self.stats();
            last.replace(stats.clone());
            wanted(&stats).then_some(stats)
        })
    }

    /// Waits until nothing waits or runs, overdue bodies included.
    pub fn until_quiet(&self) -> Value {
        self.until("the pool is quiet", |stats| {
            ["queued", "running", "busy", "overdue", "stalled", "lent"]
                .iter()
                .all(|name| stats[name] == 0)
        })
    }

    /// What it has logged.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.os_pid(), signal).expect("the process lives");
    }

    /// How many threads its process has.
    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.pid()))
            .expect("the process lives")
            .count()
    }

    /// How many files and sockets its process has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid()))
            .expect("the process lives")
            .count()
    }

    /// The memory that its process has in RAM, in bytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("Linux tells it");
        let kilobytes = line
            .trim()
            .trim_end_matches(" kB")
            .parse::<u64>()
            .expect("a number");
        kilobytes * 1024
    }

    /// Tells it to end and waits until it has.
    pub fn stop(self) -> Ended {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> Ended {
        let code = exit_code(&mut self.child, "the server ends");
        let stderr = self.log.whole();
        Ended {
            code,
            stdout: String::new(),
            stderr,
        }
    }

    fn os_pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Lets go of the kept-alive connections.
        self.client = Client::of(self.address);
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = kill_process(self.os_pid(), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in `listening on http://127.0.0.1:4711 pid=42`, also when the line is JSON.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("://")?;
    address.split([' ', '"']).next()?.parse().ok()
}

/// The log lines of a server, as they come.
#[derive(Debug)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    /// Collects what comes from `stderr` from now on.
    pub fn of(stderr: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = lines.clone();
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                written.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Self {
            lines,
            reader: Some(reader),
        }
    }

    /// All of it so far.
    pub fn text(&self) -> String {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }

    /// The first line that holds `text`, if it is there.
    pub fn find(&self, text: &str) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find(|line| line.contains(text)).cloned()
    }

    /// The first line that holds `text`; waits for it.
    pub fn line(&self, text: &str) -> String {
        until(&format!("a log line with `{text}`"), || self.find(text))
    }

    /// All of it, when the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        self.text()
    }
}

/// Shows the last value when the test fails while it waits for a better one.
struct ShowOnPanic<'a>(&'a std::cell::RefCell<Value>);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the last counts: {}", self.0.borrow());
        }
    }
}
