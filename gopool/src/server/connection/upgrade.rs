//! Wishes to speak another protocol. A plain actix-web route may grant that of a WebSocket; all others are ignored.
//!
//! actix-http's codec takes `upgrade: websocket` for a body without an end, whatever the length, and remembers it for good. So a new codec is
//! told of a request like this one that has no such wish; what it decodes next is this one's body, or the next head. It is told nothing of
//! chunks either, which we read ourselves.

use actix_http::{
    ConnectionType, HttpMessage as _, Request, ServiceConfig,
    error::ParseError,
    h1::{Codec, MessageType},
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use actix_web::http::{Method, Version};
use bytes::BytesMut;
use tokio_util::codec::Decoder as _;

use super::{
    chunked::Chunked,
    wire::{BodyState, Wire},
};

impl<Io> Wire<Io> {
    /// Makes ready for the body of this request, and for either answer to its wish, if it has one.
    pub(super) fn prepare(&mut self, request: &Request) -> Result<(), ParseError> {
        self.plain = None;
        let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
        self.chunked = is_chunked.then(Chunked::new);
        let is_websocket = self.codec.message_type() == MessageType::Stream;
        if !is_websocket && !is_chunked && !self.codec.upgrade() {
            return Ok(());
        }
        let plain = plain_codec(request, self.codec.config().clone())?;
        let has_body = is_chunked || plain.message_type() != MessageType::None;
        if is_websocket && self.codec.upgrade() && !has_body && *request.method() == Method::GET {
            self.plain = Some(plain);
        } else {
            self.codec = plain;
        }
        Ok(())
    }

    /// Whether the request in hand has a body.
    pub(super) fn has_body(&self) -> bool {
        self.chunked.is_some() || self.codec.message_type() != MessageType::None
    }

    /// Goes on with HTTP.
    pub(super) fn refuse_upgrade(&mut self) {
        if let Some(plain) = self.plain.take() {
            self.codec = plain;
            self.body = BodyState::Read;
        }
    }
}

/// A codec that has read the head of such a request without a wish. Only what it looks at is in that head.
fn plain_codec(request: &Request, http: ServiceConfig) -> Result<Codec, ParseError> {
    let version = if request.version() == Version::HTTP_10 {
        "1.0"
    } else {
        "1.1"
    };
    let mut head = format!("{} / HTTP/{version}\r\nhost: x\r\n", request.method());
    let length = request.headers().get(CONTENT_LENGTH);
    if let Some(length) = length.and_then(|length| length.to_str().ok()) {
        head += &format!("content-length: {length}\r\n");
    }
    match request.head().connection_type() {
        ConnectionType::Close => head += "connection: close\r\n",
        ConnectionType::KeepAlive => head += "connection: keep-alive\r\n",
        ConnectionType::Upgrade => {}
    }
    head += "\r\n";
    let mut codec = Codec::new(http);
    codec.decode(&mut BytesMut::from(head.as_bytes()))?;
    Ok(codec)
}
