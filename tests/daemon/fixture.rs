//! A daemon under test: how one is started, asked, and watched to its end.

use std::{
    ffi::OsStr,
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use gopool_tests::{Answer, Client, Connection, Log, Signal, executable, until};
use tempfile::TempDir;

use crate::process::{is_gone, marked, send};

/// Every process of a daemon has this variable, with the daemon's own folder.
const MARK: &str = "TEST_FOLDER";

/// Whoever holds it has the machine for himself.
static MACHINE: Mutex<()> = Mutex::new(());

/// A daemon about to be started, in a folder of its own, with hardly any environment, on a free port.
pub(crate) struct Launch {
    program: PathBuf,
    /// What runs the program; its path and arguments follow.
    wrapper: Vec<String>,
    /// The options that say where.
    listen: Vec<String>,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    address: SocketAddr,
    folder: Arc<TempDir>,
    alone: Option<MutexGuard<'static, ()>>,
}

/// What one of the daemon's own commands said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    fn of(output: Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// What it printed for programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// What lab itself says to a command, which may be for the daemon of another program.
pub(crate) fn executable_asks(command: &str) -> Said {
    let output = Command::new(executable("lab"))
        .args(command.split_whitespace())
        .output()
        .unwrap();
    Said::of(output)
}

/// lab with its daemon; waits until no other test needs the machine.
pub(crate) fn lab() -> Launch {
    let alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    Launch {
        alone: Some(alone),
        ..lab_beside_others()
    }
}

/// lab with its daemon, for a test that mostly waits.
pub(crate) fn lab_beside_others() -> Launch {
    let address = free_address();
    Launch {
        program: executable("lab").to_owned(),
        wrapper: Vec::new(),
        listen: vec![format!("--port={}", address.port())],
        args: Vec::new(),
        variables: Vec::new(),
        address,
        folder: Arc::new(TempDir::new().unwrap()),
        alone: None,
    }
}

/// The stand-in for lab, whose masters start as the words say until a test says otherwise. It mostly waits.
pub(crate) fn stand_in(behaviour: &str) -> Launch {
    let launch = lab_beside_others().program(executable("fixture-master"));
    fs::write(launch.path("behaviour"), behaviour).unwrap();
    launch
}

/// An address below the ports that the system gives to clients, so that no load can take it.
pub(crate) fn free_address() -> SocketAddr {
    let addresses =
        std::iter::repeat_with(|| SocketAddr::from(([127, 0, 0, 1], fastrand::u16(10_000..30_000))));
    let mut free = addresses.filter(|address| TcpListener::bind(address).is_ok());
    free.next().unwrap()
}

impl Launch {
    /// Adds arguments, separated by spaces.
    pub(crate) fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    /// Sets an environment variable of the daemon and its masters.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Listens at these addresses instead of its port.
    pub(crate) fn listen(mut self, addresses: &[String]) -> Self {
        self.listen = addresses
            .iter()
            .map(|address| format!("--listen={address}"))
            .collect();
        self
    }

    /// Runs this program instead; it is called by its path.
    pub(crate) fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = path.into();
        self
    }

    /// Runs the program through another one, whose arguments are separated by spaces.
    pub(crate) fn through(mut self, wrapper: &str) -> Self {
        self.wrapper = wrapper.split_whitespace().map(str::to_owned).collect();
        self
    }

    /// Where it will listen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the daemon and waits until its first master serves.
    pub(crate) fn serving(self) -> Daemon {
        let daemon = self.start();
        daemon.until_master_serves(1);
        daemon
    }

    /// Starts the daemon.
    pub(crate) fn start(self) -> Daemon {
        let mut command = self.command();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::of(child.stderr.take().unwrap());
        Daemon {
            client: Client::of(self.address),
            launch: self,
            child,
            log,
        }
    }

    /// Runs the program with more arguments, separated by spaces, to its end.
    pub(crate) fn run(&self, command: &str) -> Said {
        Said::of(self.command().args(command.split_whitespace()).output().unwrap())
    }

    fn command(&self) -> Command {
        let words = self
            .wrapper
            .iter()
            .map(OsStr::new)
            .chain([self.program.as_os_str()]);
        let words: Vec<&OsStr> = words
            .chain(self.listen.iter().chain(&self.args).map(OsStr::new))
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
            .env("PATH", "/usr/bin:/bin")
            .env("XDG_RUNTIME_DIR", self.folder.path());
        command
            .env(MARK, self.folder.path())
            .current_dir(self.folder.path());
        // So that a signal meant for the tests does not look like one of theirs.
        command.process_group(0);
        command
    }

    fn mark(&self) -> String {
        format!("{MARK}={}", self.folder.path().display())
    }
}

/// A running daemon. Dropped, it is killed with everything that it started.
pub(crate) struct Daemon {
    launch: Launch,
    child: Child,
    client: Client,
    log: Log,
}

