//! What is asked of the monitor and takes a while to answer: its own thread does that, and no event loop.

use std::sync::{
    Mutex, PoisonError,
    mpsc::{Receiver, SyncSender, sync_channel},
};

use tokio::sync::oneshot;

use super::exposition::Format;
use crate::message::Response;

/// So many questions may wait for the monitor's thread.
const MOST_WAITING: usize = 16;

/// What the monitor's thread is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Info,
    Metrics(Format),
    Running,
    /// Cancel the requests of this id.
    Cancel(String),
}

/// What the monitor's thread is to do.
#[derive(Debug)]
pub(super) enum Errand {
    Answer(Question, oneshot::Sender<Response>),
    End,
}

/// The way to the monitor's thread.
#[derive(Debug)]
pub(super) struct Questions {
    errands: SyncSender<Errand>,
    /// Until the thread has it.
    thread: Mutex<Option<Receiver<Errand>>>,
}

impl Questions {
    pub(super) fn new() -> Self {
        let (errands, thread) = sync_channel(MOST_WAITING);
        Self {
            errands,
            thread: Mutex::new(Some(thread)),
        }
    }

    /// Asks; `None` when too many questions wait already, or the thread has ended.
    pub(super) async fn ask(&self, question: Question) -> Option<Response> {
        let (answer, answered) = oneshot::channel();
        self.errands.try_send(Errand::Answer(question, answer)).ok()?;
        answered.await.ok()
    }

    /// Tells the thread to end. Waits for room: the thread makes it.
    pub(super) fn end(&self) {
        // Without the thread there is nothing to end.
        let _ = self.errands.send(Errand::End);
    }

    /// The thread's end; the first who asks has it.
    pub(super) fn take(&self) -> Option<Receiver<Errand>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
