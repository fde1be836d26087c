//! Each mistake gives one error, which is the one beside it. See README.md.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::{fs, path::PathBuf};

#[test]
fn each_mistake_gives_the_error_beside_it() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.compile_fail("ui/compiler/*.rs");
}

/// Every `.stderr` in `ui`, with its name.
fn messages() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ui");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn there_are_many_mistakes_and_each_gives_exactly_one_error() {
    let messages = messages();
    assert!(messages.len() >= 80, "only {} cases", messages.len());
    for (name, text) in messages {
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{name}");
        let warnings = text.lines().filter(|line| line.starts_with("warning")).count();
        assert_eq!(warnings, 0, "{name}");
    }
}

#[test]
fn no_message_speaks_of_what_a_user_cannot_act_on() {
    let forbidden = [
        "__private",
        "panicked at",
        "proc macro panicked",
        "by_type",
        "Settle<",
        "Choose<",
        "__gopool",
        "recursion limit",
    ];
    for (name, text) in messages() {
        for word in forbidden {
            assert!(!text.contains(word), "{name} says `{word}`");
        }
    }
}
