//! What is to be served, or checked.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    cli,
    config::Config,
    error::Error,
    log::{self, AnyLayer},
    master::Master,
    route::Registry,
    server::DocsPath,
};

/// Makes what sees the traces of one master.
pub(super) type MakeLayer = Box<dyn Fn(&mut Master) -> Result<AnyLayer, Error>>;

/// What is to be served, or checked.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    /// The program's name and version, for the monitor.
    pub(super) program: cli::Program<'a>,
    pub(super) registry: &'a Registry,
    pub(super) config: &'a Config,
    pub(super) layers: &'a [MakeLayer],
    pub(super) docs: Option<&'a DocsPath>,
}

impl Plan<'_> {
    /// What the options say of the log.
    pub(super) fn log(&self) -> log::Settings<'_> {
        log::Settings {
            format: self.config.log_format,
            level: self.config.given_log_level(),
            file: self.config.log_file.as_deref(),
        }
    }

    /// What sees the traces, with all that it needs of the master.
    pub(super) fn layers(&self, master: &mut Master) -> Result<Vec<AnyLayer>, String> {
        let layers = self.layers.iter().map(|make| make(master));
        layers
            .collect::<Result<_, _>>()
            .map_err(|reason| format!("what `App::layer` was given failed: {reason}"))
    }
}

/// What the user typed to run us, without its folder.
pub(super) fn program_name() -> String {
    let path = env::args_os().next().map(PathBuf::from);
    let name = path
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "gopool".to_owned())
}
