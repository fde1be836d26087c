//! The time the pool lives by, as one number.

use std::{
    ops::Add,
    time::{Duration, Instant},
};

/// A moment, in nanoseconds since some moment before all others. It lasts for 584 years.
///
/// The pool compares and stores several of these for each job under its one lock, and half the size of an `Instant` with an
/// `Option` around it is half the memory that goes from core to core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    /// After all others: the deadline of what has none.
    pub(super) const NEVER: Self = Self(u64::MAX);

    /// The moment of a reading of the clock, counted from an earlier one.
    pub(super) fn between(start: Instant, now: Instant) -> Self {
        Self(nanos(now.saturating_duration_since(start)))
    }

    /// The moment `limit` later; never, if there is no limit.
    pub(super) fn after(self, limit: Option<Duration>) -> Self {
        limit.map_or(Self::NEVER, |limit| self + limit)
    }

    /// How long ago `earlier` was; zero if it is later.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// How long it is until then, seen from `now`; `None`: for ever.
    pub(super) fn left(self, now: Self) -> Option<Duration> {
        (self != Self::NEVER).then(|| self.since(now))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// What is further away than 584 years is never.
    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(nanos(time)))
    }
}

/// A duration as one number.
pub(super) fn nanos(duration: Duration) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    let whole = duration.as_secs().saturating_mul(SECOND);
    whole.saturating_add(u64::from(duration.subsec_nanos()))
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn never_is_after_every_moment_and_for_ever_away() {
        let now = Moment(7);
        assert_eq!(now.after(None), Moment::NEVER);
        assert_eq!(now + Duration::MAX, Moment::NEVER);
        assert!(now.after(Some(Duration::from_secs(1_000_000_000))) < Moment::NEVER);
        assert_eq!(Moment::NEVER.left(now), None);
    }

    #[test]
    fn what_is_over_has_nothing_left() {
        let (now, second) = (Moment(0), Duration::from_secs(1));
        assert_eq!((now + second).left(now), Some(second));
        assert_eq!(now.left(now + second), Some(Duration::ZERO));
        assert_eq!(now.since(now + second), Duration::ZERO);
        assert_eq!((now + second * 2).since(now + second), second);
    }
}
