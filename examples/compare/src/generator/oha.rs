//! Open loop: requests are due at a fixed rate, whatever the server does, and their latency counts from when they were due.

use std::{process::Command, time::Duration};

use crate::{Failure, answer::Ask, process::run, sample::count, server::Server, stage::Stage};

/// An open-loop load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) ask: Ask,
    /// Requests per second.
    pub(crate) rate: f64,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    /// After how many seconds a client gives up. It counts from when the request was sent, not from when it was due.
    pub(crate) patience: u32,
    /// Whether the requests under way at the end are waited for. Without it the slow ones among them would not be seen.
    pub(crate) lingers: bool,
}

/// What the clients saw: nothing of the requests that they gave up.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    seconds: f64,
    answers: Vec<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Answer {
    /// In seconds since the load began.
    at: f64,
    status: u16,
    milliseconds: f64,
}

impl Open {
    /// Runs the load.
    pub(crate) fn run(self, stage: &Stage, server: &Server) -> Result<Seen, Failure> {
        let program = stage.oha.as_ref().ok_or("this row needs oha")?;
        let mut oha = Command::new(program);
        oha.args(["--no-tui", "--output-format", "csv", "--latency-correction"]);
        if self.lingers {
            oha.arg("--wait-ongoing-requests-after-deadline");
        }
        oha.args(["-q", &format!("{:.0}", self.rate)]);
        oha.args(["-c", &self.connections.to_string()]);
        oha.args(["-z", &format!("{}s", self.seconds)]);
        oha.args(["-t", &format!("{}s", self.patience)]);
        let said = run(oha.arg(server.url(self.ask)))?;
        Ok(Seen {
            seconds: self.seconds.into(),
            answers: said.lines().skip(1).map(read).collect::<Result<_, _>>()?,
        })
    }
}

impl Seen {
    /// Only what came after this part of the load.
    pub(crate) fn after(mut self, run_up: Duration) -> Self {
        let run_up = run_up.as_secs_f64();
        self.answers.retain(|answer| answer.at >= run_up);
        self.seconds -= run_up;
        self
    }

    /// Only what came before that moment of the load.
    pub(crate) fn before(mut self, moment: Duration) -> Self {
        let moment = moment.as_secs_f64();
        self.answers.retain(|answer| answer.at < moment);
        self.seconds = moment;
        self
    }

    /// The same load as seen from a clock that began so much earlier.
    pub(crate) fn later(mut self, by: Duration) -> Self {
        let by = by.as_secs_f64();
        self.answers.iter_mut().for_each(|answer| answer.at += by);
        self
    }

    /// Both loads as one; they must have the same clock.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.answers.extend(other.answers);
        self.seconds = self.seconds.max(other.seconds);
        self
    }

    /// All answers, of whatever status.
    pub(crate) fn all(&self) -> f64 {
        count(self.answers.len())
    }

    /// Answers of this status.
    pub(crate) fn number(&self, status: u16) -> f64 {
        count(self.latencies(status).count())
    }

    /// How many answers of this status no later than `limit` came in each whole second from `start` to `end`.
    pub(crate) fn by_second(&self, status: u16, limit: Duration, start: Duration, end: Duration) -> Vec<f64> {
        let (start, limit) = (start.as_secs_f64(), limit.as_secs_f64() * 1e3);
        let seconds = end.as_secs_f64() - start;
        let good = |answer: &&Answer| answer.status == status && answer.milliseconds <= limit;
        let mut counts = Vec::new();
        while count(counts.len()) + 1.0 <= seconds {
            let from = start + count(counts.len());
            let second = from..from + 1.0;
            let within = |answer: &&Answer| second.contains(&answer.at);
            counts.push(count(self.answers.iter().filter(good).filter(within).count()));
        }
        counts
    }

    /// Answers of this status, per second.
    pub(crate) fn of(&self, status: u16) -> f64 {
        self.within(status, Duration::MAX)
    }

    /// Answers of this status that came no later than `limit` after their request was due, per second.
    pub(crate) fn within(&self, status: u16, limit: Duration) -> f64 {
        let limit = limit.as_secs_f64() * 1e3;
        let latencies = self.latencies(status);
        count(latencies.filter(|latency| *latency <= limit).count()) / self.seconds
    }

    /// The latency in milliseconds that `share` of the answers of this status do not exceed; nothing without answers.
    pub(crate) fn percentile(&self, status: u16, share: f64) -> Option<f64> {
        let mut latencies: Vec<f64> = self.latencies(status).collect();
        latencies.sort_by(f64::total_cmp);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the number of answers"
        )]
        let index = (count(latencies.len()) * share) as usize;
        latencies.get(index).or(latencies.last()).copied()
    }

    fn latencies(&self, status: u16) -> impl Iterator<Item = f64> {
        self.answers
            .iter()
            .filter(move |answer| answer.status == status)
            .map(|answer| answer.milliseconds)
    }
}

