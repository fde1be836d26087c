//! The settings of a pool: what was asked for, checked as a whole.

use crate::{
    error::BuildError,
    face::pool::{Defaults, Pool},
    rules::settings::Settings,
    threads::{
        cpu,
        niceness::Niceness,
        overdue::{OnOverdue, OverdueTask},
        quota,
        shared::ThreadSettings,
    },
    time::Nanos,
};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};

/// More threads than this are a mistake, not a wish.
const MOST_THREADS: usize = 32_768;
/// The least that a thread can do anything with.
const LEAST_STACK: usize = 16 * 1024;

/// Settings of a pool to be built; see [`Pool::builder`](crate::Pool::builder).
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    min_threads: Option<usize>,
    max_threads: Option<usize>,
    max_queue: Option<usize>,
    max_overdue: Option<usize>,
    max_stalled: usize,
    idle_timeout: Duration,
    queue_target: Option<Duration>,
    timeout: Option<Duration>,
    queue_timeout: Option<Option<Duration>>,
    nice: i32,
    stack_size: usize,
    cores: Option<usize>,
    on_overdue: OnOverdue,
}

impl Pool {
    /// A builder with the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            min_threads: None,
            max_threads: None,
            max_queue: None,
            max_overdue: None,
            max_stalled: 64,
            idle_timeout: Duration::from_secs(15),
            queue_target: None,
            timeout: Some(Duration::from_secs(10)),
            queue_timeout: None,
            nice: 10,
            stack_size: 2 * 1024 * 1024,
            cores: None,
            on_overdue: OnOverdue::default(),
        }
    }
}

impl Builder {
    /// Threads that are kept when there is nothing to do; default 0.
    pub fn min_threads(mut self, threads: usize) -> Self {
        self.min_threads = Some(threads);
        self
    }

