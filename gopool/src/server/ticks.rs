//! A regular tick that wakes its event loop once.
//!
//! tokio keeps its timers in wheels of 64 places, and wakes each time that one of them moves to a finer wheel: two or three
//! times for a pause of seconds. A timer of the system does it once.

use std::{io, time::Duration};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::{net::unix::pipe::Receiver, time::sleep};

/// A tick every `period`, for one event loop.
#[derive(Debug)]
pub(super) struct Ticks {
    period: Duration,
    /// None, if the process may open nothing more: then tokio's timers have to do.
    timer: Option<Receiver>,
}

impl Ticks {
    /// The first one comes after `period`.
    pub(super) fn new(period: Duration) -> Self {
        Self {
            period,
            timer: timer(period).ok(),
        }
    }

    /// Waits for the next one. Those that were missed while the loop stood still are one.
    pub(super) async fn tick(&self) {
        let ticked = match &self.timer {
            Some(timer) => read(timer).await.is_ok(),
            None => false,
        };
        if !ticked {
            sleep(self.period).await;
        }
    }
}

async fn read(timer: &Receiver) -> io::Result<()> {
    loop {
        timer.readable().await?;
        match timer.try_read(&mut [0; size_of::<u64>()]) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// A timer of the system, which is read as a pipe is: eight bytes for each tick.
fn timer(period: Duration) -> io::Result<Receiver> {
    let timer = timerfd_create(
        TimerfdClockId::Monotonic,
        TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
    )?;
    let every = Timespec::try_from(period).map_err(io::Error::other)?;
    let schedule = Itimerspec {
        it_interval: every,
        it_value: every,
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &schedule)?;
    Receiver::from_owned_fd_unchecked(timer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::time::Instant;

    use super::*;

    const PERIOD: Duration = Duration::from_millis(20);

    fn run(future: impl Future) {
        crate::server::rt::Runtime::new().unwrap().block_on(future);
    }

    #[test]
    fn ticks_come_a_period_apart_with_and_without_a_timer_of_the_system() {
        run(async {
            let without = Ticks {
                period: PERIOD,
                timer: None,
            };
            for ticks in [Ticks::new(PERIOD), without] {
                let start = Instant::now();
                for _ in 0..3 {
                    ticks.tick().await;
                }
                assert!(start.elapsed() >= PERIOD * 3, "{ticks:?}");
            }
        });
    }

    #[test]
    fn what_was_missed_is_one_tick() {
        run(async {
            let start = Instant::now();
            let ticks = Ticks::new(PERIOD);
            ticks.tick().await;
            std::thread::sleep(PERIOD * 4);
            for _ in 0..3 {
                ticks.tick().await;
            }
            assert!(
                start.elapsed() >= PERIOD * 7,
                "the first five periods are two ticks"
            );
        });
    }

    #[test]
    fn a_tick_is_one_of_the_system() {
        run(async { assert!(Ticks::new(PERIOD).timer.is_some()) });
    }
}
