//! `/running`: what waits and runs at this moment, request by request.
//!
//! The pool and the event loops are looked at one after the other, so what moves from one to the other meanwhile may be missing.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;

use super::reading::Workers;
use crate::{
    call::Origin,
    exec::{Isolated, TaskOrigin},
    in_flight::{InFlight, Phase, ServedRequest},
    meter::Meters,
    route::Route,
};
use gopool_pool::{TaskState, TaskView};

/// So many are listed, and all are counted.
pub(super) const MOST_LISTED: usize = 200;
/// How routes run whose requests are tasks, and those that have processes, as `Route::runs` names it.
const POOL: &str = "pool";
const ISOLATED: &str = "isolated";
/// The version of the schema.
const SCHEMA: u32 = 1;

/// All that waits and runs.
#[derive(Debug, Serialize)]
pub(super) struct Running {
    schema: u32,
    now_unix_seconds: f64,
    /// How many there are.
    pub(super) total: usize,
    /// How many are listed at most.
    limit: usize,
    pub(super) requests: Vec<Row>,
}

/// One request, or a part of one.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Absent for work outside of any request.
    pub(super) request_id: Option<String>,
    pub(super) method: String,
    pub(super) route: String,
    pub(super) state: State,
    /// What an `async` handler gave to the pool; the request itself is listed too.
    pub(super) is_part: bool,
    pub(super) is_told_to_stop: bool,
    /// Since its request arrived.
    pub(super) age_seconds: f64,
    /// In the pool's queue; absent for what never is there.
    pub(super) wait_seconds: Option<f64>,
    /// On its thread.
    pub(super) run_seconds: Option<f64>,
    pub(super) cpu_seconds: Option<f64>,
    pub(super) thread: Option<String>,
    pub(super) peer: Option<String>,
    /// What its caller is known by, where a header tells callers apart: cut, so that it is nobody's secret.
    pub(super) caller: Option<String>,
}

/// How far it is. In the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It runs past its timeout; its client has an answer.
    Overdue,
    Running,
    Waiting,
    /// Its body is arriving.
    Receiving,
    /// Its answer flows to its client, and no function writes it any more.
    Sending,
}

/// What runs on these event loops and on this pool, at most `limit` of it.
pub(super) fn of(meters: &Meters, workers: Workers<'_>, limit: usize) -> Running {
    let pools = [workers.pool, workers.isolated.map(Isolated::pool)];
    let tasks = pools.into_iter().flatten().map(|pool| pool.tasks(limit));
    let (totals, tasks): (Vec<_>, Vec<_>) = tasks.map(|tasks| (tasks.total, tasks.tasks)).unzip();
    let (total_tasks, tasks) = (totals.iter().sum::<usize>(), tasks.concat());
    let served = Served::read(meters, workers, &tasks, limit);
    let now = Instant::now();
    let mut requests: Vec<_> = tasks
        .iter()
        .map(|task| of_task(task, &served.arrivals, now))
        .collect();
    requests.extend(served.here.iter().map(|request| of_request(request, now)));
    requests.sort_by(|one, other| {
        let by_age = other.age_seconds.total_cmp(&one.age_seconds);
        one.state.cmp(&other.state).then(by_age)
    });
    requests.truncate(limit);
    Running {
        schema: SCHEMA,
        now_unix_seconds: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs_f64(),
        total: total_tasks + served.total_here,
        limit,
        requests,
    }
}

/// What the event loops know.
#[derive(Default)]
struct Served {
    /// Requests that an event loop receives or handles, the oldest of them. Those that the pool has are among its tasks.
    here: Vec<ServedRequest>,
    total_here: usize,
    /// When the requests of the listed tasks arrived, by their numbers.
    arrivals: HashMap<u64, Instant>,
}

