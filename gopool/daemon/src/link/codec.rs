//! What passes over the link, as bytes.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize};

use super::options::Options;
use crate::{
    error::Error,
    exits::{Exit, cut_reason},
    restarts::Restarts,
};

/// What the greeting calls the link. The number is the version of the messages: a reload may bring a binary with another gopool
/// than the daemon runs.
pub(crate) const NAME: &str = "gopool-link-2";
/// What the name of the link began with when it still was in `LISTEN_FDNAMES`.
pub(super) const FORMER_NAME: &str = "gopool-link-";
/// The longest message of a master.
pub(super) const LONGEST: usize = 4096;
/// The longest greeting: sixteen exits with their reasons, even with every byte escaped.
pub(super) const LONGEST_GREETING: usize = 64 * 1024;

const READY: u8 = b'r';
const BEAT: u8 = b'b';
const SICK: u8 = b's';
const FAILED: u8 = b'f';
const SPENT: u8 = b'e';
const OPTIONS: u8 = b'o';
/// All of the message: the file of options comes with it.
pub(super) const OPTIONS_FILE: [u8; 1] = *b"k";

/// What the daemon tells a new master.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// [`NAME`], of the daemon's version.
    pub(crate) link: String,
    /// How many listening sockets were passed, before the link.
    pub(crate) sockets: usize,
    /// On which of them TLS is spoken, counted from 0.
    #[serde(default)]
    pub(crate) tls: Vec<usize>,
    pub(crate) beat_every: Duration,
    pub(crate) restarts: u32,
    #[serde(default)]
    pub(crate) by_cause: Restarts,
    pub(crate) exits: Vec<Exit>,
}

impl Greeting {
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Greeting, Error> {
        let unread = |cause| Error::new(format!("the daemon's greeting cannot be understood: {cause}"));
        // The name first: what else is there depends on it.
        let Named { link } = serde_json::from_slice(bytes).map_err(unread)?;
        if link != NAME {
            return Err(other_version(&link));
        }
        serde_json::from_slice(bytes).map_err(unread)
    }
}

#[derive(Deserialize)]
struct Named {
    link: String,
}

pub(super) fn other_version(name: &str) -> Error {
    Error::new(format!(
        "the running daemon speaks `{name}`, this binary `{NAME}`; restart the daemon"
    ))
}

/// A message of a master.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// It serves, with this many event loops.
    Ready(usize),
    /// The event loop of this index is alive.
    Beat(usize),
    Sick(String),
    Failed(String),
    /// It has done as much as it is to do.
    Spent(String),
    Options(Box<Options>),
}

impl Message {
    /// `None` for a message of no known kind.
    pub(super) fn decode(bytes: &[u8]) -> Option<Message> {
        let number = |low, high| usize::from(u16::from_le_bytes([low, high]));
        let reason = |bytes| String::from_utf8_lossy(bytes).into_owned();
        match bytes {
            [READY, low, high] => Some(Message::Ready(number(*low, *high))),
            [BEAT, low, high] => Some(Message::Beat(number(*low, *high))),
            [SICK, rest @ ..] => Some(Message::Sick(reason(rest))),
            [FAILED, rest @ ..] => Some(Message::Failed(reason(rest))),
            [SPENT, rest @ ..] => Some(Message::Spent(reason(rest))),
            [OPTIONS, rest @ ..] => serde_json::from_slice(rest).ok().map(Message::Options),
            _ => None,
        }
    }
}

/// `None` when they are more than one message holds: then the daemon keeps its own.
pub(super) fn options(options: &Options) -> Option<Vec<u8>> {
    let mut message = vec![OPTIONS];
    serde_json::to_writer(&mut message, options).ok()?;
    (message.len() <= LONGEST).then_some(message)
}

pub(super) fn ready(loops: usize) -> [u8; 3] {
    with_number(READY, loops)
}

/// Three bytes on the stack: an event loop sends one for each beat.
pub(super) fn beat(index: usize) -> [u8; 3] {
    with_number(BEAT, index)
}

pub(super) fn sick(reason: &str) -> Vec<u8> {
    with_reason(SICK, reason)
}

pub(super) fn failed(reason: &str) -> Vec<u8> {
    with_reason(FAILED, reason)
}

pub(super) fn spent(reason: &str) -> Vec<u8> {
    with_reason(SPENT, reason)
}

fn with_number(tag: u8, number: usize) -> [u8; 3] {
    let [low, high] = u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes();
    [tag, low, high]
}

fn with_reason(tag: u8, reason: &str) -> Vec<u8> {
    let mut message = vec![tag];
    message.extend_from_slice(cut_reason(reason).as_bytes());
    message
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::exits::LONGEST_REASON;

    #[test]
    fn what_one_end_writes_the_other_reads() {
        let long = "é".repeat(LONGEST_REASON);
        let cut = "é".repeat(LONGEST_REASON / 2);
        let messages = [
            (ready(2).to_vec(), Message::Ready(2)),
            (ready(70_000).to_vec(), Message::Ready(65_535)),
            (beat(300).to_vec(), Message::Beat(300)),
            (sick("stuck"), Message::Sick("stuck".to_owned())),
            (spent("old"), Message::Spent("old".to_owned())),
            (failed(&long), Message::Failed(cut)),
        ];
        for (bytes, message) in messages {
            assert!(bytes.len() <= LONGEST);
            assert_eq!(Message::decode(&bytes), Some(message));
        }
        for unknown in [&b""[..], b"x", b"r1"] {
            assert_eq!(Message::decode(unknown), None);
        }
    }

    #[test]
    fn a_greeting_of_another_version_says_what_to_do_whatever_else_it_holds() {
        let error = Greeting::decode(br#"{"link":"gopool-link-9","more":1}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the running daemon speaks `gopool-link-9`, this binary `gopool-link-2`; restart the daemon"
        );
    }

    #[test]
    fn the_longest_greeting_fits_into_one_message() {
        let exit = Exit {
            at: std::time::SystemTime::now(),
            how: crate::exits::How::Signal(9),
            reason: "\u{1}".repeat(LONGEST_REASON),
            uptime: Duration::MAX,
        };
        let greeting = Greeting {
            link: NAME.to_owned(),
            sockets: usize::MAX,
            tls: vec![0, usize::MAX],
            beat_every: Duration::MAX,
            restarts: u32::MAX,
            by_cause: Restarts::default(),
            exits: vec![exit; crate::exits::KEPT],
        };
        assert!(
            greeting
                .encode()
                .is_ok_and(|bytes| bytes.len() <= LONGEST_GREETING)
        );
    }
}
