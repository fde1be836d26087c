//! How a line is written: for people or for programs, with the id of its request, and so that nothing in it looks like another line.

use std::{fmt, io};

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    Layer, Registry,
    fmt::{
        FmtContext, MakeWriter,
        format::{Format, FormatEvent, FormatFields, JsonFields, Writer},
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::queue::Notice;
use crate::{config::LogFormat, exec::current, message::RequestId};

/// One of those that see what is traced.
pub(crate) type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Whoever logs under this target means its line breaks; nothing that a client sends may be in there.
pub(crate) const MULTILINE: &str = "gopool::routes";

/// What writes the lines, without escape codes: they would end up in files.
pub(super) fn lines(
    format: LogFormat,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> AnyLayer {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
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
            let format = Format::default().with_target(true).with_ansi(false);
            let append = append_to_text;
            lines.event_format(WithRequest { format, append }).boxed()
        }
    }
}

/// The line that says how many lines were lost: as it would be logged, if it needed no room itself.
pub(super) fn notice(format: LogFormat) -> Notice {
    match format {
        LogFormat::Text => |lost, cause| {
            format!(
                "{}  WARN gopool::log: log lines were lost: {} lines={lost}\n",
                now(),
                why(cause)
            )
        },
        LogFormat::Json => |lost, cause| {
            let message = format!("log lines were lost: {}", why(cause));
            let line = serde_json::json!({
                "timestamp": now(), "level": "WARN", "message": message, "lines": lost, "target": "gopool::log",
            });
            format!("{line}\n")
        },
    }
}

fn why(cause: Option<&io::Error>) -> String {
    match cause {
        Some(cause) => format!("they could not be written ({cause})"),
        None => "they came faster than they were read".to_owned(),
    }
}

fn now() -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// The usual lines, with the request's id at their end.
struct WithRequest<F> {
    format: F,
    append: fn(&mut String, Option<&RequestId>, is_multiline: bool),
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
        let mut line = String::new();
        self.format.format_event(context, Writer::new(&mut line), event)?;
        let current = current();
        // By its name and not by its value: a client may call its request `a`, which is in every line.
        let has_id = event.metadata().fields().field("request_id").is_some();
        let id = current
            .as_ref()
            .filter(|_| !has_id)
            .map(|current| current.request_id());
        (self.append)(&mut line, id, event.metadata().target() == MULTILINE);
        writer.write_str(&line)
    }
}

fn append_to_text(line: &mut String, id: Option<&RequestId>, is_multiline: bool) {
    line.truncate(line.trim_end().len());
    if !is_multiline && line.contains(char::is_control) {
        *line = escaped(line);
    }
    if let Some(id) = id {
        line.push_str(&format!(" request_id={id}"));
    }
    line.push('\n');
}

/// With every character that could begin a line or steer a terminal written as in a Rust text.
fn escaped(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if c.is_control() {
            escaped.extend(c.escape_debug());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn append_to_json(line: &mut String, id: Option<&RequestId>, _: bool) {
    let (Some(id), Some(end)) = (id, line.rfind('}')) else {
        return;
    };
    line.truncate(end);
    // Text always has a JSON form.
    let id = serde_json::to_string(id).unwrap_or_default();
    line.push_str(&format!(",\"request_id\":{id}}}\n"));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn id(text: &[u8]) -> RequestId {
        RequestId::from_client(text).unwrap()
    }

    #[test]
    fn a_text_line_ends_with_the_id() {
        let mut line = "INFO shop: sold n=1\n".to_owned();
        append_to_text(&mut line, Some(&id(b"r1")), false);
        assert_eq!(line, "INFO shop: sold n=1 request_id=r1\n");
    }

    #[test]
    fn nothing_in_a_text_line_begins_another_or_steers_a_terminal() {
        let mut line = "ERROR shop: cause=a\n1970 ERROR forged\r\u{1b}[31m\u{85}\u{9b}é\n".to_owned();
        append_to_text(&mut line, None, false);
        assert_eq!(
            line,
            "ERROR shop: cause=a\\n1970 ERROR forged\\r\\u{1b}[31m\\u{85}\\u{9b}é\n"
        );
        let mut table = "INFO gopool::routes: routes\ncrate a\n".to_owned();
        append_to_text(&mut table, None, true);
        assert_eq!(table, "INFO gopool::routes: routes\ncrate a\n");
    }

    #[test]
    fn a_json_line_stays_json_whatever_the_client_called_its_request() {
        let mut line = "{\"level\":\"INFO\"}\n".to_owned();
        append_to_json(&mut line, Some(&id(br#"a"}b"#)), false);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request_id"], r#"a"}b"#);
    }

    #[test]
    fn the_notice_of_lost_lines_is_a_line_of_its_format() {
        let full = io::Error::other("disk full");
        let text = notice(LogFormat::Text)(3, None);
        assert!(
            text.ends_with("came faster than they were read lines=3\n"),
            "{text}"
        );
        let json: serde_json::Value = serde_json::from_str(&notice(LogFormat::Json)(3, Some(&full))).unwrap();
        assert_eq!((&json["lines"], &json["level"]), (&3.into(), &"WARN".into()));
        assert!(json["message"].as_str().unwrap().contains("disk full"), "{json}");
    }
}
