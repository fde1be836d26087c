//! The application: the one place that wires everything.

use std::{
    env,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{self, ExitCode},
};

use self::{
    ask::{ask, print},
    cancel::cancel,
    daemon::settings,
    monitoring::Monitoring,
    plan::{Plan, program_name},
    prepare::Prepared,
    refused::{refuse, refuse_launch},
};
use crate::{
    cli::{self, Command, Invocation},
    config::Mistakes,
    log::{self, complain},
    master::Master,
    route::{Registered, Registry, Table},
    server::rt,
};
use gopool_daemon::Link;
use gopool_isolated::Inside;

mod ask;
mod builder;
mod cancel;
mod daemon;
#[cfg_attr(not(feature = "docs"), path = "no_docs.rs")]
mod docs;
mod hidden;
mod isolation;
mod local;
mod monitoring;
#[cfg_attr(not(feature = "openapi"), path = "no_openapi.rs")]
mod openapi;
mod options;
mod plan;
mod pools;
mod prepare;
mod refused;
mod serve;
mod worker;

pub use builder::App;
pub(crate) use local::Local;
pub use refused::Refused;

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
    /// See [`start_single`].
    pub fn start_single(mut self) -> ExitCode {
        self.options.single = Some(true);
        self.start()
    }

    /// See [`start`].
    pub fn start(self) -> ExitCode {
        gopool_daemon::outlive_full_files();
        // One that a master has started to run isolated routes is none.
        match Inside::enter() {
            Ok(Some(inside)) => self.be_worker(inside),
            Ok(None) => {}
            Err(error) => return refuse(&[error.to_string()]),
        }
        gopool_daemon::unblock_signals();
        // First of all, before any thread starts: it takes the daemon's variables out of the environment.
        let link = match Link::from_env() {
            Ok(link) => link,
            Err(error) => return refuse(&[error.to_string()]),
        };
        let name = program_name();
        let program = self.program(&name);
        match options::read(program, &self.options, link.as_ref()) {
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

    fn run(&self, invocation: Invocation, program: cli::Program<'_>, link: Option<Link>) -> ExitCode {
        let Invocation {
            command,
            config,
            pid,
            request,
            openapi,
        } = invocation;
        if let Some(id) = request {
            return cancel(&config, &id);
        }
        // A master is in it already, or in that of the last good one.
        let entered = config
            .chdir
            .as_deref()
            .filter(|_| link.is_none())
            .map_or(Ok(()), enter);
        // A daemon is asked whatever has become of the folder and the routes since it began.
        if let Some(code) = ask(command, &config, pid) {
            return code;
        }
        if let Err(refusal) = entered {
            return refuse(&[refusal]);
        }
        let is_daemon = link.is_none() && !config.no_daemon && !config.single;
        let runs_here = matches!(command, Command::Check) || (command == Command::Serve && !is_daemon);
        if runs_here
            && link.is_none()
            && let Some(Err(refusal)) = config.env_file_path().map(|file| have_variables(&file))
        {
            return refuse(&[refusal]);
        }
        let registry = match Registry::load(Registered::gather(), &self.only_crates) {
            Ok(registry) => registry,
            Err(refusals) => return refuse_launch(link.as_ref(), &refusals),
        };
        let needs_init = link.is_none() && (config.no_daemon || config.single) && std::process::id() == 1;
        if command == Command::Serve && needs_init {
            return gopool_daemon::run_as_init().unwrap_or_else(|error| refuse(&[error.to_string()]));
        }
        let docs = match docs::open(self, &registry, &config) {
            Ok(docs) => docs,
            Err(refusals) => return refuse_launch(link.as_ref(), &refusals),
        };
        let plan = Plan {
            program,
            registry: &registry,
            config: &config,
            layers: &self.layers,
            docs: docs.as_ref(),
        };
        match command {
            Command::Routes { json } => print_routes(&registry, json),
            Command::Openapi => openapi::run(self, &registry, &openapi),
            Command::Check => check(plan),
            Command::Serve if is_daemon => match settings(&config) {
                Ok(settings) => gopool_daemon::run(settings),
                Err(error) => refuse(&[error.to_string()]),
            },
            _ => serve::serve(plan, link),
        }
    }
}

fn enter(folder: &Path) -> Result<(), String> {
    env::set_current_dir(folder)
        .map_err(|error| format!("`--chdir {}` cannot be entered: {error}", folder.display()))
}

/// Runs this program again with the variables of this file, unless it has them: they cannot be set in a process that runs.
fn have_variables(file: &Path) -> Result<(), String> {
    let variables = gopool_daemon::read_env_file(file).map_err(|error| error.to_string())?;
    let is_set = |(name, value): &(String, String)| env::var_os(name).is_some_and(|own| *own == **value);
    if variables.iter().all(is_set) {
        return Ok(());
    }
    let failed = |error| format!("this program cannot be run again with the variables of its file: {error}");
    let mut arguments = env::args_os();
    let mut again = process::Command::new(env::current_exe().map_err(failed)?);
    again.arg0(arguments.next().unwrap_or_default()).args(arguments);
    Err(failed(again.envs(variables).exec()))
}

fn print_routes(registry: &Registry, json: bool) -> ExitCode {
    let table = Table::of(&registry.routes);
    match json.then(|| table.to_json()).transpose() {
        Ok(as_json) => print(&as_json.unwrap_or_else(|| table.to_string())),
        Err(error) => refuse(&[format!("the table cannot be written as JSON: {error}")]),
    }
}

/// Everything that would stop a launch, but for an address or a file being taken: the program may be running already.
fn check(plan: Plan<'_>) -> ExitCode {
    let mut refusals: Vec<String> = Vec::new();
    let daemon = settings(plan.config).and_then(|settings| settings.check());
    refusals.extend(daemon.err().map(|error| error.to_string()));
    refusals.extend(
        Monitoring::check(plan.registry, plan.config)
            .err()
            .into_iter()
            .flatten(),
    );
    refusals.extend(log::check(plan.log()).err());
    let tls = serve::tls(plan.config, |warning| complain(&format!("warning: {warning}")));
    refusals.extend(tls.err());
    let mut master = Master::default();
    refusals.extend(plan.layers(&mut master).err());
    if !refusals.is_empty() {
        return refuse(&refusals);
    }
    match rt::System::new().block_on(Prepared::new(plan, master, None, &Monitoring::default())) {
        Ok(_) => print(&format!(
            "{} routes, nothing would stop a launch",
            plan.registry.routes.len()
        )),
        Err(refusals) => refuse(&refusals),
    }
}
