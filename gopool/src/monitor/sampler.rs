//! The monitor's own thread: it takes a reading every second, and answers what takes a while.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::{Monitor, questions::Errand};

/// How often a reading is taken.
const PERIOD: Duration = Duration::from_secs(1);

/// Takes readings and answers for as long as it lives.
#[derive(Debug)]
pub(crate) struct Sampler {
    monitor: Arc<Monitor>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread left, or the monitor has one already.
    pub(crate) fn start(monitor: Arc<Monitor>) -> io::Result<Self> {
        let errands = monitor.questions.take();
        let errands = errands.ok_or_else(|| io::Error::other("it has a thread already"))?;
        let own = monitor.clone();
        let thread = Builder::new().name("gopool-monitor".to_owned());
        let thread = thread.spawn(move || run(&own, &errands))?;
        Ok(Self {
            monitor,
            thread: Some(thread),
        })
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.monitor.questions.end();
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the hook; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

fn run(monitor: &Monitor, errands: &Receiver<Errand>) {
    let mut due = Instant::now() + PERIOD;
    loop {
        let now = Instant::now();
        // Before the questions, however many there are.
        if now >= due {
            monitor.sample(now);
            // What was missed while the process stood still is not made up for.
            due = (due + PERIOD).max(now);
        }
        match errands.recv_timeout(due.saturating_duration_since(now)) {
            // Whoever asked may have left.
            Ok(Errand::Answer(question, answer)) => drop(answer.send(monitor.reply(&question))),
            Ok(Errand::End) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
