//! What a nursery needs to know.

use std::{num::NonZeroUsize, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many children there are, how long they stay, and what each may take.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the children call themselves, as the first word of their command line.
    pub name: String,
    /// The most that work at once.
    pub max: usize,
    /// Kept when there is nothing to do.
    pub min: usize,
    /// Warm ones beyond those that work, while there is work now and then.
    pub spare: usize,
    /// Who was idle for this long leaves, unless it is one of those that are kept.
    pub idle_timeout: Duration,
    /// How long a child may take to be ready.
    pub boot_timeout: Duration,
    /// How long a job that is late or unwanted may take to heed that, before its child is killed.
    pub grace: Duration,
    /// A child leaves after about so many jobs; one in ten more or fewer, so that not all leave at once.
    pub recycle: Option<usize>,
    /// A child leaves after a job when it has ever had more memory than this, in bytes.
    pub recycle_memory: Option<u64>,
    /// The longest body of an answer, in bytes.
    pub max_answer: u64,
    /// The longest body of a job, in bytes.
    pub max_job: u64,
    /// What a child may take.
    pub bounds: Bounds,
    /// What the application tells its children.
    pub told: Value,
    /// Which program this is, in the application's words. A child that says anything else was started from another one, and is not used.
    pub program: String,
}

/// What a child may take; it sets these limits itself, before it takes the first job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Private memory that it may write to (`RLIMIT_DATA`), in bytes.
    pub memory: Option<u64>,
    /// Whether a crash may write a core dump.
    pub core: bool,
    /// How much nicer than its parent it is, 0 to 19.
    pub nice: i32,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            name: "isolated".to_owned(),
            max: cores,
            min: 0,
            spare: 1,
            idle_timeout: Duration::from_secs(60),
            boot_timeout: Duration::from_secs(30),
            grace: Duration::from_millis(100),
            recycle: None,
            recycle_memory: None,
            max_answer: 64_000_000,
            max_job: 64_000_000,
            bounds: Bounds::default(),
            told: Value::Null,
            program: String::new(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory: None,
            core: false,
            nice: 10,
        }
    }
}

impl Settings {
    /// Children that start at once, at most: many that start together slow each other down until all are late.
    pub(crate) fn boots_at_once(&self) -> usize {
        (self.max / 2).max(1)
    }
}
