//! Clients one after another, at a rate that changes, each of whom comes back when it was not served.
//!
//! oha's clients ask once. These are few enough to have a connection for each try.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{Failure, answer::Ask, sample::count, server::Server};

/// Between two tries of one client.
const PAUSE: Duration = Duration::from_millis(100);

/// An open-loop load of clients who try again.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) ask: Ask,
    /// Requests per second, and for how long, one after another.
    pub(crate) phases: Vec<(f64, Duration)>,
    /// After how long a client gives a try up.
    pub(crate) patience: Duration,
    pub(crate) retries: u32,
}

/// What one client saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Visit {
    /// Since the load began.
    pub(crate) due: Duration,
    /// From then to the end of its first try.
    pub(crate) first_took: Duration,
    /// None when it gave up, or lost its connection.
    pub(crate) first_status: Option<u16>,
    /// How often it asked.
    pub(crate) tries: u32,
}

/// What all of them saw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Visits(Vec<Visit>);

impl Clients {
    /// Runs the load until the last client has left.
    pub(crate) fn run(&self, server: &Server) -> Result<Visits, Failure> {
        let path = server.path(self.ask);
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let visitor = Visitor {
            port: server.port,
            request: request.into(),
            patience: self.patience,
            retries: self.retries,
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(send_all(visitor, due_times(&self.phases)))
    }
}

async fn send_all(visitor: Visitor, due_times: Vec<Duration>) -> Result<Visits, Failure> {
    let start = Instant::now();
    let mut visits = JoinSet::new();
    for due in due_times {
        sleep_until(start + due).await;
        visits.spawn(visitor.clone().visit(start, due));
    }
    let mut seen = Vec::new();
    while let Some(visit) = visits.join_next().await {
        seen.push(visit?);
    }
    Ok(Visits(seen))
}

/// When each client comes: evenly, at the rate of the phase.
fn due_times(phases: &[(f64, Duration)]) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut start = Duration::ZERO;
    for (rate, length) in phases {
        let of_phase = (0_u32..)
            .map(|index| Duration::from_secs_f64(f64::from(index) / rate))
            .take_while(|time| time < length);
        times.extend(of_phase.map(|time| start + time));
        start += *length;
    }
    times
}

/// How each client asks.
#[derive(Debug, Clone)]
struct Visitor {
    port: u16,
    request: Arc<str>,
    patience: Duration,
    retries: u32,
}

impl Visitor {
    async fn visit(self, start: Instant, due: Duration) -> Visit {
        let first_status = self.try_once().await;
        let mut visit = Visit {
            due,
            first_took: start.elapsed().saturating_sub(due),
            first_status,
            tries: 1,
        };
        let mut status = first_status;
        while status != Some(200) && visit.tries <= self.retries {
            sleep(PAUSE).await;
            status = self.try_once().await;
            visit.tries += 1;
        }
        visit
    }

    async fn try_once(&self) -> Option<u16> {
        timeout(self.patience, self.ask()).await.ok()?.ok()
    }

    async fn ask(&self) -> io::Result<u16> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        stream.write_all(self.request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let status = answer.get(9..12).and_then(|digits| str::from_utf8(digits).ok());
        let status = status.and_then(|digits| digits.parse().ok());
        status.ok_or_else(|| io::Error::other("not an HTTP answer"))
    }
}

impl Visits {
    /// Those who were due from `start` on.
    pub(crate) fn from(&self, start: Duration) -> Self {
        Self(
            self.0
                .iter()
                .filter(|visit| visit.due >= start)
                .copied()
                .collect(),
        )
    }

    pub(crate) fn number(&self) -> f64 {
        count(self.0.len())
    }

    /// How often they asked, all together.
    pub(crate) fn tries(&self) -> f64 {
        self.0.iter().map(|visit| f64::from(visit.tries)).sum()
    }

    /// Those who were answered at their first try, no later than `limit`.
    pub(crate) fn served(&self, limit: Duration) -> f64 {
        count(self.0.iter().filter(|visit| visit.is_served(limit)).count())
    }

    /// Those who were told something else than an answer at their first try, or whose connection broke.
    pub(crate) fn refused(&self) -> f64 {
        count(
            self.0
                .iter()
                .filter(|visit| visit.first_status != Some(200))
                .count(),
        )
    }

    /// From `start` to the end of the last tenth of a second in which fewer than nine of ten newcomers were served within `limit`;
    /// zero if all were.
    pub(crate) fn served_again_after(&self, start: Duration, limit: Duration) -> Duration {
        let slot = Duration::from_millis(100);
        let mut slots: Vec<(u32, u32)> = Vec::new();
        for visit in self.0.iter().filter(|visit| visit.due >= start) {
            let index = usize::try_from((visit.due - start).as_millis() / slot.as_millis());
            let index = index.unwrap_or_default();
            if slots.len() <= index {
                slots.resize(index + 1, (0, 0));
            }
            slots[index].0 += 1;
            slots[index].1 += u32::from(visit.is_served(limit));
        }
        let is_bad = |(all, served): &(u32, u32)| f64::from(*served) < 0.9 * f64::from(*all);
        let bad = slots.iter().rposition(is_bad).map_or(0, |index| index + 1);
        slot * u32::try_from(bad).unwrap_or(u32::MAX)
    }
}

impl Visit {
    fn is_served(&self, limit: Duration) -> bool {
        self.first_status == Some(200) && self.first_took <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn visit(due_ms: u64, status: Option<u16>, took_ms: u64, tries: u32) -> Visit {
        Visit {
            due: Duration::from_millis(due_ms),
            first_took: Duration::from_millis(took_ms),
            first_status: status,
            tries,
        }
    }

    #[test]
    fn clients_come_evenly_and_each_phase_at_its_own_rate() {
        let times = due_times(&[(2.0, SECOND), (4.0, SECOND)]);
        let milliseconds: Vec<u128> = times.iter().map(Duration::as_millis).collect();
        assert_eq!(milliseconds, [0, 500, 1_000, 1_250, 1_500, 1_750]);
    }

    #[test]
    fn only_the_first_try_in_time_counts_as_served() {
        let visits = Visits(vec![
            visit(0, Some(200), 10, 1),
            visit(0, Some(200), 1_500, 1),
            visit(0, Some(503), 10, 2),
            visit(0, None, 1_000, 4),
        ]);
        assert_eq!(visits.served(SECOND), 1.0);
        assert_eq!(visits.refused(), 2.0);
        assert_eq!((visits.number(), visits.tries()), (4.0, 8.0));
    }

    #[test]
    fn a_server_is_back_after_the_last_tenth_that_went_wrong() {
        let mut visits = Visits((0..30).map(|i| visit(i * 50, Some(200), 10, 1)).collect());
        assert_eq!(visits.served_again_after(SECOND, SECOND), Duration::ZERO);
        // What went wrong before does not count.
        visits.0.push(visit(900, Some(503), 10, 1));
        assert_eq!(visits.served_again_after(SECOND, SECOND), Duration::ZERO);
        visits.0.push(visit(1_210, Some(503), 10, 1));
        assert_eq!(
            visits.served_again_after(SECOND, SECOND),
            Duration::from_millis(300)
        );
        assert_eq!(visits.from(Duration::from_millis(1_210)).number(), 6.0);
    }
}
