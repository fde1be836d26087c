//! Open loop: requests are due at a fixed rate, whatever the server does, and their latency counts from when they were due.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::{Failure, answer::Ask, process::run, server::Server, stage::Stage};

/// An open-loop load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) ask: Ask,
    /// Requests per second.
    pub(crate) rate: f64,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    /// After how many seconds a client gives up.
    pub(crate) patience: u32,
}

/// What the clients saw; latencies in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Answers by status, per second.
    pub(crate) per_second: BTreeMap<u16, f64>,
    /// Of the good answers.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Of the answers that were refusals.
    pub(crate) refused_p99: Option<f64>,
}

impl Seen {
    /// Answers of this status, per second.
    pub(crate) fn of(&self, status: u16) -> f64 {
        self.per_second.get(&status).copied().unwrap_or(0.0)
    }
}

impl Open {
    /// Runs the load.
    pub(crate) fn run(self, stage: &Stage, server: &Server) -> Result<Seen, Failure> {
        let program = stage.oha.as_ref().ok_or("this row needs oha")?;
        let mut oha = Command::new(program);
        oha.args([
            "--no-tui",
            "--output-format",
            "json",
            "--latency-correction",
            "--stats-success-breakdown",
        ]);
        oha.args([
            "-q",
            &format!("{:.0}", self.rate),
            "-c",
            &self.connections.to_string(),
        ]);
        oha.args([
            "-z",
            &format!("{}s", self.seconds),
            "-t",
            &format!("{}s", self.patience),
        ]);
        let said = run(oha.arg(server.url(self.ask)))?;
        read(&serde_json::from_str(&said)?)
    }
}

fn read(report: &Value) -> Result<Seen, Failure> {
    let total = report["summary"]["total"]
        .as_f64()
        .ok_or("oha does not say how long it ran")?;
    let statuses = report["statusCodeDistribution"].as_object();
    let statuses = statuses.ok_or("oha does not say what came back")?;
    let milliseconds = |group: &str, name: &str| report[group][name].as_f64().map(|seconds| seconds * 1e3);
    let good = |name| milliseconds("latencyPercentilesSuccessful", name);
    Ok(Seen {
        per_second: statuses
            .iter()
            .filter_map(|(status, count)| Some((status.parse().ok()?, count.as_f64()? / total)))
            .collect(),
        p50: good("p50").unwrap_or(f64::NAN),
        p99: good("p99").unwrap_or(f64::NAN),
        refused_p99: milliseconds("latencyPercentilesNotSuccessful", "p99"),
    })
}
