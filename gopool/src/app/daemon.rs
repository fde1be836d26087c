//! The daemon that the options mean.

use std::path::{self, Path};

use gopool_daemon::{Access, Backoff, Error, Identity, Level, LogFormat, Logging, Settings};

use super::plan::program_name;
use crate::{
    config::{self, Config},
    log,
};

/// The daemon that these options mean.
///
/// # Errors
/// When the system knows no such user or group.
pub(super) fn settings(config: &Config) -> Result<Settings, Error> {
    Ok(Settings {
        name: program_name(),
        listen: config.listen.clone(),
        watchdog: config.watchdog,
        ready_timeout: config.ready_timeout,
        drain_delay: config.drain_delay,
        shutdown_timeout: config.shutdown_timeout,
        max_memory: config.max_memory,
        recycle_age: config.recycle_age,
        pid_file: config.pid_file.clone(),
        folder: config.chdir.clone(),
        backoff: Backoff {
            healthy_after: config.healthy_after,
            ..Backoff::default()
        },
        log: logging(config),
        access: access(config),
        watch: config.watch,
        identity: Identity::of(config.user.as_deref(), config.group.as_deref())?,
    })
}

/// The daemon's lines go where those of its masters go.
fn logging(config: &Config) -> Logging {
    let levels = [Level::Info, Level::Warn, Level::Error];
    let written = levels.into_iter().find(|level| {
        let level = match level {
            Level::Error => tracing::Level::ERROR,
            Level::Warn => tracing::Level::WARN,
            Level::Info => tracing::Level::INFO,
        };
        log::is_written("gopool::daemon", level, config.given_log_level())
    });
    // A master may work in another folder than the daemon.
    let from_the_root = |path: &Path| path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Logging {
        format: match config.log_format {
            config::LogFormat::Text => LogFormat::Text,
            config::LogFormat::Json => LogFormat::Json,
        },
        level: written,
        file: config.log_file.as_deref().map(from_the_root),
    }
}

/// Who may connect to the Unix sockets.
fn access(config: &Config) -> Access {
    Access {
        mode: config.socket_mode,
        group: config.socket_group.clone(),
    }
}
