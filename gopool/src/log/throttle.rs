//! Lines that would come twice a second for as long as something lasts: one in a while says it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::{Event, Metadata, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::layer::{Context, Filter};

/// Who says that a connection could not be accepted, each time that it tries: without a free descriptor every half second.
const TARGET: &str = "actix_server::accept";
/// How long another such line is held back.
const PAUSE: Duration = Duration::from_secs(30);

/// Lets one line pass, then none of them for a while.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    last: Mutex<Option<Instant>>,
}

impl Throttle {
    fn passes(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.duration_since(last) >= PAUSE);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

impl<S> Filter<S> for Throttle {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        // Asked for no other line than those.
        Interest::always()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        event.metadata().target() != TARGET || self.passes(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_passes_in_a_while() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let passed = (0..120).filter(|half| throttle.passes(start + Duration::from_millis(500) * *half));
        assert_eq!(passed.collect::<Vec<_>>(), [0, 60]);
    }
}
