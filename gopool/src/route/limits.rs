//! What an attribute, or a group, limits.

use std::{fmt, time::Duration};

use super::handler::{Handler, Placement};
use gopool_pool::Priority;

/// The limits of one route; what is `None` follows the options.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// The longest run.
    pub timeout: Option<Duration>,
    /// The longest wait.
    pub queue_timeout: Option<Duration>,
    /// The largest body, in bytes.
    pub max_body: Option<u64>,
    /// How long its bodies may take to arrive, beyond what they take at the least rate.
    pub body_timeout: Option<Duration>,
    /// The most of its requests that run on the pool at once; of an `async fn`, of their `cpu` parts.
    pub concurrency: Option<usize>,
    /// Its part of the CPU time of the pool, beside that of other routes; 1 unless it says so.
    pub weight: Option<u32>,
    /// How urgent its requests are that say nothing themselves; normal unless it says so.
    pub priority: Option<Priority>,
    /// What tells its callers apart, that none of them may starve the others.
    pub fair_by: Option<KnownBy>,
    /// How many requests one of its callers may make.
    pub rate: Option<Rate>,
    /// For how long its requests are served in the order in which they came.
    pub queue_target: Option<Duration>,
    /// The most memory of the process that runs it, in bytes.
    pub memory: Option<u64>,
    /// Whether each request has a process that has had none before.
    pub fresh: bool,
    /// Whether it runs to its end when the client has left.
    pub detached: bool,
    /// Whether its replies are compressed for clients that take that.
    pub compress: Option<bool>,
}

/// What tells the callers of a route apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// Their address.
    Peer,
    /// What this header says, named in lower case.
    Header(&'static str),
}

/// So many requests in so many seconds, for each of those that are told apart by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub count: u32,
    /// At least 1.
    pub seconds: u32,
    /// What tells callers apart.
    pub by: KnownBy,
}

/// As it could be written in an attribute.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, seconds, .. } = self;
        match seconds {
            1 => write!(f, "{count}/s"),
            60 => write!(f, "{count}/m"),
            3600 => write!(f, "{count}/h"),
            _ => write!(f, "{count}/{seconds}s"),
        }
    }
}

impl Limits {
    /// No limit of its own.
    pub const NONE: Self = Self {
        timeout: None,
        queue_timeout: None,
        max_body: None,
        body_timeout: None,
        concurrency: None,
        weight: None,
        priority: None,
        fair_by: None,
        rate: None,
        queue_target: None,
        memory: None,
        fresh: false,
        detached: false,
        compress: None,
    };

    /// Those that are set here, and for the others those of `group`.
    pub(super) fn or(self, group: Self) -> Self {
        Self {
            timeout: self.timeout.or(group.timeout),
            queue_timeout: self.queue_timeout.or(group.queue_timeout),
            max_body: self.max_body.or(group.max_body),
            body_timeout: self.body_timeout.or(group.body_timeout),
            concurrency: self.concurrency.or(group.concurrency),
            weight: self.weight.or(group.weight),
            priority: self.priority.or(group.priority),
            fair_by: self.fair_by.or(group.fair_by),
            rate: self.rate.or(group.rate),
            queue_target: self.queue_target.or(group.queue_target),
            memory: self.memory.or(group.memory),
            fresh: self.fresh || group.fresh,
            detached: self.detached || group.detached,
            compress: self.compress.or(group.compress),
        }
    }

    /// Those that mean something for a handler of this shape in this place.
    pub(super) fn meant_for(self, handler: Handler, placement: Placement) -> Self {
        let has_process = placement == Placement::Isolated;
        let limits = Self {
            memory: self.memory.filter(|_| has_process),
            fresh: self.fresh && has_process,
            ..self
        };
        match (handler, placement) {
            (Handler::Async(_), _) => Self {
                queue_timeout: None,
                ..limits
            },
            (Handler::Plain(_), Placement::Inline) => Self {
                max_body: self.max_body,
                body_timeout: self.body_timeout,
                compress: self.compress,
                rate: self.rate,
                ..Self::NONE
            },
            (Handler::Plain(_), Placement::Pool | Placement::Isolated) => limits,
        }
    }

    /// Those that the attribute set, by their names there and as they could be written there.
    pub(crate) fn set(&self) -> Vec<(&'static str, String)> {
        let time = |time: Duration| format!("{time:?}");
        let set = [
            ("timeout", self.timeout.map(time)),
            ("queue_timeout", self.queue_timeout.map(time)),
            ("queue_target", self.queue_target.map(time)),
            ("max_body", self.max_body.map(|bytes| bytes.to_string())),
            ("body_timeout", self.body_timeout.map(time)),
            ("concurrency", self.concurrency.map(|most| most.to_string())),
            ("weight", self.weight.map(|weight| weight.to_string())),
            ("priority", self.priority.map(|priority| priority.to_string())),
            ("fair_by", self.fair_by.map(|by| by.as_str().to_owned())),
            ("memory", self.memory.map(|bytes| bytes.to_string())),
            ("fresh", self.fresh.then(|| true.to_string())),
            ("rate", self.rate.map(|rate| rate.to_string())),
            ("rate_by", self.rate.map(|rate| rate.by.as_str().to_owned())),
            ("detached", self.detached.then(|| true.to_string())),
            ("compress", self.compress.map(|compresses| compresses.to_string())),
        ];
        let given = |(name, value): (_, Option<_>)| Some((name, value?));
        set.into_iter().filter_map(given).collect()
    }
}

impl KnownBy {
    /// The name of the header, or `peer`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Header(name) => name,
        }
    }
}
