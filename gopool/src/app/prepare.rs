//! Everything that can refuse a launch, before the first request is accepted.

use std::{
    future::poll_fn,
    num::{NonZeroU32, NonZeroUsize},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use super::{
    isolation, monitoring::Monitoring, openapi, plan::Plan, pools::pool, worker::run_on_worker_here,
};
use crate::{
    call::Deadline,
    config::Config,
    context::Contexts,
    exec::{Endpoint, Executor, Isolated, Pooled},
    master::Master,
    params::Delivery,
    route::{Placement, Registry, Route},
    server::{BodyLimits, Budget, OurPages, Pace, Pulse, Service, Spool, Standings, Wear, shadows},
};
use gopool_daemon::Link;
use gopool_pool::{Lane, LaneOptions, Pool};

/// A master that could serve now.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) service: Arc<Service>,
    pub(super) master: Arc<Master>,
    /// Runs the routes, and whatever CPU work belongs to none of them.
    pub(super) executor: Executor,
    pub(super) contexts: Arc<Contexts>,
    /// Absent when everything runs on the event loop.
    pub(super) pool: Option<Pool>,
    /// Absent when no route wants a process, or this one runs them all.
    pub(super) isolated: Option<Arc<Isolated>>,
}

impl Prepared {
    /// Runs `on_master` on `master`, starts the pool, lays out the routes.
    ///
    /// # Errors
    /// Every reason to refuse, a sentence each.
    pub(super) async fn new(
        plan: Plan<'_>,
        mut master: Master,
        link: Option<Arc<Link>>,
        monitoring: &Monitoring,
    ) -> Result<Self, Vec<String>> {
        let Plan { registry, config, .. } = plan;
        run_on_master(registry, &mut master)
            .await
            .map_err(|refusal| vec![refusal])?;
        let mut refusals = registry.missing_contexts(&master.contexts);
        refusals.extend(openapi::clashes(registry));
        refusals.extend(shadows(&master, &registry.routes).await);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let pool = if config.single {
            None
        } else {
            Some(pool(config, None).map_err(|error| vec![error])?)
        };
        let isolated = isolation::open(plan).await?.map(Arc::new);
        let worker_contexts = match &isolated {
            Some(_) => None,
            None => contexts_of_worker(registry).await?,
        };
        let executor = match &pool {
            Some(pool) => Executor::Pooled(Pooled { pool: pool.clone() }, isolated.clone()),
            None => Executor::Inline,
        };
        let contexts = Arc::new(std::mem::take(&mut master.contexts));
        let budget = Budget::of(body_memory(&registry.routes, config));
        let spool = spool(&registry.routes, config).map_err(|refusal| vec![refusal])?;
        let endpoints = registry
            .routes
            .iter()
            .map(|route| {
                let lanes = Lanes {
                    pool: pool.as_ref(),
                    isolated: isolated.as_deref().map(Isolated::pool),
                };
                (
                    endpoint(route, config, lanes, worker_contexts.as_ref()),
                    body_limits(route, config, &budget, &spool),
                )
            })
            .collect();
        let service = Service::new(
            endpoints,
            executor.clone(),
            contexts.clone(),
            registry.header_getter,
        )?;
        let service = service.with_on_failure(registry.on_failure);
        let service = service.with_pulse(link.map(|link| Pulse {
            link,
            pool: pool.clone(),
            wear: config.recycle_requests.map(Wear::of_about).map(Arc::new),
        }));
        let service = service.with_standings(Standings::of(config));
        let service = service.with_plain_pace(body_pace(config, None));
        let pages = OurPages {
            monitor: monitoring.path.clone(),
            docs: plan.docs.cloned(),
        };
        let service = service.with_monitoring(monitoring.watch.clone(), pages);
        Ok(Self {
            service: Arc::new(service),
            master: Arc::new(master),
            executor,
            contexts,
            pool,
            isolated,
        })
    }
}

/// The application's own start-up. A panic there is a refusal like any other, said once.
async fn run_on_master(registry: &Registry, master: &mut Master) -> Result<(), String> {
    let Some(hook) = registry.on_master else {
        return Ok(());
    };
    let mut starting = (hook.run)(master);
    let guarded = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| starting.as_mut().poll(cx))) {
            Ok(poll) => poll.map_err(|error| error.to_string()),
            Err(_) => Poll::Ready(Err("it panicked; the message stands above".to_owned())),
        },
    );
    guarded
        .await
        .map_err(|reason| format!("`on_master` failed: {reason}; it is {}", hook.site))
}

