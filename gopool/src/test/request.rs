//! What a test asks for.

use std::fmt::Display;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST},
};
use serde::Serialize;

use super::{Answer, parts::Parts};
use crate::{app::Local, message::JSON};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const LOCALHOST: HeaderValue = HeaderValue::from_static("localhost");

/// A request that is being put together; [`send`](Self::send) makes it.
#[derive(Debug)]
#[must_use = "a request is made by `send`"]
pub struct RequestBuilder<'a> {
    local: &'a Local,
    request: http::Request<Bytes>,
    /// Those of a form that is its body.
    parts: Option<Parts>,
}

impl<'a> RequestBuilder<'a> {
    #[track_caller]
    pub(super) fn new(local: &'a Local, method: Method, target: &str) -> Self {
        if !target.starts_with('/') {
            refuse(format_args!(
                "`{target}` is no target of a request: begin it with a slash"
            ));
        }
        let uri = match target.parse::<Uri>() {
            Ok(uri) => uri,
            Err(error) => refuse(format_args!(
                "`{target}` is no target of a request: {error}; percent-encode it"
            )),
        };
        let mut request = http::Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let parts = None;
        Self {
            local,
            request,
            parts,
        }
    }

    /// Adds a header; its value may hold bytes that are not ASCII. `content-length` follows from the body, whatever it is given.
    ///
    /// # Panics
    /// When HTTP does not allow the name or the value.
    #[track_caller]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        match (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
            (Ok(name), Ok(value)) => self.request.headers_mut().append(name, value),
            (Err(error), _) => refuse(format_args!("`{name}` is no name of a header: {error}")),
            (_, Err(error)) => refuse(format_args!(
                "`{name}` cannot be `{}`: {error}",
                value.escape_ascii()
            )),
        };
        self
    }

    /// Sends these bytes; a content type of theirs is for [`header`](Self::header).
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sends `value` as JSON.
    ///
    /// # Panics
    /// When it cannot be written as JSON.
    #[track_caller]
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.typed(JSON, body),
            Err(error) => refuse(format_args!("the body cannot be written as JSON: {error}")),
        }
    }

    /// Sends `value` as a form.
    ///
    /// # Panics
    /// When it cannot be written as a form.
    #[track_caller]
    pub fn form<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_html_form::to_string(value) {
            Ok(body) => self.typed(FORM, body),
            Err(error) => refuse(format_args!("the body cannot be written as a form: {error}")),
        }
    }

    /// Sends text as one part of a form, after those that were added before.
    pub fn part(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.with_part(name, None, text.as_ref())
    }

    /// Sends a file as one part of a form, after those that were added before.
    ///
    /// # Panics
    /// When HTTP does not allow the type.
    #[track_caller]
    pub fn file(self, name: &str, file_name: &str, content_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        if let Err(error) = content_type.parse::<HeaderValue>() {
            refuse(format_args!("`{content_type}` is no content type: {error}"));
        }
        self.with_part(name, Some((file_name, content_type)), bytes.as_ref())
    }

    fn with_part(mut self, name: &str, file: Option<(&str, &str)>, bytes: &[u8]) -> Self {
        self.parts.get_or_insert_with(Parts::new).add(name, file, bytes);
        self
    }

    /// The same with the form as its body, if it has parts.
    fn with_form(mut self) -> Self {
        let Some(parts) = self.parts.take() else {
            return self;
        };
        match parts.content_type().parse() {
            Ok(content_type) => self.typed(content_type, parts.finish()),
            // It is made of ASCII.
            Err(_) => self,
        }
    }

    fn typed(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.request
            .headers_mut()
            .entry(CONTENT_TYPE)
            .or_insert(content_type);
        self.body(body)
    }

    /// Asks, and waits for the answer. It comes when the handler has ended or one of its limits is reached.
    ///
    /// # Panics
    /// When there is no whole answer, where a socket would be closed: a body broke off. A panic in a handler, in a plain actix-web route or in a
    /// middleware is an answer, the problem `panic`.
    #[track_caller]
    pub fn send(self) -> Answer {
        let mut this = self.with_form();
        let (method, target) = (this.request.method().clone(), this.request.uri().clone());
        let headers = this.request.headers_mut();
        // As every client does; and a body has the length that it has.
        headers.entry(HOST).or_insert(LOCALHOST);
        headers.remove(CONTENT_LENGTH);
        match this.local.ask(this.request) {
            Ok(answer) => Answer::new(answer),
            Err(reason) => refuse(format_args!("no answer to `{method} {target}`: {reason}")),
        }
    }
}

/// A test that asks for nonsense, or is not answered, fails where it asks.
#[track_caller]
#[allow(clippy::panic, reason = "a test fails by a panic")]
fn refuse(reason: impl Display) -> ! {
    panic!("{reason}")
}
