//! The life of a master: prepare, listen, serve, drain.

use std::{
    fs, io,
    os::fd::AsFd as _,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{
    net::unix::pipe::Receiver,
    signal::unix::{Signal, SignalKind, signal},
    time::{sleep, timeout_at},
};

use super::{
    daemon::settings,
    monitoring::Monitoring,
    plan::Plan,
    prepare::Prepared,
    refused::{refuse, refuse_launch},
};
use crate::{
    config::Config,
    exec::set_process_executor,
    log,
    master::Master,
    route::{Registry, Table},
    server::{self, DrainStage, PairFiles, ServerHandle, Tls, rt},
};
use gopool_daemon::{self as daemon, Link, Listener, Sockets, Terminal, exit_code::INTERRUPTED};

/// How long a master whose successor serves already waits for its clients to come back on their kept-alive connections,
/// so that it can close these with an answer rather than under a request.
const HAND_OVER: Duration = Duration::from_secs(1);
/// How often a drain looks whether the last request has been answered.
const DRAIN_LOOK: Duration = Duration::from_millis(10);
/// What `on_shutdown` gets at least, when the drain has used up its time. The daemon kills half a second after that.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// How long processes of isolated routes that have nothing to do may take to leave by themselves.
const FAREWELL: Duration = Duration::from_secs(1);

/// What an event loop opens for itself, at most.
const FILES_OF_A_LOOP: usize = 6;
/// What the master holds of each process of isolated routes.
const FILES_OF_A_PROCESS: usize = 4;
/// What is left for the files and the connections that handlers open.
const FILES_OF_HANDLERS: usize = 32;

/// Serves until it is told to stop, on the daemon's sockets or on its own.
pub(super) fn serve(plan: Plan<'_>, link: Option<Link>) -> ExitCode {
    let code = start_and_serve(plan, link);
    log::flush();
    code
}

fn start_and_serve(plan: Plan<'_>, link: Option<Link>) -> ExitCode {
    let config = plan.config;
    let mut master = Master::default();
    if let Err(refusal) = start_log(plan, &mut master) {
        return refuse_launch(link.as_ref(), &[refusal]);
    }
    allow_many_connections();
    match link {
        Some(mut link) => {
            let listeners = link.take_listeners();
            if link.last_good_options().is_some() {
                tracing::warn!(
                    "what lies on the disk has failed: the options are those of the last good master; reload when it is repaired"
                );
            }
            if let Ok(settings) = settings(config) {
                link.tell_options(&settings);
            }
            rt::System::new().block_on(live(plan, master, listeners, Some(Arc::new(link))))
        }
        // Before `on_master`, whose work may be long and would be in vain if the address is taken.
        None => match open_sockets(config) {
            // The sockets' files live as long as this value.
            Ok(mut sockets) => {
                let listeners = sockets.take_listeners();
                rt::System::new().block_on(live(plan, master, listeners, None))
            }
            Err(error) => refuse(&[error.to_string()]),
        },
    }
}

/// The sockets of a master without a daemon, which gives up root as soon as it has them.
fn open_sockets(config: &Config) -> Result<Sockets, daemon::Error> {
    let settings = settings(config)?;
    settings.check()?;
    if let Some(warning) = Sockets::meant_for_others() {
        tracing::warn!("{warning}");
    }
    let sockets = Sockets::open(&settings.listen, &settings.access)?;
    settings.identity.map_or(Ok(()), daemon::Identity::assume)?;
    Ok(sockets)
}

fn start_log(plan: Plan<'_>, master: &mut Master) -> Result<(), String> {
    let layers = plan.layers(master)?;
    log::start(plan.log(), layers)
}

/// Opens the log's file anew at each USR1, for as long as the process lives.
fn reopen_log_when_told() -> io::Result<()> {
    let mut told = signal(SignalKind::user_defined1())?;
    rt::spawn(async move {
        while told.recv().await.is_some() {
            log::reopen();
        }
    });
    Ok(())
}

/// Lets this process open as many files as the hard limit allows. The soft one is there for programs that wait with `select`,
/// which knows no descriptor beyond 1023; each connection is a descriptor.
fn allow_many_connections() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(cause) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%cause, "cannot raise the limit of open files to the hard one");
    }
}

