//! The servers that are compared, and how each is started.

use std::{ffi::OsString, path::Path, process::Command};

use crate::{answer::Ask, database::ADDRESS, small::Small, stage::Stage};

/// The program of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `examples/lab`.
    Lab,
    /// The same, asked for the twins of its routes that answer on the event loop.
    LabInline,
    /// The same, asked for the twins that run in processes of their own.
    LabIsolated,
    /// gopool with the peers' database routes.
    Database,
    OneRoute,
    ThousandRoutes,
    /// With its way to hand work over.
    Actix(&'static str),
    /// With its way to hand work over.
    Axum(&'static str),
    /// With the number of its processes.
    Fastify(usize),
    NpmGopool,
    /// The service of COMPARE.md.
    Small(Small),
}

/// Where a program comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A workspace, by its manifest, and the package in it.
    Cargo(&'static str, &'static str),
    /// The folder of the Node servers.
    Node,
    /// That of fastify in its current release.
    Fastify,
    /// That of the Python server.
    Python,
}

const OURS: &str = "Cargo.toml";
const PEERS: &str = "examples/compare/peers/Cargo.toml";

/// One server with its options.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Unique within a row.
    pub(crate) label: String,
    program: Program,
    args: Vec<String>,
    threads: Option<usize>,
    /// Started anew by a shell whenever it has ended.
    kept_alive: bool,
}

/// gopool as it comes: daemon and all.
pub(crate) const GOPOOL: &str = "gopool";
pub(crate) const GOPOOL_ALONE: &str = "gopool --no-daemon";
pub(crate) const GOPOOL_WIDE: &str = "gopool --max-threads 64";
pub(crate) const GOPOOL_INLINE: &str = "gopool inline";
pub(crate) const GOPOOL_ISOLATED: &str = "gopool isolated";
pub(crate) const ACTIX_INLINE: &str = "actix inline";
pub(crate) const ACTIX_BLOCK: &str = "actix web::block";
pub(crate) const ACTIX_RAYON: &str = "actix + rayon";
pub(crate) const NPM_GOPOOL: &str = "npm gopool";

impl Peer {
    pub(crate) fn new(label: impl Into<String>, program: Program) -> Self {
        Self {
            label: label.into(),
            program,
            args: Vec::new(),
            threads: None,
            kept_alive: false,
        }
    }

    pub(crate) fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.args.extend(args.map(str::to_owned));
        self
    }

    /// The same under another name.
    pub(crate) fn called(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    /// So many threads for work, instead of one for each core.
    pub(crate) fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Started anew whenever it has ended, by the simplest supervisor there is, unless it has one of its own.
    pub(crate) fn kept_alive(mut self) -> Self {
        self.kept_alive = !matches!(self.program, Program::Small(small) if small.restarts_itself());
        self
    }

    /// Whether this machine can run it.
    pub(crate) fn is_available(&self, stage: &Stage) -> bool {
        match self.origin() {
            Origin::Cargo(..) => true,
            Origin::Node => stage.node.is_some(),
            Origin::Fastify => stage.fastify.is_some(),
            Origin::Python => stage.python.is_some(),
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        match self.program {
            Program::Lab | Program::LabInline | Program::LabIsolated => Origin::Cargo(OURS, "lab"),
            Program::Database => Origin::Cargo(PEERS, "gopool-database"),
            Program::OneRoute | Program::ThousandRoutes => Origin::Cargo(PEERS, "gopool-routes"),
            Program::Actix(_) => Origin::Cargo(PEERS, "peer-actix"),
            Program::Axum(_) => Origin::Cargo(PEERS, "peer-axum"),
            Program::Fastify(_) | Program::NpmGopool | Program::Small(Small::NpmGopool) => Origin::Node,
            Program::Small(Small::Fastify) => Origin::Fastify,
            Program::Small(Small::FastApi) => Origin::Python,
            Program::Small(small) => Origin::Cargo(PEERS, small.package()),
        }
    }

    /// Path and query of a request, in this server's words.
    pub(crate) fn path(&self, ask: Ask) -> &'static str {
        match self.program {
            Program::LabInline => ask.path_inline(),
            Program::LabIsolated => ask.path_isolated(),
            Program::NpmGopool => ask.path_without_parameters(),
            Program::Small(small) => small.path(ask),
            _ => ask.path(),
        }
    }

    /// The command that starts it on `port`, with the settings that are the same for all.
    pub(crate) fn command(&self, stage: &Stage, port: u16) -> Command {
        let mut command = match self.program {
            Program::Lab | Program::LabInline | Program::LabIsolated => self.gopool(stage, "lab", port),
            Program::Database => self.gopool(stage, "gopool-database", port),
            Program::OneRoute => self.gopool(stage, "one-route", port),
            Program::ThousandRoutes => self.gopool(stage, "thousand-routes", port),
            Program::Actix(hand_over) => self.rust(stage, "peer-actix", hand_over, port),
            Program::Axum(hand_over) => self.rust(stage, "peer-axum", hand_over, port),
            Program::Fastify(processes) => {
                let mut command = self.node(stage, "fastify.cjs");
                command.args([port.to_string(), processes.to_string()]);
                command
            }
            Program::NpmGopool => self.node(stage, "bundle.cjs"),
            Program::Small(small) => small.command(stage, port),
        };
        command.args(&self.args).env("COMPARE_PORT", port.to_string());
        if let Some(database) = &stage.database {
            command.env(ADDRESS, database.address());
        }
        if self.kept_alive {
            restarting(&command)
        } else {
            command
        }
    }

    /// Default options; threads and event loops of the others are set to what these come to.
    fn gopool(&self, stage: &Stage, program: &str, port: u16) -> Command {
        let mut command = Command::new(stage.programs.join(program));
        command.args(["--port", &port.to_string()]);
        if let Some(threads) = self.threads {
            command.args(["--max-threads", &threads.to_string()]);
        }
        command
    }

    fn rust(&self, stage: &Stage, program: &str, hand_over: &str, port: u16) -> Command {
        let mut command = Command::new(stage.programs.join(program));
        command.args(["--hand-over", hand_over, "--port", &port.to_string()]);
        command.args(["--event-loops", &stage.event_loops().to_string()]);
        command.args(["--threads", &self.threads.unwrap_or(stage.cores).to_string()]);
        command
    }

    fn node(&self, stage: &Stage, script: &str) -> Command {
        let folder = stage.node.as_deref().unwrap_or(Path::new("."));
        let mut command = Command::new("node");
        command.arg(OsString::from(folder.join(script)));
        command.env("NODE_ENV", "production");
        command
    }
}

