//! The head of a request: awaited, read and checked.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_http::{
    Payload, Request, RequestHead,
    error::ParseError,
    h1::Message,
    header::{CONTENT_LENGTH, EXPECT, HOST},
};
use actix_web::http::{Method, Uri, Version, header::HeaderValue};
use bytes::Buf as _;

use super::{
    body::Body,
    host::is_host,
    lines::Lines,
    shared::{Answerer, Connection},
    stream::Stream,
    wire::{BodyState, Wire},
};
use crate::error::{Error, Kind};

/// What comes next on a connection.
pub(super) enum Next {
    Request(Request),
    /// Something that is not served.
    Refused {
        why: Error,
        /// `None` if it could not be read.
        request: Option<Request>,
    },
    /// The client asks nothing any more, or is asked no longer.
    Nothing,
}

impl<Io: Stream, A: Answerer> Connection<'_, Io, A> {
    /// Waits for the next request.
    pub(super) async fn next_head(&self, mut stopping: Pin<&mut impl Future<Output = ()>>) -> Next {
        let mut lines = Lines::default();
        self.wire.borrow_mut().begin_to_wait(&self.limits);
        let request = poll_fn(|context| {
            let wire = &mut *self.wire.borrow_mut();
            if let Poll::Ready(next) = self.poll_next(wire, &mut lines, context) {
                return Poll::Ready(next);
            }
            if wire.alarm.poll(context).is_ready() {
                // Who sent nothing is told nothing: a browser that connected ahead would take it for the answer to its next request.
                return Poll::Ready(if lines.have_begun() {
                    Err(slow(self.limits.head_timeout))
                } else {
                    Ok(None)
                });
            }
            if !lines.have_begun() && stopping.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(None));
            }
            Poll::Pending
        });
        match request.await {
            Ok(Some(request)) => self.admit(request),
            Ok(None) => Next::Nothing,
            Err(why) => Next::Refused { why, request: None },
        }
    }

    /// Reads to the end of a body that nobody wanted, then the next head.
    fn poll_next(
        &self,
        wire: &mut Wire<Io>,
        lines: &mut Lines,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Request>, Error>> {
        if wire.body != BodyState::Read {
            if ready!(wire.poll_rest(context)).is_err() {
                return Poll::Ready(Ok(None));
            }
            wire.begin_to_wait(&self.limits);
        }
        self.poll_head(wire, lines, context)
    }

    fn poll_head(
        &self,
        wire: &mut Wire<Io>,
        lines: &mut Lines,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Request>, Error>> {
        loop {
            let had_begun = lines.have_begun();
            if !had_begun {
                wire.skip_empty_lines();
            }
            if !wire.input.is_empty() {
                wire.is_head = wire.input.starts_with(b"HEAD ");
                if lines.look(&wire.input)? {
                    match wire.decode() {
                        Ok(Some(Message::Item(request))) => return Poll::Ready(Ok(Some(request))),
                        // The last body was read to its end, else the connection would have ended with it.
                        Ok(Some(Message::Chunk(_))) => return Poll::Ready(Ok(None)),
                        Ok(None) => {}
                        Err(error) => return Poll::Ready(Err(unreadable(&error))),
                    }
                }
                if !had_begun {
                    wire.alarm.set(self.limits.head_timeout);
                }
            }
            if wire.has_ended {
                return Poll::Ready(Ok(None));
            }
            match wire.poll_fill(context) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(None)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn admit(&self, mut request: Request) -> Next {
        request.head_mut().peer_addr = self.peer;
        match self.ready(&mut request) {
            Ok(()) => Next::Request(request),
            Err(why) => {
                let request = Some(request);
                Next::Refused { why, request }
            }
        }
    }

    /// Makes a request ready to be handed on: checked, with its body.
    fn ready(&self, request: &mut Request) -> Result<(), Error> {
        check(request)?;
        prefer_target(request.head_mut());
        let wire = &mut *self.wire.borrow_mut();
        wire.prepare(request).map_err(|error| unreadable(&error))?;
        wire.request += 1;
        wire.body = match wire.has_body() {
            false => BodyState::Read,
            true if request.head().expect() => BodyState::Uninvited,
            true => BodyState::Wanted,
        };
        wire.left = announced_length(request.head());
        if wire.body != BodyState::Read {
            *request.payload() = Payload::Stream {
                payload: Box::pin(Body::new(&self.wire, wire.request)),
            };
        }
        Ok(())
    }
}

impl<Io> Wire<Io> {
    /// Empty lines before a head are overlooked (RFC 9112, 2.2), and are no beginning of one.
    fn skip_empty_lines(&mut self) {
        let empty = self.input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let empty = empty.count();
        self.input.advance(empty);
    }
}

/// How many bytes of body the client says that it sends.
pub(crate) fn announced_length(request: &RequestHead) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// RFC 9112, section 3.2, and what is expected of us.
fn check(request: &Request) -> Result<(), Error> {
    let head = request.head();
    if *request.method() == Method::CONNECT {
        return Err(Error::status(501).detail("there are no tunnels here"));
    }
    check_target(&head.uri)?;
    if head
        .headers()
        .get(HOST)
        .is_some_and(|host| !is_host(host.as_bytes()))
    {
        return Err(Error::of(Kind::BadHead).detail("the `host` header is not a host"));
    }
    let mut expectations = head.headers().get_all(EXPECT);
    if head.version == Version::HTTP_11 && expectations.any(|list| expects_more(list.as_bytes())) {
        return Err(Error::of(Kind::UnknownExpectation).detail("only `100-continue` can be expected"));
    }
    Ok(())
}

/// Whether something else is in this list than what can be expected.
fn expects_more(list: &[u8]) -> bool {
    let mut parts = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    parts.any(|part| !part.is_empty() && !part.eq_ignore_ascii_case(b"100-continue"))
}

/// The host of a target that names one counts, whatever `Host` says (RFC 9112, 3.2.2).
fn prefer_target(head: &mut RequestHead) {
    let host = head
        .uri
        .authority()
        .map(|host| HeaderValue::from_str(host.as_str()));
    if let Some(Ok(host)) = host {
        head.headers_mut().insert(HOST, host);
    }
}

/// The authority of a URL is checked as `Host` is, which leaves no room for a user's name (RFC 9110, 4.2.4).
fn check_target(target: &Uri) -> Result<(), Error> {
    let is_fine = match (target.scheme_str(), target.authority()) {
        (None, authority) => authority.is_none(),
        (Some("http" | "https"), Some(authority)) => is_host(authority.as_str().as_bytes()),
        (Some(_), _) => false,
    };
    match is_fine {
        true => Ok(()),
        false => Err(Error::of(Kind::BadHead).detail("the target is neither a path nor a URL of HTTP")),
    }
}

/// What the parser refuses.
fn unreadable(error: &ParseError) -> Error {
    match error {
        // Too many headers are this, too.
        ParseError::TooLarge => Error::of(Kind::HeadTooLarge),
        ParseError::Header => Error::of(Kind::BadHead)
            .detail("a header is missing or contradicts another, or a line is not HTTP"),
        error => Error::of(Kind::BadHead).detail(what_is_wrong(error)),
    }
}

fn what_is_wrong(error: &ParseError) -> &'static str {
    match error {
        ParseError::Method => "the method is no token",
        ParseError::Uri(_) => "the target is neither a path nor a URL",
        ParseError::Version => "only HTTP/1.0 and HTTP/1.1 are spoken here",
        _ => "it is not HTTP/1.1",
    }
}

fn slow(limit: std::time::Duration) -> Error {
    Error::of(Kind::SlowHead).detail(format!("the head did not arrive within {limit:?}"))
}
