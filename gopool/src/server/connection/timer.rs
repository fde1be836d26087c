//! The time of a connection: one timer for all that it waits for, and how patient it is with a client that takes its answer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::{Limits, time_for};
use crate::meter::Cut;

/// A timer for one wait after the other. Setting it later than before costs a store: when it rings too early, it is set anew.
#[derive(Debug)]
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    at: Instant,
}

impl Alarm {
    /// One that rings after `time`.
    pub(super) fn new(time: Duration) -> Self {
        let at = Instant::now() + time;
        Self {
            sleep: Box::pin(sleep_until(at)),
            at,
        }
    }

    pub(super) fn set(&mut self, time: Duration) {
        self.set_at(Instant::now() + time);
    }

    pub(super) fn set_at(&mut self, at: Instant) {
        self.at = at;
        if at < self.sleep.deadline() {
            self.sleep.as_mut().reset(at);
        }
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(context));
            if self.sleep.deadline() >= self.at {
                return Poll::Ready(());
            }
            let at = self.at;
            self.sleep.as_mut().reset(at);
        }
    }
}

/// How a client takes an answer: how long it was waited for, and what it has taken since the first of these waits.
#[derive(Debug, Default)]
pub(super) struct Pace {
    waiting: Option<Waiting>,
    /// In this answer, before that wait.
    waited: Duration,
    /// In this answer, since the first wait.
    taken: u64,
    /// In all, where that is told apart from what was written.
    total: u64,
}

/// A wait that goes on.
#[derive(Debug)]
struct Waiting {
    since: Instant,
    last_taken: Instant,
}

impl Pace {
    /// Another answer begins.
    pub(super) fn begin(&mut self) {
        let total = self.total;
        *self = Self {
            total,
            ..Self::default()
        };
    }

    /// It has taken so many bytes.
    pub(super) fn took(&mut self, bytes: usize, now: impl FnOnce() -> Instant) {
        // Whoever was never waited for needs no look at the clock.
        if let Some(waiting) = &mut self.waiting {
            waiting.last_taken = now();
        } else if self.waited.is_zero() {
            return;
        }
        self.taken += bytes as u64;
    }

    /// It has taken so many bytes in all.
    pub(super) fn has_taken(&mut self, bytes: u64, now: Instant) {
        let more = bytes.saturating_sub(self.total);
        self.total = bytes;
        if more > 0 {
            self.took(usize::try_from(more).unwrap_or(usize::MAX), || now);
        }
    }

    /// It takes nothing at this moment. Until when that may last, and why not for longer.
    pub(super) fn waits(&mut self, now: Instant, limits: &Limits) -> (Instant, Cut) {
        let waiting = self.waiting.get_or_insert(Waiting {
            since: now,
            last_taken: now,
        });
        let stalled = waiting.last_taken + limits.send_timeout;
        let time = limits.send_timeout + time_for(self.taken, limits.min_send_rate);
        let slow = waiting.since + time.saturating_sub(self.waited);
        if slow < stalled {
            (slow, Cut::Slow)
        } else {
            (stalled, Cut::Stalled)
        }
    }

    /// It has taken all that there was.
    pub(super) fn done(&mut self, now: impl FnOnce() -> Instant) {
        if let Some(waiting) = self.waiting.take() {
            self.waited += now().saturating_duration_since(waiting.since);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const TICK: Duration = Duration::from_millis(10);
    const SECOND: Duration = Duration::from_secs(1);

    fn limits() -> Limits {
        Limits {
            head_timeout: SECOND,
            keep_alive: SECOND,
            send_timeout: SECOND * 10,
            min_send_rate: 1000,
            half_closed: false,
        }
    }

    #[test]
    fn a_client_that_takes_nothing_is_stalled_after_the_limit() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert_eq!(pace.waits(start, &limits()), (start + SECOND * 10, Cut::Stalled));
        let later = start + SECOND * 3;
        assert_eq!(pace.waits(later, &limits()), (start + SECOND * 10, Cut::Stalled));
    }

    #[test]
    fn a_client_that_takes_little_by_little_is_slow() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.waits(start, &limits());
        for second in 1..10 {
            pace.took(100, || start + SECOND * second);
        }
        let (until, why) = pace.waits(start + SECOND * 9, &limits());
        assert_eq!((until - start, why), (Duration::from_millis(10_900), Cut::Slow));
    }

    #[test]
    fn a_client_that_takes_enough_may_take_long() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.waits(start, &limits());
        pace.took(100_000, || start + SECOND * 9);
        let (until, why) = pace.waits(start + SECOND * 9, &limits());
        assert_eq!((until - start, why), (SECOND * 19, Cut::Stalled));
        pace.done(|| start + SECOND * 10);
        let later = start + SECOND * 60;
        assert_eq!(pace.waits(later, &limits()), (later + SECOND * 10, Cut::Stalled));
    }

    #[test]
    fn a_client_that_takes_each_part_of_an_answer_little_by_little_is_slow() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        // A second of waiting for each part, and many between them.
        for part in 0..9 {
            let begin = start + SECOND * 60 * part;
            pace.waits(begin, &limits());
            pace.took(100, || begin + SECOND);
            pace.done(|| begin + SECOND);
        }
        let begin = start + SECOND * 600;
        let (until, why) = pace.waits(begin, &limits());
        assert_eq!((until - begin, why), (Duration::from_millis(1_900), Cut::Slow));
    }

    #[test]
    fn what_is_taken_of_what_was_written_before_counts_once() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.has_taken(5_000, start);
        pace.waits(start, &limits());
        pace.has_taken(5_000, start + SECOND * 3);
        assert_eq!(pace.waits(start, &limits()), (start + SECOND * 10, Cut::Stalled));
        pace.has_taken(25_000, start + SECOND * 9);
        assert_eq!(pace.waits(start, &limits()), (start + SECOND * 19, Cut::Stalled));
        pace.has_taken(25_100, start + SECOND * 28);
        assert_eq!(
            pace.waits(start, &limits()),
            (start + Duration::from_millis(30_100), Cut::Slow)
        );
    }

    #[test]
    fn an_alarm_rings_when_it_was_set_last_sooner_or_later() {
        crate::server::rt::Runtime::new().unwrap().block_on(async {
            let start = Instant::now();
            let mut alarm = Alarm::new(TICK);
            alarm.set(TICK * 5);
            poll_fn(|context| alarm.poll(context)).await;
            assert!(start.elapsed() >= TICK * 5);
            alarm.set(SECOND * 3600);
            alarm.set(TICK);
            poll_fn(|context| alarm.poll(context)).await;
        });
    }
}
