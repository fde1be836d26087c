//! The options of the daemon, which each new master reads anew for it.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    log::{LogFormat, Logging},
    settings::Settings,
};

/// What a master, which reads the options anew, finds there for its daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Options {
    pub(crate) watchdog: Option<Duration>,
    pub(crate) ready_timeout: Duration,
    #[serde(default)]
    pub(crate) drain_delay: Duration,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) healthy_after: Duration,
    pub(crate) max_memory: Option<u64>,
    #[serde(default)]
    pub(crate) recycle_age: Option<Duration>,
    pub(crate) listen: Vec<String>,
    pub(crate) pid_file: Option<PathBuf>,
    pub(crate) log: Logging,
}

impl Options {
    pub(crate) fn of(settings: &Settings) -> Options {
        Options {
            watchdog: settings.watchdog,
            ready_timeout: settings.ready_timeout,
            drain_delay: settings.drain_delay,
            shutdown_timeout: settings.shutdown_timeout,
            healthy_after: settings.backoff.healthy_after,
            max_memory: settings.max_memory,
            recycle_age: settings.recycle_age,
            listen: settings.listen.iter().map(ToString::to_string).collect(),
            pid_file: settings.pid_file.clone(),
            log: settings.log.clone(),
        }
    }

    /// These settings with what was in force before.
    ///
    /// # Errors
    /// An address is none.
    pub(crate) fn in_force_in(&self, mut settings: Settings) -> Result<Settings, Error> {
        self.apply_to(&mut settings);
        settings.pid_file.clone_from(&self.pid_file);
        let listen = self.listen.iter().map(|text| text.parse());
        settings.listen = listen.collect::<Result<_, Error>>()?;
        Ok(settings)
    }

    /// Puts what can be changed while the daemon runs into its settings.
    pub(crate) fn apply_to(&self, settings: &mut Settings) {
        settings.watchdog = self.watchdog;
        settings.ready_timeout = self.ready_timeout;
        settings.drain_delay = self.drain_delay;
        settings.shutdown_timeout = self.shutdown_timeout;
        settings.backoff.healthy_after = self.healthy_after;
        settings.max_memory = self.max_memory;
        settings.recycle_age = self.recycle_age;
        settings.log = self.log.clone();
    }
}

/// What differs between two sets of options, as `name new (was old)`.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// What a daemon can take over while it runs.
    pub(crate) taken: Vec<String>,
    /// What it cannot.
    pub(crate) kept: Vec<String>,
}

impl Changes {
    pub(crate) fn between(old: &Options, new: &Options) -> Changes {
        let memory = |options: &Options| {
            options
                .max_memory
                .map_or("off".to_owned(), |bytes| format!("{bytes} bytes"))
        };
        let times = [
            ("watchdog", old.watchdog, new.watchdog),
            ("ready-timeout", Some(old.ready_timeout), Some(new.ready_timeout)),
            ("drain-delay", Some(old.drain_delay), Some(new.drain_delay)),
            (
                "shutdown-timeout",
                Some(old.shutdown_timeout),
                Some(new.shutdown_timeout),
            ),
            ("healthy-after", Some(old.healthy_after), Some(new.healthy_after)),
            ("recycle-age", old.recycle_age, new.recycle_age),
        ];
        let time = |time: Option<Duration>| time.map_or("off".to_owned(), |time| format!("{time:?}"));
        let mut taken: Vec<String> = times
            .iter()
            .filter_map(|(name, old, new)| change(name, &time(*old), &time(*new)))
            .collect();
        taken.extend(change("max-memory", &memory(old), &memory(new)));
        taken.extend(changed_logging(&old.log, &new.log));
        let listen = change("listen", &old.listen.join(","), &new.listen.join(","));
        let kept = listen
            .into_iter()
            .chain(change("pid-file", &file(&old.pid_file), &file(&new.pid_file)));
        Changes {
            taken,
            kept: kept.collect(),
        }
    }
}

fn file(path: &Option<PathBuf>) -> String {
    path.as_ref()
        .map_or("off".to_owned(), |path| path.display().to_string())
}

fn changed_logging(old: &Logging, new: &Logging) -> impl Iterator<Item = String> {
    let format = |log: &Logging| match log.format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    let level = |log: &Logging| {
        log.level
            .map_or("off".to_owned(), |level| format!("{level:?}").to_lowercase())
    };
    let changes = [
        change("log-format", format(old), format(new)),
        change("log-level", &level(old), &level(new)),
        change("log-file", &file(&old.file), &file(&new.file)),
    ];
    changes.into_iter().flatten()
}

fn change<T: fmt::Display + PartialEq + ?Sized>(name: &str, old: &T, new: &T) -> Option<String> {
    (old != new).then(|| format!("`{name}` {new} (was {old})"))
}
