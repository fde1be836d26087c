//! Who comes, and what for.

use crate::Priority;
use fastrand::Rng;

/// How long the jobs of a lane run, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mix {
    Constant(f64),
    Exponential(f64),
    /// This part of them is long: (part, short, long).
    Two(f64, f64, f64),
    /// The first run initialises something, which all others wait for: (how long, how long later ones run).
    Lazy(f64, f64),
}

impl Mix {
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::Constant(time) | Self::Exponential(time) | Self::Lazy(_, time) => time,
            Self::Two(part, short, long) => (1.0 - part) * short + part * long,
        }
    }

    pub(super) fn one(self, chance: &mut Rng) -> f64 {
        match self {
            Self::Constant(time) | Self::Lazy(_, time) => time,
            Self::Exponential(mean) => -mean * (1.0 - chance.f64()).ln(),
            Self::Two(part, _, long) if chance.f64() < part => long,
            Self::Two(_, short, _) => short,
        }
    }
}

/// Clients of one lane.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub(super) lane: usize,
    /// Open loop: from each of these moments on, so many arrivals in a second.
    pub(super) rates: Vec<(f64, f64)>,
    /// Closed loop: so many, each with one request at a time.
    pub(super) closed: usize,
    /// So many at once, at this moment.
    pub(super) burst: Option<(f64, usize)>,
    /// In seconds.
    pub(super) patience: f64,
    /// How often each comes back after a refusal, when it was told to.
    pub(super) retries: u8,
    /// Who they are, where callers are told apart.
    pub(super) caller: Option<u64>,
}

impl Clients {
    pub(super) fn open(lane: usize, rate: f64) -> Self {
        Self {
            lane,
            rates: vec![(0.0, rate)],
            closed: 0,
            burst: None,
            patience: 5.0,
            retries: 0,
            caller: None,
        }
    }

    pub(super) fn closed(lane: usize, count: usize) -> Self {
        Self {
            rates: Vec::new(),
            closed: count,
            patience: f64::INFINITY,
            ..Self::open(lane, 0.0)
        }
    }

    pub(super) fn burst(lane: usize, at: f64, count: usize) -> Self {
        Self {
            rates: Vec::new(),
            burst: Some((at, count)),
            ..Self::open(lane, 0.0)
        }
    }
}

/// One lane of the world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) mix: Mix,
    pub(super) weight: u32,
    pub(super) priority: Priority,
    pub(super) concurrency: Option<usize>,
}

impl Route {
    pub(super) fn of(mix: Mix) -> Self {
        Self {
            mix,
            weight: 1,
            priority: Priority::Normal,
            concurrency: None,
        }
    }
}
