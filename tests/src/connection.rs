//! A raw connection: requests that no client would send, answers that nobody waits for.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Shutdown, SocketAddr, TcpStream},
    time::Instant,
};

use rustix::net::{self, AddressFamily, SocketType};

use super::{Answer, LIMIT};

/// One connection. Dropping it is a client that leaves.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    sent: Instant,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Self::of(TcpStream::connect(address)?)
    }

    /// Connects from this address of the machine.
    ///
    /// # Errors
    /// When nobody listens, or the machine has no such address.
    pub fn open_from(source: IpAddr, address: SocketAddr) -> io::Result<Self> {
        let family = match source {
            IpAddr::V4(_) => AddressFamily::INET,
            IpAddr::V6(_) => AddressFamily::INET6,
        };
        let socket = net::socket(family, SocketType::STREAM, None)?;
        net::bind(&socket, &SocketAddr::new(source, 0))?;
        net::connect(&socket, &address)?;
        Self::of(socket.into())
    }

    fn of(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
            sent: Instant::now(),
        })
    }

    /// Sends these bytes as they are.
    ///
    /// # Errors
    /// When the server has closed the connection.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.sent = Instant::now();
        Ok(())
    }

    /// Sends a `GET` of this target and keeps the connection.
    pub fn get(&mut self, target: &str) {
        self.send(format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n"))
            .expect("the server takes a request");
    }

    /// Closes the sending side only.
    pub fn finish_sending(&self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("the connection is open");
    }

    /// Closes the sending side only, if the connection is still open.
    pub fn try_finish_sending(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The next answer.
    pub fn answer(&mut self) -> Answer {
        self.try_answer(false).expect("the server answers")
    }

    /// The next answer, to a `HEAD`.
    pub fn answer_to_head(&mut self) -> Answer {
        self.try_answer(true).expect("the server answers")
    }

    /// The next answer.
    ///
    /// # Errors
    /// The connection ended before, or what came is no HTTP.
    pub fn try_answer(&mut self, is_head: bool) -> io::Result<Answer> {
        loop {
            if let Some((mut answer, start)) = self.head()? {
                let length = answer
                    .header("content-length")
                    .and_then(|length| length.parse().ok());
                // The programs under test send no body without its length.
                let length: usize = if is_head { 0 } else { length.unwrap_or(0) };
                while self.received.len() < start + length {
                    self.receive()?;
                }
                answer.body = self.received[start..start + length].to_vec();
                answer.took = self.sent.elapsed();
                self.received.drain(..start + length);
                return Ok(answer);
            }
            self.receive()?;
        }
    }

    /// Everything until the server closes the connection.
    ///
    /// # Errors
    /// It did not, or not cleanly.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.receive() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(self.received.clone());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the server closed the connection, having sent nothing more; waits for either.
    pub fn is_closed(&mut self) -> bool {
        self.received.is_empty()
            && self
                .receive()
                .is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock)
    }

    /// Whether a part of the next answer has arrived.
    pub fn has_begun_to_answer(&self) -> bool {
        !self.received.is_empty()
    }

    /// Status and headers of the next answer and where its body starts, when all of them have arrived.
    fn head(&self) -> io::Result<Option<(Answer, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut headers);
        let parsed = head.parse(&self.received).map_err(io::Error::other)?;
        let httparse::Status::Complete(start) = parsed else {
            return Ok(None);
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = head
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), text(header.value)));
        let answer = Answer {
            status: head.code.unwrap_or_default(),
            headers: headers.collect(),
            body: Vec::new(),
            took: self.sent.elapsed(),
        };
        Ok(Some((answer, start)))
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let read = loop {
            match self.stream.read(&mut buffer) {
                // A socket with a time limit is not taken up again by the system after a signal.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        match read {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.received.extend_from_slice(&buffer[..length]);
                Ok(())
            }
        }
    }
}
