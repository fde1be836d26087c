//! The application: the one place that wires everything.

use std::{
    env, fmt,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use tracing_subscriber::{Layer, Registry as Spans};

use self::{eyes::Eyes, prepare::Prepared};
use crate::{
    cli::{self, Command, Invocation},
    config::{Config, LogFormat, Mistakes, Options, Surroundings},
    error::Error,
    log::{AnyLayer, complain},
    master::Master,
    route::{Registered, Registry, Table},
    server::rt,
};
use gopool_daemon::{self as daemon, Link, control, exit_code::NOT_LAUNCHED};

mod eyes;
mod local;
mod prepare;
mod refused;
mod serve;

pub(crate) use local::Local;
pub use refused::Refused;

/// An application: all routes that are linked into this program, and how to serve them.
///
/// ```no_run
/// use gopool::{App, Options};
///
/// fn main() -> std::process::ExitCode {
///     App::new().options(Options { max_threads: Some(8), ..Options::default() }).start()
/// }
/// ```
#[derive(Default)]
pub struct App {
    options: Options,
    only_crates: Vec<String>,
    version: Option<String>,
    layers: Vec<MakeLayer>,
}

/// The exit code of a command that was not done within its `--timeout`, as that of `timeout(1)`.
const NOT_IN_TIME: u8 = 124;

type MakeLayer = Box<dyn Fn(&mut Master) -> Result<AnyLayer, Error>>;

/// What is to be served, or checked.
#[derive(Clone, Copy)]
struct Plan<'a> {
    /// The program's name and version, for the monitor.
    program: cli::Program<'a>,
    registry: &'a Registry,
    config: &'a Config,
    layers: &'a [MakeLayer],
}

impl Plan<'_> {
    /// What sees the traces, with all that it needs of the master.
    fn layers(&self, master: &mut Master) -> Result<Vec<AnyLayer>, String> {
        let layers = self.layers.iter().map(|make| make(master));
        layers
            .collect::<Result<_, _>>()
            .map_err(|reason| format!("what `App::layer` was given failed: {reason}"))
    }
}

/// Serves the routes of this program, as the command line, the environment and `gopool.toml` say.
///
/// Call it from `main` and return what it returns: exit code 0 after a drain, 1 when the launch was refused, 2 when an
/// option was wrong.
pub fn start() -> ExitCode {
    App::new().start()
}

/// Like [`start`], with everything on one event loop in one thread: no pool, no daemon. For small tools and for debugging.
pub fn start_single() -> ExitCode {
    App::new().start_single()
}

impl App {
    /// An application with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Options from code. The file, the environment and the command line come before them.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Refuses to launch when any other package has registered a route: a dependency must not add `/login` unseen.
    #[must_use]
    pub fn only_crates<S: Into<String>>(mut self, packages: impl IntoIterator<Item = S>) -> Self {
        self.only_crates = packages.into_iter().map(Into::into).collect();
        self
    }