impl Served {
    fn read(meters: &Meters, workers: Workers<'_>, tasks: &[TaskView], limit: usize) -> Self {
        let has_tasks = |route: &Route| match route.runs(workers.pool.is_some()) {
            ISOLATED => workers.isolated.is_some(),
            runs => runs == POOL,
        };
        let mut served = Self::default();
        let of_tasks: HashSet<_> = tasks
            .iter()
            .filter_map(|task| Some((origin(task)?.number, is_part(task))))
            .collect();
        for meter in meters.loops() {
            meter.in_flight.read(|request| {
                let number = request.origin.number;
                let is_whole_task = of_tasks.contains(&(number, false));
                let is_elsewhere = is_whole_task || has_tasks(request.route);
                if is_whole_task || of_tasks.contains(&(number, true)) {
                    served.arrivals.insert(number, request.arrived);
                }
                let is_here = match request.phase {
                    Phase::Receiving => true,
                    Phase::Handling => !is_elsewhere,
                    // Its function may write yet; of what is listed in part it cannot be told.
                    Phase::Sending => !is_whole_task,
                };
                if is_here {
                    served.total_here += 1;
                    served.here.push(request.clone());
                }
            });
            served.keep_the_oldest(limit);
        }
        served
    }

    fn keep_the_oldest(&mut self, limit: usize) {
        self.here.sort_by_key(|request| request.arrived);
        self.here.truncate(limit);
    }
}

fn of_request(request: &ServedRequest, now: Instant) -> Row {
    let thread = format!("event loop {}", InFlight::event_loop(request.origin.number));
    Row {
        request_id: Some(request.id.to_string()),
        method: request.route.verb.to_string(),
        route: request.route.template.as_str().to_owned(),
        state: match request.phase {
            Phase::Receiving => State::Receiving,
            Phase::Handling => State::Running,
            Phase::Sending => State::Sending,
        },
        is_part: false,
        is_told_to_stop: false,
        age_seconds: seconds(now.saturating_duration_since(request.arrived)),
        wait_seconds: None,
        run_seconds: None,
        cpu_seconds: None,
        thread: Some(thread),
        peer: request.origin.peer.map(|peer| peer.to_string()),
        caller: request.origin.caller.map(|caller| caller.to_string()),
    }
}

fn of_task(task: &TaskView, arrivals: &HashMap<u64, Instant>, now: Instant) -> Row {
    let about = task.tag.as_ref().and_then(TaskOrigin::of);
    let origin = origin(task);
    let arrived = origin.and_then(|origin| arrivals.get(&origin.number));
    let age = arrived.map(|arrived| now.saturating_duration_since(*arrived));
    // Lanes are called as routes are; the one for all else is `default`.
    let (method, route) = task.lane.split_once(' ').unwrap_or(("*", &task.lane));
    let is_elsewhere = about.is_some_and(|about| about.interrupt.is_some());
    // A thread that waits for a process uses none.
    let cpu = task
        .thread
        .as_ref()
        .and_then(|thread| thread.cpu)
        .filter(|_| !is_elsewhere);
    let thread = |name: &str| match is_elsewhere {
        true => "a process".to_owned(),
        false => name.to_owned(),
    };
    Row {
        request_id: about.map(|about| about.request_id.to_string()),
        method: method.to_owned(),
        route: route.to_owned(),
        state: match task.state {
            TaskState::Overdue => State::Overdue,
            TaskState::Running => State::Running,
            TaskState::Waiting => State::Waiting,
        },
        is_part: is_part(task),
        is_told_to_stop: task.is_told_to_stop,
        age_seconds: seconds(age.unwrap_or(task.wait + task.run)),
        wait_seconds: Some(seconds(task.wait)),
        run_seconds: task.thread.as_ref().map(|_| seconds(task.run)),
        cpu_seconds: cpu.map(seconds),
        thread: task.thread.as_ref().map(|known| thread(&known.name)),
        peer: origin.and_then(|origin| origin.peer).map(|peer| peer.to_string()),
        caller: origin
            .and_then(|origin| origin.caller)
            .map(|caller| caller.to_string()),
    }
}

fn is_part(task: &TaskView) -> bool {
    let about = task.tag.as_ref().and_then(TaskOrigin::of);
    about.is_some_and(|about| about.is_part)
}

/// The request that a task is for.
fn origin(task: &TaskView) -> Option<Origin> {
    task.tag.as_ref().and_then(TaskOrigin::of)?.origin
}

impl Running {
    /// As text. Every value here has a JSON form, so the empty fallback is never taken.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// To the microsecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}
