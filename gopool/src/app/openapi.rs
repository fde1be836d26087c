//! The document of OpenAPI: printed, compared, and given to tests.

use std::{fs, path::Path, process::ExitCode};

use serde_json::Value;

use super::{
    ask::print,
    builder::App,
    refused::{Refused, refuse},
};
use crate::{
    cli::{Openapi, Spec},
    openapi::{About, Change, Document, Refusal, SpecVersion, compare},
    route::{Registered, Registry},
};

impl App {
    /// What the routes that are linked into this program are.
    pub(crate) fn openapi(&self) -> Result<Value, Refused> {
        let registry = Registry::load(Registered::gather(), &self.only_crates).map_err(Refused::for_these)?;
        let document = Document::of(&registry.routes, self.about(), SpecVersion::default());
        let refused = |refusals| Refused::for_these(sentences(refusals));
        document.map(Document::into_json).map_err(refused)
    }
}

/// The command.
pub(super) fn run(app: &App, registry: &Registry, wanted: &Openapi) -> ExitCode {
    let version = match wanted.spec {
        Some(Spec::V3_2) => SpecVersion::V3_2,
        Some(Spec::V3_1) | None => SpecVersion::V3_1,
    };
    let document = match Document::of(&registry.routes, app.about(), version) {
        Ok(document) => document,
        Err(refusals) => return refuse(&sentences(refusals)),
    };
    if wanted.strict && !document.lacks().is_empty() {
        return refuse(document.lacks());
    }
    match &wanted.check {
        None => print(&document.to_text()),
        Some(path) => check(path, &document.into_json(), wanted.breaking_only),
    }
}

/// Prints what has changed since the document in a file was made, and says with the exit code how grave it is.
fn check(path: &Path, now: &Value, breaking_only: bool) -> ExitCode {
    let read = fs::read(path).map_err(|error| error.to_string());
    let before = read.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    let before: Value = match before {
        Ok(before) => before,
        Err(error) => {
            let reason = format!("the document `{}` cannot be read: {error}", path.display());
            return refuse(&[reason]);
        }
    };
    let mut changes = compare(&before, now);
    changes.retain(|change| change.weight.breaks() || !breaking_only);
    let Some(worst) = changes.iter().map(|change| change.weight).max() else {
        return ExitCode::SUCCESS;
    };
    let lines: Vec<String> = changes.iter().map(Change::to_string).collect();
    print(&lines.join("\n"));
    ExitCode::from(worst.exit_code())
}

/// What of the document would stop a launch: what is made from it would be called otherwise tomorrow.
pub(super) fn clashes(registry: &Registry) -> Vec<String> {
    let about = About {
        title: None,
        version: None,
        description: None,
    };
    let refusals = Document::of(&registry.routes, about, SpecVersion::default()).err();
    let clash = |refusal| match refusal {
        Refusal::Clash(sentence) => Some(sentence),
        Refusal::Broken(_) => None,
    };
    refusals.into_iter().flatten().filter_map(clash).collect()
}

pub(super) fn sentences(refusals: Vec<Refusal>) -> Vec<String> {
    refusals.into_iter().map(Refusal::sentence).collect()
}
