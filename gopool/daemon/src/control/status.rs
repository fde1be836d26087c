//! What `status` tells: the daemon's phase, its masters, and the last exits.

use std::{
    fmt, process,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    address::Address,
    exits::{Exit, Exits},
    master::Master,
    state::{Id, Next, State},
};

/// How a daemon is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The application's name.
    pub name: String,
    /// `starting`, `resting` (back-off), `serving`, `rolling` or `stopping`.
    pub phase: String,
    /// The daemon's pid.
    pub pid: u32,
    /// How long the daemon lives.
    pub uptime: Duration,
    /// Where it listens.
    pub listen: Vec<String>,
    /// Masters started after the first.
    pub restarts: u32,
    /// Deaths in a row without a healthy master.
    pub deaths: u32,
    /// The masters that live.
    pub masters: Vec<MasterStatus>,
    /// The last exits, oldest first.
    pub exits: Vec<Exit>,
}

/// A master that lives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MasterStatus {
    /// Its number, as in the log.
    pub number: u32,
    /// Its pid.
    pub pid: u32,
    /// `serving`, `starting` or `leaving`.
    pub role: String,
    /// How long it lives.
    pub uptime: Duration,
}

/// All that a status tells of.
pub(crate) struct Seen<'a> {
    pub(crate) name: &'a str,
    pub(crate) began: Instant,
    pub(crate) bound: &'a [Address],
    pub(crate) state: &'a State,
    pub(crate) masters: &'a [Master],
    pub(crate) exits: &'a Exits,
}

impl Status {
    pub(crate) fn of(seen: &Seen<'_>) -> Status {
        let master = |master: &Master| MasterStatus {
            number: master.id.0,
            pid: master.child.pid().as_raw_nonzero().get().unsigned_abs(),
            role: role(seen.state, master.id).to_owned(),
            uptime: master.began.elapsed(),
        };
        Status {
            name: seen.name.to_owned(),
            phase: phase(seen.state).to_owned(),
            pid: process::id(),
            uptime: seen.began.elapsed(),
            listen: seen.bound.iter().map(Address::to_string).collect(),
            restarts: seen.state.restarts(),
            deaths: seen.state.deaths(),
            masters: seen.masters.iter().map(master).collect(),
            exits: seen.exits.to_vec(),
        }
    }
}

fn phase(state: &State) -> &'static str {
    match (state.serving(), state.next()) {
        (Some(_), None) => "serving",
        (Some(_), Some(_)) => "rolling",
        (None, Some(Next::Starting(_))) => "starting",
        (None, Some(Next::Resting { .. })) => "resting",
        (None, None) => "stopping",
    }
}

fn role(state: &State, id: Id) -> &'static str {
    match state.serving() {
        Some(serving) if serving == id => "serving",
        _ if state.is_leaving(id) => "leaving",
        _ => "starting",
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} on {}", self.name, self.phase, self.listen.join(", "))?;
        writeln!(
            f,
            "daemon   pid {}, up {}, restarts: {}",
            self.pid,
            rounded(self.uptime),
            self.restarts
        )?;
        for master in &self.masters {
            let MasterStatus {
                number,
                pid,
                role,
                uptime,
            } = master;
            writeln!(f, "master {number} pid {pid}, {role}, up {}", rounded(*uptime))?;
        }
        if !self.exits.is_empty() {
            writeln!(f, "last exits, oldest first:")?;
        }
        for Exit {
            at,
            how,
            reason,
            uptime,
        } in &self.exits
        {
            let ago = rounded(at.elapsed().unwrap_or_default());
            writeln!(f, "  {ago} ago: {how} after {}: {reason}", rounded(*uptime))?;
        }
        Ok(())
    }
}

/// A time as people say it: two units at most, nothing below a second.
fn rounded(duration: Duration) -> String {
    match duration.as_secs() {
        s if s < 60 => format!("{s}s"),
        s if s < 3600 => format!("{}m {}s", s / 60, s % 60),
        s if s < 86400 => format!("{}h {}m", s / 3600, s % 3600 / 60),
        s => format!("{}d {}h", s / 86400, s % 86400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_units() {
        let told = [
            (59, "59s"),
            (61, "1m 1s"),
            (3 * 3600 + 120, "3h 2m"),
            (90_000, "1d 1h"),
        ];
        for (seconds, text) in told {
            assert_eq!(rounded(Duration::from_secs(seconds)), text);
        }
    }
}
