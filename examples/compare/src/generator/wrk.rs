//! Closed loop: each connection sends its next request when it has the answer.

use std::process::Command;

use serde_json::Value;

use crate::{Failure, answer::Ask, process::run, server::Server, stage::Stage};

/// Printed at the end, because wrk's own report rounds.
const SCRIPT: &str = r#"
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nREPORT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"p999":%d,"bad":%d,"broken":%d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"#;

/// A closed-loop load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) ask: Ask,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

/// What came back; latencies in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Closed {
    /// Runs the load; a single bad answer makes it a failure.
    pub(crate) fn run(self, stage: &Stage, server: &Server) -> Result<Report, Failure> {
        let script = stage.results.join("wrk.lua");
        std::fs::write(&script, SCRIPT)?;
        let mut wrk = Command::new(&stage.wrk);
        wrk.args(["--threads", "1", "--timeout", "10s", "--script"])
            .arg(script);
        wrk.args(["--connections", &self.connections.to_string()]);
        wrk.args(["--duration", &format!("{}s", self.seconds)]);
        let said = run(wrk.arg(server.url(self.ask)))?;
        let report = said.lines().find_map(|line| line.strip_prefix("REPORT "));
        let report: Value = serde_json::from_str(report.ok_or("wrk said nothing")?)?;
        read(&report)
    }
}

fn read(report: &Value) -> Result<Report, Failure> {
    let number = |name: &str| {
        report[name]
            .as_f64()
            .ok_or_else(|| format!("wrk does not say `{name}`"))
    };
    if number("bad")? + number("broken")? > 0.0 {
        return Err(format!("not every answer was good: {report}").into());
    }
    let requests = number("requests")?;
    // Not slow, but unknown: the first answers would have come after the end.
    if requests < 1.0 {
        return Err("no answer came while the load lasted".into());
    }
    Ok(Report {
        requests,
        per_second: requests / number("us")? * 1e6,
        p50: number("p50")? / 1e3,
        p99: number("p99")? / 1e3,
    })
}
