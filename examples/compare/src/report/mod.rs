//! The findings for people (Markdown, plots) and for programs (JSON).

use std::{fs, path::Path};

use crate::{
    Failure,
    rounds::Finding,
    rows::{Goal, Measure, Target},
    sample::{Spread, readable},
    stage::Stage,
};

mod curve;
mod json;
mod markdown;
mod plot;
mod record;
mod tables;

/// Prints the summary and saves everything.
pub(crate) fn publish(stage: &Stage, findings: &[Finding]) -> Result<(), Failure> {
    let results = &stage.results;
    fs::write(results.join("report.md"), markdown::report(stage, findings))?;
    fs::write(results.join("report.json"), json::report(stage, findings)?)?;
    plots(results, findings)?;
    if stage.options.tables {
        let tables = tables::four(stage, findings);
        fs::write(results.join("tables.md"), &tables)?;
        print!("{tables}");
    } else {
        print!("{}", markdown::report(stage, findings));
    }
    println!("\nSaved to {}", results.display());
    if stage.options.record {
        record::all(stage, findings)?;
    }
    Ok(())
}

fn plots(folder: &Path, findings: &[Finding]) -> Result<(), Failure> {
    for finding in findings {
        if finding.skipped.is_some() {
            continue;
        }
        let picture = match finding.row.measure {
            Measure::AtLoads(loads, _) => curve::draw(finding, loads.all),
            Measure::Alone(_) | Measure::InTurn(_) => plot::draw(finding),
        };
        fs::write(folder.join(plot_name(finding)), picture)?;
    }
    Ok(())
}

fn plot_name(finding: &Finding) -> String {
    format!("{}.svg", finding.row.ids[0])
}

/// Whether a goal was reached, in a word or two.
fn verdict(finding: &Finding, goal: &Goal, reached: Option<Spread>) -> &'static str {
    match reached {
        Some(spread) if goal.target.is_met(spread.median) => "reached",
        Some(_) => "missed",
        None if finding.skipped.is_some() => "skipped",
        None => "not measured",
    }
}

fn target(target: Target) -> String {
    match target {
        Target::AtLeast(least) => format!("≥ {}", readable(least)),
        Target::AtMost(most) => format!("≤ {}", readable(most)),
        Target::Between(least, most) => format!("{} to {}", readable(least), readable(most)),
    }
}