/// The shared values of isolated routes that run in this process, as tests, one thread and no processes want it.
async fn contexts_of_worker(registry: &Registry) -> Result<Option<Arc<Contexts>>, Vec<String>> {
    let mut routes = registry.routes.iter();
    if !routes.any(|route| route.placement == Placement::Isolated) {
        return Ok(None);
    }
    let contexts = run_on_worker_here(registry)
        .await
        .map_err(|refusal| vec![refusal])?;
    match registry.missing_in_worker(&contexts) {
        missing if missing.is_empty() => Ok(Some(Arc::new(contexts))),
        missing => Err(missing),
    }
}

/// The pools in which routes have lanes.
struct Lanes<'a> {
    pool: Option<&'a Pool>,
    isolated: Option<&'a Pool>,
}

impl Lanes<'_> {
    /// A lane for this route in each, so that both have them in the order of the routes; the one that it waits in.
    fn of(&self, route: &'static Route) -> Option<Lane> {
        let own = self.pool.map(|pool| pool.lane(lane(route)));
        let isolated = self.isolated.map(|pool| pool.lane(lane(route)));
        isolated
            .filter(|_| route.placement == Placement::Isolated)
            .or(own)
    }
}

/// A route with its own limits, or the options' where it has none.
fn endpoint(
    route: &'static Route,
    config: &Config,
    lanes: Lanes<'_>,
    worker_contexts: Option<&Arc<Contexts>>,
) -> Endpoint {
    let limits = route.limits;
    let is_isolated = route.placement == Placement::Isolated;
    Endpoint {
        route,
        deadline: Deadline {
            wait: limits.queue_timeout.unwrap_or(config.queue_timeout),
            run: limits.timeout.unwrap_or(config.timeout),
        },
        lane: lanes.of(route),
        contexts: worker_contexts.filter(|_| is_isolated).cloned(),
        prepare: route.prepare(),
        compresses: limits.compress.unwrap_or(config.compress),
    }
}

/// What all bodies together may take. A route whose own limit is beyond that can never be used to its full.
fn body_memory(routes: &[&'static Route], config: &Config) -> u64 {
    let own = |route: &&'static Route| Some((*route, route.limits.max_body?));
    let in_memory = routes.iter().filter(|route| route.delivery() == Delivery::Memory);
    let largest = in_memory.filter_map(own).max_by_key(|(_, limit)| *limit);
    let memory = config.body_memory(largest.map_or(0, |(_, limit)| limit));
    if let Some((route, limit)) = largest.filter(|(_, limit)| *limit > memory) {
        tracing::warn!(
            "`max_body` of {route} is {limit} bytes, but `max-body-memory` is {memory}: larger bodies are refused"
        );
    }
    memory
}

/// Where bodies go that need not be in memory. Whether that can be is tried, if there is a route that may need it.
fn spool(routes: &[&'static Route], config: &Config) -> Result<Spool, String> {
    let folder = config.spool_dir.clone().unwrap_or_default();
    let spools = |route: &&&'static Route| route.delivery() == Delivery::Spooled;
    if let Some(route) = routes.iter().find(spools) {
        tempfile::tempfile_in(&folder).map_err(|error| {
            let folder = folder.display();
            format!(
                "`{route}` takes bodies as files, but in `{folder}` (`spool-dir`) there can be none: {error}"
            )
        })?;
    }
    Ok(Spool {
        folder: Arc::new(folder),
        after: config.spool_after,
        budget: Budget::of(config.spool_limit),
    })
}

/// How long bodies may be waited for, of which a route may have said it itself.
fn body_pace(config: &Config, own: Option<Duration>) -> Pace {
    Pace {
        time: own.unwrap_or(config.body_timeout),
        min_rate: config.min_receive_rate,
    }
}

/// The same for its body.
fn body_limits(route: &Route, config: &Config, budget: &Budget, spool: &Spool) -> BodyLimits {
    let size = route.limits.max_body.unwrap_or(config.max_body);
    let delivery = route.delivery();
    BodyLimits {
        // What never fits is no matter of waiting.
        size: match delivery {
            Delivery::Memory => size.min(budget.most()),
            Delivery::Spooled => size.min(spool.budget.most()),
            Delivery::Live => size,
        },
        pace: body_pace(config, route.limits.body_timeout),
        budget: budget.clone(),
        delivery,
        spool: spool.clone(),
    }
}

/// Each route waits in a lane of its own, so that one route's backlog cannot starve another.
fn lane(route: &Route) -> LaneOptions {
    let limits = route.limits;
    LaneOptions::new(route.to_string())
        .concurrency(limits.concurrency.and_then(NonZeroUsize::new))
        .weight(limits.weight.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN))
        .priority(limits.priority.unwrap_or_default())
        .queue_target(limits.queue_target)
}
