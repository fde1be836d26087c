//! The log: lines for people or for programs, each with the id of the request that it belongs to.

use std::{
    env, fmt,
    io::{self, Write as _},
    panic::{self, PanicHookInfo},
};

use tracing::{Event, Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{
        FmtContext,
        format::{Format, FormatEvent, FormatFields, JsonFields, Writer},
    },
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::{config::LogFormat, exec::current, message::RequestId};

/// One of those that see what is traced.
pub(crate) type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sends log lines to standard error, unless the application has a subscriber of its own; `layers` see what is traced
/// beside them.
///
/// The variable `RUST_LOG` chooses what is written, as in `info,my_app::db=debug`; it starts from `info`.
///
/// # Errors
/// When the application has a subscriber of its own and `layers` too: they would see nothing.
pub(crate) fn start(format: LogFormat, layers: Vec<AnyLayer>) -> Result<(), &'static str> {
    let has_layers = !layers.is_empty();
    let is_ours = subscriber(format, layers).try_init().is_ok();
    panic::set_hook(Box::new(log_panic(panic::take_hook())));
    // Without layers the application's own subscriber knows better.
    if has_layers && !is_ours {
        return Err(
            "a tracing subscriber was installed before the start, so what `App::layer` was given would see nothing; \
             give its layer to that subscriber instead",
        );
    }
    Ok(())
}

/// Writes what is wrong to standard error, in a single write: the daemon and its masters share it.
pub(crate) fn complain(what: &dyn fmt::Display) {
    // Whoever has closed it does not want to hear.
    let _ = io::stderr().write_all(format!("{what}\n").as_bytes());
}

fn subscriber(format: LogFormat, mut layers: Vec<AnyLayer>) -> impl Subscriber + Send + Sync {
    // The filter is the lines' own: what they leave out, other layers may see.
    layers.push(lines(format).with_filter(filter()).boxed());
    tracing_subscriber::registry().with(layers)
}

fn lines(format: LogFormat) -> AnyLayer {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => {
            let format = Format::default().json().flatten_event(true);
            let append = append_to_json;
            lines
                .fmt_fields(JsonFields::new())
                .event_format(WithRequest { format, append })
                .boxed()
        }
        LogFormat::Text => {
            let format = Format::default().with_target(true);
            let append = append_to_text;
            lines.event_format(WithRequest { format, append }).boxed()
        }
    }
}

fn filter() -> Targets {
    let usual = || {
        Targets::new()
            .with_default(Level::INFO)
            .with_target("actix_server", Level::WARN)
    };
    // Set to nothing, as scripts like to, it chooses nothing; parsed, it would silence everything.
    let chosen = env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let chosen = chosen.map(|text| text.parse::<Targets>().map_err(|error| (text, error)));
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

/// A handler's panic is one line of the log with its request's id; any other panic is reported as ever.
fn log_panic(
    otherwise: Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>,
) -> impl Fn(&PanicHookInfo<'_>) + Send + Sync {
    move |panic| match current() {
        Some(current) => {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let text = panic.payload_as_str().unwrap_or("a value that is no text");
            tracing::error!(
                request_id = current.request_id().as_str(),
                place,
                text,
                "handler panicked"
            );
        }
        None => otherwise(panic),
    }
}

/// The usual lines, with the request's id at their end.
struct WithRequest<F> {
    format: F,
    append: fn(&mut String, &RequestId),
}

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(current) = current() else {
            return self.format.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.format.format_event(context, Writer::new(&mut line), event)?;
        // By its name and not by its value: a client may call its request `a`, which is in every line.
        if event.metadata().fields().field("request_id").is_none() {
            (self.append)(&mut line, current.request_id());
        }
        writer.write_str(&line)
    }
}

fn append_to_text(line: &mut String, id: &RequestId) {
    line.truncate(line.trim_end().len());
    line.push_str(&format!(" request_id={id}\n"));
}

fn append_to_json(line: &mut String, id: &RequestId) {
    let Some(end) = line.rfind('}') else { return };
    line.truncate(end);
    // Text always has a JSON form.
    let id = serde_json::to_string(id).unwrap_or_default();
    line.push_str(&format!(",\"request_id\":{id}}}\n"));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::span;
    use tracing_subscriber::layer::Context;

    use super::*;

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
        let log = subscriber(LogFormat::Text, vec![seen.clone().boxed()]);
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
            let log = subscriber(format, Vec::new());
            assert!(log.register_callsite(span).is_never());
        }
    }

    #[test]
    fn a_text_line_ends_with_the_id() {
        let mut line = "INFO shop: sold n=1\n".to_owned();
        append_to_text(&mut line, &RequestId::from_client(b"r1").unwrap());
        assert_eq!(line, "INFO shop: sold n=1 request_id=r1\n");
    }

    #[test]
    fn a_json_line_stays_json_whatever_the_client_called_its_request() {
        let mut line = "{\"level\":\"INFO\"}\n".to_owned();
        append_to_json(&mut line, &RequestId::from_client(br#"a"}b"#).unwrap());
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request_id"], r#"a"}b"#);
    }
}
