//! A job of known type: one allocation that holds the body, then the result, and is the job's token.

use crate::{
    error::TaskError,
    face::{
        cancel::{Cancel, Flag, Token},
        mailbox::Mailbox,
    },
    keys::JobKey,
    panics::{self, shielded},
    rules::counters::Ending,
    sync::{self, AtomicBool, AtomicU64, Mutex},
    threads::{
        commands,
        payload::{Payload, Settled, Tag},
        shared::Shared,
        worker,
    },
    time::{Moment, Nanos},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// No key yet; no key has these bits.
const UNPLACED: u64 = 0;

/// One job.
pub(crate) struct Job<F, T> {
    shared: Arc<Shared>,
    key: AtomicU64,
    flag: Flag,
    /// The caller has left.
    is_unwanted: AtomicBool,
    parent: Option<Cancel>,
    mailbox: Option<Mailbox>,
    tag: Option<Tag>,
    /// Whether a result counts as completed.
    is_success: fn(&T) -> bool,
    /// What has not begun by then does not begin.
    until: Moment,
    wait: AtomicU64,
    run: AtomicU64,
    /// Body, result and waker. Never held while any of them is called or dropped.
    parts: Mutex<Parts<F, T>>,
}

struct Parts<F, T> {
    /// The body and the caller's span, until it begins or is dropped.
    body: Option<(F, tracing::Span)>,
    outcome: Outcome<T>,
    waker: Option<Waker>,
}

enum Outcome<T> {
    Pending,
    Ready(Result<T, TaskError>),
    /// The caller has it.
    Taken,
    /// The caller has left; what comes is dropped.
    Unwanted,
}

/// What a task brings along, apart from its body.
pub(crate) struct Origin<T> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) parent: Option<Cancel>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) tag: Option<Tag>,
    pub(crate) is_success: fn(&T) -> bool,
    pub(crate) until: Moment,
}

/// How long a task waited and ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskTimes {
    /// From submission to start.
    pub wait: Duration,
    /// From start to end.
    pub run: Duration,
}

/// What a [`Handle`](crate::Handle) does with its job.
pub(crate) trait Awaited<T>: Token {
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
    pub(crate) fn new(body: F, origin: Origin<T>) -> Self {
        let Origin {
            shared,
            parent,
            mailbox,
            tag,
            is_success,
            until,
        } = origin;
        Self {
            shared,
            key: AtomicU64::new(UNPLACED),
            flag: Flag::default(),
            is_unwanted: AtomicBool::new(false),
            parent,
            mailbox,
            tag,
            is_success,
            until,
            wait: AtomicU64::new(0),
            run: AtomicU64::new(0),
            parts: Mutex::new(Parts {
                body: Some((body, tracing::Span::current())),
                outcome: Outcome::Pending,
                waker: None,
            }),
        }
    }

    pub(crate) fn mailbox(&self) -> Option<&Mailbox> {
        self.mailbox.as_ref()
    }

    /// A parent's cancel is no longer this job's.
    pub(crate) fn leave_parent(&self) {
        if let Some(parent) = &self.parent {
            parent.forget(self);
        }
    }

    /// Hands the result to the caller; gives it back if the caller has left.
    fn publish(&self, result: Result<T, TaskError>) -> Option<Result<T, TaskError>> {
        self.leave_parent();
        let mut parts = sync::lock(&self.parts);
        if !matches!(parts.outcome, Outcome::Pending) {
            return Some(result);
        }
        parts.outcome = Outcome::Ready(result);
        let waker = parts.waker.take();
        drop(parts);
        self.wake(waker);
        None
    }

    /// Wakes whoever awaits the job, if somebody does, by way of his event loop.
    fn wake(&self, waker: Option<Waker>) {
        let Some(waker) = waker else { return };
        shielded(|| match &self.mailbox {
            Some(mailbox) => mailbox.post(waker),
            None => waker.wake(),
        });
    }

    /// The result, unless the caller has left: then it is dropped while it is still this job's time that passes.
    fn wanted(&self, result: Result<T, TaskError>) -> Option<Result<T, TaskError>> {
        if !self.is_unwanted.load(Ordering::Relaxed) {
            return Some(result);
        }
        self.leave_parent();
        shielded(|| drop(result));
        None
    }

