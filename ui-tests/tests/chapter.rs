//! Holds the chapter "When the compiler says no" of the crate's documentation to what the compiler really says.
//!
//! `TRYBUILD=overwrite cargo test -p gopool-ui-tests --test chapter` writes its table anew from the `.stderr` files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap fails the test"
)]

use std::{fmt::Write as _, fs, path::PathBuf};

const CHAPTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../gopool/src/compiler.md");

/// What stands between the chapter's prose and its generated tables.
const MARK: &str = "<!-- written by ui-tests/tests/chapter.rs -->\n";

/// The sections, and how the names of their cases begin.
const SECTIONS: [(&str, &[&str]); 7] = [
    ("The path", &["the_path_"]),
    (
        "Path and arguments",
        &[
            "a_name_is_read",
            "two_names_are",
            "a_path_argument",
            "a_tuple_",
            "a_struct_",
            "one_value_",
            "two_path_",
            "an_alias_",
            "two_arguments_read_the_path",
        ],
    ),
    (
        "Arguments",
        &[
            "an_argument_",
            "a_parameter_",
            "two_parts_",
            "two_arguments_",
            "a_get_handler_",
            "a_head_handler_",
            "a_delete_handler_",
        ],
    ),
    (
        "Types",
        &[
            "a_query_",
            "a_body_is_not",
            "a_path_is_not",
            "a_header_struct_is_not_derived",
            "a_reply_",
            "an_error_",
            "a_status_",
            "a_shared_",
            "a_future_",
            "a_valid_",
        ],
    ),
    (
        "Options",
        &[
            "an_option_",
            "options_",
            "a_duration_",
            "a_size_",
            "a_queue_timeout_",
            "a_queue_target_",
            "a_weight_",
            "a_priority_",
            "a_fair_by_",
            "a_rate_",
            "a_timeout_",
            "a_detached_",
            "a_memory_",
            "a_fresh_",
            "an_async_handler_",
            "a_body_timeout_",
            "a_concurrency_",
            "a_place_",
            "a_flag_",
            "a_crate_",
            "an_attribute_",
        ],
    ),
    (
        "Hooks, groups, header structs and problems",
        &[
            "on_",
            "before_",
            "after_",
            "a_group_",
            "header_getter_",
            "a_header_",
            "a_problem_",
            "a_transparent_",
        ],
    ),
    (
        "Functions and places",
        &["a_handler_", "a_body_does", "one_wrong_"],
    ),
];

/// One mistake: what it is, what the compiler says, and what to do.
struct Case {
    name: String,
    message: String,
    fix: String,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ui");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "stderr"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &std::path::Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let error = text
            .lines()
            .find(|line| line.starts_with("error"))
            .expect("an error");
        let (_, message) = error.split_once(": ").expect("an error has a message");
        Self {
            name: path.file_stem().unwrap().to_string_lossy().replace('_', " "),
            message: message.trim_start_matches("evaluation panicked: ").to_owned(),
            fix: fix(&text),
        }
    }

    fn row(&self) -> String {
        let cell = |text: &str| text.replace('|', "\\|");
        format!(
            "| {} | {} | {} |\n",
            cell(&self.name),
            cell(&self.message),
            cell(&self.fix)
        )
    }
}

/// Our help, or the first note that says what to do.
fn fix(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    let help = lines.clone().find_map(|line| line.strip_prefix("help: "));
    let note = lines.find_map(|line| line.strip_prefix("= note: ").filter(|note| is_advice(note)));
    let label = text
        .split_once("^ it holds a `gopool::Error`: ")
        .and_then(|(_, label)| label.lines().next());
    let note = note.or(label);
    let ours = text.lines().any(|line| line.starts_with("       help: "));
    if ours { help } else { note }.unwrap_or_default().to_owned()
}

fn is_advice(note: &str) -> bool {
    ![
        "this error originates",
        "the question mark operation",
        "required for",
        "see issue",
        "the matched value",
        "all struct fields",
        "conflicting implementation in crate",
    ]
    .iter()
    .any(|noise| note.starts_with(noise))
}

fn tables(cases: &[Case]) -> String {
    let mut text = String::new();
    let mut left: Vec<&Case> = cases.iter().collect();
    for (title, beginnings) in SECTIONS {
        let begins = |case: &&Case| {
            let name = case.name.replace(' ', "_");
            beginnings.iter().any(|beginning| name.starts_with(beginning))
        };
        let (here, others): (Vec<&Case>, Vec<&Case>) = left.into_iter().partition(begins);
        left = others;
        write!(
            text,
            "\n## {title}\n\n| mistake | the compiler says | what to do |\n|---|---|---|\n"
        )
        .unwrap();
        text.extend(here.into_iter().map(Case::row));
    }
    let homeless: Vec<&str> = left.iter().map(|case| &*case.name).collect();
    assert!(homeless.is_empty(), "in no section: {homeless:?}");
    text
}

#[test]
fn the_chapter_says_what_the_compiler_says() {
    let chapter = fs::read_to_string(CHAPTER).unwrap();
    let (prose, written) = chapter.split_once(MARK).expect("the chapter has the mark");
    let tables = tables(&cases());
    if std::env::var("TRYBUILD").is_ok_and(|value| value == "overwrite") {
        fs::write(CHAPTER, format!("{prose}{MARK}{tables}")).unwrap();
        return;
    }
    assert_eq!(
        written, tables,
        "see the first lines of this file for how to refresh it"
    );
}
