//! The time that decisions are made in: whole nanoseconds, so that a moment and a length of time are one number each.
//!
//! An `Instant` is twice as large, with an `Option` around it three times; the pool keeps several for each job.

use std::{
    ops::{Add, Div, Mul},
    time::{Duration, Instant},
};

/// A moment, in nanoseconds since some moment before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// A length of time in nanoseconds, up to 584 years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nanos(pub(crate) u64);

impl Moment {
    /// Before all others.
    pub(crate) const START: Self = Self(0);
    /// After all others: the deadline of what has none.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The moment of a reading of the clock, counted from an earlier one.
    pub(crate) fn between(start: Instant, now: Instant) -> Self {
        Self(Nanos::from(now.saturating_duration_since(start)).0)
    }

    /// How long ago `earlier` was; nothing if it is later.
    pub(crate) fn since(self, earlier: Self) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }

    // A model knows no length of time.
    #[cfg(not(gopool_loom))]
    /// How long it is until then, seen from `now`; `None`: for ever.
    pub(crate) fn left(self, now: Self) -> Option<Duration> {
        (self != Self::NEVER).then(|| self.since(now).into())
    }
}

impl<T: Into<Nanos>> Add<T> for Moment {
    type Output = Self;

    /// What lasts for ever ends never.
    fn add(self, time: T) -> Self {
        Self(self.0.saturating_add(time.into().0))
    }
}

impl Nanos {
    /// The limit of what has none.
    pub(crate) const FOREVER: Self = Self(u64::MAX);

    /// A limit, if there is one.
    pub(crate) fn of(limit: Option<Duration>) -> Self {
        limit.map_or(Self::FOREVER, Self::from)
    }
}

impl Add for Nanos {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

impl Mul<usize> for Nanos {
    type Output = Self;

    fn mul(self, times: usize) -> Self {
        Self(self.0.saturating_mul(times as u64))
    }
}

impl Div<usize> for Nanos {
    type Output = Self;

    fn div(self, parts: usize) -> Self {
        Self(self.0 / parts as u64)
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        const SECOND: u64 = 1_000_000_000;
        let whole = duration.as_secs().saturating_mul(SECOND);
        Self(whole.saturating_add(u64::from(duration.subsec_nanos())))
    }
}

impl From<Nanos> for Duration {
    fn from(time: Nanos) -> Self {
        Self::from_nanos(time.0)
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn never_is_after_every_moment_and_for_ever_away() {
        let now = Moment(7);
        assert_eq!(now + Nanos::of(None), Moment::NEVER);
        assert_eq!(now + Duration::MAX, Moment::NEVER);
        assert!(now + Duration::from_secs(1_000_000_000) < Moment::NEVER);
        assert_eq!(Moment::NEVER.left(now), None);
    }

    #[test]
    fn what_is_over_has_nothing_left() {
        let (now, second) = (Moment(0), Duration::from_secs(1));
        assert_eq!((now + second).left(now), Some(second));
        assert_eq!(now.left(now + second), Some(Duration::ZERO));
        assert_eq!(now.since(now + second), Nanos(0));
        assert_eq!((now + second * 2).since(now + second), second.into());
    }

    #[test]
    fn a_duration_survives() {
        let time = Duration::new(3, 999_999_999);
        assert_eq!(Duration::from(Nanos::from(time)), time);
    }
}
