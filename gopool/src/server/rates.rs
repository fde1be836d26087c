//! How many requests one caller may make of a route.
//!
//! For each caller of each route one moment is kept: when all that it has made would have been made at an even pace (the generic cell rate algorithm). A
//! request moves it on by one interval, and is refused if that would lead further ahead than the whole period. So a burst of the whole count is let
//! through, and afterwards one request for each interval.
//!
//! The moments stand in a table of a fixed size, a caller's in one place of each row, and the earliest of them counts (a count-min sketch). So no number
//! of callers makes it grow, nothing is to be cleaned up, and one that meets another in one row is told apart from it in the next.

use std::{
    array,
    hash::{BuildHasher as _, RandomState},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::standing::Callers;
use crate::{
    error::{Error, Kind},
    route::{KnownBy, Rate},
};

const ROWS: usize = 4;
/// Places in a row: with all rows, half a mebibyte.
const PLACES: usize = 1 << 14;

/// What one route allows.
#[derive(Debug)]
pub(super) struct Quota {
    rate: Rate,
    /// The route's place in the table of routes: each counts for itself.
    route: usize,
    pub(super) callers: Callers,
    /// Between two requests at an even pace, in nanoseconds.
    interval: u64,
}

impl Quota {
    /// `None` of a header that is none, which the attribute has refused.
    pub(super) fn of(rate: Rate, route: usize) -> Option<Self> {
        let interval = nanos(rate.seconds) / u64::from(rate.count.max(1));
        Some(Self {
            rate,
            route,
            callers: Callers::of(rate.by)?,
            interval: interval.max(1),
        })
    }

    fn refusal(&self, wait: Duration) -> Error {
        let Rate { count, seconds, by } = self.rate;
        let whom = match by {
            KnownBy::Peer => "address".to_owned(),
            KnownBy::Header(name) => format!("`{name}`"),
        };
        let seconds_left = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Error::of(Kind::RateLimited)
            .detail(format!("at most {} for each {whom}", self.rate))
            .retry_after(wait)
            .header("ratelimit-policy", &format!("\"rate\";q={count};w={seconds}"))
            .header("ratelimit", &format!("\"rate\";r=0;t={seconds_left}"))
    }
}

fn nanos(seconds: u32) -> u64 {
    u64::from(seconds) * 1_000_000_000
}

/// The moments of all callers, in nanoseconds since it began.
#[derive(Debug)]
pub(super) struct Rates {
    began: Instant,
    /// With a key of its own in each process, so that nobody can choose whom to meet.
    hasher: RandomState,
    /// Made with the first request that is counted.
    table: OnceLock<Box<[AtomicU64]>>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            hasher: RandomState::new(),
            table: OnceLock::new(),
        }
    }
}

impl Rates {
    /// One more request of `caller`.
    ///
    /// # Errors
    /// It is one too many; the failure says when the next may come.
    pub(super) fn count(&self, quota: &Quota, caller: u64) -> Result<(), Error> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.count_at(quota, caller, now)
            .map_err(|wait| quota.refusal(wait))
    }

    /// For how long one too many is to wait.
    fn count_at(&self, quota: &Quota, caller: u64, now: u64) -> Result<(), Duration> {
        let moments = self.moments(self.hasher.hash_one((quota.route, caller)));
        let most = now.saturating_add(nanos(quota.rate.seconds));
        loop {
            let seen = moments.map(|moment| moment.load(Ordering::Relaxed));
            let (row, earliest) = earliest(seen);
            let next = earliest.max(now).saturating_add(quota.interval);
            if next > most {
                return Err(Duration::from_nanos(next - most));
            }
            // The earliest moment last: until then whoever asks at the same time decides by it, too, and one of both is first.
            for other in (0..ROWS).filter(|other| *other != row) {
                moments[other].fetch_max(next, Ordering::Relaxed);
            }
            let order = Ordering::Relaxed;
            if moments[row]
                .compare_exchange(earliest, next, order, order)
                .is_ok()
            {
                return Ok(());
            }
        }
    }

    /// The places of one caller, one in each row.
    fn moments(&self, hash: u64) -> [&AtomicU64; ROWS] {
        let table = self
            .table
            .get_or_init(|| (0..ROWS * PLACES).map(|_| AtomicU64::new(0)).collect());
        let bits = PLACES.trailing_zeros() as usize;
        array::from_fn(|row| {
            let place = (hash >> (row * bits)) as usize % PLACES;
            &table[row * PLACES + place]
        })
    }
}

/// The row of the earliest moment, and that moment.
fn earliest(moments: [u64; ROWS]) -> (usize, u64) {
    let mut first = (0, moments[0]);
    for (row, moment) in moments.into_iter().enumerate() {
        if moment < first.1 {
            first = (row, moment);
        }
    }
    first
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::thread;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn quota(count: u32, seconds: u32) -> Quota {
        let by = KnownBy::Peer;
        Quota::of(Rate { count, seconds, by }, 0).unwrap()
    }

    #[test]
    fn a_burst_of_the_whole_count_goes_through_and_then_one_for_each_interval() {
        let (rates, quota) = (Rates::default(), quota(4, 2));
        let at = |now| rates.count_at(&quota, 7, now);
        assert!((0..4).all(|_| at(SECOND).is_ok()));
        assert_eq!(at(SECOND), Err(Duration::from_millis(500)));
        assert_eq!(at(SECOND + SECOND / 4), Err(Duration::from_millis(250)));
        assert!(at(SECOND + SECOND / 2).is_ok());
        assert!(
            at(SECOND + SECOND / 2).is_err(),
            "what was refused is not counted, what was let in is"
        );
        // Whoever was away for long has the whole count again, and no more.
        assert_eq!((0..9).filter(|_| at(100 * SECOND).is_ok()).count(), 4);
    }

    #[test]
    fn callers_and_routes_are_counted_apart() {
        let rates = Rates::default();
        let (one, other) = (
            quota(1, 1),
            Quota {
                route: 1,
                ..quota(1, 1)
            },
        );
        for quota in [&one, &other] {
            for caller in [1, 2] {
                assert!(rates.count_at(quota, caller, SECOND).is_ok());
                assert!(rates.count_at(quota, caller, SECOND).is_err());
            }
        }
    }

    #[test]
    fn a_caller_among_a_thousand_others_is_seldom_taken_for_one_of_them() {
        let (rates, quota) = (Rates::default(), quota(1, 1));
        let refused = (0..1000).filter(|caller| rates.count_at(&quota, *caller, SECOND).is_err());
        // Of one row of this size it would be some thirty.
        assert!(refused.count() <= 2);
    }

    #[test]
    fn many_at_once_have_what_one_would_have() {
        let (rates, quota) = (Rates::default(), quota(1000, 1));
        let admitted: usize = thread::scope(|scope| {
            let ask = || {
                (0..1000)
                    .filter(|_| rates.count_at(&quota, 7, SECOND).is_ok())
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 1000);
    }

    #[test]
    fn the_refusal_says_what_holds_and_when_to_come_back() {
        let by = KnownBy::Header("x-api-key");
        let quota = Quota::of(
            Rate {
                count: 5,
                seconds: 10,
                by,
            },
            0,
        )
        .unwrap();
        let refusal = quota.refusal(Duration::from_millis(1200));
        assert_eq!(
            (refusal.code(), refusal.public_detail()),
            (429, Some("at most 5/10s for each `x-api-key`"))
        );
        assert_eq!(refusal.headers()["ratelimit-policy"], "\"rate\";q=5;w=10");
        assert_eq!(refusal.headers()["ratelimit"], "\"rate\";r=0;t=2");
    }
}
