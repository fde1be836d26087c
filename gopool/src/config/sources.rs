//! What code, the file and the environment give, as texts still to be read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs, io, thread};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistakes, Source, did_you_mean, quote};
use super::table::{Options, Row, TABLE};

/// What one source gave for one option.
pub(crate) struct Entry {
    pub(crate) row: &'static Row,
    pub(crate) text: String,
    pub(crate) source: Source,
}

impl Entry {
    /// Records that the file was found without being named.
    pub(super) fn of_default_file(path: &str) -> Option<Entry> {
        Some(Entry {
            row: Row::named("config")?,
            text: path.to_owned(),
            source: Source::Default,
        })
    }
}

/// What surrounds the process; tests make their own.
pub(crate) struct Surroundings<'a> {
    /// The environment.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// Reads a text file.
    pub(crate) read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    /// How many threads the machine, or the cgroup's quota, runs at once.
    pub(crate) cores: usize,
}

impl Surroundings<'static> {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Surroundings {
            variables: env::vars_os().collect(),
            read_file: &|path| fs::read_to_string(path),
            cores: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

const PREFIX: &str = "GOPOOL_";
/// Variables with this prefix pass between gopool's own processes and are no options.
const INTERNAL_PREFIX: &str = "GOPOOL_INTERNAL_";
const DEFAULT_FILE: &str = "gopool.toml";

pub(super) fn from_code(options: &Options) -> Vec<Entry> {
    let entry = |row: &'static Row| {
        Some(Entry {
            row,
            text: (row.code)(options)?,
            source: Source::Code,
        })
    };
    TABLE.iter().filter_map(entry).collect()
}

pub(super) fn from_variables(variables: &[(OsString, OsString)], mistakes: &mut Mistakes) -> Vec<Entry> {
    // Sorted, because the environment has no order of its own.
    let ours: BTreeMap<_, _> = variables
        .iter()
        .map(|(name, value)| (name.to_string_lossy(), value))
        .filter(|(name, _)| name.starts_with(PREFIX) && !name.starts_with(INTERNAL_PREFIX))
        .collect();
    ours.into_iter()
        .filter_map(|(name, value)| from_variable(&name, value, mistakes))
        .collect()
}

fn from_variable(name: &str, value: &OsString, mistakes: &mut Mistakes) -> Option<Entry> {
    let source = Source::Variable;
    let Some(row) = TABLE.iter().find(|row| source.spell(row.field) == name) else {
        let bare = name.trim_start_matches(PREFIX);
        let near = did_you_mean(bare, TABLE.iter().map(Row::name), |near| {
            source.spell(&near.replace('-', "_"))
        });
        mistakes.add(&source, format!("{} is not an option{near}", quote(name)));
        return None;
    };
    let Some(text) = value.to_str() else {
        mistakes.add(
            &source,
            format!("`{name}` is not valid UTF-8; it takes {}", row.allowed),
        );
        return None;
    };
    Some(Entry {
        row,
        text: text.to_owned(),
        source,
    })
}

/// The file that `named` asks for, or the default one where it exists, as its path and text.
pub(super) fn find_file(
    named: Option<&Entry>,
    read_file: &dyn Fn(&Path) -> io::Result<String>,
    mistakes: &mut Mistakes,
) -> Option<(Arc<str>, String)> {
    let path = named.map_or(DEFAULT_FILE, |entry| &entry.text);
    match read_file(Path::new(path)) {
        Ok(text) => Some((path.into(), text)),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let file = Source::File {
                path: path.into(),
                line: 0,
            };
            match named.map(|entry| &entry.source) {
                None => mistakes.add(&file, format!("cannot be read: {error}")),
                Some(source) => mistakes.add(
                    source,
                    format!(
                        "`{}` names {}, which cannot be read: {error}",
                        source.spell("config"),
                        quote(path)
                    ),
                ),
            }
            None
        }
    }
}

pub(super) fn from_file(path: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Vec<Entry> {
    let at = |offset: usize| Source::File {
        path: path.clone(),
        line: line_of(text, offset),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let source = at(error.span().map_or(0, |span| span.start));
        if !broken.contains(&source) {
            mistakes.add(&source, format!("not valid TOML: {}", error.message()));
            broken.push(source);
        }
    }
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        let source = at(key.span().start);
        // What the parser made of a broken line would only be a second mistake for the same cause.
        if !broken.contains(&source) {
            entries.extend(from_key(key.get_ref(), value, source, mistakes));
        }
    }
    entries
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn from_key(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    source: Source,
    mistakes: &mut Mistakes,
) -> Option<Entry> {
    let Some(row) = Row::named(key) else {
        let near = did_you_mean(key, TABLE.iter().map(Row::name), str::to_owned);
        mistakes.add(&source, format!("{} is not an option{near}", quote(key)));
        return None;
    };
    if row.field == "config" {
        mistakes.add(&source, "`config` names this file and cannot be set in it");
        return None;
    }
    let Some(text) = text_of(value.get_ref(), row.is_list()) else {
        let given = value.get_ref().type_str();
        mistakes.add(
            &source,
            format!("`{key}` cannot be of the type {given}: it takes {}", row.allowed),
        );
        return None;
    };
    Some(Entry { row, text, source })
}

fn text_of(value: &DeValue<'_>, is_list: bool) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(is_on) => Some(is_on.to_string()),
        DeValue::Array(items) if is_list => {
            let texts: Option<Vec<_>> = items.iter().map(|item| text_of(item.get_ref(), false)).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}