/// As many connections as there can be descriptors for. With more, accepting would fail again and again; so they wait to be accepted.
fn affordable(config: &Config, event_loops: usize) -> usize {
    let wanted = config.max_connections;
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    // When not even that folder can be opened, there are none left.
    let all = usize::try_from(limit).unwrap_or(usize::MAX);
    let open = fs::read_dir("/proc/self/fd").map_or(all, Iterator::count);
    let processes = 2 * config.max_processes + config.spare_processes;
    let ours = FILES_OF_A_LOOP * event_loops + FILES_OF_A_PROCESS * processes + FILES_OF_HANDLERS;
    let most = all.saturating_sub(open.saturating_add(ours)).max(1);
    if most < wanted && config.is_max_connections_given() {
        tracing::warn!(
            "{most} connections at once instead of `max-connections` {wanted}: no more files may be open, see `ulimit -n`"
        );
    }
    most.min(wanted)
}

async fn live(plan: Plan<'_>, master: Master, listeners: Vec<Listener>, link: Option<Arc<Link>>) -> ExitCode {
    match launch(plan, master, listeners, link.clone()).await {
        Ok(Some(running)) => running.until_the_end(plan.registry, plan.config).await,
        Ok(None) => ExitCode::SUCCESS,
        Err(refusals) => refuse_launch(link.as_deref(), &refusals),
    }
}

/// A master that serves.
struct ServingMaster {
    prepared: Prepared,
    monitoring: Monitoring,
    handle: ServerHandle,
    server: rt::task::JoinHandle<io::Result<()>>,
    signals: Signals,
}

/// Prepares and starts to serve; `None` when it was told to stop before that.
async fn launch(
    plan: Plan<'_>,
    master: Master,
    listeners: Vec<Listener>,
    link: Option<Arc<Link>>,
) -> Result<Option<ServingMaster>, Vec<String>> {
    let Plan {
        program,
        registry,
        config,
        ..
    } = plan;
    // Before anything is prepared, so that a signal during start-up is not lost.
    let signals = reopen_log_when_told().and_then(|()| Signals::new(link.as_deref()));
    let mut signals = signals.map_err(|error| vec![format!("cannot listen to signals: {error}")])?;
    let addresses = addresses(&listeners);
    let tls = tls(config, |warning| tracing::warn!("{warning}")).map_err(|refusal| vec![refusal])?;
    let monitoring = Monitoring::open(program, registry, config, link.as_deref())?;
    let prepared = tokio::select! {
        prepared = Prepared::new(plan, master, link.clone(), &monitoring) => prepared?,
        _ = signals.leave() => return Ok(None),
    };
    set_process_executor(prepared.executor.clone());
    let event_loops = if config.single { 1 } else { config.event_loops };
    let settings = server::Settings {
        event_loops,
        limits: server::Limits {
            head_timeout: config.head_timeout,
            keep_alive: config.keep_alive,
            send_timeout: config.send_timeout,
            min_send_rate: config.min_send_rate,
            half_closed: config.half_closed,
        },
        max_answer_memory: config.max_answer_memory,
        max_connections: affordable(config, event_loops),
        backlog: config.backlog,
        shutdown_timeout: config.shutdown_timeout,
        tls,
    };
    let server = server::start(&prepared.service, &prepared.master, listeners, &settings);
    let server = server.map_err(|error| vec![format!("cannot listen on {addresses}: {error}")])?;
    let handle = server.handle();
    let server = rt::spawn(server);
    if daemon::is_root() {
        tracing::warn!("running as root, and so does every handler; `--user` gives it up");
    }
    tracing::info!(target: log::MULTILINE, "routes\n{}", Table::of(&registry.routes));
    tracing::info!(pid = std::process::id(), "listening on {addresses}");
    if let Some(link) = link {
        let gone = |error| {
            vec![format!(
                "the daemon cannot be told that this master is ready: {error}"
            )]
        };
        link.ready(settings.event_loops).map_err(gone)?;
    }
    monitoring.serving(prepared.pool.as_ref(), prepared.isolated.as_ref());
    Ok(Some(ServingMaster {
        prepared,
        monitoring,
        handle,
        server,
        signals,
    }))
}

