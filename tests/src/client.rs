//! A client as users have one: kept-alive connections, real header handling.

use std::{io, net::SocketAddr, time::Instant};

use ureq::{
    Agent,
    http::{Request, Response},
};

use super::{Answer, Connection, LIMIT};

/// A client of one server. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    address: SocketAddr,
}

impl Client {
    /// A client with no connection yet.
    pub fn of(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(LIMIT))
            .build();
        Self {
            agent: Agent::new_with_config(config),
            address,
        }
    }

    /// Whom it asks.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `GET` of a path with its query.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// `GET` of a path, from a server that may not be there.
    ///
    /// # Errors
    /// It is not there, or ended before its answer did.
    pub fn try_get(&self, path: &str) -> io::Result<Answer> {
        let mut connection = Connection::open(self.address)?;
        connection.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"))?;
        connection.try_answer(false)
    }

    /// `POST` of a body with its content type.
    pub fn post(&self, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send(
            "POST",
            path,
            &[("content-type", content_type)],
            Some(body.as_ref()),
        )
    }

    /// Any request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        let started = Instant::now();
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let (head, mut body) = answer
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
            .into_parts();
        let body = body.with_config().limit(1 << 30).read_to_vec().unwrap();
        let head = Response::from_parts(head, ());
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = head
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Answer {
            status: head.status().as_u16(),
            headers: headers.collect(),
            body,
            took: started.elapsed(),
        }
    }
}
