//! A reader of answers that takes them as they come.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

use crate::{LIMIT, Server};

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Whole,
    /// The connection was closed in the middle.
    Broken,
    /// The connection was reset.
    Reset,
}

/// One request and its answer.
#[derive(Debug)]
pub struct Reading {
    stream: TcpStream,
    received: Vec<u8>,
    end: Option<End>,
}

impl Reading {
    /// Asks by `GET` in HTTP/1.1.
    pub fn get(server: &Server, target: &str) -> Self {
        Self::ask(server, &format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n"))
    }

    /// Sends this request.
    pub fn ask(server: &Server, request: &str) -> Self {
        let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        Self {
            stream,
            received: Vec::new(),
            end: None,
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.end = Some(End::Broken),
            Ok(read) => self.received.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.end = Some(End::Reset),
            Err(error) => panic!("{error}: {}", self.text()),
        }
    }

    /// What has come of a body in chunks.
    pub fn come(&mut self) -> Vec<u8> {
        self.receive();
        let start = self.head().len() + 4;
        chunks(&self.received[start..]).0
    }

    /// All that has come.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Waits for this text.
    pub fn until(&mut self, text: &str) -> &mut Self {
        while !self.text().contains(text) {
            assert_eq!(self.end, None, "`{text}` is not in: {}", self.text());
            self.receive();
        }
        self
    }

    /// Waits for the head and gives it in lower case.
    pub fn head(&mut self) -> String {
        self.until("\r\n\r\n");
        let text = self.text();
        text[..text.find("\r\n\r\n").unwrap()].to_ascii_lowercase()
    }

    /// The status.
    pub fn status(&mut self) -> u16 {
        self.head()[9..12].parse().unwrap()
    }

    /// The body to its end, and how that was.
    pub fn body(mut self) -> (Vec<u8>, End) {
        let head = self.head();
        let start = head.len() + 4;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map(|length| length.parse::<usize>().unwrap());
        let is_chunked = head.contains("transfer-encoding: chunked");
        loop {
            let body = &self.received[start..];
            let (body, is_whole) = match (length, is_chunked) {
                (Some(length), _) if body.len() < length && self.end.is_none() => (Vec::new(), false),
                (Some(length), _) => (body.to_vec(), body.len() == length),
                // Looked at once only, for it may be long.
                (None, true) if self.end.is_some() || body.ends_with(b"0\r\n\r\n") => chunks(body),
                (None, true) => (Vec::new(), false),
                // Only the close ends it.
                (None, false) if self.end.is_none() => (Vec::new(), false),
                (None, false) => (body.to_vec(), self.end == Some(End::Broken)),
            };
            if is_whole {
                return (body, End::Whole);
            }
            if let Some(end) = self.end {
                return (body, end);
            }
            self.receive();
        }
    }

    /// The text of a body that ends as it should.
    pub fn whole(self) -> String {
        let (body, end) = self.body();
        assert_eq!(end, End::Whole);
        String::from_utf8(body).unwrap()
    }
}

/// What there is of a body in chunks, and whether it is the whole.
fn chunks(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let rest = &bytes[line + 2..];
        if size == 0 {
            return (body, rest.starts_with(b"\r\n"));
        }
        if rest.len() < size + 2 {
            break;
        }
        body.extend_from_slice(&rest[..size]);
        bytes = &rest[size + 2..];
    }
    (body, false)
}