    /// The most threads, overdue ones apart; default the cores that the process may use, or `min_threads` if that is more.
    ///
    /// Unless these are fewer than the cores, short tasks may have one more for each core while long ones hold all others: those that
    /// typically take an eighth at most, in lanes that have had less than their part.
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.max_threads = Some(threads);
        self
    }

    /// The most waiting tasks; 0: a task is refused unless it can start. Default 1000 for each core.
    pub fn max_queue(mut self, tasks: usize) -> Self {
        self.max_queue = Some(tasks);
        self
    }

    /// The most replacements for overdue threads; default `max_threads`.
    pub fn max_overdue(mut self, threads: usize) -> Self {
        self.max_overdue = Some(threads);
        self
    }

    /// The most replacements for threads whose task waits in [`Pool::stalled`]; default 64.
    pub fn max_stalled(mut self, threads: usize) -> Self {
        self.max_stalled = threads;
        self
    }

    /// An idle thread above the minimum leaves after this; default 15 s.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// For how long waiting tasks are served in the order in which they came, unless their lane says otherwise; older ones wait until
    /// nothing else does, or for every fourth start. `None`, the default: half a second, or four runs; a tenth, or two runs, under overload.
    pub fn queue_target(mut self, target: impl Into<Option<Duration>>) -> Self {
        self.queue_target = target.into();
        self
    }

    /// How long a task may run, unless it says otherwise; default 10 s; `None`: without limit.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeout = limit.into();
        self
    }

    /// How long a task may wait, unless it says otherwise; default the `timeout`; `None`: without limit.
    pub fn queue_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.queue_timeout = Some(limit.into());
        self
    }

    /// How much nicer than the building thread the pool's threads become, 0 to 19; default 10. Linux only.
    ///
    /// They do when one of them has kept a core for a millisecond or more, all of them and for good: beside heavy tasks the rest of
    /// the process has its answers at once. Threads that only ever run tasks of microseconds stay as they are.
    pub fn nice(mut self, nice: i32) -> Self {
        self.nice = nice;
        self
    }

    /// The stack of each thread in bytes; default 2 MiB.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = bytes;
        self
    }

    /// How many cores to count on; default the cores that the process may use.
    pub fn cores(mut self, cores: usize) -> Self {
        self.cores = Some(cores);
        self
    }

    /// Calls `tell` for each task that runs past its timeout, on one of the threads that tell callers and the log.
    pub fn on_overdue(mut self, tell: impl Fn(OverdueTask) + Send + Sync + 'static) -> Self {
        self.on_overdue = OnOverdue(Some(Arc::new(tell)));
        self
    }

    /// Checks all settings and starts the threads of `min_threads`.
    ///
    /// # Errors
    /// All mistakes in the settings at once, or the system's refusal of a thread.
    pub fn build(self) -> Result<Pool, BuildError> {
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Err(BuildError::Settings(mistakes));
        }
        let threads = ThreadSettings {
            stack_size: self.stack_size,
            niceness: Niceness::new(self.level()),
            cpu_of_process: cpu::of_process,
            on_overdue: self.on_overdue.clone(),
        };
        let defaults = Defaults {
            timeout: self.timeout,
            queue_timeout: self.queue_timeout.unwrap_or(self.timeout),
        };
        Pool::open(self.settings(), threads, defaults).map_err(BuildError::Threads)
    }

    pub(crate) fn settings(&self) -> Settings {
        let cores = self.cores.unwrap_or_else(available_cores);
        let min_threads = self.min_threads.unwrap_or(0);
        let max_threads = self
            .max_threads
            .unwrap_or_else(|| available_cores().max(min_threads));
        Settings {
            cores,
            quota: quota::in_cores(),
            min_threads,
            max_threads,
            max_queue: self.max_queue.unwrap_or(cores.saturating_mul(1000)),
            max_overdue: self.max_overdue.unwrap_or(max_threads),
            max_stalled: self.max_stalled,
            idle_timeout: self.idle_timeout,
            queue_target: self.queue_target.map(Nanos::from),
        }
    }

    /// The niceness of the pool's threads. Absolute, because threads are started by other, nicer threads of the pool too.
    fn level(&self) -> Option<i32> {
        // Elsewhere it would be that of the whole process.
        if self.nice == 0 || !cfg!(target_os = "linux") {
            return None;
        }
        let own = rustix::process::getpriority_process(None).unwrap_or(0);
        Some((own + self.nice).min(19))
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut check = |is_wrong: bool, text: String| {
            if is_wrong {
                mistakes.push(text);
            }
        };
        check(
            self.max_threads == Some(0),
            "`max_threads` is 0; it must be at least 1".to_owned(),
        );
        check(
            self.cores == Some(0),
            "`cores` is 0; it must be at least 1".to_owned(),
        );
        check(
            self.timeout == Some(Duration::ZERO),
            "`timeout` is 0; set `None` for no limit".to_owned(),
        );
        check(
            self.queue_timeout == Some(Some(Duration::ZERO)),
            "`queue_timeout` is 0; set `max_queue` to 0 for no waiting, `None` for no limit".to_owned(),
        );
        check(
            !(0..=19).contains(&self.nice),
            format!("`nice` is {}; it must be 0 to 19", self.nice),
        );
        check(
            self.stack_size < LEAST_STACK,
            format!(
                "`stack_size` is {}; it must be at least {LEAST_STACK}",
                self.stack_size
            ),
        );
        for (name, threads) in self.thread_counts() {
            check(
                threads > MOST_THREADS,
                format!("`{name}` is {threads}; it must be at most {MOST_THREADS}"),
            );
        }
        if let (Some(min), Some(max)) = (self.min_threads, self.max_threads) {
            check(
                min > max,
                format!(
                    "`min_threads` ({min}) is more than `max_threads` ({max}); lower one or raise the other"
                ),
            );
        }
        mistakes
    }

    fn thread_counts(&self) -> [(&'static str, usize); 4] {
        [
            ("min_threads", self.min_threads.unwrap_or(0)),
            ("max_threads", self.max_threads.unwrap_or(0)),
            ("max_overdue", self.max_overdue.unwrap_or(0)),
            ("max_stalled", self.max_stalled),
        ]
    }
}

/// The cores that the process may use: affinity and cgroup quota respected.
fn available_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