    /// What `--version` says; usually `env!("CARGO_PKG_VERSION")`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a layer of [`tracing_subscriber`] beside gopool's own log lines. It sees every span and event that its own filter
    /// lets through, the span of each request (target `gopool::request`) among them.
    ///
    /// `make` runs once in each master, before `on_master` and before anything is logged, and may prepare the master for what
    /// the layer needs. It is the place to start what brings threads of its own, as exporters do: before
    /// [`start`](Self::start) no thread may run. An error refuses the launch.
    ///
    /// Give the layer a filter: without one, everything down to the level `TRACE` is made for it.
    ///
    /// ```no_run
    /// use gopool::{App, Error, Master};
    /// use tracing_subscriber::{Layer, Registry, filter::LevelFilter};
    ///
    /// /// Prints every span that ends; `examples/otel` sends them to a collector.
    /// fn spans(_: &mut Master) -> Result<impl Layer<Registry> + Send + Sync + use<>, Error> {
    ///     let layer = tracing_subscriber::fmt::layer();
    ///     let layer = layer.with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE);
    ///     Ok(layer.with_filter(LevelFilter::INFO))
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     App::new().layer(spans).start()
    /// }
    /// ```
    #[must_use]
    pub fn layer<L>(mut self, make: impl Fn(&mut Master) -> Result<L, Error> + 'static) -> Self
    where
        L: Layer<Spans> + Send + Sync,
    {
        self.layers
            .push(Box::new(move |master| make(master).map(Layer::boxed)));
        self
    }

    /// See [`start_single`].
    pub fn start_single(mut self) -> ExitCode {
        self.options.single = Some(true);
        self.start()
    }

    /// See [`start`].
    pub fn start(self) -> ExitCode {
        daemon::unblock_signals();
        // First of all, before any thread starts: it takes the daemon's variables out of the environment.
        let link = match Link::from_env() {
            Ok(link) => link,
            Err(error) => return refuse(&[error.to_string()]),
        };
        let name = program_name();
        let program = self.program(&name);
        match cli::parse(
            program,
            env::args_os().skip(1),
            &Surroundings::of_process(),
            &self.options,
        ) {
            Ok(cli::Parsed::Print(text)) => print(&text),
            Ok(cli::Parsed::Run(invocation)) => self.run(*invocation, program, link),
            Err(mistakes) => {
                if let Some(link) = link {
                    link.failed(&mistakes.sentences().collect::<Vec<_>>().join("; "));
                }
                complain(&mistakes);
                ExitCode::from(Mistakes::EXIT_CODE)
            }
        }
    }

    fn program<'a>(&'a self, name: &'a str) -> cli::Program<'a> {
        let unknown = concat!("(gopool ", env!("CARGO_PKG_VERSION"), ")");
        let version = self.version.as_deref().unwrap_or(unknown);
        cli::Program { name, version }
    }

    fn run(&self, invocation: Invocation, program: cli::Program<'_>, link: Option<Link>) -> ExitCode {
        let Invocation { command, config, pid } = invocation;
        let wanted = || wanted_daemon(&config, pid);
        let limit = config.typed_timeout();
        // A daemon is asked whatever has become of the routes since it began.
        match command {
            Command::Status { json } => return report_status(control::status(&wanted()), json),
            Command::Reload => return report(control::reload(&wanted(), limit)),
            Command::Stop => return report(control::stop(&wanted(), limit)),
            Command::Serve | Command::Routes { .. } | Command::Check => {}
        }
        let registry = match Registry::load(Registered::gather(), &self.only_crates) {
            Ok(registry) => registry,
            Err(refusals) => return refuse_launch(link.as_ref(), &refusals),
        };
        let needs_init = link.is_none() && (config.no_daemon || config.single) && std::process::id() == 1;
        if command == Command::Serve && needs_init {
            return daemon::run_as_init().unwrap_or_else(|error| refuse(&[error.to_string()]));
        }
        let is_daemon = link.is_none() && !config.no_daemon && !config.single;
        let plan = Plan {
            program,
            registry: &registry,
            config: &config,
            layers: &self.layers,
        };
        match command {
            Command::Routes { json } => print_routes(&registry, json),
            Command::Check => check(plan),
            Command::Serve if is_daemon => match daemon_settings(&config) {
                Ok(settings) => daemon::run(settings),
                Err(error) => refuse(&[error.to_string()]),
            },
            _ => serve::serve(plan, link),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("options", &self.options)
            .field("only_crates", &self.only_crates)
            .field("version", &self.version)
            .field("layers", &self.layers.len())
            .finish()
    }
}

/// The daemon that these options mean.
fn daemon_settings(config: &Config) -> Result<daemon::Settings, daemon::Error> {
    Ok(daemon::Settings {
        name: program_name(),
        listen: config.listen.clone(),
        watchdog: config.watchdog,
        ready_timeout: config.ready_timeout,
        drain_delay: config.drain_delay,
        shutdown_timeout: config.shutdown_timeout,
        max_memory: config.max_memory,
        pid_file: config.pid_file.clone(),
        backoff: daemon::Backoff {
            healthy_after: config.healthy_after,
            ..daemon::Backoff::default()
        },
        log_format: match config.log_format {
            LogFormat::Text => daemon::LogFormat::Text,
            LogFormat::Json => daemon::LogFormat::Json,
        },
        access: access(config),
        watch: config.watch,
        identity: daemon::Identity::of(config.user.as_deref(), config.group.as_deref())?,
    })
}

/// Who may connect to the Unix sockets.
fn access(config: &Config) -> daemon::Access {
    daemon::Access {
        mode: config.socket_mode,
        group: config.socket_group.clone(),
    }
}

/// The daemon that a command with these options is for.
fn wanted_daemon(config: &Config, pid: Option<u32>) -> control::Wanted {
    control::Wanted {
        name: program_name(),
        pid,
        pid_file: config.pid_file.clone(),
        is_pid_file_meant: config.is_pid_file_typed(),
        listen: config.listen.clone(),
        is_listen_meant: config.is_address_typed(),
    }
}

fn report_status(answer: Result<control::Status, daemon::Error>, json: bool) -> ExitCode {
    let code = answer.as_ref().map_or(NOT_LAUNCHED, control::Status::exit_code);
    report(answer.map(|status| {
        if json {
            status.to_json()
        } else {
            status.to_string()
        }
    }));
    ExitCode::from(code)
}

fn report(answer: Result<String, daemon::Error>) -> ExitCode {
    match answer {
        Ok(text) => print(&text),
        Err(error) => {
            complain(&error);
            let is_late = error.kind() == io::ErrorKind::TimedOut;
            ExitCode::from(if is_late { NOT_IN_TIME } else { NOT_LAUNCHED })
        }
    }
}

fn print_routes(registry: &Registry, json: bool) -> ExitCode {
    let table = Table::of(&registry.routes);
    match json.then(|| table.to_json()).transpose() {
        Ok(as_json) => print(&as_json.unwrap_or_else(|| table.to_string())),
        Err(error) => refuse(&[format!("the table cannot be written as JSON: {error}")]),
    }
}

/// Everything that would stop a launch, but for the address being taken: the program may be running already.
fn check(plan: Plan<'_>) -> ExitCode {
    let mut master = Master::default();
    if let Err(refusal) = plan.layers(&mut master) {
        return refuse(&[refusal]);
    }
    match rt::System::new().block_on(Prepared::new(plan, master, None, &Eyes::default())) {
        Ok(_) => print(&format!(
            "{} routes, nothing would stop a launch",
            plan.registry.routes.len()
        )),
        Err(refusals) => refuse(&refusals),
    }
}

/// To standard output. A reader that has gone (`routes | head`) is no failure of ours.
fn print(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    ExitCode::SUCCESS
}

/// Tells the daemon, if there is one, and whoever reads the output.
fn refuse_launch(link: Option<&Link>, refusals: &[String]) -> ExitCode {
    if let Some(link) = link {
        link.failed(&refusals.join("; "));
    }
    refuse(refusals)
}

fn refuse(refusals: &[String]) -> ExitCode {
    complain(&Refused::for_these(refusals.to_vec()));
    ExitCode::from(NOT_LAUNCHED)
}

/// What the user typed to run us, without its folder.
fn program_name() -> String {
    let path = env::args_os().next().map(PathBuf::from);
    let name = path
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "gopool".to_owned())
}
