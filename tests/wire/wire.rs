//! A connection of bytes.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use gopool_tests::{Answer, LIMIT, Server};

use crate::reply::{GET, To, is_last, take};

/// One connection, and what has come on it and belongs to no answer yet.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
    is_closed: bool,
}

impl Wire {
    pub(crate) fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::new(),
            is_closed: false,
        }
    }

    /// A new connection on which this was sent.
    pub(crate) fn with(server: &Server, bytes: impl AsRef<[u8]>) -> Self {
        let mut wire = Self::open(server);
        wire.send(bytes);
        wire
    }

    /// Sends these bytes as they are.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("the server takes it");
    }

    /// Sends these bytes to a server that may have closed the connection.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.send(request("GET", target, ""));
        self.answer(GET)
    }

    /// The next answer, which is to such a request.
    pub(crate) fn answer(&mut self, to: To) -> Answer {
        loop {
            if let Some(answer) = take(&mut self.received, to, self.is_closed) {
                return answer;
            }
            assert!(!self.is_closed, "closed within an answer: {:?}", self.text());
            self.receive().expect("the connection is not reset");
        }
    }

    /// The next answer, which says that it is the last one, and is.
    pub(crate) fn last_answer(&mut self, to: To) -> Answer {
        let answer = self.answer(to);
        assert!(is_last(&answer, to), "{answer:?}");
        self.assert_closed();
        answer
    }

    /// The next answer, after which the connection serves another request.
    pub(crate) fn answer_and_go_on(&mut self, to: To) -> Answer {
        let answer = self.answer(to);
        assert!(!is_last(&answer, to), "{answer:?}");
        let next = self.get("/lab/inline");
        assert_eq!((next.status, next.text()), (200, "ok"), "after {answer:?}");
        self.assert_nothing_left();
        answer
    }

    /// The server closes the connection, properly and without another byte; waits for it.
    pub(crate) fn assert_closed(&mut self) {
        while !self.is_closed {
            self.receive().expect("the connection is not reset");
        }
        self.assert_nothing_left();
    }

    /// No byte came that belongs to no answer.
    pub(crate) fn assert_nothing_left(&self) {
        assert!(self.received.is_empty(), "left over: {:?}", self.text());
    }

    /// Waits for the end of the connection, whatever comes and however it ends.
    pub(crate) fn wait_for_the_end(&mut self) {
        while !self.is_closed && self.receive().is_ok() {
            self.received.clear();
        }
    }

    /// Whether the server has closed it, properly.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Closes the sending side only.
    pub(crate) fn finish_sending(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// The next so many bytes, whatever they are.
    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        while self.received.len() < length {
            assert!(!self.is_closed, "closed: {:?}", self.text());
            self.receive().expect("the connection is not reset");
        }
        self.received.drain(..length).collect()
    }

    /// Whether something has come, or the end; does not wait.
    pub(crate) fn has_come(&mut self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let received = self.receive();
        self.stream.set_nonblocking(false).unwrap();
        received.is_ok() || !self.received.is_empty()
    }

    /// Reads at most so many bytes, and drops them.
    pub(crate) fn sip(&mut self, most: usize) -> io::Result<usize> {
        self.stream.read(&mut vec![0; most])
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.is_closed = true,
            Ok(length) => self.received.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }
}

/// A request of HTTP/1.1; `headers` are whole lines.
pub(crate) fn request(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nhost: test\r\n{headers}\r\n")
}

/// How many tasks the pool was given so far.
pub(crate) fn submitted(server: &Server) -> u64 {
    server.stats()["submitted"].as_u64().expect("a number")
}
