//! An application inside of another program, such as a test: the life of a master without sockets, signals and a log.

use std::{
    ffi::OsString,
    sync::mpsc::{self, SyncSender},
    thread::{self, JoinHandle},
    time::Instant,
};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    builder::App,
    docs,
    monitoring::Monitoring,
    plan::{Plan, program_name},
    prepare::Prepared,
    refused::Refused,
    serve,
};
use crate::{
    cli::{self, Command, Parsed},
    config::{Config, InfoUrl, Surroundings},
    exec::set_thread_executor,
    master::Master,
    route::{Registered, Registry},
    server::{self, Ask, DocsPath, rt},
};
use gopool_pool::{Pool, Stats};

/// An application that serves on a thread of its own, and ends with this value.
#[derive(Debug)]
pub(crate) struct Local {
    /// Gone when it is to end.
    asks: Option<UnboundedSender<Ask>>,
    pool: Option<Pool>,
    thread: Option<JoinHandle<()>>,
}

/// What its thread needs.
struct Launch {
    name: String,
    version: String,
    registry: Registry,
    config: Config,
    docs: Option<DocsPath>,
}

/// Told once: the pool of an application that serves, or why it does not.
type Started = SyncSender<Result<Option<Pool>, Vec<String>>>;

impl App {
    /// Starts to serve this process alone, with these options of the command line.
    pub(crate) fn start_local(&self, options: &[&str]) -> Result<Local, Refused> {
        self.try_local(options).map_err(Refused::for_these)
    }

    fn try_local(&self, options: &[&str]) -> Result<Local, Vec<String>> {
        let name = program_name();
        let program = self.program(&name);
        let config = self.local_config(program, options)?;
        let registry = Registry::load(Registered::gather(), &self.only_crates)?;
        let plan = Plan {
            program,
            registry: &registry,
            config: &config,
            layers: &self.layers,
            docs: None,
        };
        let mut master = Master::default();
        // For what they give to the master. Nothing is traced to them: a subscriber is the whole process's.
        plan.layers(&mut master).map_err(|refusal| vec![refusal])?;
        let launch = Launch {
            version: program.version.to_owned(),
            docs: docs::open(self, &registry, &config)?,
            name,
            registry,
            config,
        };
        launch.start(master)
    }

    /// What the options and the code mean. The environment, a file that nobody names and the arguments of this process are none
    /// of its business: a test must mean the same everywhere.
    fn local_config(&self, program: cli::Program<'_>, options: &[&str]) -> Result<Config, Vec<String>> {
        let args = options.iter().map(OsString::from);
        let parsed = cli::parse(program, args, &Surroundings::bare(), &self.options);
        match parsed.map_err(|mistakes| mistakes.sentences().collect::<Vec<_>>())? {
            Parsed::Run(invocation) if invocation.command == Command::Serve => {
                let mut config = invocation.config;
                // The test's own program is no application that could be run again.
                config.max_processes = 0;
                // An address of its own is a socket.
                config
                    .info_url
                    .take_if(|url| matches!(url, InfoUrl::Address { .. }));
                Ok(config)
            }
            Parsed::Run(_) | Parsed::Print(_) => Err(vec![format!(
                "`{}` holds a command, `--help` or `--version`: give options only",
                options.join(" ")
            )]),
        }
    }
}

impl Launch {
    /// Starts the thread, and waits until it serves.
    fn start(self, master: Master) -> Result<Local, Vec<String>> {
        let (asks, asked) = unbounded_channel();
        let (started, has_started) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("gopool-local".to_owned())
            .spawn(move || rt::System::new().block_on(self.live(master, asked, started)))
            .map_err(|error| vec![format!("no thread to serve on: {error}")])?;
        // From here on dropping it ends the thread.
        let mut local = Local {
            asks: Some(asks),
            pool: None,
            thread: Some(thread),
        };
        let ended =
            |_| vec!["the thread to serve on ended while it started; its message stands above".to_owned()];
        local.pool = has_started.recv().map_err(ended)??;
        Ok(local)
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            program: cli::Program {
                name: &self.name,
                version: &self.version,
            },
            registry: &self.registry,
            config: &self.config,
            layers: &[],
            docs: self.docs.as_ref(),
        }
    }

    /// From `on_master` to `on_shutdown`.
    async fn live(self, master: Master, asks: UnboundedReceiver<Ask>, started: Started) {
        let (prepared, monitoring) = match self.prepare(master).await {
            Ok(ready) => ready,
            // Whoever starts it waits for this.
            Err(refusals) => return drop(started.send(Err(refusals))),
        };
        set_thread_executor(prepared.executor.clone());
        monitoring.serving(prepared.pool.as_ref(), prepared.isolated.as_ref());
        let ready = || drop(started.send(Ok(prepared.pool.clone())));
        server::answer_all(&prepared.service, &prepared.master, asks, ready).await;
        let deadline = Instant::now() + self.config.shutdown_timeout;
        serve::close(&prepared, deadline).await;
        serve::run_on_shutdown(&self.registry, &prepared, deadline).await;
    }

    async fn prepare(&self, master: Master) -> Result<(Prepared, Monitoring), Vec<String>> {
        let monitoring = Monitoring::open(self.plan().program, &self.registry, &self.config, None)?;
        let prepared = Prepared::new(self.plan(), master, None, &monitoring).await?;
        Ok((prepared, monitoring))
    }
}

impl Local {
    /// Answers a request, as its client would read the answer.
    ///
    /// # Errors
    /// There is no whole answer; a sentence says why.
    pub(crate) fn ask(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, String> {
        let (answer, answered) = mpsc::channel();
        let gone = || "the thread that serves has ended; its message stands above".to_owned();
        let asks = self.asks.as_ref().ok_or_else(gone)?;
        asks.send(Ask { request, answer }).map_err(|_| gone())?;
        answered.recv().map_err(|_| {
            "what serves it panicked, which ends a connection without an answer; its message stands above"
                .to_owned()
        })?
    }

    /// What its pool has done and is doing; `None` under `--single`.
    pub(crate) fn stats(&self) -> Option<Stats> {
        self.pool.as_ref().map(Pool::stats)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the hook.
            let _ = thread.join();
        }
    }
}
