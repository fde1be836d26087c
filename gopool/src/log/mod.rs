//! The log: lines for people or for programs, each with the id of the request that it belongs to. Whoever writes one never waits
//! for whoever reads it.

mod direct;
mod format;
mod queue;
mod sink;
mod throttle;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    env, fmt,
    io::{self, Write as _},
    panic::{self, PanicHookInfo},
    path::Path,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt as _, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use self::{
    direct::Direct,
    queue::{Lines, Queue},
    sink::Sink,
    throttle::Throttle,
};
use crate::{config::LogFormat, exec::current};

pub(crate) use format::{AnyLayer, MULTILINE};

/// How long the end of the process may wait for whoever reads the last lines.
const LAST_LINES: Duration = Duration::from_millis(250);

/// What the options say of the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) format: LogFormat,
    /// What is written, as in `info,my_app::db=debug`. Without it the variable `RUST_LOG` says it, and without that it is `info`.
    pub(crate) level: Option<&'a str>,
    /// Standard error without it.
    pub(crate) file: Option<&'a Path>,
}

/// The log of this process, once it has one of ours.
static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    queue: Arc<Queue>,
    is_stderr: bool,
}

/// Begins to write the log, unless the application has a subscriber of its own; `layers` see what is traced beside it.
///
/// # Errors
/// The file cannot be opened; or the application has a subscriber of its own and `layers` too: they would see nothing.
pub(crate) fn start(settings: Settings<'_>, layers: Vec<AnyLayer>) -> Result<(), String> {
    let sink = open(settings.file)?;
    let has_layers = !layers.is_empty();
    let queue = Arc::new(Queue::default());
    let lines = Lines(queue.clone());
    let is_ours = subscriber(settings, move || lines.clone(), layers)
        .try_init()
        .is_ok();
    let earlier = panic::take_hook();
    // It writes to standard error itself, and waits for whoever reads that; but with a subscriber of its own, the application knows better.
    panic::set_hook(Box::new(log_panic((!is_ours).then_some(earlier))));
    if is_ours {
        let notice = format::notice(settings.format);
        let started = queue.start(sink, notice);
        started.map_err(|error| format!("the log cannot be written: {error}"))?;
        let is_stderr = settings.file.is_none();
        let _ = LOG.set(Log { queue, is_stderr });
    } else if has_layers {
        // Without layers the application's own subscriber knows better.
        return Err(
            "a tracing subscriber was installed before the start, so what `App::layer` was given would see nothing; \
             give its layer to that subscriber instead"
                .to_owned(),
        );
    }
    Ok(())
}

/// Begins to write the log of a process that may end at any moment: each line before whoever writes it goes on, and from no thread of
/// its own. What its reader does not take at once is left out, counted, and told of with the next line.
///
/// # Errors
/// The file cannot be opened.
pub(crate) fn start_here(settings: Settings<'_>) -> Result<(), String> {
    let notice = format::notice(settings.format);
    let direct = Direct::open(settings.file, notice).map_err(|error| cannot_open(settings.file, &error))?;
    // An application that has a subscriber of its own knows better.
    let is_ours = subscriber(settings, move || direct.clone(), Vec::new())
        .try_init()
        .is_ok();
    let earlier = panic::take_hook();
    panic::set_hook(Box::new(log_panic((!is_ours).then_some(earlier))));
    Ok(())
}

/// Looks whether the log could be written.
///
/// # Errors
/// The file cannot be opened.
pub(crate) fn check(settings: Settings<'_>) -> Result<(), String> {
    open(settings.file).map(drop)
}

fn open(file: Option<&Path>) -> Result<Sink, String> {
    Sink::open(file).map_err(|error| cannot_open(file, &error))
}

fn cannot_open(file: Option<&Path>, error: &io::Error) -> String {
    match file {
        Some(file) => format!("`--log-file {}` cannot be opened: {error}", file.display()),
        None => format!("standard error cannot be written to: {error}"),
    }
}

/// Opens the file of the log anew, after somebody has moved it away.
pub(crate) fn reopen() {
    if let Some(log) = LOG.get() {
        log.queue.reopen();
    }
}

/// Waits for the last lines to be written, but not for long.
pub(crate) fn flush() {
    if let Some(log) = LOG.get() {
        log.queue.flush(LAST_LINES);
    }
}

/// How many lines were lost since the start.
pub(crate) fn lost_lines() -> u64 {
    LOG.get().map_or(0, |log| log.queue.lost())
}

