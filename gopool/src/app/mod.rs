//! The application: the one place that wires everything.

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::prepare::Prepared;
use crate::{
    cli::{self, Command, Invocation},
    config::{Config, Mistakes, Options, Surroundings},
    log,
    route::{Registered, Registry, Table},
    server::rt,
};

mod prepare;
mod serve;

/// The exit code of a launch that was refused.
const REFUSED: u8 = 1;

/// An application: all routes that are linked into this program, and how to serve them.
///
/// ```no_run
/// use gopool::{App, Options};
///
/// fn main() -> std::process::ExitCode {
///     App::new().options(Options { max_threads: Some(8), ..Options::default() }).start()
/// }
/// ```
#[derive(Debug, Default)]
pub struct App {
    options: Options,
    only_crates: Vec<String>,
    version: Option<String>,
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

    /// See [`start_single`].
    pub fn start_single(mut self) -> ExitCode {
        self.options.single = Some(true);
        self.start()
    }

    /// See [`start`].
    pub fn start(self) -> ExitCode {
        let name = program_name();
        let version = self.version.as_deref().unwrap_or(concat!("(gopool ", env!("CARGO_PKG_VERSION"), ")"));
        let program = cli::Program { name: &name, version };
        match cli::parse(program, env::args_os().skip(1), &Surroundings::of_process(), &self.options) {
            Ok(cli::Parsed::Print(text)) => print(&text),
            Ok(cli::Parsed::Run(invocation)) => self.run(*invocation),
            Err(mistakes) => {
                eprintln!("{mistakes}");
                ExitCode::from(Mistakes::EXIT_CODE)
            }
        }
    }

    fn run(&self, invocation: Invocation) -> ExitCode {
        let Invocation { command, config } = invocation;
        let registry = match Registry::load(Registered::gather(), &self.only_crates) {
            Ok(registry) => registry,
            Err(refusals) => return refuse(&refusals),
        };
        log::start(config.log_format);
        match command {
            Command::Routes { json } => print_routes(&registry, json),
            Command::Check => check(&registry, &config),
            Command::Serve => serve::serve(&registry, &config),
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
fn check(registry: &Registry, config: &Config) -> ExitCode {
    match rt::System::new().block_on(Prepared::new(registry, config)) {
        Ok(_) => print(&format!("{} routes, nothing would stop a launch", registry.routes.len())),
        Err(refusals) => refuse(&refusals),
    }
}

/// To standard output. A reader that has gone (`routes | head`) is no failure of ours.
fn print(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    ExitCode::SUCCESS
}

fn refuse(refusals: &[String]) -> ExitCode {
    eprintln!("cannot launch:");
    for refusal in refusals {
        eprintln!("  - {refusal}");
    }
    ExitCode::from(REFUSED)
}

/// What the user typed to run us, without its folder.
fn program_name() -> String {
    let path = env::args_os().next().map(PathBuf::from);
    let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "gopool".to_owned())
}