/// What is spoken on TLS listeners, if a certificate is given; `warn` hears what is wrong with it that is no reason to refuse.
pub(super) fn tls(config: &Config, warn: impl FnOnce(&str)) -> Result<Option<Tls>, String> {
    let (Some(certificate), Some(key)) = (config.tls_cert.clone(), config.tls_key.clone()) else {
        return Ok(None);
    };
    let tls = Tls::open(PairFiles { certificate, key })?;
    if let Some(warning) = tls.warning() {
        warn(&warning);
    }
    Ok(Some(tls))
}

fn addresses(listeners: &[Listener]) -> String {
    let address = |listener: &Listener| match (listener, listener.address()) {
        (Listener::Tcp(_), Ok(address)) => format!("http://{address}"),
        (Listener::Tls(_) | Listener::Unix(_), Ok(address)) => address.to_string(),
        (_, Err(error)) => format!("an unknown address ({error})"),
    };
    listeners.iter().map(address).collect::<Vec<_>>().join(", ")
}

impl ServingMaster {
    async fn until_the_end(mut self, registry: &Registry, config: &Config) -> ExitCode {
        let why = tokio::select! {
            why = self.signals.leave() => why,
            _ = &mut self.server => return refuse(&["the server ended by itself".to_owned()]),
        };
        let limit = config.shutdown_timeout;
        let leaving = async {
            // Whoever comes next needs the monitor's address.
            self.monitoring.draining(why != Leave::Stop).await;
            if why == Leave::Stop && !config.drain_delay.is_zero() {
                tracing::info!(delay = ?config.drain_delay, "not ready any more; taking connections until others have noticed");
                sleep(config.drain_delay).await;
            }
            let deadline = Instant::now() + limit;
            drain(&self.prepared, &self.handle, limit, deadline, why).await;
            close(&self.prepared, deadline).await;
            run_on_shutdown(registry, &self.prepared, deadline).await;
        };
        tokio::select! {
            () = leaving => {}
            () = self.signals.interrupt() => return ExitCode::from(INTERRUPTED),
        }
        tracing::info!("drained, good bye");
        ExitCode::SUCCESS
    }
}

/// Stops accepting and lets the accepted requests finish until `deadline`, which is `limit` after the order to leave.
///
/// With a successor, nobody is refused: what comes before a connection is closed is still answered.
async fn drain(prepared: &Prepared, server: &ServerHandle, limit: Duration, deadline: Instant, why: Leave) {
    let drain = prepared.service.drain();
    drain.advance_to(match why {
        Leave::HandOver => DrainStage::ClosingConnections,
        Leave::Stop | Leave::DaemonDied => DrainStage::Refusing,
    });
    tracing::info!(
        requests = drain.serving(),
        streams = drain.flowing(),
        ?limit,
        ?why,
        "draining: no new connections, finishing what was accepted"
    );
    server.pause().await;
    if why == Leave::HandOver {
        sleep(HAND_OVER.min(limit)).await;
        tracing::info!(
            requests = drain.serving(),
            "clients had their time to come back, finishing the rest"
        );
    }
    // Stopping frees the address, for which the next daemon may be waiting already. Otherwise it comes only now: actix closes
    // every connection that has no request at this moment, and a client that sends on one meanwhile is to read a 503 rather
    // than an end of file.
    while why != Leave::DaemonDied && drain.serving() > 0 && Instant::now() < deadline {
        sleep(DRAIN_LOOK).await;
    }
    if timeout_at(deadline.into(), server.stop(true)).await.is_err() {
        tracing::warn!(
            requests = drain.serving(),
            streams = drain.flowing(),
            "drain limit reached, telling the rest to stop"
        );
    }
    drain.advance_to(DrainStage::Refusing);
}

