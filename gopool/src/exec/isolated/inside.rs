//! The child's half: reads calls, runs their handlers on its main thread, writes outcomes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{spoken, wire};
use crate::{
    call::{Call, Envelope, RouteKey},
    context::Contexts,
    error::Error,
    exec::{
        current::{PlainCall, Workplace},
        executor::Executor,
        inline,
        panic::catch,
    },
    route::{Handler, Outcome, Route},
};
use gopool_isolated::{Answer, Inside, Job, Parts};
use gopool_pool::Cancel;

/// What is called here.
pub(crate) struct Callee {
    routes: HashMap<RouteKey, &'static Route>,
    contexts: Arc<Contexts>,
    late: Arc<Late>,
}

impl Callee {
    pub(crate) fn new(routes: &[&'static Route], contexts: Contexts) -> Self {
        Self {
            routes: routes.iter().map(|route| (route.key(), *route)).collect(),
            contexts: Arc::new(contexts),
            late: Arc::default(),
        }
    }

    /// Answers calls until the master has no more, who is told which program this is, and which shared values nobody provides, a sentence
    /// each.
    pub(crate) fn serve(self, inside: Inside, program: String, missing: Vec<String>) -> ! {
        let late = self.late.clone();
        inside.serve(
            program,
            missing.into(),
            move |job| late.tell(job),
            |job, parts| self.answer(&job, parts),
        )
    }

    fn answer(&self, job: &Job, parts: &Parts) -> Answer {
        let call = wire::read_call(&job.head, job.body.clone());
        let outcome = call.and_then(|envelope| self.call(envelope, parts));
        let (head, body) = wire::write_outcome(outcome);
        Answer { head, body }
    }

    fn call(&self, envelope: Envelope, parts: &Parts) -> Outcome {
        let route = self.routes.get(&envelope.route).ok_or_else(|| {
            Error::internal(format!(
                "the process has no route {:?}: it was started from another program",
                envelope.route
            ))
        })?;
        let Handler::Plain(handler) = route.handler else {
            return Err(Error::internal("an asynchronous handler cannot be isolated"));
        };
        let (limit, coding) = (envelope.deadline.run, envelope.codings.reply);
        let call = Call::new(envelope, route.template, self.contexts.clone());
        let workplace = Workplace {
            executor: Arc::new(Executor::Inline),
            lane: None,
        };
        let (plain, handler) = (PlainCall::new(call, workplace), route.applied.around(handler));
        let token = self.late.begin(parts.number());
        let line = parts.clone();
        let flows = move |response, _: &Arc<PlainCall>| spoken::speak(response, coding, line);
        let body = inline::body(handler, plain, flows, Some(limit));
        let outcome = token.scope(|| catch(body));
        self.late.end();
        outcome?
    }
}

/// Which call is late, if the one at hand is.
#[derive(Default)]
struct Late {
    /// The last one of which that was said. It may be said before the call begins.
    newest: AtomicU32,
    /// The one at hand.
    current: Mutex<Option<(u32, Cancel)>>,
}

impl Late {
    fn tell(&self, number: u32) {
        self.newest.store(number, Ordering::SeqCst);
        let current = self.lock();
        if let Some((at_hand, token)) = &*current
            && *at_hand == number
        {
            token.cancel();
        }
    }

    fn begin(&self, number: u32) -> Cancel {
        let token = Cancel::new();
        *self.lock() = Some((number, token.clone()));
        if self.newest.load(Ordering::SeqCst) == number {
            token.cancel();
        }
        token
    }

    fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<(u32, Cancel)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_that_it_is_late_before_or_after_it_begins_and_no_other_is() {
        let late = Late::default();
        let token = late.begin(1);
        late.tell(1);
        assert!(token.is_cancelled());
        late.end();
        assert!(!late.begin(2).is_cancelled());
        late.tell(1);
        late.tell(3);
        let token = late.begin(3);
        assert!(token.is_cancelled(), "it was said before it began");
    }
}
