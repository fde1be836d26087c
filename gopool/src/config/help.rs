//! The table of options as people read it: in the help and in the documentation.

use super::kind::Form;
use super::table::{Group, Preset, Row, TABLE};

const GROUPS: [(Group, &str); 5] = [
    (Group::Pool, "pool"),
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
            help += &help_entry(&usage(row), &format!("{} [{default}]", row.meaning()));
        }
    }
    help
}

/// One entry of the help: the name, and what it means in a column of its own.
pub(crate) fn help_entry(name: &str, meaning: &str) -> String {
    const NAME_COLUMN: usize = 25;
    const MEANING_COLUMN: usize = 62;
    let mut entry = String::new();
    let mut name = name;
    for line in wrap(meaning, MEANING_COLUMN) {
        entry += &format!("  {name:NAME_COLUMN$} {line}\n");
        name = "";
    }
    entry
}

fn usage(row: &Row) -> String {
    match row.form {
        Form::Switch => format!("--{}", row.name()),
        Form::Value | Form::Secret | Form::List => format!("--{} {}", row.name(), row.placeholder),
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
