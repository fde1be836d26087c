//! A program whose monitor has an address of its own.

use std::net::{SocketAddr, TcpListener};

use gopool_tests::{Client, Launch, Server, until};
use serde_json::Value;

use crate::metrics::Metrics;

/// A program and its monitor.
pub(crate) struct Watched {
    pub(crate) server: Server,
    pub(crate) monitor: Client,
    pub(crate) address: SocketAddr,
}

impl Watched {
    pub(crate) fn start(launch: Launch) -> Self {
        let address = free_address();
        Self::of(
            launch.args(&format!("--info-url http://{address}")).start(),
            address,
        )
    }

    pub(crate) fn start_with_daemon(launch: Launch) -> Self {
        let address = free_address();
        Self::of(
            launch
                .args(&format!("--info-url http://{address}"))
                .start_with_daemon(),
            address,
        )
    }

    fn of(server: Server, address: SocketAddr) -> Self {
        let watched = Self {
            server,
            monitor: Client::of(address),
            address,
        };
        until("it is ready", || (watched.status("/ready") == 200).then_some(()));
        watched
    }

    pub(crate) fn status(&self, page: &str) -> u16 {
        self.monitor.get(page).status
    }

    pub(crate) fn info(&self) -> Value {
        self.monitor.get("/info").json()
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics::read(self.monitor.get("/metrics").text())
    }

    /// Waits until the monitor says so.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(what, || Some(self.info()).filter(&wanted))
    }
}

/// An address that nobody listens at, below the ports that the system gives away: the main listener of port 0 must not get it.
pub(crate) fn free_address() -> SocketAddr {
    let any = || TcpListener::bind(("127.0.0.1", fastrand::u16(10_000..32_768))).ok();
    let free = std::iter::repeat_with(any).flatten().next();
    free.unwrap().local_addr().unwrap()
}
