//! The child's half: reads calls, runs their handlers on its main thread, writes outcomes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use super::wire;
use crate::{
    call::{Call, Envelope, RouteKey},
    context::Contexts,
    error::Error,
    exec::{
        current::{PlainCall, Workplace},
        executor::Executor,
        inline,
    },
    message::{Response, Source},
    route::{Handler, Outcome, Route},
};
use gopool_isolated::{Answer, Inside, Job};
use gopool_pool::Cancel;

/// What of a file is sent to the master, in bytes.
const MOST_COLLECTED: u64 = 64 << 20;

/// Answers calls of these routes until the master has no more. `missing` are the shared values that nobody provides, a sentence each,
/// for the master.
pub(crate) fn serve(
    inside: Inside,
    routes: &[&'static Route],
    contexts: Contexts,
    missing: Vec<String>,
) -> ! {
    let late = Arc::new(Late::default());
    let callee = Callee {
        routes: routes.iter().map(|route| (route.key(), *route)).collect(),
        contexts: Arc::new(contexts),
        late: late.clone(),
    };
    inside.serve(
        missing.into(),
        move |job| late.tell(job),
        |job, number| callee.answer(&job, number),
    )
}

/// What is called here.
struct Callee {
    routes: HashMap<RouteKey, &'static Route>,
    contexts: Arc<Contexts>,
    late: Arc<Late>,
}

impl Callee {
    fn answer(&self, job: &Job, number: u32) -> Answer {
        let call = wire::read_call(&job.head, job.body.clone());
        let outcome = call.and_then(|envelope| self.call(envelope, number));
        let (head, body) = wire::write_outcome(outcome);
        Answer { head, body }
    }

    fn call(&self, envelope: Envelope, number: u32) -> Outcome {
        let route = self.routes.get(&envelope.route).ok_or_else(|| {
            Error::internal(format!(
                "the process has no route {:?}: it was started from another program",
                envelope.route
            ))
        })?;
        let Handler::Plain(handler) = route.handler else {
            return Err(Error::internal("an asynchronous handler cannot be isolated"));
        };
        let limit = envelope.deadline.run;
        let call = Call::new(envelope, route.template, self.contexts.clone());
        let workplace = Workplace {
            executor: Arc::new(Executor::Inline),
            lane: None,
        };
        let (plain, handler) = (PlainCall::new(call, workplace), route.applied.around(handler));
        let token = self.late.begin(number);
        let outcome = token.scope(|| inline::call(handler, plain, Some(limit)));
        self.late.end();
        outcome.and_then(crosses)
    }
}

/// What is written has been collected, and a file is; the parts of a stream are made elsewhere and later.
fn crosses(response: Response) -> Outcome {
    let Some(flow) = response.flow() else {
        return Ok(response);
    };
    match flow.take() {
        Some(Source::Content(content)) if content.len() <= MOST_COLLECTED => {
            let body = content.bytes()?;
            response.whole(body).map_err(Error::internal)
        }
        Some(Source::Content(_)) => Err(Error::internal(
            "a file of more than 64 MiB cannot leave the process of an isolated route; send it from another one",
        )),
        _ => Err(Error::internal(
            "the parts of a stream cannot leave the process of an isolated route; write them with `Stream::new` or `Events::new`",
        )),
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
