//! Where a value came from, and all that is wrong with what was given.

use std::{fmt, sync::Arc};

/// Where the value of an option came from, from the weakest to the strongest.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Nobody gave one.
    #[default]
    Default,
    /// [`Options`](super::Options) in the application's code.
    Code,
    /// A file, and the line in it, counted from 1.
    File {
        /// The path, as it was given.
        path: Arc<str>,
        /// `None` when the file as a whole is meant.
        line: Option<usize>,
    },
    /// The environment.
    Variable,
    /// The command line.
    Flag,
}

impl Source {
    /// Did somebody give the value?
    pub(super) fn is_given(&self) -> bool {
        *self != Source::Default
    }

    /// How the option of this field (`max_threads`) is written there.
    pub(crate) fn spell(&self, field: &str) -> String {
        match self {
            Source::Default | Source::Flag => format!("--{}", field.replace('_', "-")),
            Source::Code => format!("Options::{field}"),
            Source::File { .. } => field.replace('_', "-"),
            Source::Variable => format!("GOPOOL_{}", field.to_uppercase()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::Code => f.write_str("code"),
            Source::File { path, line: None } => f.write_str(path),
            Source::File {
                path,
                line: Some(line),
            } => write!(f, "{path}:{line}"),
            Source::Variable => f.write_str("environment"),
            Source::Flag => f.write_str("command line"),
        }
    }
}

/// Everything that is wrong with what was given, so that one run names it all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistakes(Vec<(Source, String)>);

impl Mistakes {
    /// The exit code of a program that was given wrong options.
    pub(crate) const EXIT_CODE: u8 = 2;

    /// Notes one more; `what` names the option, what was given and what is allowed.
    pub(crate) fn add(&mut self, source: &Source, what: impl Into<String>) {
        self.0.push((source.clone(), what.into()));
    }

    /// `good` when there is no mistake, else all of them, those of the strongest source first.
    pub(crate) fn or<T>(mut self, good: T) -> Result<T, Mistakes> {
        if self.0.is_empty() {
            return Ok(good);
        }
        self.0.sort_by_key(|(source, _)| match source {
            Source::Flag => (0, None),
            Source::Variable => (1, None),
            Source::File { line, .. } => (2, *line),
            Source::Code => (3, None),
            Source::Default => (4, None),
        });
        Err(self)
    }

    /// Each mistake with where it was made.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(source, what)| format!("{source}: {what}"))
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sentence in self.sentences() {
            writeln!(f, "{sentence}")?;
        }
        f.write_str("run with `--help` for the options")
    }
}

impl std::error::Error for Mistakes {}

/// What a user gave, in backticks: on one line, without control characters, not endless.
pub(crate) fn quote(given: &str) -> String {
    const LONGEST: usize = 60;
    let mut text: String = given.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if given.chars().nth(LONGEST).is_some() {
        text.push_str("...");
    }
    format!("`{text}`")
}

/// "; did you mean `...`", or nothing when no known name comes near; `spell` writes a name as users do.
pub(crate) fn did_you_mean(
    given: &str,
    known: impl IntoIterator<Item = &'static str>,
    spell: impl Fn(&str) -> String,
) -> String {
    const NEAR: f64 = 0.8;
    let given: String = given
        .chars()
        .take(100)
        .map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() })
        .collect();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&given, name), name))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map_or_else(String::new, |(_, name)| {
            format!("; did you mean `{}`", spell(name))
        })
}