/// A line of: sent, looked up, connected, time to the first byte, latency, size, status; all times in seconds.
fn read(line: &str) -> Result<Answer, Failure> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[sent, _, _, first_byte, latency, _, status] = fields.as_slice() else {
        return Err(format!("oha wrote `{line}`").into());
    };
    Ok(Answer {
        at: sent.parse::<f64>()? + first_byte.parse::<f64>()?,
        status: status.parse()?,
        milliseconds: latency.parse::<f64>()? * 1e3,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let lines = [
            "0.1,0,0,0.002,0.5,19,200",
            "1.2,0,0,0.002,1.5,19,200",
            "1.3,0,0,0.002,0.001,90,503",
        ];
        Seen {
            seconds: 2.0,
            answers: lines.iter().map(|line| read(line).unwrap()).collect(),
        }
    }

    #[test]
    fn late_answers_and_refusals_are_not_answers_in_time() {
        let seen = seen();
        assert_eq!(seen.of(200), 1.0);
        assert_eq!(seen.within(200, Duration::from_secs(1)), 0.5);
        assert_eq!(seen.percentile(200, 0.99), Some(1_500.0));
        assert_eq!(seen.percentile(503, 0.99), Some(1.0));
        assert_eq!(seen.percentile(500, 0.5), None);
    }

    #[test]
    fn answers_are_counted_by_whole_seconds_from_a_start() {
        let seen = seen().later(Duration::from_secs(1));
        let by_second = |status, limit, end| {
            let start = Duration::from_millis(1_050);
            seen.by_second(
                status,
                Duration::from_millis(limit),
                start,
                Duration::from_millis(end),
            )
        };
        assert_eq!(by_second(200, 2_000, 3_100), [1.0, 1.0]);
        assert_eq!(by_second(200, 1_000, 3_100), [1.0, 0.0]);
        assert_eq!(by_second(200, 2_000, 3_000), [1.0]);
        assert!(by_second(200, 2_000, 1_100).is_empty());
    }

    #[test]
    fn two_loads_are_seen_as_one() {
        let both = seen().and(seen().later(Duration::from_secs(5)));
        assert_eq!((both.all(), both.number(200), both.number(503)), (6.0, 4.0, 2.0));
    }

    #[test]
    fn what_came_during_the_run_up_does_not_count() {
        let seen = seen().after(Duration::from_secs(1));
        assert_eq!(seen.of(200), 1.0);
        assert_eq!(seen.within(200, Duration::from_secs(1)), 0.0);
    }

    #[test]
    fn a_load_is_cut_in_two_without_loss() {
        let moment = Duration::from_secs(1);
        let (first, rest) = (seen().before(moment), seen().after(moment));
        assert_eq!(first.seconds, 1.0);
        assert!(first.all() > 0.0 && rest.all() > 0.0);
        assert_eq!(first.all() + rest.all(), seen().all());
    }
}