/// Lets the pools finish until `deadline` what no connection waits for, then tells it to stop.
pub(super) async fn close(prepared: &Prepared, deadline: Instant) {
    let isolated = prepared.isolated.clone();
    // Both at once: each has all the time that there is.
    let isolated = rt::task::spawn_blocking(move || {
        let Some(isolated) = isolated else { return };
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = isolated.pool().close(left);
        let left = deadline.saturating_duration_since(Instant::now());
        let left = isolated.nursery.close(left.min(FAREWELL));
        if left > 0 {
            tracing::warn!(processes = left, "processes of isolated routes do not end");
        }
    });
    close_pool(prepared, deadline).await;
    let _ = isolated.await;
}

async fn close_pool(prepared: &Prepared, deadline: Instant) {
    let Some(pool) = prepared.pool.clone() else { return };
    let left = deadline.saturating_duration_since(Instant::now());
    // Closing blocks until the threads have ended, so it gets a thread of its own.
    match rt::task::spawn_blocking(move || pool.close(left)).await {
        Ok(Ok(report)) if !report.is_drained => {
            tracing::warn!(
                threads = report.abandoned_threads,
                "threads still busy, abandoning them"
            );
        }
        _ => {}
    }
}

/// The application's own end, by `deadline` or shortly after. Its failure is logged; the process ends all the same.
pub(super) async fn run_on_shutdown(registry: &Registry, prepared: &Prepared, deadline: Instant) {
    let Some(hook) = registry.on_shutdown else { return };
    let deadline = deadline.max(Instant::now() + LAST_WORDS);
    match timeout_at(deadline.into(), (hook.run)(&prepared.contexts)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, at = %hook.site, "on_shutdown failed"),
        Err(_) => tracing::error!(at = %hook.site, "on_shutdown took too long, ending without it"),
    }
}

/// Why a master leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// TERM or INT, without a daemon also QUIT and the end of the terminal: the application ends.
    Stop,
    /// QUIT: a successor serves already.
    HandOver,
    /// Nobody would start a new master, or stop this one.
    DaemonDied,
}

/// What tells a master to leave.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    /// Without a daemon.
    terminal: Option<Terminal>,
    /// Those that mean nothing here, and would end the process.
    _harmless: [Signal; 2],
    daemon: Option<Receiver>,
}

impl Signals {
    fn new(link: Option<&Link>) -> io::Result<Self> {
        let terminal = link.is_none().then(Terminal::of_process);
        Ok(Self {
            terminal,
            hangup: signal(SignalKind::hangup())?,
            _harmless: [
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            daemon: link.map(watch).transpose()?,
        })
    }

    async fn leave(&mut self) -> Leave {
        tokio::select! {
            _ = self.terminate.recv() => Leave::Stop,
            _ = self.interrupt.recv() => Leave::Stop,
            _ = self.quit.recv() => if self.daemon.is_some() { Leave::HandOver } else { Leave::Stop },
            () = closed_terminal(&mut self.hangup, self.terminal.as_ref()) => Leave::Stop,
            () = daemon_death(self.daemon.as_ref()) => Leave::DaemonDied,
        }
    }

    async fn interrupt(&mut self) {
        self.interrupt.recv().await;
    }
}

/// A HUP that says that the terminal was closed, and that nobody wanted to be ignored. Any other does nothing.
async fn closed_terminal(hangup: &mut Signal, terminal: Option<&Terminal>) {
    let terminal = terminal.filter(|terminal| !terminal.ignores_hangup());
    loop {
        // `None` comes when the process can get no signals any more.
        if hangup.recv().await.is_none() {
            return std::future::pending().await;
        }
        if terminal.is_some_and(Terminal::is_closed) {
            return;
        }
    }
}

/// The end of the link, to wait for as if it were a pipe's: nothing is read from it, and room for the next beat is no news.
fn watch(link: &Link) -> io::Result<Receiver> {
    Receiver::from_owned_fd_unchecked(link.as_fd().try_clone_to_owned()?)
}

/// The link becomes readable when the daemon is dead, and never before.
async fn daemon_death(link: Option<&Receiver>) {
    match link {
        Some(link) => drop(link.readable().await),
        None => std::future::pending().await,
    }
}
