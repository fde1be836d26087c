//! What code, the file and the environment give, as texts still to be read.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
    thread,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    memory,
    mistake::{Mistakes, Source, did_you_mean, quote},
    table::{OptionDef, Options, TABLE},
};

/// What one source gave for one option.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) row: &'static OptionDef,
    pub(crate) text: String,
    pub(crate) source: Source,
}

impl Entry {
    /// Records which file was read.
    pub(super) fn of_found_file(path: &str) -> Option<Entry> {
        Some(Entry {
            row: OptionDef::named("config")?,
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
    /// The file that is read where it exists and nobody names another.
    pub(crate) default_file: Option<&'a str>,
    /// How many threads the machine, or the cgroup's quota, runs at once.
    pub(crate) cores: usize,
    /// How many bytes the machine, or the cgroup's limit, has.
    pub(crate) memory: u64,
}

impl Surroundings<'static> {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Surroundings {
            variables: env::vars_os().collect(),
            read_file: &read_text,
            default_file: Some(DEFAULT_FILE),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory: memory::allowed(),
        }
    }

    /// Those of this process, of which only the cores count, and files that somebody names.
    pub(crate) fn bare() -> Self {
        Surroundings {
            variables: Vec::new(),
            default_file: None,
            ..Self::of_process()
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    // A path such as `/dev/zero` has no end.
    const LARGEST: usize = 1_000_000;
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST as u64 + 1)
        .read_to_string(&mut text)?;
    if text.len() > LARGEST {
        Err(io::Error::other("larger than 1MB"))
    } else {
        Ok(text)
    }
}

const PREFIX: &str = "GOPOOL_";
/// Variables with this prefix pass between gopool's own processes and are no options.
const INTERNAL_PREFIX: &str = "GOPOOL_INTERNAL_";
const DEFAULT_FILE: &str = "gopool.toml";

pub(super) fn from_code(options: &Options) -> Vec<Entry> {
    let entry = |row: &'static OptionDef| {
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
        .filter(|(name, value)| !is_service_link(name, value))
        .collect();
    ours.into_iter()
        .filter_map(|(name, value)| from_variable(&name, value, mistakes))
        .collect()
}

/// Whether Kubernetes has set this variable, as it does in every container beside a service that is called `gopool` or `gopool-x`
/// (`GOPOOL_PORT=tcp://10.0.0.1:80`, `GOPOOL_X_SERVICE_HOST=10.0.0.1`): nobody meant an option by it.
fn is_service_link(name: &str, value: &OsString) -> bool {
    // Behind the service's name, which may be nothing more than the prefix.
    let ends_as = |end: &str| name.ends_with(end);
    let is_of_a_port = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    ends_as("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (ends_as("_PORT") && value.to_string_lossy().contains("://"))
        || name
            .split_once("_PORT_")
            .is_some_and(|(_, rest)| is_of_a_port(rest))
}

fn from_variable(name: &str, value: &OsString, mistakes: &mut Mistakes) -> Option<Entry> {
    let source = Source::Variable;
    let Some(row) = TABLE.iter().find(|row| source.spell(row.field) == name) else {
        let bare = name.trim_start_matches(PREFIX);
        let near = did_you_mean(bare, TABLE.iter().map(|row| row.field), |near| source.spell(near));
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

/// The file that `named` asks for, or the default one where it exists, as its path and text. A relative path begins in `folder`.
pub(super) fn find_file(
    named: Option<&Entry>,
    folder: &str,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<(Arc<str>, String)> {
    // No path at all is refused with the other values.
    if named.is_some_and(|entry| entry.text.is_empty()) {
        return None;
    }
    let path = Path::new(folder).join(named.map(|entry| &*entry.text).or(around.default_file)?);
    let path: Arc<str> = path.to_string_lossy().into();
    let error = match (around.read_file)(Path::new(&*path)) {
        Ok(text) => return Some((path, text)),
        Err(error) => error,
    };
    match named.map(|entry| &entry.source) {
        Some(source) => {
            let option = source.spell("config");
            let what = format!("`{option}` names {}, which cannot be read: {error}", quote(&path));
            mistakes.add(source, what);
        }
        None if error.kind() == io::ErrorKind::NotFound => {}
        None => mistakes.add(
            &Source::File { path, line: None },
            format!("cannot be read: {error}"),
        ),
    }
    None
}

pub(super) fn from_file(path: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Vec<Entry> {
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(offset, _)| offset).collect();
    let line_at = |offset| 1 + line_ends.partition_point(|end| *end < offset);
    let at = |line| Source::File {
        path: path.clone(),
        line: Some(line),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = BTreeSet::new();
    for error in errors {
        let line = line_at(error.span().map_or(0, |span| span.start));
        if broken.insert(line) {
            mistakes.add(&at(line), format!("not valid TOML: {}", error.message()));
        }
    }
    let keys = table
        .get_ref()
        .iter()
        .map(|(key, value)| (line_at(key.span().start), key.get_ref(), value));
    // What the parser made of a broken line would only be a second mistake for the same cause.
    keys.filter(|(line, ..)| !broken.contains(line))
        .filter_map(|(line, key, value)| from_key(key, value, at(line), mistakes))
        .collect()
}

fn from_key(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    source: Source,
    mistakes: &mut Mistakes,
) -> Option<Entry> {
    let Some(row) = OptionDef::named(key) else {
        let near = if matches!(value.get_ref(), DeValue::Table(_)) {
            "; the file has no sections, only lines such as `max-threads = 4`".to_owned()
        } else {
            did_you_mean(key, TABLE.iter().map(|row| row.field), |near| source.spell(near))
        };
        mistakes.add(&source, format!("{} is not an option{near}", quote(key)));
        return None;
    };
    if ["config", "chdir"].contains(&row.field) {
        let what = format!("`{key}` names this file and cannot be set in it");
        mistakes.add(&source, what);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read_text(Path::new("/dev/zero")).err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("larger than 1MB")
        );
    }

    #[test]
    fn large_hostile_files_are_refused_in_bounded_time_and_stack() {
        let many_keys: String = (0..10_000).map(|key| format!("k{key} = 1\n")).collect();
        let many_errors = "=\n".repeat(10_000);
        let deep = format!("port = {}", "[".repeat(100_000));
        let dotted = format!("{}x = 1", "a.".repeat(100_000));
        for text in [many_keys, many_errors, deep, dotted] {
            let mut mistakes = Mistakes::default();
            from_file(&"big.toml".into(), &text, &mut mistakes);
            assert!(mistakes.or(()).is_err());
        }
    }
}
