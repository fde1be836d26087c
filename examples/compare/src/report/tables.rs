//! The four tables of npm gopool's README, measured here: requests per second and memory, and nothing else.

use std::fmt::Write as _;

use super::markdown::{cell, circumstances, table_line};
use crate::{
    options::TABLES,
    rounds::Finding,
    sample::{MEMORY, RATE},
    stage::Stage,
};

pub(super) fn four(stage: &Stage, findings: &[Finding]) -> String {
    let mut text = format!("{}.\n", circumstances(stage));
    for id in TABLES {
        if let Some(finding) = findings.iter().find(|finding| finding.row.ids[0] == id) {
            text += &one(finding);
        }
    }
    text
}

fn one(finding: &Finding) -> String {
    let mut text = String::new();
    let _infallible = write!(
        text,
        "\n### {}\n\n| server | requests/s | memory, MB |\n|---|---|---|\n",
        finding.row.title
    );
    for label in finding.labels.iter().filter(|label| finding.has_figures(label)) {
        let figure = |name| cell(finding.spread(label, name));
        text += &table_line(&[label, &figure(RATE), &figure(MEMORY)]);
    }
    text
}
