//! A daemon under test, the load on it, and ways to wait for what it does.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gopool_daemon::{Backoff, Listen, Settings};
use rustix::process::{Pid, Signal, kill_process};

/// The environment variable that makes this binary a daemon or a master; it names the test's directory.
pub(crate) const DIR: &str = "DAEMON_TEST_DIR";
/// Nothing that a test waits for takes so long, however busy the machine is.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A fresh directory, removed with everything in it by its last owner.
#[derive(Clone)]
pub(crate) struct Dir(pub(crate) Arc<PathBuf>);

impl Dir {
    pub(crate) fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "gopool-daemon-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        Dir(Arc::new(dir))
    }

    pub(crate) fn behave(&self, words: &str) {
        fs::write(self.0.join("behaviour"), words).unwrap();
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) == 1 {
            let _ = fs::remove_dir_all(self.0.as_path());
        }
    }
}

/// The settings of a test, written by it and read by the daemon: one `name=value` per line, times in ms.
pub(crate) fn read_settings(dir: &Path) -> Settings {
    let text = fs::read_to_string(dir.join("settings")).unwrap_or_default();
    let mut settings = Settings {
        name: "test".to_owned(),
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        watchdog: Duration::from_secs(10),
        ready_timeout: Duration::from_secs(60),
        shutdown_timeout: Duration::from_secs(20),
        max_memory: None,
        pid_file: Some(dir.join("pid")),
        backoff: Backoff::default(),
    };
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let ms = || Duration::from_millis(value.parse().unwrap());
        match name {
            "listen" => settings.listen = value.split(',').map(|text| text.parse().unwrap()).collect(),
            "watchdog" => settings.watchdog = ms(),
            "ready" => settings.ready_timeout = ms(),
            "shutdown" => settings.shutdown_timeout = ms(),
            "memory" => settings.max_memory = Some(value.parse().unwrap()),
            "healthy" => settings.backoff.healthy_after = ms(),
            "first" => settings.backoff.first = ms(),
            "longest" => settings.backoff.longest = ms(),
            _ => panic!("unknown setting {name}"),
        }
    }
    settings
}

/// What a daemon wrote to its standard error, line by line.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Mutex<Vec<String>>,
    news: Condvar,
}

impl Lines {
    /// Waits for a line with `text` at or after index `from`; gives the index after it, and the line.
    pub(crate) fn wait(&self, text: &str, from: usize) -> (usize, String) {
        let end = Instant::now() + LIMIT;
        let mut lines = self.lines.lock().unwrap();
        loop {
            let found = lines
                .iter()
                .enumerate()
                .skip(from)
                .find(|(_, line)| line.contains(text));
            if let Some((index, line)) = found {
                return (index + 1, line.clone());
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no line with {text:?} after {from} in:\n{}",
                lines.join("\n")
            );
            lines = self.news.wait_timeout(lines, left).unwrap().0;
        }
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn collect(self: Arc<Self>, from: impl Read) {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            self.lines.lock().unwrap().push(line);
            self.news.notify_all();
        }
    }
}

/// A running daemon. Dropped, it is stopped at once with all its masters.
pub(crate) struct Daemon {
    pub(crate) dir: Dir,
    pub(crate) lines: Arc<Lines>,
    pub(crate) pid: i32,
    child: Child,
    reader: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Starts a daemon and waits until its first master serves.
    pub(crate) fn serving(settings: &str) -> Daemon {
        let daemon = Daemon::launch(settings, "");
        daemon.lines.wait("serves", 0);
        daemon
    }

    /// Starts a daemon whose masters start as told.
    pub(crate) fn launch(settings: &str, behaviour: &str) -> Daemon {
        let dir = Dir::new();
        dir.behave(behaviour);
        let command = Command::new(std::env::current_exe().unwrap());
        Daemon::run(dir, settings, command)
    }

