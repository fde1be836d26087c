//! What one event loop has for itself.

use std::{
    cell::OnceCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_http::RequestHead;
use actix_web::rt;

use super::{drain::Count, seen::Seen, service::Service, watch::LoopWatch};
use crate::exec::{Home, deliver_on_thread};

pub(super) struct EventLoop {
    pub(super) service: Arc<Service>,
    pub(super) watch: Rc<LoopWatch>,
    /// Those that it serves.
    pub(super) requests: Count,
    /// What its calls start with.
    pub(super) home: Home,
}

impl EventLoop {
    /// Makes the loop's mailbox, and the tasks that deliver from it and beat for as long as the loop runs.
    fn start(service: Arc<Service>, index: usize) -> Self {
        let home = service.home();
        rt::spawn(deliver_on_thread(home.mailbox.clone()));
        if let Some(pulse) = service.pulse() {
            rt::spawn(pulse.clone().beat(index));
        }
        rt::spawn(service.watch().clone().measure_lag(index));
        Self {
            watch: service.watch().on_loop(index),
            requests: service.drain().on_loop(),
            service,
            home,
        }
    }

    /// The one of this thread. actix asks once for each listener, but a thread is one event loop.
    pub(super) fn of_this_thread(service: &Arc<Service>, started: &AtomicUsize) -> Rc<Self> {
        thread_local! {
            static EVENT_LOOP: OnceCell<Rc<EventLoop>> = const { OnceCell::new() };
        }
        EVENT_LOOP.with(|cell| {
            let start = || {
                Rc::new(Self::start(
                    service.clone(),
                    started.fetch_add(1, Ordering::Relaxed),
                ))
            };
            cell.get_or_init(start).clone()
        })
    }

    /// A request has arrived.
    pub(super) fn see(&self, head: &RequestHead) -> Seen {
        Seen::of(head, &self.watch, &self.requests)
    }
}
