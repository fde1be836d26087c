//! What `status` tells: the daemon's phase, its masters, and the last exits.

use std::{
    fmt, process,
    time::{Duration, Instant, SystemTime},
};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    address::{Address, Listen},
    exits::{Exit, Exits},
    master::Master,
    restarts::Restarts,
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
    /// The same by why.
    #[serde(default)]
    pub restarts_by_cause: Restarts,
    /// Deaths in a row without a healthy master.
    pub deaths: u32,
    /// Lines of the daemon's own log that nobody read.
    #[serde(default)]
    pub lost_lines: u64,
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
    pub(crate) lost_lines: u64,
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
            restarts_by_cause: seen.state.restarts_by_cause(),
            deaths: seen.state.deaths(),
            lost_lines: seen.lost_lines,
            masters: seen.masters.iter().map(master).collect(),
            exits: seen.exits.to_vec(),
        }
    }
}

impl Status {
    /// What a shell should know: 0 when somebody serves, 3 when nobody does yet, 4 when the daemon is stopping.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.phase.as_str() {
            "serving" | "rolling" => 0,
            "stopping" => 4,
            _ => 3,
        }
    }

    /// For programs: times are seconds, and names say so.
    #[must_use]
    pub fn to_json(&self) -> String {
        let unix = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let masters = self.masters.iter().map(|master| {
            json!({
                "number": master.number,
                "pid": master.pid,
                "role": master.role,
                "uptime_seconds": master.uptime.as_secs_f64(),
            })
        });
        let exits = self.exits.iter().map(|exit| {
            json!({
                "at_unix_seconds": unix(exit.at).as_secs_f64(),
                "how": exit.how.to_string(),
                "reason": exit.reason,
                "uptime_seconds": exit.uptime.as_secs_f64(),
            })
        });
        let whole = json!({
            "name": self.name,
            "phase": self.phase,
            "pid": self.pid,
            "uptime_seconds": self.uptime.as_secs_f64(),
            "listen": self.listen,
            "restarts": self.restarts,
            "restarts_by_cause": self.restarts_by_cause,
            "deaths": self.deaths,
            "lost_lines": self.lost_lines,
            "masters": masters.collect::<Vec<_>>(),
            "exits": exits.collect::<Vec<_>>(),
        });
        whole.to_string()
    }

    /// Whether it listens at the port or path of one of these.
    pub(super) fn listens_at(&self, places: &[Listen]) -> bool {
        let ends = |listen: &Listen| match listen {
            Listen::Tcp { port, .. } | Listen::Tls { port, .. } => format!(":{port}"),
            Listen::Unix(path) => format!("unix:{}", path.display()),
        };
        let is_there = |end: String| self.listen.iter().any(|own| own.ends_with(&end));
        places.iter().map(ends).any(is_there)
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
            "daemon   pid {}, up {}, restarts: {}{}",
            self.pid,
            rounded(self.uptime),
            self.restarts,
            causes(self.restarts_by_cause),
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
        if self.lost_lines > 0 {
            writeln!(f, "lines lost, because nobody read them: {}", self.lost_lines)?;
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

/// ` (crash 2, reload 1)`, or nothing.
fn causes(restarts: Restarts) -> String {
    let seen = restarts.by_cause().filter(|(_, count)| *count > 0);
    let words: Vec<String> = seen
        .map(|(cause, count)| format!("{} {count}", cause.replace('_', " ")))
        .collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(", ")),
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
