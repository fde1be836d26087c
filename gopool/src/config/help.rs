//! The table of options as people read it: in the help and in the documentation.

use super::{
    syntax::Notation,
    table::{Group, OptionDef, Preset, TABLE},
};

const GROUPS: [(Group, &str); 6] = [
    (Group::Pool, "pool"),
    (Group::Isolated, "isolated routes"),
    (Group::Server, "server"),
    (Group::Daemon, "daemon"),
    (Group::Monitor, "monitor"),
    (Group::Log, "log"),
];

/// The options as a Markdown table, for the documentation and the test that holds the documentation against it.
pub fn option_table_markdown() -> String {
    let mut table = String::from("| option | default | meaning |\n|---|---|---|\n");
    for (group, heading) in GROUPS {
        table += &format!("| **{heading}** | | |\n");
        for row in TABLE.iter().filter(|row| row.group == group) {
            let default = match row.preset {
                Preset::Text(text) => format!("`{text}`"),
                Preset::Computed(words) => words.to_owned(),
            };
            table += &format!("| `{}` | {default} | {} |\n", usage(row), row.meaning());
        }
    }
    table
}

/// The options as the help lists them.
pub(crate) fn options_help() -> String {
    let mut help = String::new();
    for (group, heading) in GROUPS {
        help += &format!("\n{heading}:\n");
        for row in TABLE.iter().filter(|row| row.group == group) {
            let (Preset::Text(default) | Preset::Computed(default)) = row.preset;
            help += &help_entry(&usage(row), row.meaning(), &format!("[{default}]"));
        }
    }
    help
}

/// One entry of the help: the name, and what it means in a column of its own, ending in an unbroken `note`.
pub(crate) fn help_entry(name: &str, meaning: &str, note: &str) -> String {
    const NAME_COLUMN: usize = 25;
    const MEANING_COLUMN: usize = 62;
    let mut entry = String::new();
    let mut name = name;
    for line in wrap(meaning.split(' ').chain([note]), MEANING_COLUMN) {
        entry += &format!("  {name:NAME_COLUMN$} {}\n", line.trim_end());
        name = "";
    }
    entry
}

fn usage(row: &OptionDef) -> String {
    match row.notation {
        Notation::Switch => format!("--{}", row.name()),
        Notation::Value | Notation::Secret | Notation::List => {
            format!("--{} {}", row.name(), row.placeholder)
        }
    }
}

fn wrap<'a>(words: impl Iterator<Item = &'a str>, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options, Source};

    #[test]
    fn every_default_in_the_table_is_allowed() {
        for row in TABLE {
            if let Preset::Text(text) = row.preset {
                assert!(
                    (row.set)(&mut Config::blank(), text, Source::Default),
                    "{}",
                    row.field
                );
            }
        }
    }

    #[test]
    fn the_documented_default_is_the_one_in_force() {
        let config = Config::of_code(&Options::default(), 1).ok();
        for row in TABLE {
            if let Preset::Text(text) = row.preset {
                assert_eq!(
                    config.as_ref().map(row.show).as_deref(),
                    Some(text),
                    "{}",
                    row.field
                );
            }
        }
    }

    #[test]
    fn every_option_is_in_the_help_and_the_documentation() {
        let (help, table) = (options_help(), option_table_markdown());
        for row in TABLE {
            assert!(help.contains(&format!("\n  {} ", usage(row))), "{}", row.field);
            assert!(table.contains(&format!("| `{}` | ", usage(row))), "{}", row.field);
        }
    }

    #[test]
    fn what_is_in_force_reads_as_the_same_configuration() {
        let config = Config::of_code(&Options::default(), 3).ok();
        for row in TABLE.iter().filter(|row| row.field != "config") {
            let shown = config.as_ref().map(row.show).unwrap_or_default();
            assert!(
                (row.set)(&mut Config::blank(), &shown, Source::Flag),
                "{}: {shown}",
                row.field
            );
        }
    }
}
