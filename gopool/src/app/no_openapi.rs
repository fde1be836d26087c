//! In place of `openapi.rs` in a program without the feature.

use std::process::ExitCode;

use super::{builder::App, refused::refuse};
use crate::{cli::Openapi, route::Registry};

pub(super) fn run(_: &App, _: &Registry, _: &Openapi) -> ExitCode {
    refuse(&["`openapi` needs the feature `openapi` of gopool: `gopool = { version = \"..\", features = [\"openapi\"] }`".to_owned()])
}

/// What of the document would stop a launch.
pub(super) fn clashes(_: &Registry) -> Vec<String> {
    Vec::new()
}