/// The same command, again and again, as a service manager without a pause would run it.
fn restarting(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"while :; do "$@"; done"#, "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell
}

/// The small service in every framework.
pub(crate) fn small() -> Vec<Peer> {
    let peers = [
        (GOPOOL, Small::Gopool),
        ("actix web::block", Small::Rust("small-actix")),
        ("axum spawn_blocking", Small::Rust("small-axum")),
        ("axum + rayon", Small::Rust("small-axum-rayon")),
        ("autumn-web", Small::Rust("small-autumn")),
        ("FastAPI", Small::FastApi),
        ("fastify + piscina", Small::Fastify),
        (NPM_GOPOOL, Small::NpmGopool),
    ];
    peers
        .map(|(label, small)| Peer::new(label, Program::Small(small)))
        .into()
}

/// The same with the routes of gopool's that run in processes, which only differ where something goes wrong.
pub(crate) fn small_and_isolated() -> Vec<Peer> {
    let mut peers = small();
    peers.insert(
        1,
        Peer::new(GOPOOL_ISOLATED, Program::Small(Small::GopoolIsolated)),
    );
    peers
}

/// Bare actix-web, without any hand-over: the most that can be hoped for.
pub(crate) fn actix_inline() -> Peer {
    Peer::new(ACTIX_INLINE, Program::Actix("inline"))
}

/// The usual ways to get work off the event loop in Rust.
pub(crate) fn rust_hand_overs() -> Vec<Peer> {
    let mut peers = actix_hand_overs();
    peers.push(Peer::new("axum spawn_blocking", Program::Axum("spawn-blocking")));
    peers.push(Peer::new("axum + tokio-rayon", Program::Axum("tokio-rayon")));
    peers
}

/// Those of them behind the same HTTP server as gopool: rayon's sends its answer through a oneshot channel.
pub(crate) fn actix_hand_overs() -> Vec<Peer> {
    vec![
        Peer::new(ACTIX_BLOCK, Program::Actix("block")),
        Peer::new(ACTIX_RAYON, Program::Actix("rayon")),
    ]
}

/// gopool, then these.
pub(crate) fn gopool_and(others: impl IntoIterator<Item = Peer>) -> Vec<Peer> {
    let gopool = Peer::new(GOPOOL, Program::Lab);
    std::iter::once(gopool).chain(others).collect()
}

/// The npm package whose place gopool takes.
pub(crate) fn npm_gopool() -> Peer {
    Peer::new(NPM_GOPOOL, Program::NpmGopool)
}

/// gopool, answering on its event loop.
pub(crate) fn gopool_inline() -> Peer {
    Peer::new(GOPOOL_INLINE, Program::LabInline)
}

/// gopool, answering from processes that can be killed.
pub(crate) fn gopool_isolated() -> Peer {
    Peer::new(GOPOOL_ISOLATED, Program::LabIsolated)
}

/// The Node servers.
pub(crate) fn node() -> Vec<Peer> {
    vec![
        Peer::new("fastify", Program::Fastify(1)),
        Peer::new("fastify cluster of 2", Program::Fastify(2)),
        npm_gopool(),
    ]
}

/// gopool with its default options, and without the daemon.
pub(crate) fn gopools() -> Vec<Peer> {
    vec![
        Peer::new(GOPOOL, Program::Lab),
        Peer::new(GOPOOL_ALONE, Program::Lab).args(["--no-daemon"]),
    ]
}

/// Everyone.
pub(crate) fn all() -> Vec<Peer> {
    let mut all = gopools();
    all.push(actix_inline());
    all.extend(rust_hand_overs());
    all.extend(node());
    all
}

/// Everyone for CPU work: with a gopool that may grow to 64 threads, and without the one that lacks the daemon, which has no part
/// in such work.
pub(crate) fn all_for_cpu_work() -> Vec<Peer> {
    let mut all = all();
    all.retain(|peer| peer.label != GOPOOL_ALONE);
    all.insert(1, Peer::new(GOPOOL_WIDE, Program::Lab).threads(64));
    all
}
