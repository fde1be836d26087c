//! What is asked of a server, and what it must answer: a fast wrong answer is no result.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::Failure;

/// How long one answer may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// The length of a large answer.
pub(crate) const LARGE: usize = 16_000_000;

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Costs nothing but the hand-over.
    Hello,
    /// Costs nothing, and is never handed over.
    Inline,
    /// `fib(30)`: a few milliseconds of CPU.
    Fib,
    /// `fib(27)`: about a millisecond of CPU.
    Brief,
    /// The same, on a route of weight 3.
    Weighted,
    /// `fib(37)`, on a route of its own: about a hundred milliseconds of CPU.
    Lengthy,
    /// `fib(30)`, on a route that is refused last.
    Critical,
    /// `fib(30)`, on a route that is refused first.
    Sheddable,
    /// Ten seconds of CPU, on a route whose runs are told to stop after 200 ms where a server can do that.
    Runaway,
    /// Blocks a thread for 10 ms.
    Sleep,
    /// One row from the database, asynchronously.
    Person,
    /// The same, and `fib(30)`.
    Scored,
    /// One row through the blocking driver.
    Blocking,
    /// The last of a thousand routes.
    Numbered,
    /// Never ends.
    Hang,
    /// Forgets a megabyte.
    Leak,
    /// Sixteen megabytes.
    Large,
}

impl Ask {
    /// Path and query as the Rust peers and fastify have them.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Hello => "/lab/hello?name=world",
            Self::Inline => "/lab/inline",
            Self::Fib => "/lab/fib/30",
            Self::Brief => "/lab/fib/27",
            Self::Weighted => "/lab/weighted/27",
            Self::Lengthy => "/lab/heavy/37",
            Self::Critical => "/lab/critical/30",
            Self::Sheddable => "/lab/sheddable/30",
            Self::Runaway => "/lab/short/10000",
            Self::Sleep => "/lab/sleep/10",
            Self::Person => "/database/person/7",
            Self::Scored => "/database/scored/7",
            Self::Blocking => "/database/blocking/7",
            Self::Numbered => "/r0999/7",
            Self::Hang => "/hang",
            Self::Leak => "/leak",
            Self::Large => "/large",
        }
    }

    /// The same for the npm package, which knows no path parameters.
    pub(crate) fn path_without_parameters(self) -> &'static str {
        match self {
            Self::Fib => "/lab/fib?n=30",
            Self::Person => "/database/person?id=7",
            Self::Scored => "/database/scored?id=7",
            other => other.path(),
        }
    }

    /// The same as gopool's lab answers it on the event loop.
    pub(crate) fn path_inline(self) -> &'static str {
        match self {
            Self::Hello => "/lab/hello-inline?name=world",
            other => other.path(),
        }
    }

    /// The same as gopool's lab answers it from a process of its own.
    pub(crate) fn path_isolated(self) -> &'static str {
        match self {
            Self::Hello => "/lab/hello-isolated?name=world",
            other => other.path(),
        }
    }

    fn answer(self) -> Value {
        let person = json!({ "id": 7, "name": "person 7" });
        let fib = json!({ "n": 30, "fib": 832_040 });
        let brief = json!({ "n": 27, "fib": 196_418 });
        match self {
            Self::Hello => json!({ "hello": "world" }),
            Self::Inline => json!("ok"),
            Self::Fib | Self::Critical | Self::Sheddable => fib,
            Self::Brief | Self::Weighted => brief,
            Self::Lengthy => json!({ "n": 37, "fib": 24_157_817 }),
            Self::Runaway => json!({ "spun": 10_000 }),
            Self::Sleep => json!({ "slept": 10 }),
            Self::Person | Self::Blocking => person,
            Self::Scored => json!({ "person": person, "score": fib }),
            Self::Numbered => json!("7"),
            Self::Hang => json!("never"),
            Self::Leak => json!("leaked"),
            Self::Large => json!("x".repeat(LARGE)),
        }
    }

    /// Whether `body` says what it must; text stands for itself.
    pub(crate) fn check(self, status: u16, body: &str) -> Result<(), Failure> {
        let expected = self.answer();
        let is_right = match &expected {
            Value::String(text) => body == text,
            json => serde_json::from_str::<Value>(body).is_ok_and(|body| body == *json),
        };
        if status == 200 && is_right {
            return Ok(());
        }
        Err(format!("wrong answer to {self:?}: {status} `{body}` instead of {expected}").into())
    }
}

/// One request on a connection of its own.
pub(crate) fn fetch(port: u16, path: &str, limit: Duration) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(limit))?;
    // In one piece, or the system waits with the second until the first is acknowledged.
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    split(&answer).ok_or_else(|| io::Error::other(format!("not an HTTP answer: `{answer}`")))
}

fn split(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_answer_passes() {
        assert!(Ask::Fib.check(200, r#"{"fib":832040,"n":30}"#).is_ok());
        assert!(Ask::Fib.check(200, r#"{"fib":832041,"n":30}"#).is_err());
        assert!(Ask::Fib.check(503, r#"{"fib":832040,"n":30}"#).is_err());
        assert!(Ask::Inline.check(200, "ok").is_ok());
    }
}
