//! Tables for people.

use std::fmt::Write as _;

use super::{plot_name, target, verdict};
use crate::{
    bootstrap::Interval,
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
    let mut text = format!(
        "{}. A figure is the median of the \
         rounds, then the interval that holds the true one with 95 % (bootstrap, from six rounds on) in square brackets, and the least and \
         the most in round ones; ratios are taken within a round. All servers run with their default options, unless the row's name for \
         one says otherwise.\n\n\
         | row | figure | target | reached | |\n|---|---|---|---|---|\n",
        circumstances(stage),
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
            verdict(finding, goal, reached),
        ];
        text += &table_line(&line);
    }
    text
}

fn section(finding: &Finding) -> String {
    let row = finding.row;
    let mut text = format!("\n## {}: {}\n\n{}\n\n", row.ids.join(", "), row.title, row.why);
    if let Some(reason) = &finding.skipped {
        let _infallible = writeln!(text, "Skipped {reason}.");
        return text;
    }
    text += &table(finding);
    let _infallible = write!(text, "\n![{}]({})\n", row.title, plot_name(finding));
    text
}

/// On what, and how often.
pub(super) fn circumstances(stage: &Stage) -> String {
    let rounds = stage.options.rounds;
    format!(
        "{} cores, load generators on the same machine, {rounds} {} in which the servers took turns",
        stage.cores,
        if rounds == 1 { "round" } else { "rounds" },
    )
}

/// What each server showed, and what could not be measured.
pub(super) fn table(finding: &Finding) -> String {
    let mut text = String::new();
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
    text
}

pub(super) fn cell(spread: Option<Spread>) -> String {
    let Some(spread) = spread else {
        return "–".to_owned();
    };
    let mut text = readable(spread.median);
    if spread.least.total_cmp(&spread.most).is_eq() {
        return text;
    }
    if let Some(Interval { from, to }) = spread.interval {
        let _infallible = write!(text, " [{} to {}]", readable(from), readable(to));
    }
    let _infallible = write!(text, " ({} to {})", readable(spread.least), readable(spread.most));
    text
}

pub(super) fn table_line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_the_median_its_interval_and_the_ends() {
        assert_eq!(cell(None), "–");
        assert_eq!(cell(Spread::of([2.0, 2.0])), "2.00");
        assert_eq!(cell(Spread::of([1.0, 2.0, 3.0])), "2.00 (1.00 to 3.00)");
        let ten = Spread::of((1..=10).map(f64::from));
        assert!(cell(ten).starts_with("5.50 ["), "{}", cell(ten));
        assert!(cell(ten).ends_with("] (1.00 to 10.0)"), "{}", cell(ten));
    }
}
