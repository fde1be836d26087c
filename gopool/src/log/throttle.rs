//! Lines that would come twice a second for as long as something lasts: one in a while says it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::{Metadata, level_filters::LevelFilter, subscriber::Interest};
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
    /// Asked once for each such line, and for no other.
    fn enabled(&self, line: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        line.target() != TARGET || self.passes(Instant::now())
    }

    fn callsite_enabled(&self, line: &'static Metadata<'static>) -> Interest {
        match line.target() {
            TARGET => Interest::sometimes(),
            _ => Interest::always(),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::{Layer as _, fmt::MakeWriter, layer::SubscriberExt as _};

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn what_is_held_back_holds_back_no_other_line() {
        let written = Written::default();
        let lines = tracing_subscriber::fmt::layer().with_writer(written.clone());
        let lines = lines.with_filter(Throttle::default());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            for _ in 0..3 {
                tracing::error!(target: TARGET, "out of descriptors");
                tracing::info!("something else");
            }
        });
        let written = written.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&written);
        let count = |part| text.matches(part).count();
        assert_eq!(
            (count("out of descriptors"), count("something else")),
            (1, 3),
            "{text}"
        );
    }

    #[test]
    fn one_line_passes_in_a_while() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let passed = (0..120).filter(|half| throttle.passes(start + Duration::from_millis(500) * *half));
        assert_eq!(passed.collect::<Vec<_>>(), [0, 60]);
    }
}
