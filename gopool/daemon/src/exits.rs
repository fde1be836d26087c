//! The last exits of masters, kept by the daemon and shown by `status` and the monitor.

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// So many are kept.
pub(crate) const KEPT: usize = 16;
/// A reason is cut to this many bytes: all that are kept must fit into one message to the next master.
pub(crate) const LONGEST_REASON: usize = 512;

/// The end of one master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// When it ended.
    pub at: SystemTime,
    /// How the system saw its end.
    pub how: How,
    /// Why it ended, as far as the daemon knows.
    pub reason: String,
    /// How long it lived.
    pub uptime: Duration,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Code(code) => write!(f, "exited with code {code}"),
            How::Signal(signal) => match signal_hook::low_level::signal_name(*signal) {
                Some(name) => write!(f, "was ended by {name}"),
                None => write!(f, "was ended by signal {signal}"),
            },
        }
    }
}

/// As much of a reason as is kept, in whole characters.
pub(crate) fn cut_reason(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}

/// The last exits, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Exits(VecDeque<Exit>);

impl Exits {
    pub(crate) fn push(&mut self, mut exit: Exit) {
        exit.reason.truncate(cut_reason(&exit.reason).len());
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(exit);
    }

    pub(crate) fn to_vec(&self) -> Vec<Exit> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_exits_are_kept_and_their_reasons_are_cut_between_characters() {
        let mut exits = Exits::default();
        for code in 0..20 {
            let reason = "é".repeat(400);
            exits.push(Exit {
                at: SystemTime::UNIX_EPOCH,
                how: How::Code(code),
                reason,
                uptime: Duration::ZERO,
            });
        }
        let kept = exits.to_vec();
        assert_eq!(
            kept.iter().map(|exit| exit.how).collect::<Vec<_>>(),
            (4..20).map(How::Code).collect::<Vec<_>>()
        );
        assert!(kept.iter().all(|exit| exit.reason.len() == 512));
    }
}