impl Daemon {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.launch.address
    }

    /// The daemon's pid.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.launch.path(name)
    }

    /// The program that it runs.
    pub(crate) fn program(&self) -> &Path {
        &self.launch.program
    }

    /// What the daemon and its masters have logged.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The daemon's own lines, without the masters'.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = self.log.text();
        let own = text
            .lines()
            .filter_map(|line| line.split_once(" gopool::daemon: "));
        own.map(|(_, line)| line.to_owned()).collect()
    }

    /// Waits until the master of this number serves and gives its pid.
    pub(crate) fn until_master_serves(&self, number: u32) -> u32 {
        self.log.line(&format!("master {number} is ready"));
        self.pid_of(number)
    }

    /// The pid of the master of this number; waits for its start.
    pub(crate) fn pid_of(&self, number: u32) -> u32 {
        let start = format!("master {number} starts as pid ");
        let line = self.log.line(&start);
        let (_, pid) = line.split_once(&start).unwrap();
        let digits = pid.find(|c: char| !c.is_ascii_digit()).unwrap_or(pid.len());
        pid[..digits].parse().unwrap()
    }

    /// The pid of the master that answers a new connection.
    pub(crate) fn answering(&self) -> u32 {
        Client::of(self.address()).get("/lab/pid").text().parse().unwrap()
    }

    /// Waits until new connections reach another master than this one, and gives its pid.
    pub(crate) fn until_other_answers(&self, than: u32) -> u32 {
        until("another master answers", || {
            Some(self.answering()).filter(|pid| *pid != than)
        })
    }

    /// From now on the masters of the stand-in start so.
    pub(crate) fn behave(&self, words: &str) {
        // At one instant, because a master may be reading it.
        let next = self.path("behaviour.next");
        fs::write(&next, words).unwrap();
        fs::rename(next, self.path("behaviour")).unwrap();
    }

    /// `GET` of a path, on a kept-alive connection.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client.get(path)
    }

    /// Sends a `GET` on a connection of its own, without waiting for the answer.
    pub(crate) fn begin(&self, target: &str) -> Connection {
        let mut connection = Connection::open(self.address()).unwrap();
        connection.get(target);
        connection
    }

    /// Runs `status`, `reload` or `stop`, with arguments separated by spaces.
    pub(crate) fn ask(&self, command: &str) -> Said {
        self.launch.run(command)
    }

    /// Reloads, which must succeed.
    pub(crate) fn reload(&self) {
        let said = self.ask("reload");
        assert_eq!(said.code, Some(0), "{said:?}");
    }

    /// Sends a signal to the daemon.
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits for the daemon's end; its exit code, or `None` when a signal killed it.
    pub(crate) fn until_ended(&mut self) -> Option<i32> {
        let child = &mut self.child;
        until("the daemon ends", || child.try_wait().unwrap()).code()
    }

    /// Sends a signal, waits for the end of the daemon, and checks that it left no process behind.
    pub(crate) fn ended_by(&mut self, signal: Signal) -> (Option<i32>, Duration) {
        let sent = Instant::now();
        self.signal(signal);
        let code = self.until_ended();
        let took = sent.elapsed();
        self.assert_nothing_left();
        (code, took)
    }

    /// The processes that belong to it: itself, its masters, and what these started.
    pub(crate) fn processes(&self) -> Vec<u32> {
        marked(&self.launch.mark())
    }

    /// Waits until one master serves and the daemon has seen the end of all others. What a master has started is no master.
    pub(crate) fn until_settled(&self) {
        let status = format!("status --json --pid {}", self.pid());
        until("one master serves and no other lives", || {
            let status: serde_json::Value = serde_json::from_str(&executable_asks(&status).stdout).ok()?;
            (status["phase"] == "serving" && status["masters"].as_array()?.len() == 1).then_some(())
        });
    }

    /// Checks that it leaves no process behind. Its masters end before it; the processes of routes of one that was killed notice that a
    /// moment later.
    pub(crate) fn assert_nothing_left(&self) {
        until("nothing of the daemon lives on", || {
            self.processes().is_empty().then_some(())
        });
    }

    /// The same launch again, in the same folder, while what is left of this one may live on.
    pub(crate) fn again(&mut self) -> Daemon {
        let launch = Launch {
            program: self.launch.program.clone(),
            wrapper: self.launch.wrapper.clone(),
            listen: self.launch.listen.clone(),
            args: self.launch.args.clone(),
            variables: self.launch.variables.clone(),
            address: self.launch.address,
            folder: self.launch.folder.clone(),
            alone: self.launch.alone.take(),
        };
        launch.start()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the daemon said:\n{}", self.lines().join("\n"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        for pid in self.processes() {
            if !is_gone(pid) {
                send(pid, Signal::KILL);
            }
        }
    }
}

/// Puts a copy of lab that differs from every other one at `path`.
pub(crate) fn deploy(path: &Path, build: u32) {
    // The system ignores what follows a program in its file.
    let mark = build_mark(build);
    put(path, &format!(r#"cp "$LAB" "$1" && printf {mark} >> "$1""#));
}

/// Puts what a shell's command writes to `$1` at `path`, at one instant, as a deployment does.
///
/// Not written here: this process starts programs in several threads, and each of these, until it runs, holds what this
/// process was writing when it began. A file that somebody may write to cannot be run.
pub(crate) fn put(path: &Path, command: &str) {
    let next = path.with_extension("next");
    let mut shell = Command::new("sh");
    shell.env("LAB", executable("lab")).args(["-c", command, "sh"]);
    assert!(shell.arg(&next).status().unwrap().success());
    fs::rename(&next, path).unwrap();
}

/// The number that [`deploy`] gave to the program that a process runs.
pub(crate) fn build_of(pid: u32) -> Option<u32> {
    use std::os::unix::fs::FileExt as _;
    let file = fs::File::open(format!("/proc/{pid}/exe")).ok()?;
    let length = build_mark(0).len();
    let mut mark = vec![0; length];
    file.read_exact_at(&mut mark, file.metadata().ok()?.len() - length as u64)
        .ok()?;
    std::str::from_utf8(&mark)
        .ok()?
        .strip_prefix("build")?
        .parse()
        .ok()
}

fn build_mark(build: u32) -> String {
    format!("build{build:08}")
}
