//! What belongs to the command `openapi`.

use std::{ffi::OsString, path::PathBuf};

/// What `openapi` is to do; without anything, print the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Openapi {
    /// The document to compare with.
    pub(crate) check: Option<PathBuf>,
    /// Whether only what breaks clients counts as a difference.
    pub(crate) breaking_only: bool,
    /// Whether types without a schema are refused.
    pub(crate) strict: bool,
    /// The version of OpenAPI, if one was asked for.
    pub(crate) spec: Option<Spec>,
}

/// A version of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spec {
    V3_1,
    V3_2,
}

/// Every name of these, without the dashes.
pub(super) const NAMES: [&str; 4] = ["check", "breaking", "strict", "spec"];

pub(super) const BELONG: &str =
    "`--check`, `--breaking`, `--strict` and `--spec` belong to the command `openapi`";

pub(super) const HELP: [(&str, &str); 4] = [
    ("--check FILE", "The document that openapi compares with"),
    ("--breaking", "Of the differences, count only what breaks clients"),
    ("--strict", "Refuse types without a schema in openapi"),
    (
        "--spec VERSION",
        "Write openapi in 3.1 or 3.2; the default is 3.1",
    ),
];

impl Openapi {
    /// Reads the value of `check` or `spec`.
    pub(super) fn set(&mut self, name: &str, given: Option<OsString>) -> Result<(), String> {
        let is_twice = match name {
            "check" => self.check.is_some(),
            _ => self.spec.is_some(),
        };
        if is_twice {
            return Err(format!("`--{name}` is given more than once"));
        }
        match (name, given.as_ref().and_then(|given| given.to_str())) {
            ("check", _) => match given {
                Some(path) if !path.is_empty() => self.check = Some(path.into()),
                _ => return Err("`--check` takes the file of a document".to_owned()),
            },
            (_, Some("3.1")) => self.spec = Some(Spec::V3_1),
            (_, Some("3.2")) => self.spec = Some(Spec::V3_2),
            _ => return Err("`--spec` takes `3.1` or `3.2`".to_owned()),
        }
        Ok(())
    }
}
