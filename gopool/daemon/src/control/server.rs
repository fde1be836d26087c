//! The daemon's side of the control socket: a few clients at a time, never blocking.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use rustix::{fs::Mode, io::Errno, process::umask};
use serde::{Deserialize, Serialize};

use super::request::{LONGEST, Request};
use crate::{
    descriptors::Files,
    error::Error,
    socket_file::{SocketFile, remove_stale},
    state::Ticket,
};

/// So many clients are kept; one more pushes out the oldest.
pub(crate) const CLIENTS: usize = 8;

/// The socket and who is connected.
#[derive(Debug)]
pub(crate) struct Server {
    listener: UnixListener,
    /// Somebody waits to be accepted, for whom there is no descriptor: polling for him would spin.
    is_out_of_files: bool,
    clients: Vec<Client>,
    tickets: Ticket,
    file: Option<SocketFile>,
}

/// The socket as it is left to another daemon, with the files of the socket itself and of each client.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownControl {
    path: Option<PathBuf>,
    tickets: Ticket,
    clients: Vec<KnownClient>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KnownClient {
    ticket: Ticket,
    request: Vec<u8>,
    is_waiting: bool,
}

/// Somebody at the other end of the control socket.
#[derive(Debug)]
pub(crate) struct Client {
    stream: UnixStream,
    ticket: Ticket,
    request: Vec<u8>,
    /// It asked and waits for the answer.
    is_waiting: bool,
}

impl Server {
    /// # Errors
    /// When the socket cannot be made, or another daemon answers there.
    pub(crate) fn bind(path: &Path) -> Result<Server, Error> {
        let failed = |cause| {
            Error::caused(
                format!("cannot make the control socket `{}`", path.display()),
                &cause,
            )
        };
        remove_stale(path)?;
        // The mask makes the file private from its first moment; a later chmod would leave a gap.
        let mask = umask(Mode::from_raw_mode(0o177));
        let listener = UnixListener::bind(path);
        umask(mask);
        let listener = listener.map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let clients = Vec::with_capacity(CLIENTS + 1);
        Ok(Server {
            listener,
            is_out_of_files: false,
            clients,
            tickets: 0,
            file: SocketFile::at(path),
        })
    }

    /// What is left to another daemon, and the files that go with it.
    pub(crate) fn hand_over<'a>(&'a self, files: &mut Vec<BorrowedFd<'a>>) -> KnownControl {
        files.push(self.listener.as_fd());
        files.extend(self.clients.iter().map(|client| client.stream.as_fd()));
        let client = |client: &Client| KnownClient {
            ticket: client.ticket,
            request: client.request.clone(),
            is_waiting: client.is_waiting,
        };
        KnownControl {
            path: self.file.as_ref().map(|file| file.path().to_owned()),
            tickets: self.tickets,
            clients: self.clients.iter().map(client).collect(),
        }
    }

    /// # Errors
    /// A file is missing.
    pub(crate) fn take_over(known: KnownControl, files: &mut Files) -> Result<Server, Error> {
        let KnownControl {
            path,
            tickets,
            clients,
        } = known;
        let listener = files.take()?.into();
        let client = |client: KnownClient| {
            Ok(Client {
                stream: files.take()?.into(),
                ticket: client.ticket,
                request: client.request,
                is_waiting: client.is_waiting,
            })
        };
        Ok(Server {
            listener,
            is_out_of_files: false,
            clients: clients.into_iter().map(client).collect::<Result<_, Error>>()?,
            tickets,
            file: path.as_deref().and_then(SocketFile::at),
        })
    }

    /// Whether somebody has removed the socket's file, so that nobody finds it any more.
    pub(crate) fn is_removed(&self) -> bool {
        self.file.as_ref().is_some_and(SocketFile::is_removed)
    }

    /// Listens where this new one does, and keeps the clients.
    pub(crate) fn move_to(&mut self, new: Server) {
        (self.listener, self.file) = (new.listener, new.file);
    }

    /// The sockets that may have news: new clients, and those that have not asked yet.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let listener = (!self.is_out_of_files).then_some(self.listener.as_fd());
        let asking = self.clients.iter().filter(|client| !client.is_waiting);
        listener
            .into_iter()
            .chain(asking.map(|client| client.stream.as_fd()))
    }

    /// The next complete request.
    pub(crate) fn next(&mut self) -> Option<(Ticket, Request)> {
        self.accept();
        let mut index = 0;
        while let Some(client) = self.clients.get_mut(index) {
            match client.read() {
                Reading::Partly => index += 1,
                Reading::Asked(request) => return Some((client.ticket, request)),
                Reading::Unknown => {
                    let ticket = client.ticket;
                    self.answer(
                        ticket,
                        Err("unknown request; this daemon knows `status`, `reload`, `upgrade` and `stop`"),
                    );
                }
                Reading::Gone => drop(self.clients.remove(index)),
            }
        }
        None
    }

    /// Answers one client and lets it go.
    pub(crate) fn answer(&mut self, ticket: Ticket, answer: Result<&str, &str>) {
        let Some(index) = self.clients.iter().position(|client| client.ticket == ticket) else {
            return;
        };
        self.clients.remove(index).answer(answer);
    }

    /// Closes the socket and removes its file; the clients that still wait are left to be answered.
    pub(crate) fn close(self) -> Vec<Client> {
        self.clients
    }

    fn accept(&mut self) {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(cause) => {
                    // Whatever wakes the daemon next has it try again, a beat at the latest.
                    let code = Errno::from_io_error(&cause);
                    self.is_out_of_files = matches!(code, Some(Errno::MFILE | Errno::NFILE));
                    return;
                }
            };
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            if self.clients.len() == CLIENTS {
                self.clients.remove(0);
            }
            self.tickets += 1;
            let request = Vec::with_capacity(LONGEST);
            self.clients.push(Client {
                stream,
                ticket: self.tickets,
                request,
                is_waiting: false,
            });
        }
    }
}

enum Reading {
    Partly,
    Asked(Request),
    Unknown,
    Gone,
}

impl Client {
    pub(crate) fn answer(mut self, answer: Result<&str, &str>) {
        let (word, text) = match answer {
            Ok(text) => ("ok", text),
            Err(text) => ("error", text),
        };
        // The answer fits into the socket's buffer; a client that left does not want it.
        let _ = self.stream.write_all(format!("{word}\n{text}\n").as_bytes());
    }

    fn read(&mut self) -> Reading {
        if self.is_waiting {
            return Reading::Partly;
        }
        let mut bytes = [0; LONGEST];
        match self.stream.read(&mut bytes) {
            Ok(0) => return Reading::Gone,
            Ok(read) => self
                .request
                .extend_from_slice(bytes.get(..read).unwrap_or(&bytes)),
            Err(cause)
                if matches!(
                    cause.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                return Reading::Partly;
            }
            Err(_) => return Reading::Gone,
        }
        let Some(word) = self.request.strip_suffix(b"\n") else {
            return if self.request.len() < LONGEST {
                Reading::Partly
            } else {
                Reading::Unknown
            };
        };
        let known = Request::of_word(word);
        self.is_waiting = known.is_some();
        known.map_or(Reading::Unknown, Reading::Asked)
    }
}
