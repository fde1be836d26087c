//! The master of the tests: answers HTTP/1.0 on the inherited sockets and misbehaves on demand.
//!
//! How it starts is read from the file `behaviour`, so that a test can change it between two masters.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpListener,
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process::{self, Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use gopool_daemon::{Link, Listener};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGQUIT, SIGTERM};

struct Master {
    link: Link,
    dir: PathBuf,
    /// Requests being answered.
    active: AtomicUsize,
    is_stalled: AtomicBool,
}

pub(crate) fn run(mut link: Link, dir: &Path) -> ExitCode {
    let behaviour = fs::read_to_string(dir.join("behaviour")).unwrap_or_default();
    for word in behaviour.split_whitespace() {
        behave(word, &link, dir);
    }
    let (stop, stopped) = UnixStream::pair().unwrap();
    if !behaviour.contains("ignore-term") {
        signal_hook::low_level::pipe::register(SIGTERM, stop.try_clone().unwrap()).unwrap();
        signal_hook::low_level::pipe::register(SIGQUIT, stop.try_clone().unwrap()).unwrap();
    }
    let listeners = link.take_listeners();
    let master = Arc::new(Master {
        link,
        dir: dir.to_path_buf(),
        active: AtomicUsize::new(0),
        is_stalled: AtomicBool::new(false),
    });
    master.watch_parent(stop);
    master.link.ready(2).unwrap();
    if !behaviour.contains("no-beats") {
        master.start_beating();
    }
    master.serve(&listeners, &stopped);
    drop(listeners);
    while master.active.load(Ordering::SeqCst) > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    ExitCode::SUCCESS
}

fn behave(word: &str, link: &Link, dir: &Path) {
    match word.split_once('=').unwrap_or((word, "")) {
        ("exit", code) => process::exit(code.parse().unwrap()),
        ("failed", reason) => {
            link.failed(reason);
            process::exit(1);
        }
        ("hang", _) => loop {
            thread::park();
        },
        ("slow", ms) => thread::sleep(Duration::from_millis(ms.parse().unwrap())),
        ("ignore-term", _) => {
            signal_hook::flag::register(SIGTERM, Arc::default()).unwrap();
            signal_hook::flag::register(SIGQUIT, Arc::default()).unwrap();
        }
        ("child", _) => {
            #[allow(clippy::zombie_processes, reason = "the daemon is to kill it")]
            let child = Command::new("sleep")
                .arg("600")
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            fs::write(dir.join("child"), child.id().to_string()).unwrap();
        }
        _ => {}
    }
}

impl Master {
    fn watch_parent(self: &Arc<Self>, mut stop: UnixStream) {
        let master = Arc::clone(self);
        thread::spawn(move || {
            let mut link = [PollFd::new(&master.link, PollFlags::IN)];
            poll(&mut link, None).unwrap();
            stop.write_all(b"X").unwrap();
        });
    }

    fn start_beating(self: &Arc<Self>) {
        let master = Arc::clone(self);
        thread::spawn(move || {
            loop {
                thread::sleep(master.link.beat_every());
                master.link.beat(0);
                if !master.is_stalled.load(Ordering::SeqCst) {
                    master.link.beat(1);
                }
            }
        });
    }

    fn serve(self: &Arc<Self>, listeners: &[Listener], stopped: &UnixStream) {
        for listener in listeners {
            match listener {
                Listener::Tcp(socket) => socket.set_nonblocking(true).unwrap(),
                Listener::Unix(socket) => socket.set_nonblocking(true).unwrap(),
            }
        }
        loop {
            let mut fds = vec![PollFd::new(stopped, PollFlags::IN)];
            fds.extend(
                listeners
                    .iter()
                    .map(|listener| PollFd::new(listener, PollFlags::IN)),
            );
            let _ = poll(&mut fds, None);
            if !fds[0].revents().is_empty() {
                return;
            }
            for listener in listeners {
                match listener {
                    Listener::Tcp(socket) => self.accept_tcp(socket),
                    Listener::Unix(socket) => self.accept_unix(socket),
                }
            }
        }
    }

    fn accept_tcp(self: &Arc<Self>, socket: &TcpListener) {
        if let Ok((stream, _)) = socket.accept() {
            self.answer_in_thread(stream);
        }
    }

    fn accept_unix(self: &Arc<Self>, socket: &UnixListener) {
        if let Ok((stream, _)) = socket.accept() {
            self.answer_in_thread(stream);
        }
    }

    fn answer_in_thread(self: &Arc<Self>, mut stream: impl Read + Write + AsFd + Send + 'static) {
        self.active.fetch_add(1, Ordering::SeqCst);
        let master = Arc::clone(self);
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            let mut used = 0;
            while !bytes[..used].ends_with(b"\r\n\r\n") {
                match stream.read(&mut bytes[used..]) {
                    Ok(read) if read > 0 => used += read,
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&bytes[..used]).into_owned();
            let body = master.reply(request.split(' ').nth(1).unwrap_or_default());
            let _ = write!(
                stream,
                "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            master.active.fetch_sub(1, Ordering::SeqCst);
        });
    }

    fn reply(&self, path: &str) -> String {
        let (_, path) = path.split_once('/').unwrap_or_default();
        match path.split_once('/').unwrap_or((path, "")) {
            ("slow", ms) => {
                fs::write(self.dir.join("slow"), "").unwrap();
                thread::sleep(Duration::from_millis(ms.parse().unwrap()));
            }
            ("stall", _) => self.is_stalled.store(true, Ordering::SeqCst),
            ("sick", reason) => self.link.sick(reason),
            ("leak", mb) => {
                let bytes = vec![1_u8; mb.parse::<usize>().unwrap() << 20];
                std::mem::forget(std::hint::black_box(bytes));
            }
            ("exits", _) => return format!("{:?}", self.link.exits()),
            ("restarts", _) => return self.link.restarts().to_string(),
            ("exe", _) => return env::current_exe().unwrap().display().to_string(),
            // A grandchild that its parent leaves alone.
            ("orphan", _) => {
                Command::new("setsid")
                    .args(["sh", "-c", "true &"])
                    .status()
                    .unwrap();
            }
            _ => {}
        }
        process::id().to_string()
    }
}
