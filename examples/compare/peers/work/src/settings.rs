//! How a peer is started: `--name value` pairs, the same for all.

use std::{env, time::Duration};

/// What the harness asks of a peer.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// How the peer hands work over; each peer knows its own words.
    pub hand_over: String,
    /// How many event loops.
    pub event_loops: usize,
    /// How many threads for work.
    pub threads: usize,
    /// When an idle thread for work leaves, where the peer lets one choose; else what it comes with.
    pub idle_timeout: Option<Duration>,
    /// How many parameterised routes beside the usual ones.
    pub routes: usize,
}

impl Settings {
    /// From the command line.
    ///
    /// # Errors
    /// The argument that is wrong.
    pub fn from_args() -> Result<Self, String> {
        let mut settings = Self {
            port: 6200,
            hand_over: "inline".to_owned(),
            event_loops: 1,
            threads: 1,
            idle_timeout: None,
            routes: 0,
        };
        let mut args = env::args().skip(1);
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("`{name}` needs a value"))?;
            settings.set(&name, &value)?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let milliseconds = || {
            value
                .parse()
                .map_err(|_| format!("`{name}` needs milliseconds, not `{value}`"))
        };
        let number = || {
            value
                .parse()
                .map_err(|_| format!("`{name}` needs a number, not `{value}`"))
        };
        match name {
            "--port" => self.port = value.parse().map_err(|_| format!("`{value}` is no port"))?,
            "--hand-over" => value.clone_into(&mut self.hand_over),
            "--event-loops" => self.event_loops = number()?,
            "--threads" => self.threads = number()?,
            "--idle-timeout" => self.idle_timeout = Some(Duration::from_millis(milliseconds()?)),
            "--routes" => self.routes = number()?,
            _ => return Err(format!("unknown argument `{name}`")),
        }
        Ok(())
    }
}
