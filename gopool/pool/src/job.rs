//! A job of known type: one allocation that holds the body, then the result, and is the job's token.

use super::{
    cancel::{Cancel, Flag, Token},
    error::TaskError,
    jobs::JobKey,
    mailbox::Mailbox,
    payload::{Payload, Settled, shielded},
    shared::Shared,
    state::Ending,
    sync::{self, AtomicU64, Mutex},
    time::Nanos,
    worker,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// No key yet; no key has these bits.
const UNPLACED: u64 = 0;

/// One job.
pub(super) struct Job<F, T> {
    shared: Arc<Shared>,
    key: AtomicU64,
    flag: Flag,
    parent: Option<Cancel>,
    mailbox: Option<Mailbox>,
    /// Whether a result counts as completed.
    is_success: fn(&T) -> bool,
    wait: AtomicU64,
    run: AtomicU64,
    /// Body, result and waker. Never held while any of them is called or dropped.
    parts: Mutex<Parts<F, T>>,
}

struct Parts<F, T> {
    /// The body and the caller's span, until it begins or is dropped.
    body: Option<(F, tracing::Span)>,
    answer: Answer<T>,
    waker: Option<Waker>,
}

enum Answer<T> {
    Pending,
    Ready(Result<T, TaskError>),
    /// The caller has it.
    Taken,
    /// The caller has left; what comes is dropped.
    Unwanted,
}

/// What a task brings along, apart from its body.
pub(super) struct Origin<T> {
    pub(super) shared: Arc<Shared>,
    pub(super) parent: Option<Cancel>,
    pub(super) mailbox: Option<Mailbox>,
    pub(super) is_success: fn(&T) -> bool,
}

/// How long a task waited and ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskTimes {
    /// From submission to start.
    pub wait: Duration,
    /// From start to end.
    pub run: Duration,
}

/// What a [`Handle`](super::Handle) does with its job.
pub(super) trait Awaited<T>: Token {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<T, TaskError>>;
    /// The caller leaves. True if there was no answer yet.
    fn abandon(&self) -> bool;
    fn is_ready(&self) -> bool;
    fn times(&self) -> TaskTimes;
    /// The job as a token; a `Handle` lends it out.
    fn as_token(self: Arc<Self>) -> Arc<dyn Token>;
}

impl<F, T> Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    pub(super) fn new(body: F, origin: Origin<T>) -> Self {
        let Origin {
            shared,
            parent,
            mailbox,
            is_success,
        } = origin;
        Self {
            shared,
            key: AtomicU64::new(UNPLACED),
            flag: Flag::default(),
            parent,
            mailbox,
            is_success,
            wait: AtomicU64::new(0),
            run: AtomicU64::new(0),
            parts: Mutex::new(Parts {
                body: Some((body, tracing::Span::current())),
                answer: Answer::Pending,
                waker: None,
            }),
        }
    }

    /// Hands the answer to the caller, or drops it if the caller has left.
    fn publish(&self, answer: Result<T, TaskError>) {
        if let Some(parent) = &self.parent {
            parent.forget(self);
        }
        let mut parts = sync::lock(&self.parts);
        if !matches!(parts.answer, Answer::Pending) {
            drop(parts);
            return shielded(|| drop(answer));
        }
        parts.answer = Answer::Ready(answer);
        let waker = parts.waker.take();
        drop(parts);
        let Some(waker) = waker else { return };
        shielded(|| match &self.mailbox {
            Some(mailbox) => mailbox.post(waker),
            None => waker.wake(),
        });
    }

    /// Runs the body in the caller's span, with this job as the current one.
    fn call(self: &Arc<Self>, body: F, span: tracing::Span) -> Result<T, TaskError> {
        let token = Cancel::of(Arc::clone(self) as Arc<dyn Token>);
        let result = catch_unwind(AssertUnwindSafe(|| token.into_scope(|| span.in_scope(body))));
        shielded(|| drop(span));
        result.map_err(|panic| TaskError::Panicked(panic_text(panic)))
    }
}

impl<F, T> Token for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn flag(&self) -> &Flag {
        &self.flag
    }

    fn cancel(&self) {
        // Key and flag are both looked at under the pool's lock: either the key is there by now, or `submit` finds the flag.
        // And the job is settled under the same lock: a body that sees the flag and ends at once is cancelled, not failed.
        worker::cancel(&self.shared, || {
            self.flag.set();
            JobKey::from_bits(self.key.load(Ordering::Acquire))
        });
        // After this job is settled: it may wait for a follower, and must not end by that.
        self.flag.spread();
    }
}

impl<F, T> Payload for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn place(&self, key: JobKey) {
        self.key.store(key.to_bits(), Ordering::Release);
    }

    fn run(self: Arc<Self>, wait: Nanos, settle: &mut dyn FnMut(Ending) -> Settled) {
        self.wait.store(wait.0, Ordering::Relaxed);
        let body = sync::lock(&self.parts).body.take();
        // No body: cancelled between the start and here; the pool knows.
        let result = match body {
            Some((body, span)) => self.call(body, span),
            None => Err(TaskError::Cancelled),
        };
        let ending = match &result {
            Ok(value) if (self.is_success)(value) => Ending::Completed,
            Ok(_) => Ending::Failed,
            Err(_) => Ending::Panicked,
        };
        let settled = settle(ending);
        self.run.store(settled.run.0, Ordering::Relaxed);
        if settled.is_first {
            self.publish(result);
        } else {
            shielded(|| drop(result));
        }
    }

    fn fail(&self, error: TaskError) {
        self.flag.set();
        let body = sync::lock(&self.parts).body.take();
        shielded(|| drop(body));
        self.publish(Err(error));
        shielded(|| self.flag.spread());
    }
}

impl<F, T> Awaited<T> for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        let mut parts = sync::lock(&self.parts);
        if matches!(parts.answer, Answer::Pending) {
            let known = parts
                .waker
                .as_ref()
                .is_some_and(|waker| waker.will_wake(context.waker()));
            let earlier = if known {
                None
            } else {
                parts.waker.replace(context.waker().clone())
            };
            drop(parts);
            drop(earlier);
            return Poll::Pending;
        }
        match std::mem::replace(&mut parts.answer, Answer::Taken) {
            Answer::Ready(result) => Poll::Ready(result),
            // Polled again after the end, against the contract of futures.
            _ => Poll::Pending,
        }
    }

    fn abandon(&self) -> bool {
        let mut parts = sync::lock(&self.parts);
        let waker = parts.waker.take();
        let answer = std::mem::replace(&mut parts.answer, Answer::Unwanted);
        drop(parts);
        drop(waker);
        matches!(answer, Answer::Pending)
    }

    fn is_ready(&self) -> bool {
        !matches!(sync::lock(&self.parts).answer, Answer::Pending)
    }

    fn times(&self) -> TaskTimes {
        let read = |nanos: &AtomicU64| Duration::from_nanos(nanos.load(Ordering::Relaxed));
        TaskTimes {
            wait: read(&self.wait),
            run: read(&self.run),
        }
    }

    fn as_token(self: Arc<Self>) -> Arc<dyn Token> {
        self
    }
}

/// The text of a panic, if it is one.
pub fn panic_text(panic: Box<dyn Any + Send>) -> String {
    let text = match panic.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => match panic.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "the panic carried no text".to_owned(),
        },
    };
    shielded(|| drop(panic));
    text
}
