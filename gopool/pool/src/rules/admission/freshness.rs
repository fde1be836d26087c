//! Freshness: a job that has waited for long is served after those that have not, because its caller has probably left.

use crate::time::Nanos;

/// Half of the second after which most people and proxies give up.
const FRESH: Nanos = Nanos(500_000_000);
/// Under overload: what still feels immediate, and enough runs in hand that no core idles.
const FRESH_UNDER_OVERLOAD: Nanos = Nanos(100_000_000);
/// A lane of long runs is given so many of them.
const RUNS: usize = 4;
const RUNS_UNDER_OVERLOAD: usize = 2;
/// Every so many starts of a lane its oldest stale job has its turn, so that closed loops and the ends of bursts get on.
pub(crate) const STALE_TURN: u32 = 4;

/// How long a job of one lane is fresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    /// Set by the user of the pool, instead of the half second.
    pub(crate) target: Option<Nanos>,
    /// How long the lane's jobs run.
    pub(crate) mean: Nanos,
    pub(crate) is_overloaded: bool,
}

impl Freshness {
    /// From submission on; a job whose own queue timeout is short is fresh for three quarters of that.
    pub(crate) fn limit(self, Nanos(queue_timeout): Nanos) -> Nanos {
        self.of_lane().min(Nanos(queue_timeout - queue_timeout / 4))
    }

    /// The same for a job without a queue timeout.
    pub(crate) fn of_lane(self) -> Nanos {
        let target = self.target.unwrap_or(Nanos(u64::MAX));
        match self.is_overloaded {
            true => target
                .min(FRESH_UNDER_OVERLOAD)
                .max(self.mean * RUNS_UNDER_OVERLOAD),
            false => self.target.unwrap_or(FRESH).max(self.mean * RUNS),
        }
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn half_a_second_or_four_runs_and_a_tenth_or_two_under_overload() {
        let limit = |mean: u64, is_overloaded: bool, queue_timeout: u64| {
            let mean = Nanos(mean * MS);
            let freshness = Freshness {
                target: None,
                mean,
                is_overloaded,
            };
            freshness.limit(Nanos(queue_timeout * MS)).0 / MS
        };
        let table = [
            // (mean, is overloaded, queue timeout, fresh for)
            (5, false, 10_000, 500),
            (200, false, 10_000, 800),
            (5, true, 10_000, 100),
            (200, true, 10_000, 400),
            (5, false, 400, 300),
        ];
        for (mean, is_overloaded, queue_timeout, expected) in table {
            assert_eq!(
                limit(mean, is_overloaded, queue_timeout),
                expected,
                "{mean} {is_overloaded} {queue_timeout}"
            );
        }
    }
}
