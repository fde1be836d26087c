//! All counts at one instant.

use std::time::{Duration, Instant};

use super::{children::Children, process::Process, subject::Subject, throttling::Throttling};
use crate::{
    exec::Isolated,
    log,
    meter::{Cut, Meters, Requests},
};
use gopool_pool::{Histogram, LaneStats, Pool, Stats};

/// What runs handlers, as far as it is there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Workers<'a> {
    pub(super) pool: Option<&'a Pool>,
    pub(super) isolated: Option<&'a Isolated>,
}

/// All counts at one instant.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) at: Instant,
    /// One for each of [`Subject::rows`].
    pub(super) rows: Vec<RouteReading>,
    pub(super) loops: Vec<LoopReading>,
    /// Without its lanes: they are in `rows`.
    pub(super) pool: Option<Stats>,
    /// `None` where no route has processes of its own.
    pub(super) children: Option<Children>,
    pub(super) process: Process,
    pub(super) throttling: Option<Throttling>,
    /// Lines that the log has lost.
    pub(super) lost_lines: u64,
}

/// The counts of one row; `None` is what it does not have, or has not begun to have.
#[derive(Debug, Clone, Default)]
pub(super) struct RouteReading {
    pub(super) requests: Option<Requests>,
    pub(super) lane: Option<LaneStats>,
}

/// How late an event loop is.
#[derive(Debug, Clone)]
pub(super) struct LoopReading {
    pub(super) lag: Duration,
    pub(super) lags: Histogram,
    /// Connections that were cut off: their clients took nothing, or too little.
    pub(super) stalled: u64,
    pub(super) slow: u64,
    /// Those whose unsent answers took up what others needed.
    pub(super) memory: u64,
    /// Those that did not come to an understanding in TLS.
    pub(super) handshake: u64,
}

impl RouteReading {
    /// Whether anything ever came to it.
    pub(super) fn is_used(&self) -> bool {
        self.lane.is_some() || self.requests.as_ref().is_some_and(|requests| !requests.is_none())
    }
}

impl Reading {
    pub(super) fn take(subject: &Subject, meters: &Meters, workers: Workers<'_>, now: Instant) -> Self {
        let mut pool = workers.pool.map(Pool::stats);
        let lanes = pool
            .as_mut()
            .map(|pool| std::mem::take(&mut pool.lanes))
            .unwrap_or_default();
        let isolated = workers.isolated.map(|isolated| isolated.pool().stats().lanes);
        let lanes = (lanes, isolated.unwrap_or_default());
        let loops = meters.loops().iter().map(|meter| LoopReading {
            lag: meter.lag.lag(now),
            lags: meter.lag.read(),
            stalled: meter.connections.cuts(Cut::Stalled),
            slow: meter.connections.cuts(Cut::Slow),
            memory: meter.connections.cuts(Cut::Memory),
            handshake: meter.connections.cuts(Cut::Handshake),
        });
        Self {
            at: now,
            rows: rows(subject, meters, lanes),
            loops: loops.collect(),
            pool,
            children: workers.isolated.map(Children::read),
            process: Process::read(),
            throttling: Throttling::read(),
            lost_lines: log::lost_lines(),
        }
    }
}

/// The lanes of each pool are the default one, then one for each route, which uses that of one pool.
fn rows(
    subject: &Subject,
    meters: &Meters,
    (lanes, isolated): (Vec<LaneStats>, Vec<LaneStats>),
) -> Vec<RouteReading> {
    let used = |lane: LaneStats| Some(lane).filter(|lane| lane.counters.submitted > 0);
    let mut lanes = lanes.into_iter().map(used);
    let default = lanes.next().flatten();
    let mut isolated = isolated.into_iter().skip(1).map(used);
    let routes = 0..subject.routes.len();
    let mut rows: Vec<_> = routes
        .map(|index| RouteReading {
            requests: meters.requests(Some(index)),
            lane: {
                // Both are passed over, whichever is used.
                let own = lanes.next().flatten();
                isolated.next().flatten().or(own)
            },
        })
        .collect();
    rows.push(RouteReading {
        requests: meters.requests(None),
        lane: None,
    });
    rows.push(RouteReading {
        requests: None,
        lane: default,
    });
    rows
}
