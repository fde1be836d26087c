//! Every figure of every round, for other programs.

use serde_json::{Map, Value, json};

use super::{target, verdict};
use crate::{Failure, rounds::Finding, sample::Spread, stage::Stage};

pub(super) fn report(stage: &Stage, findings: &[Finding]) -> Result<String, Failure> {
    let rows: Vec<Value> = findings.iter().map(row).collect();
    let report = json!({ "cores": stage.cores, "rounds": stage.options.rounds, "rows": rows });
    Ok(serde_json::to_string_pretty(&report)?)
}

fn row(finding: &Finding) -> Value {
    let servers: Map<String, Value> = finding
        .labels
        .iter()
        .map(|label| (label.clone(), server(finding, label)))
        .collect();
    let goals = finding.row.goals.iter().map(|goal| {
        let reached = finding.reached(goal);
        json!({
            "id": goal.id,
            "figure": goal.what,
            "target": target(goal.target),
            "reached": reached.map(spread),
            "verdict": verdict(finding, goal, reached),
        })
    });
    json!({
        "ids": finding.row.ids,
        "title": finding.row.title,
        "goals": goals.collect::<Vec<_>>(),
        "servers": servers,
        "failures": finding.failures,
        "skipped": finding.skipped,
    })
}

fn server(finding: &Finding, label: &str) -> Value {
    let figure = |name: &&'static str| {
        let rounds: Vec<f64> = finding
            .rounds
            .iter()
            .filter_map(|round| round.get(label, name))
            .collect();
        let middle = finding.spread(label, name).map(spread);
        (
            (*name).to_owned(),
            json!({ "rounds": rounds, "over_all": middle }),
        )
    };
    Value::Object(finding.figures().iter().map(figure).collect())
}

fn spread(spread: Spread) -> Value {
    let interval = spread.interval.map(|interval| [interval.from, interval.to]);
    json!({ "least": spread.least, "median": spread.median, "most": spread.most, "interval": interval })
}
