//! Tables for people.

use std::fmt::Write as _;

use super::{plot_name, target, verdict};
use crate::{
    rounds::Finding,
    sample::{Spread, readable},
    stage::Stage,
};

/// Everything.
pub(super) fn report(stage: &Stage, findings: &[Finding]) -> String {
    let mut text = format!("# gopool beside its peers\n\n{}\n", summary(stage, findings));
    for finding in findings {
        text += &section(finding);
    }
    text
}

/// How it was measured, and what became of every goal.
pub(super) fn summary(stage: &Stage, findings: &[Finding]) -> String {
    let rounds = stage.options.rounds;
    let mut text = format!(
        "{} cores, load generators on the same machine, {rounds} {} in which the servers took turns. A figure is the median of the \
         rounds, with the least and the most in brackets; ratios are taken within a round.\n\n\
         | row | figure | target | reached | |\n|---|---|---|---|---|\n",
        stage.cores,
        if rounds == 1 { "round" } else { "rounds" },
    );
    let goals = findings
        .iter()
        .flat_map(|finding| finding.row.goals.iter().map(move |goal| (finding, goal)));
    for (finding, goal) in goals {
        let reached = finding.reached(goal);
        let line = [
            goal.id,
            goal.what,
            &target(goal.target),
            &cell(reached),
            verdict(goal, reached),
        ];
        text += &table_line(&line);
    }
    text
}

fn section(finding: &Finding) -> String {
    let row = finding.row;
    let mut text = format!("\n## {}: {}\n\n{}\n\n", row.ids.join(", "), row.title, row.why);
    let figures = finding.figures();
    let mut head = vec!["server"];
    head.extend(&figures);
    text += &table_line(&head);
    text += &table_line(&vec!["---"; head.len()]);
    // Of the others only the reason is given.
    let measured = finding.labels.iter().filter(|label| finding.has_figures(label));
    for label in measured {
        let cells: Vec<String> = figures
            .iter()
            .map(|name| cell(finding.spread(label, name)))
            .collect();
        let mut line = vec![label.as_str()];
        line.extend(cells.iter().map(String::as_str));
        text += &table_line(&line);
    }
    for failure in &finding.failures {
        let _infallible = write!(text, "\n- {}", failure.lines().next().unwrap_or_default());
    }
    let _infallible = write!(text, "\n![{}]({})\n", row.title, plot_name(finding));
    text
}

fn cell(spread: Option<Spread>) -> String {
    let Some(Spread { least, median, most }) = spread else {
        return "–".to_owned();
    };
    if least.total_cmp(&most).is_eq() {
        return readable(median);
    }
    format!("{} ({} to {})", readable(median), readable(least), readable(most))
}

fn table_line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}
