//! How long to wait before the next master, and when to stop trying.

use std::time::Duration;

/// The rules of restarting: growing delays, a healthy period that forgives, and an end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The delay after the first death.
    pub first: Duration,
    /// Each further delay is the one before times this.
    pub factor: f64,
    /// No delay is longer.
    pub longest: Duration,
    /// A master that served this long, and at least a second, was healthy: the deaths before it are forgotten.
    pub healthy_after: Duration,
    /// So many deaths without one healthy master are the end, unless somebody serves.
    pub give_up: u32,
}

/// No shorter service is health: a program that dies right after it was ready, again and again, is a loop.
const SHORTEST_HEALTH: Duration = Duration::from_secs(1);

impl Default for Backoff {
    /// 100 ms x 1.5 up to 15 s; 30 s of health forgive; the 16th death is the last.
    fn default() -> Backoff {
        Backoff {
            first: Duration::from_millis(100),
            factor: 1.5,
            longest: Duration::from_secs(15),
            healthy_after: Duration::from_secs(30),
            give_up: 16,
        }
    }
}

impl Backoff {
    /// Whether so many deaths in a row are too many.
    pub(crate) fn is_hopeless(&self, deaths: u32) -> bool {
        deaths >= self.give_up
    }

    /// Whether a master that served for so long was healthy.
    pub(crate) fn is_health(&self, served: Duration) -> bool {
        served >= self.healthy_after.max(SHORTEST_HEALTH)
    }

    /// The delay after the given number of deaths in a row.
    ///
    /// No death in a row means that a healthy master died: that is no loop, so its successor starts at once.
    pub(crate) fn delay(&self, deaths: u32) -> Duration {
        if deaths == 0 {
            return Duration::ZERO;
        }
        let steps = i32::try_from(deaths - 1).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * self.factor.powi(steps);
        Duration::try_from_secs_f64(seconds).map_or(self.longest, |delay| delay.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_by_half_to_fifteen_seconds_and_the_sixteenth_death_is_the_last() {
        let expected = [
            100, 150, 225, 338, 506, 759, 1139, 1709, 2563, 3844, 5767, 8650, 12975, 15000, 15000,
        ];
        for (delay, deaths) in expected.into_iter().zip(1..) {
            let got = Backoff::default().delay(deaths).as_secs_f64() * 1000.0;
            assert_eq!(got.round() as u64, delay, "after death {deaths}");
        }
        assert!(!Backoff::default().is_hopeless(15) && Backoff::default().is_hopeless(16));
        assert_eq!(Backoff::default().delay(16), Backoff::default().longest);
    }

    #[test]
    fn less_than_a_second_is_no_health_whatever_is_asked_for() {
        let rules = Backoff {
            healthy_after: Duration::ZERO,
            ..Backoff::default()
        };
        assert!(!rules.is_health(Duration::from_millis(999)) && rules.is_health(Duration::from_secs(1)));
    }

    #[test]
    fn the_successor_of_a_healthy_master_starts_at_once() {
        assert_eq!(Backoff::default().delay(0), Duration::ZERO);
    }

    #[test]
    fn absurd_rules_never_overflow() {
        let rules = Backoff {
            factor: 1e300,
            give_up: u32::MAX,
            ..Backoff::default()
        };
        assert_eq!(rules.delay(1_000_000), rules.longest);
    }
}