/// Writes what is wrong to standard error, in a single write: the daemon and its masters share it.
pub(crate) fn complain(what: &dyn fmt::Display) {
    let text = format!("{what}\n");
    match LOG.get() {
        // In its order, and without waiting.
        Some(log) if log.is_stderr => log.queue.push(text.as_bytes()),
        // Whoever has closed it does not want to hear.
        _ => drop(io::stderr().write_all(text.as_bytes())),
    }
}

fn subscriber(
    settings: Settings<'_>,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    mut layers: Vec<AnyLayer>,
) -> impl Subscriber + Send + Sync {
    // The filter is the lines' own: what they leave out, other layers may see.
    layers.push(
        format::lines(settings.format, writer)
            .with_filter(filter(settings.level).and(Throttle::default()))
            .boxed(),
    );
    tracing_subscriber::registry().with(layers)
}

/// Whether lines of this target and level are written.
pub(crate) fn is_written(target: &str, level: Level, given: Option<&str>) -> bool {
    let chosen = chosen(given).and_then(|text| text.parse().ok());
    chosen.unwrap_or_else(usual).would_enable(target, &level)
}

/// What somebody has said of the levels.
fn chosen(given: Option<&str>) -> Option<String> {
    // Set to nothing, as scripts like to, the variable chooses nothing; parsed, it would silence everything.
    let variable = || env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    given.map(str::to_owned).or_else(variable)
}

fn filter(level: Option<&str>) -> Targets {
    let chosen = chosen(level).map(|text| text.parse::<Targets>().map_err(|error| (text, error)));
    let filter = match chosen {
        None => usual(),
        Some(Ok(filter)) => filter,
        Some(Err((text, error))) => {
            complain(&format_args!(
                "`RUST_LOG` cannot be `{text}` ({error}); write it like `info,my_app::db=debug`, using `info` meanwhile"
            ));
            usual()
        }
    };
    // Our lines name the request without its span, which would cost every request a visit to the registry.
    filter.with_target("gopool::request", LevelFilter::OFF)
}

fn usual() -> Targets {
    Targets::new()
        .with_default(Level::INFO)
        .with_target("actix_server", Level::WARN)
        // What a client sends that is no HTTP is its own fault, and answered; it is not an error of ours.
        .with_target("actix_http", LevelFilter::OFF)
}

/// What is told of panics.
type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// A panic is one line of the log, with its request's id where a handler has panicked. All others are left to `otherwise`, if there is
/// somebody.
fn log_panic(otherwise: Option<PanicHook>) -> impl Fn(&PanicHookInfo<'_>) + Send + Sync {
    move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("a value that is no text");
        // Where the variable `RUST_BACKTRACE` asks for it.
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
        let backtrace = backtrace.as_ref().map(tracing::field::display);
        match (current(), &otherwise) {
            (Some(current), _) => {
                let request_id = current.request_id().as_str();
                tracing::error!(request_id, place, text, backtrace, "handler panicked");
            }
            (None, Some(otherwise)) => otherwise(panic),
            (None, None) => {
                let thread = thread::current();
                let thread = thread.name().unwrap_or("without a name");
                tracing::error!(thread, place, text, backtrace, "a thread panicked");
            }
        }
        // The process ends when this returns.
        if cfg!(panic = "abort") {
            flush();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::span;
    use tracing_subscriber::layer::Context;

    use super::*;

    const TEXT: Settings<'static> = Settings {
        format: LogFormat::Text,
        level: None,
        file: None,
    };

    /// Keeps the targets of all spans.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<&'static str>>>);

    impl<S: Subscriber> Layer<S> for Seen {
        fn on_new_span(&self, span: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
            self.0.lock().unwrap().push(span.metadata().target());
        }
    }

    #[test]
    fn a_layer_sees_the_span_of_a_request_which_the_lines_leave_out() {
        let seen = Seen::default();
        let log = subscriber(TEXT, io::sink, vec![seen.clone().boxed()]);
        tracing::subscriber::with_default(log, || {
            let span = tracing::info_span!(target: "gopool::request", "request");
            assert!(!span.is_disabled());
        });
        assert_eq!(*seen.0.lock().unwrap(), ["gopool::request"]);
    }

    #[test]
    fn without_layers_the_span_of_a_request_costs_nothing() {
        let span = tracing::subscriber::with_default(
            tracing_subscriber::registry(),
            || tracing::info_span!(target: "gopool::request", "request"),
        );
        let span = span.metadata().unwrap();
        for format in [LogFormat::Text, LogFormat::Json] {
            // Asked itself: what a span asks are the answers of all subscribers, those of other tests among them.
            let log = subscriber(Settings { format, ..TEXT }, io::sink, Vec::new());
            assert!(log.register_callsite(span).is_never());
        }
    }
}
