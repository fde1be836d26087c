//! A logger that does one thing whenever something is logged. Each test of it is a process of its own: it is the logger of every thread.

use std::time::Duration;

use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};

/// Long enough for the slowest machine; no test passes because of it.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// What happens to each event.
pub(crate) struct OnEvent(pub(crate) fn());

impl Subscriber for OnEvent {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        (self.0)();
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
