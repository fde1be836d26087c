//! All that a measurement needs: programs, tools, the machine, and how long to look.

use std::{
    env,
    fs::{self, File},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::{
    Failure,
    database::Database,
    options::Options,
    peer::Origin,
    process,
    rows::{self, Need},
    workshop,
};

/// Everything is built and ready to run.
pub(crate) struct Stage {
    /// Where the servers' programs are.
    pub(crate) programs: PathBuf,
    pub(crate) wrk: PathBuf,
    /// Absent when no chosen row needs it.
    pub(crate) oha: Option<PathBuf>,
    /// The folder of the Node servers, when Node is there.
    pub(crate) node: Option<PathBuf>,
    /// The folder of fastify in its current release, when Node is there.
    pub(crate) fastify: Option<PathBuf>,
    /// The environment of the Python server, when Python is there.
    pub(crate) python: Option<PathBuf>,
    /// Absent when PostgreSQL is, or when no chosen row needs it.
    pub(crate) database: Option<Database>,
    pub(crate) cores: usize,
    /// Where tables, plots and logs go.
    pub(crate) results: PathBuf,
    pub(crate) options: Options,
    /// Set by the signals that ask for an end.
    interrupted: Arc<AtomicBool>,
}

/// How long one load lasts, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) warm_up: u32,
    pub(crate) load: u32,
    /// For rows about overload and idleness, which need a longer look.
    pub(crate) long: u32,
}

impl Stage {
    /// Builds, installs and starts what is missing.
    pub(crate) fn set(options: &Options) -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        let target = target()?;
        let results = target.join("compare");
        fs::create_dir_all(results.join("logs"))?;
        process::raise_file_limit();
        let origins = options.origins()?;
        workshop::build_servers(&target, &origins);
        let needs = |origin| origins.contains(&origin);
        let needs_oha = rows::need(options.rows.as_deref(), Need::OpenLoop);
        Ok(Self {
            programs: target.join("release"),
            wrk: workshop::wrk()?,
            oha: needs_oha.then(|| workshop::oha(&results)).transpose()?,
            node: needs(Origin::Node)
                .then(|| unless_missing(workshop::node_servers(&results)))
                .flatten(),
            fastify: needs(Origin::Fastify)
                .then(|| unless_missing(workshop::fastify(&results)))
                .flatten(),
            python: needs(Origin::Python)
                .then(|| unless_missing(workshop::python(&results)))
                .flatten(),
            database: Database::start(options)?,
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            results,
            options: options.clone(),
            interrupted,
        })
    }

    /// Whether someone asked for an end. Values must then be dropped, so that their processes end with this one.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    pub(crate) fn pace(&self) -> Pace {
        if self.options.quick {
            Pace {
                warm_up: 1,
                load: 1,
                long: 2,
            }
        } else {
            Pace {
                warm_up: 1,
                load: 5,
                long: 10,
            }
        }
    }

    /// gopool's own default, given to every server that lets one choose.
    pub(crate) fn event_loops(&self) -> usize {
        (self.cores / 2).max(1)
    }

    /// A fresh log for a server.
    pub(crate) fn log(&self, label: &str) -> Result<File, Failure> {
        let name = label.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Ok(File::create(self.results.join("logs").join(name + ".log"))?)
    }
}

/// A machine without them still measures the others.
fn unless_missing(installed: Result<PathBuf, Failure>) -> Option<PathBuf> {
    installed
        .inspect_err(|failure| eprintln!("left out: {failure}"))
        .ok()
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The target folder that this program was built into.
fn target() -> Result<PathBuf, Failure> {
    let program = env::current_exe()?;
    let folder = program.ancestors().nth(2).map(Path::to_owned);
    folder.ok_or_else(|| "this program is not in a target folder: start it with `cargo run`".into())
}
