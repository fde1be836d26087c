//! One server-sent event, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> has it.

use std::{fmt::Write as _, io, time::Duration};

use bytes::Bytes;
use serde::Serialize;

/// One server-sent event.
///
/// ```
/// use gopool::Event;
/// let event = Event::data("two\nlines").id("7").event("greeting");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    data: Option<String>,
    comment: Option<String>,
    id: Option<String>,
    event: Option<String>,
    retry: Option<Duration>,
    /// Why it cannot be sent.
    mistake: Option<String>,
}

impl Event {
    /// An event with this text; its line ends, whichever they are, arrive as `\n`.
    pub fn data(text: impl Into<String>) -> Self {
        Self {
            data: Some(text.into()),
            ..Self::default()
        }
    }

    /// An event with `value` as JSON. Sending what cannot be written as JSON fails.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(data) => Self::data(data),
            Err(error) => Self {
                mistake: Some(format!("the event cannot be written as JSON: {error}")),
                ..Self::default()
            },
        }
    }

    /// What no client shows anybody.
    pub fn comment(text: impl Into<String>) -> Self {
        Self {
            comment: Some(text.into()),
            ..Self::default()
        }
    }

    /// The same event with an id, which a client that comes back names as the last that it has seen. Sending one with a line end or a NUL fails.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The same event, of another kind than `message`. Sending one with a line end or a NUL fails.
    #[must_use]
    pub fn event(mut self, event: impl Into<String>) -> Self {
        self.event = Some(event.into());
        self
    }

    /// The same event, which tells the client to come back after so long when the connection is lost; in whole milliseconds.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }

    /// As it is sent.
    ///
    /// # Errors
    /// It cannot be: a client would read another one.
    pub(crate) fn written(&self) -> io::Result<Bytes> {
        if let Some(mistake) = &self.mistake {
            return Err(refusal(mistake));
        }
        let mut text = String::new();
        for line in self.comment.iter().flat_map(|comment| lines(comment)) {
            field(&mut text, "", line);
        }
        for (name, value) in [("event", &self.event), ("id", &self.id)] {
            let Some(value) = value else { continue };
            if value.contains(['\r', '\n', '\0']) {
                return Err(refusal(&format!(
                    "the `{name}` of an event holds a line end or a NUL"
                )));
            }
            field(&mut text, name, value);
        }
        if let Some(retry) = self.retry {
            field(&mut text, "retry", &retry.as_millis().to_string());
        }
        for line in self.data.iter().flat_map(|data| lines(data)) {
            field(&mut text, "data", line);
        }
        text.push('\n');
        Ok(text.into())
    }
}

fn refusal(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

fn field(text: &mut String, name: &str, value: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{name}: {value}");
}

/// The lines of a text by each of the three line ends that clients know. A lone `\r` is one too: unsplit, it would begin a new field.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        let length = if after.starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&after[length..]);
        Some(line)
    })
}

/// What can be sent as an event: an [`Event`] as it is, and what serialises as the JSON in its data.
pub trait IntoEvent {
    /// Makes it one.
    fn into_event(self) -> Event;
}

impl IntoEvent for Event {
    fn into_event(self) -> Event {
        self
    }
}

impl<T: Serialize> IntoEvent for T {
    fn into_event(self) -> Event {
        Event::json(&self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    /// What a client has read.
    #[derive(Debug, Default, PartialEq)]
    struct Read {
        data: Vec<String>,
        last_id: String,
        kinds: Vec<String>,
        retry: Option<u128>,
    }

    /// The standard's parser, line by line.
    fn read(text: &str) -> Read {
        let mut read = Read::default();
        let (mut data, mut kind, mut id) = (String::new(), String::new(), String::new());
        let mut rest = text;
        while let Some(end) = rest.find(['\r', '\n']) {
            let line = &rest[..end];
            let skip = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
            rest = &rest[end + skip..];
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                _ if line.is_empty() => {
                    read.last_id.clone_from(&id);
                    if data.pop().is_some() {
                        read.data.push(std::mem::take(&mut data));
                        read.kinds.push(std::mem::take(&mut kind));
                    }
                }
                "data" => data = data + value + "\n",
                "event" => value.clone_into(&mut kind),
                "id" if !value.contains('\0') => value.clone_into(&mut id),
                "retry" => read.retry = value.parse().ok(),
                _ => {}
            }
        }
        assert!(rest.is_empty(), "half an event: {text:?}");
        read
    }

    fn written(event: &Event) -> String {
        String::from_utf8(event.written().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn an_event_is_written_as_the_standard_has_it() {
        let event = Event::data("a\nb")
            .id("7")
            .event("greeting")
            .retry(Duration::from_secs(2));
        let expected = "event: greeting\nid: 7\nretry: 2000\ndata: a\ndata: b\n\n";
        assert_eq!(written(&event), expected);
        assert_eq!(read(expected).retry, Some(2000));
        assert_eq!(written(&Event::comment("x\ry")), ": x\n: y\n\n");
        assert_eq!(written(&Event::data("")), "data: \n\n");
        assert_eq!(written(&[1, 2].into_event()), "data: [1,2]\n\n");
    }

    #[test]
    fn any_text_arrives_with_its_line_ends_as_line_feeds() {
        let pieces = [
            "\r",
            "\n",
            "\r\n",
            "",
            " ",
            ":",
            "data: x",
            "id: 1",
            "\0",
            "\u{feff}",
            "\u{2028}",
            "é",
            "event: z\n\n",
        ];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let count = random.usize(..9);
            let text: String = (0..count).map(|_| pieces[random.usize(..pieces.len())]).collect();
            let read = read(&written(&Event::data(text.clone()).id("7")));
            assert_eq!(read.data, [text.replace("\r\n", "\n").replace('\r', "\n")]);
            assert_eq!((read.last_id.as_str(), read.kinds[0].as_str()), ("7", ""));
        }
    }

    #[test]
    fn any_comment_is_seen_by_nobody() {
        for text in ["", "\r", "a\r\ndata: x\n\n", "\ndata: x", "id: 7"] {
            let event = Event::comment(text);
            assert_eq!(read(&written(&event)), Read::default(), "{text:?}");
        }
    }

    #[test]
    fn what_a_client_would_read_differently_is_refused() {
        for event in [
            Event::data("x").id("a\nb"),
            Event::data("x").id("a\rb"),
            Event::data("x").id("a\0b"),
            Event::data("x").event("a\nb"),
            Event::data("x").event("a\r"),
        ] {
            let refusal = event.written().unwrap_err();
            assert_eq!(refusal.kind(), io::ErrorKind::InvalidInput, "{event:?}");
        }
        let no_json = std::collections::BTreeMap::from([(vec![1], 1)]);
        assert!(Event::json(&no_json).written().is_err());
    }
}