    /// What the body comes to, if it may begin.
    fn result(self: &Arc<Self>) -> Result<T, TaskError> {
        let body = sync::lock(&self.parts).body.take();
        // A parent cancels its followers one after the other; what has not begun by then does not begin.
        let is_cancelled = self.parent.as_ref().is_some_and(Cancel::is_cancelled);
        let result = match body {
            Some((body, span)) if !is_cancelled && !self.is_too_late() => self.call(body, span),
            unrun => {
                shielded(|| drop(unrun));
                Err(match is_cancelled {
                    true => TaskError::Cancelled,
                    false => TaskError::QueueTimeout,
                })
            }
        };
        if self.flag.is_set() {
            // Dropped before the thread's next job begins, and known to the pool unless the job runs on a thread that waits for it.
            shielded(|| drop(result));
            return Err(TaskError::Cancelled);
        }
        result
    }

    /// The clock, which sees to waiting jobs, may be a little late.
    fn is_too_late(&self) -> bool {
        self.until != Moment::NEVER && self.until <= sync::now()
    }

    /// Runs the body in the caller's span, with this job as the current one.
    fn call(self: &Arc<Self>, body: F, span: tracing::Span) -> Result<T, TaskError> {
        let token = Cancel::of(Arc::clone(self) as Arc<dyn Token>);
        let result = catch_unwind(AssertUnwindSafe(|| token.into_scope(|| span.in_scope(body))));
        shielded(|| drop(span));
        result.map_err(|panic| TaskError::Panicked(panics::text(panic)))
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
        commands::cancel(&self.shared, || {
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
    fn is_cancelled(&self) -> bool {
        self.flag.is_set()
    }

    fn wait(&self) -> Nanos {
        Nanos(self.wait.load(Ordering::Relaxed))
    }

    fn tag(&self) -> Option<Tag> {
        self.tag.clone()
    }

    fn place(&self, key: JobKey) {
        self.key.store(key.to_bits(), Ordering::Release);
    }

    fn run(self: Arc<Self>, wait: Nanos, settle: &mut dyn FnMut(Ending, bool) -> Settled) {
        self.wait.store(wait.0, Ordering::Relaxed);
        let result = self.result();
        let ending = match &result {
            Ok(value) if (self.is_success)(value) => Ending::Completed,
            Ok(_) => Ending::Failed,
            Err(TaskError::Cancelled) => Ending::Cancelled,
            Err(TaskError::QueueTimeout) => Ending::Late,
            Err(_) => Ending::Panicked,
        };
        let result = self.wanted(result);
        // A letter in a box is no work; a waker that is called directly may be any code.
        let is_cleared = self.mailbox.is_some();
        let settled = settle(ending, is_cleared);
        self.run.store(settled.run.0, Ordering::Relaxed);
        let unwanted = match result {
            Some(result) if settled.is_first => self.publish(result),
            other => other,
        };
        match unwanted {
            // Nobody wants it any longer, and the thread may have its next job by now.
            Some(late) if is_cleared => self.shared.tellers.discard(Box::new(late)),
            late => shielded(|| drop(late)),
        }
    }

    fn nudge(&self) {
        let waker = sync::lock(&self.parts).waker.take();
        self.wake(waker);
    }

    fn answer(&self, error: TaskError) {
        self.flag.set();
        let unwanted = self.publish(Err(error));
        shielded(|| drop(unwanted));
        shielded(|| self.flag.spread());
    }

    fn discard(&self) {
        let body = sync::lock(&self.parts).body.take();
        shielded(|| drop(body));
    }
}

impl<F, T> Awaited<T> for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        let mut parts = sync::lock(&self.parts);
        if matches!(parts.outcome, Outcome::Pending) && worker::own_seat(&self.shared).is_some() {
            drop(parts);
            commands::run_here(&self.shared, || {
                JobKey::from_bits(self.key.load(Ordering::Acquire))
            });
            parts = sync::lock(&self.parts);
        }
        if matches!(parts.outcome, Outcome::Pending) {
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
        match std::mem::replace(&mut parts.outcome, Outcome::Taken) {
            Outcome::Ready(result) => Poll::Ready(result),
            // Polled again after the end, against the contract of futures.
            _ => Poll::Pending,
        }
    }

    fn abandon(&self) -> bool {
        let mut parts = sync::lock(&self.parts);
        let waker = parts.waker.take();
        let outcome = std::mem::replace(&mut parts.outcome, Outcome::Unwanted);
        drop(parts);
        self.is_unwanted.store(true, Ordering::Relaxed);
        drop(waker);
        matches!(outcome, Outcome::Pending)
    }

    fn is_ready(&self) -> bool {
        !matches!(sync::lock(&self.parts).outcome, Outcome::Pending)
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
