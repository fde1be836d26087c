//! The monitor, as the options ask for it: wired to the server, the pool and the daemon.

use std::sync::Arc;

use super::hidden::hidden;
use crate::{
    cli::Program,
    config::{Config, InfoUrl, Log},
    exec::Isolated,
    meter::{Meters, Stage},
    monitor::{Monitor, Pages, Sampler, Subject},
    route::Registry,
    server::{MonitorListener, MonitorPath, Watch},
};
use gopool_daemon::{Access, Link, Listen, Sockets};
use gopool_pool::Pool;

/// What sees the requests of this process, and shows them.
#[derive(Debug, Default)]
pub(super) struct Monitoring {
    pub(super) watch: Watch,
    /// Pages beside the routes.
    pub(super) path: Option<MonitorPath>,
    monitor: Option<Arc<Monitor>>,
    /// Pages at an address of their own.
    listener: Option<MonitorListener>,
    /// Ends with this value.
    _sampler: Option<Sampler>,
}

impl Monitoring {
    /// Opens them before anything else starts, so that whoever asks is told that the process is starting.
    ///
    /// # Errors
    /// The monitor's address is taken, or its path belongs to a route; a sentence each.
    pub(super) fn open(
        program: Program<'_>,
        registry: &Registry,
        config: &Config,
        link: Option<&Link>,
    ) -> Result<Self, Vec<String>> {
        let watch = Watch {
            meters: None,
            access: config.log == Log::Access,
            slow: config.slow,
        };
        let Some(url) = &config.info_url else {
            return Ok(Self {
                watch,
                ..Self::default()
            });
        };
        Self::check(registry, config)?;
        let loops = if config.single { 1 } else { config.event_loops };
        let meters = Arc::new(Meters::new(loops, registry.routes.len()));
        let subject = Subject::new(
            (program.name.to_owned(), program.version.to_owned()),
            registry.routes.clone(),
            config,
            link,
        );
        let monitor = Arc::new(Monitor::new(subject, meters.clone()));
        let pages = Pages::of(monitor.clone());
        let no_thread = |error| vec![format!("the monitor cannot start: {error}")];
        let (path, listener) = match url {
            InfoUrl::Path(path) => (
                Some(MonitorPath {
                    pages,
                    path: path.clone(),
                }),
                None,
            ),
            InfoUrl::Address { host, port } => {
                // A predecessor that still serves keeps the address until it hands over.
                let may_wait = link.is_some_and(|link| link.restarts() > 0);
                let listener = MonitorListener::start((host.clone(), *port), pages, may_wait);
                let taken = |error| vec![format!("the monitor cannot listen on {url}: {error}")];
                (None, Some(listener.map_err(taken)?))
            }
        };
        tracing::info!("monitor at {url}");
        Ok(Self {
            watch: Watch {
                meters: Some(meters),
                ..watch
            },
            path,
            _sampler: Some(Sampler::start(monitor.clone()).map_err(no_thread)?),
            monitor: Some(monitor),
            listener,
        })
    }

    /// Looks whether they could be opened, if nobody else has their address.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for an address that is taken.
    pub(super) fn check(registry: &Registry, config: &Config) -> Result<(), Vec<String>> {
        match &config.info_url {
            None => Ok(()),
            // Hidden from clients on this machine, and only from them.
            Some(InfoUrl::Path(path)) => match hidden("--info-url", path, &registry.routes) {
                hidden if hidden.is_empty() => Ok(()),
                hidden => Err(hidden),
            },
            Some(url @ InfoUrl::Address { host, port }) => {
                let listen = Listen::Tcp {
                    host: host.clone(),
                    port: *port,
                };
                Sockets::check(&[listen], &Access::default())
                    .map_err(|error| vec![format!("the monitor cannot listen on {url}: {error}")])
            }
        }
    }

    /// Requests are served from now on, their work by this pool and these processes.
    pub(super) fn serving(&self, pool: Option<&Pool>, isolated: Option<&Arc<Isolated>>) {
        if let (Some(monitor), Some(pool)) = (&self.monitor, pool) {
            monitor.attach(pool.clone());
        }
        if let (Some(monitor), Some(isolated)) = (&self.monitor, isolated) {
            monitor.attach_isolated(isolated.clone());
        }
        self.advance_to(Stage::Serving);
    }

    /// Nothing new is taken from now on. A successor gets the monitor's address at once.
    pub(super) async fn draining(&mut self, has_successor: bool) {
        self.advance_to(Stage::Draining);
        if has_successor && let Some(listener) = self.listener.take() {
            listener.close().await;
        }
    }

    fn advance_to(&self, stage: Stage) {
        if let Some(meters) = &self.watch.meters {
            meters.advance_to(stage);
        }
    }
}
