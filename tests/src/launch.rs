//! Starting a program: to serve, or to run to its end.

use std::{
    ffi::OsStr,
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    thread,
};

use tempfile::TempDir;

use super::{Server, build::executable, until};

/// A program about to be started, in a folder of its own and with an empty environment.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    folder: TempDir,
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` when a signal killed it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Ended {
    /// Asserts that it ended with this exit code, and that its standard error holds all `parts`.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn assert_says(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in: {}", self.stderr);
        }
    }
}

/// `examples/lab`.
pub fn lab() -> Launch {
    program("lab")
}

/// `examples/hello`.
pub fn hello() -> Launch {
    program("hello")
}

/// A program of the workspace.
pub fn program(name: &str) -> Launch {
    let folder = TempDir::new().expect("a folder for the program");
    let mut command = Command::new(executable(name));
    command.env_clear().current_dir(folder.path());
    Launch { command, folder }
}

impl Launch {
    /// Adds arguments, separated by spaces.
    #[must_use]
    pub fn args(mut self, args: &str) -> Self {
        self.command.args(args.split_whitespace());
        self
    }

    /// Adds one argument as it is.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it with other limits of resources than ours, as the arguments of the shell's `ulimit`.
    #[must_use]
    pub fn limit(self, limits: &str) -> Self {
        // The shell's limits stay with the program that takes the shell's place.
        self.by_way_of(&format!("ulimit {limits} && exec \"$0\" \"$@\""))
    }

    /// Starts a shell script in its place, which finds the program as `$0` and its arguments as `$@`.
    #[must_use]
    pub fn by_way_of(mut self, script: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg(self.command.get_program());
        command
            .args(self.command.get_args())
            .env_clear()
            .current_dir(self.folder.path());
        self.command = command;
        self
    }

    /// Writes a file into the working folder.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).expect("the folder can be written");
        self
    }

    /// Starts it as a server on a free port, without a daemon, and waits until it listens.
    pub fn start(self) -> Server {
        self.args("--no-daemon").start_with_daemon()
    }

    /// Starts it under its daemon on a free port, and waits until its first master listens.
    pub fn start_with_daemon(self) -> Server {
        self.args("--port 0").launch()
    }

    /// As [`start`](Self::start), with TLS; the certificate and its key are for whoever launches it.
    pub fn start_tls(self) -> Server {
        self.args("--no-daemon").start_tls_with_daemon()
    }

    /// The same under its daemon.
    pub fn start_tls_with_daemon(self) -> Server {
        self.args("--listen https://127.0.0.1:0").launch()
    }

    fn launch(mut self) -> Server {
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Server::new(child.expect("the program starts"), self.folder)
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ended {
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.expect("the program starts");
        let stdout = read_all(child.stdout.take().expect("it is piped"));
        let stderr = read_all(child.stderr.take().expect("it is piped"));
        let code = exit_code(&mut child, "the program ends");
        Ended {
            code,
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
        }
    }
}

/// Waits for the end of a process; one that never ends is killed before the test fails.
pub(crate) fn exit_code(child: &mut Child, what: &str) -> Option<i32> {
    let killed = KillOnDrop(child);
    let status = until(what, || killed.0.try_wait().expect("the process is ours"));
    status.code()
}

struct KillOnDrop<'a>(&'a mut Child);

impl Drop for KillOnDrop<'_> {
    fn drop(&mut self) {
        // Without effect on a process that has ended.
        let _ = self.0.kill();
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("the pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
