//! The daemon that the options mean.

use gopool_daemon::{Access, Backoff, Error, Identity, LogFormat, Settings};

use super::plan::program_name;
use crate::config::{self, Config};

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
        pid_file: config.pid_file.clone(),
        backoff: Backoff {
            healthy_after: config.healthy_after,
            ..Backoff::default()
        },
        log_format: match config.log_format {
            config::LogFormat::Text => LogFormat::Text,
            config::LogFormat::Json => LogFormat::Json,
        },
        access: access(config),
        watch: config.watch,
        identity: Identity::of(config.user.as_deref(), config.group.as_deref())?,
    })
}

/// Who may connect to the Unix sockets.
fn access(config: &Config) -> Access {
    Access {
        mode: config.socket_mode,
        group: config.socket_group.clone(),
    }
}
