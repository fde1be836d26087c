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
    /// A master that served this long was healthy: the deaths before it are forgotten.
    pub healthy_after: Duration,
    /// So many deaths without one healthy master are the end.
    pub give_up: u32,
}

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
    /// The delay after the given number of deaths in a row, or `None` when it is time to give up.
    ///
    /// No death in a row means that a healthy master died: that is no loop, so its successor starts at once.
    pub(crate) fn delay(&self, deaths: u32) -> Option<Duration> {
        if deaths == 0 {
            return Some(Duration::ZERO);
        }
        if deaths >= self.give_up {
            return None;
        }
        let steps = i32::try_from(deaths - 1).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * self.factor.powi(steps);
        Some(Duration::try_from_secs_f64(seconds).map_or(self.longest, |delay| delay.min(self.longest)))
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
            let got = Backoff::default()
                .delay(deaths)
                .map(|got| got.as_secs_f64() * 1000.0);
            assert_eq!(
                got.map(|got| got.round() as u64),
                Some(delay),
                "after death {deaths}"
            );
        }
        assert_eq!(Backoff::default().delay(16), None);
    }

    #[test]
    fn the_successor_of_a_healthy_master_starts_at_once() {
        assert_eq!(Backoff::default().delay(0), Some(Duration::ZERO));
    }

    #[test]
    fn absurd_rules_never_overflow() {
        let rules = Backoff {
            factor: 1e300,
            give_up: u32::MAX,
            ..Backoff::default()
        };
        assert_eq!(rules.delay(1_000_000), Some(rules.longest));
    }
}
