//! A night in minutes: whatever goes wrong goes wrong, round after round, in an order that a seed decides, under load. Nobody is
//! refused, no request is lost but inside of masters that die, and nothing is left. `tests/soak` makes it a thousand rounds long.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use gopool_tests::{Signal, until};
use serde_json::Value;

use crate::{
    fixture::{Daemon, deploy, executable_asks, lab, put},
    load::{End, Load, Sent, Use},
    process::{descriptors, is_gone, send, status},
};

/// Rounds with one daemon; then it is stopped, and the next one begins.
const ROUNDS_OF_A_DAEMON: u32 = 25;
/// What a kept-alive client may take to notice that its connection went with a master.
const NOTICE: Duration = Duration::from_secs(5);
/// What a master has to serve for, to be healthy.
const HEALTH: Duration = Duration::from_secs(1);

const USES: [Use; 4] = [Use::Fresh, Use::Fresh, Use::KeptAlive, Use::KeptAlive];
const TARGETS: &[&str] = &[
    "/lab/pid",
    "/lab/hello?name=you",
    "/lab/async-sleep/3",
    "/lab/inline",
];

/// Where the log goes, and what is wrong there.
#[derive(Clone, Copy, Debug)]
enum Logs {
    /// To a file on a file system of 64 kB, which is soon full.
    FullDisk,
    /// To a pipe that nobody reads.
    StalledPipe,
}

/// A time in which the requests of one master are lost.
struct Death {
    began: Instant,
    ended: Instant,
}

impl Death {
    fn excuses(&self, request: &Sent) -> bool {
        let slack = match request.end {
            End::Stale => NOTICE,
            _ => Duration::ZERO,
        };
        request.began <= self.ended + slack && request.ended >= self.began
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("what happened before: {:?}\n{:?}", self.happened, self.status());
        }
    }
}

/// One daemon, and all that was done to it.
struct Night {
    daemon: Daemon,
    rng: Rng,
    build: u32,
    deaths: Vec<Death>,
    happened: Vec<String>,
    /// When the present master was first seen in service.
    serving_since: (u32, Instant),
}

