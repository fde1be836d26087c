//! What the monitor watches: what does not change while the process lives.

use std::{
    fs,
    time::{Instant, SystemTime},
};

use super::host::Hosts;
use crate::{
    config::{Config, InfoUrl, Secret},
    route::{Route, Verb},
};
use gopool_daemon::{Exit, Link, Restarts};

/// One process, as it was launched.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) routes: Vec<&'static Route>,
    pub(super) limits: PoolBounds,
    pub(super) options: Vec<OptionInForce>,
    /// How many masters the daemon started before this one.
    pub(super) restarts: u32,
    /// The same by why.
    pub(super) restarts_by_cause: Restarts,
    /// The last exits of masters, oldest first.
    pub(super) exits: Vec<Exit>,
    pub(super) token: Option<Secret>,
    /// Names by which the monitor may be asked.
    pub(super) hosts: Hosts,
    pub(super) is_single: bool,
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
}

/// The bounds of the pool.
#[derive(Debug, Clone, Copy)]
pub(super) struct PoolBounds {
    pub(super) min_threads: usize,
    pub(super) max_threads: usize,
    pub(super) max_overdue: usize,
    pub(super) max_queue: usize,
}

/// One option: its name, its value and where that came from.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct OptionInForce {
    name: String,
    value: String,
    source: String,
}

/// One row of the monitor's table: a route, or what stands beside the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RouteLabels {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) runs: &'static str,
}

/// What stands for every method here.
const ANY_METHOD: &str = "*";

/// All requests that lead to no route: one row, whatever they ask for.
const UNMATCHED: RouteLabels = RouteLabels {
    method: ANY_METHOD,
    route: "unmatched",
    runs: "inline",
};
/// Work that `gopool::cpu` was given outside of any request.
const DEFAULT_LANE: RouteLabels = RouteLabels {
    method: ANY_METHOD,
    route: "default",
    runs: "pool",
};

impl OptionInForce {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            source: source.into(),
        }
    }
}

impl RouteLabels {
    /// Whether it stands for a route of the application, used or not.
    pub(super) fn is_route(&self) -> bool {
        *self != UNMATCHED && *self != DEFAULT_LANE
    }
}

impl Subject {
    pub(crate) fn new(
        (name, version): (String, String),
        routes: Vec<&'static Route>,
        config: &Config,
        link: Option<&Link>,
    ) -> Self {
        let limits = PoolBounds {
            min_threads: config.min_threads,
            max_threads: config.max_threads,
            max_overdue: config.max_overdue,
            max_queue: config.max_queue,
        };
        let in_force = config.in_force();
        let in_force =
            in_force.map(|(name, value, source)| OptionInForce::new(name, value, source.to_string()));
        Self {
            name,
            version,
            routes,
            limits,
            options: in_force.collect(),
            restarts: link.map_or(0, Link::restarts),
            restarts_by_cause: link.map_or_else(Restarts::default, Link::restarts_by_cause),
            exits: link.map_or_else(Vec::new, |link| link.exits().to_vec()),
            token: config.info_token.clone(),
            hosts: Hosts::new(names(config)),
            is_single: config.single,
            started: Instant::now(),
            started_at: SystemTime::now(),
        }
    }

    /// All rows: the routes in the order of their table, then the unmatched, then the pool's default lane.
    pub(super) fn rows(&self) -> impl Iterator<Item = RouteLabels> {
        self.routes
            .iter()
            .map(|route| self.row(route))
            .chain([UNMATCHED, DEFAULT_LANE])
    }

    fn row(&self, route: &'static Route) -> RouteLabels {
        RouteLabels {
            method: match route.verb {
                Verb::Any => ANY_METHOD,
                Verb::Only(method) => method,
            },
            route: route.template.as_str(),
            runs: route.runs(!self.is_single),
        }
    }
}

/// What the options and the system call this machine.
fn names(config: &Config) -> impl Iterator<Item = String> {
    let of_monitor = match &config.info_url {
        Some(InfoUrl::Address { host, .. }) => Some(host.clone()),
        Some(InfoUrl::Path(_)) | None => None,
    };
    let of_machine = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let names = [Some(config.host.clone()), of_monitor, of_machine];
    names.into_iter().flatten().map(|name| name.trim().to_owned())
}
