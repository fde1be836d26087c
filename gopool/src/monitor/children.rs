//! The processes of isolated routes at one instant.

use std::{fs, time::Duration};

use rustix::param::page_size;

use crate::exec::Isolated;
use gopool_isolated::{Nursery, Stats, View};

/// All of them, and what was counted since the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Children {
    /// The most that work at once.
    pub(super) max: usize,
    pub(super) stats: Stats,
    pub(super) each: Vec<Child>,
}

/// One process.
#[derive(Debug, Clone, Default)]
pub(super) struct Child {
    pub(super) pid: i32,
    pub(super) state: &'static str,
    pub(super) calls: usize,
    pub(super) age: Duration,
    /// That of its call, if it has one.
    pub(super) route: Option<String>,
    pub(super) request_id: Option<String>,
    /// What the system does not tell is absent.
    pub(super) resident_bytes: Option<u64>,
}

impl Children {
    pub(super) fn read(isolated: &Isolated) -> Self {
        let nursery: &Nursery = &isolated.nursery;
        Self {
            max: nursery.max(),
            stats: nursery.stats(),
            each: nursery.views().into_iter().map(Child::of).collect(),
        }
    }
}

impl Child {
    fn of(view: View) -> Self {
        let (route, request_id) = view.label.map(|label| (label.route, label.request_id)).unzip();
        Self {
            pid: view.pid,
            state: view.state,
            calls: view.jobs,
            age: view.age,
            route,
            request_id,
            resident_bytes: resident_bytes(view.pid),
        }
    }
}

/// The second number of `statm` counts resident pages. It may have ended meanwhile.
fn resident_bytes(pid: i32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}