    pub(crate) fn run(dir: Dir, settings: &str, mut command: Command) -> Daemon {
        fs::write(dir.0.join("settings"), settings).unwrap();
        command
            .env(DIR, dir.0.as_path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Lines::default());
        let (collector, stderr) = (Arc::clone(&lines), child.stderr.take().unwrap());
        let reader = Some(thread::spawn(move || collector.collect(stderr)));
        Daemon {
            dir,
            lines,
            pid: child.id().cast_signed(),
            child,
            reader,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let (_, line) = self.lines.wait("listening on ", 0);
        line.rsplit_once("listening on ")
            .unwrap()
            .1
            .split(',')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// The settings as a client has them: with the port that the system chose.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = read_settings(&self.dir.0);
        settings.listen = vec![Listen::Tcp(self.address())];
        settings
    }

    pub(crate) fn get(&self, path: &str) -> io::Result<String> {
        get(self.address(), path)
    }

    /// The pid of the master that answers.
    pub(crate) fn master(&self) -> i32 {
        self.get("/pid").unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send_signal(self.pid, signal);
    }

    /// Waits for the daemon's end and gives its exit code, or `None` if a signal ended it.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!("the daemon did not end:\n{}", self.lines.all().join("\n"));
    }

    /// All masters that the daemon said it started.
    pub(crate) fn pids(&self) -> Vec<i32> {
        let pid = |line: String| {
            line.split_once("starts as pid ")
                .map(|(_, pid)| pid.parse().unwrap())
        };
        self.lines.all().into_iter().filter_map(pid).collect()
    }

    /// Waits for the end of the output too: it is open as long as any process of the daemon lives.
    pub(crate) fn assert_nothing_left(&mut self) {
        let end = Instant::now() + LIMIT;
        let reader = self.reader.take().unwrap();
        while !reader.is_finished() {
            assert!(Instant::now() < end, "a process still holds the standard error");
            thread::sleep(Duration::from_millis(2));
        }
        for pid in self.pids().into_iter().chain([self.pid]) {
            assert!(is_gone(pid), "process {pid} is left");
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            for pid in self.pids() {
                if !is_gone(pid) {
                    let _ = rustix::process::kill_process_group(Pid::from_raw(pid).unwrap(), Signal::KILL);
                }
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

pub(crate) fn send_signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// A process that nobody reaped yet does nothing any more either.
pub(crate) fn is_gone(pid: i32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim()
            .starts_with('Z'),
        Err(_) => true,
    }
}

pub(crate) fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_true() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    ask(stream, path)
}

/// One request and its answer's body; an answer that is cut short is an error.
pub(crate) fn ask(mut stream: impl Read + Write, path: &str) -> io::Result<String> {
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.0 200") => Ok(body.to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    }
}

/// Steady requests on fresh connections, from several threads at once.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicU32>,
    threads: Vec<JoinHandle<Vec<Answer>>>,
}

/// When a request began and ended, and how.
pub(crate) struct Answer {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) result: Result<(), io::ErrorKind>,
}

impl Load {
    pub(crate) fn on(address: SocketAddr) -> Load {
        let is_over = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU32::new(0));
        let threads = (0..4).map(|_| {
            let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
            thread::spawn(move || {
                let mut answers = Vec::new();
                while !is_over.load(Ordering::SeqCst) {
                    let began = Instant::now();
                    let result = get(address, "/pid").map(drop).map_err(|error| error.kind());
                    answered.fetch_add(1, Ordering::SeqCst);
                    answers.push(Answer {
                        began,
                        ended: Instant::now(),
                        result,
                    });
                    // The pace, so that the ports of closed connections do not run out.
                    thread::sleep(Duration::from_millis(1));
                }
                answers
            })
        });
        Load {
            threads: threads.collect(),
            is_over,
            answered,
        }
    }

    /// Waits until so many more requests have ended.
    pub(crate) fn wait_for_more(&self, requests: u32) {
        let goal = self.answered.load(Ordering::SeqCst) + requests;
        until("the load goes on", || {
            self.answered.load(Ordering::SeqCst) >= goal
        });
    }

    pub(crate) fn end(self) -> Vec<Answer> {
        self.is_over.store(true, Ordering::SeqCst);
        self.threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    }
}
