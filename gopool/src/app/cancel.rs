//! The command `cancel`: asks the monitor of the program that runs, as its page does.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    process::ExitCode,
    time::Duration,
};

use gopool_daemon::{Listen, exit_code::NOT_LAUNCHED};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::ask::{NOT_IN_TIME, print};
use crate::{
    config::{Config, InfoUrl},
    log::complain,
    monitor::MARK,
};

/// How long the monitor may take, unless `--timeout` says it.
const USUAL_LIMIT: Duration = Duration::from_secs(5);
/// More than any answer of the monitor.
const LONGEST_ANSWER: u64 = 64 << 10;

/// Where the monitor is.
struct Monitor {
    host: String,
    port: u16,
    /// Its pages are below this.
    path: String,
}

/// Cancels the requests of this id: 0 when there were any, 1 when not, 124 when the monitor does not answer in time.
pub(super) fn cancel(config: &Config, id: &str) -> ExitCode {
    let failed = |text: &str, code| {
        complain(&text);
        ExitCode::from(code)
    };
    let monitor = match Monitor::of(config) {
        Ok(monitor) => monitor,
        Err(sentence) => return failed(&sentence, NOT_LAUNCHED),
    };
    match monitor.post(config, id) {
        Ok((200, text)) => print(&text),
        Ok((status, text)) if text.starts_with('{') || text.is_empty() => {
            let sentence = format!(
                "no monitor answers at `{}`, but something else, with {status}",
                monitor.url()
            );
            failed(&sentence, NOT_LAUNCHED)
        }
        Ok((_, text)) => failed(text.trim_end(), NOT_LAUNCHED),
        Err(error) => {
            let is_late = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
            let code = if is_late { NOT_IN_TIME } else { NOT_LAUNCHED };
            failed(
                &format!("no monitor answers at `{}`: {error}", monitor.url()),
                code,
            )
        }
    }
}

impl Monitor {
    /// # Errors
    /// A sentence that says what to give.
    fn of(config: &Config) -> Result<Self, String> {
        match &config.info_url {
            Some(InfoUrl::Address { host, port }) => Ok(Self {
                host: reachable(host),
                port: *port,
                path: String::new(),
            }),
            Some(InfoUrl::Path(path)) => {
                let tcp = config.listen.iter().find_map(|listen| match listen {
                    Listen::Tcp { host, port } if *port != 0 => Some((reachable(host), *port)),
                    _ => None,
                });
                let (host, port) = tcp.ok_or(
                    "the monitor is below a path, and `listen` names no plain TCP port: give `--port` or an `--info-url` of its own, as the program has it",
                )?;
                let path = path.clone();
                Ok(Self { host, port, path })
            }
            None => Err(
                "`cancel` asks the monitor, and nothing says where it is: give `--info-url` as the program has it"
                    .to_owned(),
            ),
        }
    }

    fn url(&self) -> String {
        format!("http://{}{}", self.name(), self.path)
    }

    fn name(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The status and the text of the answer.
    fn post(&self, config: &Config, id: &str) -> io::Result<(u16, String)> {
        let limit = config.typed_timeout().unwrap_or(USUAL_LIMIT);
        let mut stream = self.connect(limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        let token = config.info_token.as_ref();
        let authorization = token.map(|token| format!("authorization: Bearer {}\r\n", token.expose()));
        let request = format!(
            "POST {}/cancel?id={} HTTP/1.1\r\nhost: {}\r\n{MARK}: cancel\r\n{}content-length: 0\r\nconnection: close\r\n\r\n",
            self.path,
            utf8_percent_encode(id, NON_ALPHANUMERIC),
            self.name(),
            authorization.unwrap_or_default(),
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(LONGEST_ANSWER).read_to_string(&mut answer)?;
        read(&answer).ok_or_else(|| io::Error::other("what it answers is no HTTP"))
    }

    /// To the first of its addresses that answers.
    fn connect(&self, limit: Duration) -> io::Result<TcpStream> {
        let mut last = io::Error::other("its name has no address");
        for address in (&*self.host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, limit) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Who listens everywhere is reached here.
fn reachable(host: &str) -> String {
    match host {
        "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" | "[::]" => "::1".to_owned(),
        host => host.trim_matches(['[', ']']).to_owned(),
    }
}

fn read(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_on_this_machine() {
        let name = |host: &str| {
            let (host, path) = (reachable(host), String::new());
            Monitor { host, port: 7, path }.name()
        };
        assert_eq!(
            ["0.0.0.0", "::", "[::]", "localhost", "::1"].map(name),
            ["127.0.0.1:7", "[::1]:7", "[::1]:7", "localhost:7", "[::1]:7"]
        );
    }

    #[test]
    fn only_an_answer_of_http_has_a_status() {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nno\n";
        assert_eq!(read(answer), Some((404, "no\n".to_owned())));
        assert_eq!(read("SSH-2.0-OpenSSH\r\n"), None);
    }
}
