//! What systemd is told: `sd_notify` over the socket named by `$NOTIFY_SOCKET`.

use std::{
    env,
    ffi::OsStr,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    process,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use crate::state::Notice;

/// The way to the service manager, or nothing when there is none.
#[derive(Debug)]
pub(crate) struct Notify {
    socket: Option<UnixDatagram>,
    /// How often the manager wants to hear that the daemon itself is alive.
    watchdog: Option<Duration>,
    ping_at: Duration,
}

impl Notify {
    pub(crate) fn from_env() -> Notify {
        let socket = env::var_os("NOTIFY_SOCKET").and_then(|name| connect(&name));
        let watchdog = socket.as_ref().and_then(|_| watchdog_from_env());
        Notify {
            socket,
            watchdog,
            ping_at: Duration::ZERO,
        }
    }

    pub(crate) fn tell(&self, notice: Notice) {
        match notice {
            Notice::Ready(text) => self.send(&format!(
                "READY=1\nMAINPID={}\nSTATUS={}",
                process::id(),
                on_one_line(&text)
            )),
            Notice::Reloading => self.send(&format!("RELOADING=1\nMONOTONIC_USEC={}", monotonic_micros())),
            Notice::Stopping(text) => self.send(&format!("STOPPING=1\nSTATUS={}", on_one_line(&text))),
        }
    }

    /// When the next ping is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.watchdog.map(|_| self.ping_at)
    }

    /// Says that the daemon is alive, if it is time: at half the interval, as the manual asks.
    pub(crate) fn ping(&mut self, now: Duration) {
        let Some(interval) = self.watchdog else { return };
        if self.ping_at <= now {
            self.ping_at = now.saturating_add(interval / 2);
            self.send("WATCHDOG=1");
        }
    }

    fn send(&self, message: &str) {
        if let Some(socket) = &self.socket {
            // A manager that went away is no reason to stop serving.
            let _ = socket.send(message.as_bytes());
        }
    }
}

/// Each line of a message is a word of its own to the manager.
fn on_one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A name that begins with `@` is one of Linux's names without a file.
fn connect(name: &OsStr) -> Option<UnixDatagram> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    };
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_nonblocking(true).ok()?;
    socket.connect_addr(&address.ok()?).ok()?;
    Some(socket)
}

fn watchdog_from_env() -> Option<Duration> {
    let is_ours = env::var("WATCHDOG_PID").map_or(true, |pid| pid == process::id().to_string());
    let micros: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (is_ours && micros > 0).then(|| Duration::from_micros(micros))
}

fn monotonic_micros() -> i64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}
