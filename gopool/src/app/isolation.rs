//! The processes of isolated routes, as the options want them.

use std::time::Duration;

use super::{
    plan::{Plan, program_name},
    pools::pool,
    worker::Told,
};
use crate::{
    config::{Config, show_size},
    exec::{Isolated, Pooled},
    route::{Placement, Registry},
    server::rt,
};
use gopool_isolated::{Bounds, Nursery, Settings};

/// Starts the first process, which shows whether all can start; `None` when no route wants any, or this process is to run them.
///
/// # Errors
/// Every reason why a process would be of no use, a sentence each.
pub(super) async fn open(plan: Plan<'_>) -> Result<Option<Isolated>, Vec<String>> {
    let Plan { registry, config, .. } = plan;
    if !are_wanted(registry, config) {
        return Ok(None);
    }
    let one = |reason: String| vec![reason];
    let settings = settings(registry, config).map_err(one)?;
    warn_if_too_much(config);
    warn_of_routes_beyond(registry, config);
    let nursery = Nursery::start(settings)
        .map_err(|error| one(format!("processes for isolated routes cannot start: {error}")))?;
    let probe = nursery.clone();
    let limit = config.ready_timeout;
    // It may take as long as `on_worker` does, and signals are to be heard meanwhile.
    let report = rt::task::spawn_blocking(move || probe.probe(limit)).await;
    let report = report.map_err(|error| one(error.to_string()))?;
    let report =
        report.map_err(|reason| one(format!("a process for isolated routes cannot start: {reason}")))?;
    let missing: Vec<String> = serde_json::from_value(report)
        .map_err(|error| one(format!("a process for isolated routes reports nonsense: {error}")))?;
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut width = config.clone();
    (width.min_threads, width.max_threads) = (0, config.max_processes);
    // These threads only wait, and never longer than they may.
    (width.max_overdue, width.nice) = (0, 0);
    // A call whose client is behind keeps its process, so there are no more of these than of those that work.
    width.max_stalled = config.max_stalled.min(config.max_processes);
    // One core more than threads, so that none lends its place: there is no process for more calls than these.
    let pool = pool(&width, Some(config.max_processes.saturating_add(1))).map_err(one)?;
    Ok(Some(Isolated {
        pooled: Pooled { pool },
        nursery,
    }))
}

/// Whether there is a route that runs in a process of its own.
pub(super) fn are_wanted(registry: &Registry, config: &Config) -> bool {
    let has_isolated = || {
        let mut routes = registry.routes.iter();
        routes.any(|route| route.placement == Placement::Isolated)
    };
    !config.single && config.max_processes > 0 && has_isolated()
}

fn settings(registry: &Registry, config: &Config) -> Result<Settings, String> {
    let isolated = registry
        .routes
        .iter()
        .filter(|route| route.placement == Placement::Isolated);
    let bodies = isolated.map(|route| route.limits.max_body.unwrap_or(config.max_body));
    let told = serde_json::to_value(Told::of(config))
        .map_err(|error| format!("processes for isolated routes cannot be told the options: {error}"))?;
    Ok(Settings {
        name: format!("{}: isolated", program_name()),
        max: config.max_processes,
        min: config.min_processes,
        spare: config.spare_processes,
        idle_timeout: config.process_idle_timeout,
        boot_timeout: config.ready_timeout.max(Duration::from_secs(1)),
        grace: config.kill_grace,
        recycle: config.process_recycle,
        recycle_memory: config.process_recycle_memory,
        max_answer: config.max_answer,
        max_job: bodies.max().unwrap_or(config.max_body),
        bounds: Bounds {
            memory: config.process_memory,
            core: config.process_core,
            nice: config.nice,
        },
        told,
        program: registry.fingerprint(),
    })
}

/// Where all processes together may take more than there is, the system picks one to kill, or all of a container at once.
fn warn_if_too_much(config: &Config) {
    let (Some(each), allowed) = (config.process_memory, crate::config::allowed_memory()) else {
        return;
    };
    let all = each.saturating_mul(2 * config.max_processes as u64);
    let wanted = all.saturating_add(config.max_memory.unwrap_or(0));
    if wanted > allowed {
        tracing::warn!(
            "two generations of {} processes with `process-memory` {each} and the master may take {wanted} bytes, more than the \
             {allowed} that there are",
            config.max_processes
        );
    }
}

/// A route can have less memory than its process, and no more.
fn warn_of_routes_beyond(registry: &Registry, config: &Config) {
    let Some(most) = config.process_memory else { return };
    for route in &registry.routes {
        if let Some(wanted) = route.limits.memory.filter(|wanted| *wanted > most) {
            tracing::warn!(
                "the `memory` of {route}, {}, is more than `process-memory`, {}, and that is what it has",
                show_size(wanted),
                show_size(most)
            );
        }
    }
}