#[test]
fn whatever_happens_in_a_night_nobody_is_refused_and_nothing_is_left() {
    let number = |name: &str, otherwise: u64| env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let rounds = u32::try_from(number("GOPOOL_TEST_ROUNDS", 24)).unwrap();
    let seed = number("GOPOOL_TEST_SEED", 2026);
    println!("{rounds} rounds of the seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let (mut left, mut requests) = (rounds, 0);
    while left > 0 {
        let now = left.min(ROUNDS_OF_A_DAEMON);
        for logs in [Logs::FullDisk, Logs::StalledPipe] {
            requests += Night::begin(logs, rng.fork()).pass(now.div_ceil(2));
        }
        left -= now;
        println!("{left} rounds to go, {requests} requests so far");
    }
}

impl Night {
    fn begin(logs: Logs, rng: Rng) -> Night {
        let launch = lab()
            .args("--pid-file lab.pid --healthy-after 0 --watchdog 1s --shutdown-timeout 1s --log access");
        let (program, wrapper) = (launch.path("app"), launch.path("night"));
        deploy(&program, 1);
        let (script, options) = match logs {
            Logs::FullDisk => (
                "[ -d disk ] && exec \"$@\"\nmkdir disk\nexec unshare --mount sh -c \
                 'mount -t tmpfs -o size=64k none disk && exec \"$@\"' sh \"$@\"\n",
                "--log-file disk/log",
            ),
            Logs::StalledPipe => (
                "[ -e full ] && exec \"$@\"\nmkfifo full\nexec 3<>full\nhead -c 65536 /dev/zero >&3\nexec \"$@\" 2>&3 3>&-\n",
                "",
            ),
        };
        fs::write(&wrapper, script).unwrap();
        let launch = launch.args(options).program(program);
        let daemon = launch.through(&format!("sh {}", wrapper.display())).start();
        until("it serves", || {
            std::net::TcpStream::connect(daemon.address()).ok()
        });
        Night {
            daemon,
            rng,
            build: 1,
            deaths: Vec::new(),
            happened: vec![format!("{logs:?}")],
            serving_since: (0, Instant::now()),
        }
    }

    /// Lets so many things happen; how many requests were sent meanwhile.
    fn pass(mut self, rounds: u32) -> usize {
        self.quiet_master();
        let before = descriptors(self.daemon.pid());
        let load = Load::start(self.daemon.address(), &USES, TARGETS);
        for _ in 0..rounds {
            self.round();
            load.until_more(20);
        }
        self.quiet_master();
        let requests = load.stop();
        for request in requests.iter().filter(|request| request.body().is_none()) {
            let is_excused = self.deaths.iter().any(|death| death.excuses(request));
            let is_refused = matches!(request.end, End::Refused(_));
            assert!(
                is_excused && !is_refused,
                "{request:?} after {:#?}",
                self.happened
            );
        }
        self.end(before);
        requests.len()
    }

    fn end(mut self, before: usize) {
        let story = format!("{:#?}", self.happened);
        self.quiet_master();
        let daemon = self.daemon.pid();
        // The options that the last good master read are kept, once there were some.
        until("no descriptor too many", || {
            (descriptors(daemon) <= before + 1).then_some(())
        });
        assert_eq!(status(daemon, "Threads"), 1);
        assert_eq!(self.daemon.ended_by(Signal::TERM).0, Some(0), "{story}");
        let folder = fs::read_dir(self.daemon.path("")).unwrap();
        let left: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        let is_ours = |path: &&PathBuf| path.extension().is_some_and(|end| end == "sock" || end == "pid");
        assert_eq!(left.iter().find(is_ours), None, "{story}");
    }

    fn round(&mut self) {
        let master = self.quiet_master();
        let what = self.rng.u8(0..13);
        self.happened.push(format!("{what}, master {master}"));
        match what {
            0..=1 => self.kill(master, Signal::KILL),
            2 => self.kill(master, Signal::ABORT),
            3 => self.reload(),
            4 => self.broken_reload(),
            5 => self.upgrade(),
            6 => self.broken_upgrade(),
            7 => {
                let daemon = self.daemon.pid();
                self.pause(daemon, 50..1500);
            }
            8 => self.pause(master, 20..400),
            9 => self.hang(master),
            10 => self.rotate_logs(),
            11 => self.shower_of_signals(),
            _ => self.broken_options(master),
        }
    }

    fn status(&self) -> Option<Value> {
        let said = executable_asks(&format!("status --json --pid {}", self.daemon.pid()));
        serde_json::from_str(&said.stdout).ok()
    }

    /// Waits until one master serves and nobody else lives; its pid.
    fn quiet_master(&mut self) -> u32 {
        let story = format!("one master that serves, after {:?}", self.happened.last());
        let pid = until(&story, || {
            let status = self.status()?;
            let masters = status["masters"].as_array()?;
            (status["phase"] == "serving" && masters.len() == 1).then(|| masters[0]["pid"].as_u64())?
        });
        let pid = u32::try_from(pid).unwrap();
        if self.serving_since.0 != pid {
            self.serving_since = (pid, Instant::now());
        }
        pid
    }

    /// Kills it, mostly when it was healthy.
    fn kill(&mut self, master: u32, signal: Signal) {
        if self.rng.u8(0..8) > 0 {
            let healthy = self.serving_since.1 + HEALTH;
            until("it was healthy", || (Instant::now() > healthy).then_some(()));
        }
        let began = Instant::now();
        send(master, signal);
        self.until_dead(master, began);
    }

    fn until_dead(&mut self, master: u32, began: Instant) {
        until("it is gone", || is_gone(master).then_some(()));
        let ended = Instant::now();
        self.deaths.push(Death { began, ended });
    }

    fn ask(&self, command: &str) -> (Option<i32>, String) {
        let said = executable_asks(&format!("{command} --pid {}", self.daemon.pid()));
        (said.code, said.stderr)
    }

    fn deploy(&mut self) {
        self.build += 1;
        deploy(self.daemon.program(), self.build);
    }

    fn break_program(&mut self) {
        let script = [
            r##"printf '#!/bin/sh\nexit 3\n' > "$1" && chmod 755 "$1""##,
            r##"printf '#!/bin/sh\nkill -KILL $$\n' > "$1" && chmod 755 "$1""##,
            r##"cp "$LAB" "$1" && chmod 644 "$1""##,
            r##"head -c 4000 "$LAB" > "$1" && chmod 755 "$1""##,
        ];
        put(self.daemon.program(), script[self.rng.usize(0..script.len())]);
    }

    fn reload(&mut self) {
        self.deploy();
        assert_eq!(self.ask("reload"), (Some(0), String::new()));
    }

    fn broken_reload(&mut self) {
        self.break_program();
        let (code, reason) = self.ask("reload");
        assert_eq!(code, Some(1), "{reason}");
        self.deploy();
    }

    fn upgrade(&mut self) {
        self.deploy();
        assert_eq!(self.ask("upgrade"), (Some(0), String::new()));
    }

    fn broken_upgrade(&mut self) {
        self.break_program();
        let (code, reason) = self.ask("upgrade");
        assert!(code == Some(1) && reason.contains("upgrade refused"), "{reason}");
        self.deploy();
    }

    fn pause(&mut self, pid: u32, milliseconds: std::ops::Range<u64>) {
        let time = Duration::from_millis(self.rng.u64(milliseconds));
        send(pid, Signal::STOP);
        thread::sleep(time);
        send(pid, Signal::CONT);
    }

    /// An event loop that never beats again.
    fn hang(&mut self, master: u32) {
        let began = Instant::now();
        send(master, Signal::STOP);
        until("it was replaced", || {
            let status = self.status()?;
            let masters = status["masters"].as_array()?;
            let is_serving = |one: &Value| one["role"] == "serving" && one["pid"] != master;
            masters.iter().any(is_serving).then_some(())
        });
        if self.rng.bool() {
            send(master, Signal::CONT);
        }
        self.until_dead(master, began);
    }

    /// Moves the log away, to nowhere or to a full device, and says so.
    fn rotate_logs(&mut self) {
        let inside = format!(
            "/proc/{}/root{}",
            self.daemon.pid(),
            self.daemon.path("disk/log").display()
        );
        let _ = fs::remove_file(&inside);
        if self.rng.bool() {
            let _ = symlink("/dev/full", &inside);
            self.daemon.signal(Signal::USR1);
            let _ = fs::remove_file(&inside);
        }
        self.daemon.signal(Signal::USR1);
    }

    fn shower_of_signals(&mut self) {
        for _ in 0..self.rng.u8(1..20) {
            let signal = [Signal::HUP, Signal::USR1, Signal::USR2, Signal::WINCH][self.rng.usize(0..4)];
            self.daemon.signal(signal);
        }
    }

    /// The file of options is broken in its place, and then the master dies.
    fn broken_options(&mut self, master: u32) {
        let file = self.daemon.path("gopool.toml");
        fs::write(&file, "max-threads = 0\n").unwrap();
        self.kill(master, Signal::KILL);
        self.quiet_master();
        fs::write(&file, "max-threads = 3\n").unwrap();
        assert_eq!(self.ask("reload"), (Some(0), String::new()));
    }
}
