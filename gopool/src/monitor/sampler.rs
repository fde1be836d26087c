//! The monitor's own thread: it takes a reading every second.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::Monitor;

/// How often a reading is taken.
const PERIOD: Duration = Duration::from_secs(1);

/// Takes readings for as long as it lives.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn start(monitor: Arc<Monitor>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = Builder::new().name("gopool-monitor".to_owned());
        let thread = thread.spawn(move || run(&monitor, &stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the hook; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

fn run(monitor: &Monitor, stopped: &Receiver<()>) {
    let mut due = Instant::now() + PERIOD;
    while let Err(RecvTimeoutError::Timeout) =
        stopped.recv_timeout(due.saturating_duration_since(Instant::now()))
    {
        let now = Instant::now();
        monitor.sample(now);
        // What was missed while the process stood still is not made up for.
        due = (due + PERIOD).max(now);
    }
}
