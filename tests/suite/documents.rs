//! What is written, held against what is.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    let path = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Everything that is written for people, as paths from the root.
fn pages() -> Vec<String> {
    let folders = [
        ".",
        "docs",
        "gopool/pool",
        "gopool/daemon",
        "gopool/isolated",
        "gopool-macros",
        "ui-tests",
        "template",
    ];
    let examples = fs::read_dir(root().join("examples")).unwrap();
    let examples = examples.map(|entry| format!("examples/{}", entry.unwrap().file_name().display()));
    let in_folder = |folder: String| {
        let entries = fs::read_dir(root().join(&folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let pages: Vec<_> = names
            .filter(|name| name.ends_with(".md"))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        pages
    };
    folders
        .map(str::to_owned)
        .into_iter()
        .chain(examples)
        .flat_map(in_folder)
        .collect()
}

/// The lines of a page outside of its blocks of code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The blocks of code of a page, with their first lines.
fn code(page: &str) -> Vec<&str> {
    page.split("```").skip(1).step_by(2).collect()
}

/// Where the links of a page lead.
fn links(page: &str) -> Vec<&str> {
    let targets = prose(page).flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

/// How a heading is named in a link.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn the_options_in_the_book_are_the_options() {
    let page = read("docs/options.md");
    let (_, rest) = page
        .split_once("<!-- options -->")
        .expect("the page marks its table of options");
    let (written, _) = rest
        .split_once("<!-- /options -->")
        .expect("the page marks the end of its table");
    let table = gopool::option_table_markdown();
    assert_eq!(
        written.trim(),
        table.trim(),
        "copy this into docs/options.md:\n\n{table}"
    );
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() > 15, "{pages:?}");
    for name in pages {
        let page = read(&name);
        for link in links(&page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                root().join(&name)
            } else {
                root().join(&name).parent().unwrap().join(path)
            };
            assert!(target.exists(), "{name} links to `{link}`, which is not there");
            if !anchor.is_empty() {
                let target = fs::read_to_string(&target).unwrap();
                assert!(
                    anchors(&target).contains(anchor),
                    "{name} links to `{link}`, which has no such heading"
                );
            }
        }
    }
}

#[test]
fn the_book_holds_every_page_of_its_folder_and_compiles_those_with_examples() {
    let summary = read("docs/SUMMARY.md");
    let listed: BTreeSet<_> = links(&summary).into_iter().map(str::to_owned).collect();
    let names = pages()
        .into_iter()
        .filter_map(|name| Some(name.strip_prefix("docs/")?.to_owned()));
    let there: BTreeSet<_> = names.filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(listed, there);
    let compiled = read("tests/fixtures/book/src/lib.rs");
    for name in there {
        let has_examples = code(&read(&format!("docs/{name}")))
            .iter()
            .any(|block| block.starts_with("rust"));
        assert_eq!(
            has_examples,
            compiled.contains(&format!("\"{name}\"")),
            "docs/{name} and tests/fixtures/book/src/lib.rs"
        );
    }
}

/// What both languages must have alike: code to the letter, and as many headings, rows, list items and links.
#[test]
fn both_readmes_have_the_same_structure() {
    let (english, chinese) = (&*read("README.md"), &*read("README.zh-CN.md"));
    // What is drawn with words is translated.
    let to_the_letter = |page| {
        let blocks = code(page).into_iter();
        blocks.filter(|block| !block.contains("└─")).collect::<Vec<_>>()
    };
    assert_eq!(to_the_letter(english), to_the_letter(chinese));
    assert_eq!(shape(english), shape(chinese));
    assert_eq!(files(english), files(chinese));
    assert!(english.lines().count() < 200);
}

/// How each line begins that begins something.
fn shape(page: &str) -> Vec<&str> {
    let starts = ["# ", "## ", "| ", "|---", "- ", "!["];
    let first = |line: &str| starts.into_iter().find(|start| line.starts_with(start));
    prose(page).filter_map(first).collect()
}

/// The links to other files than the twin in the other language.
fn files(page: &str) -> Vec<&str> {
    let links = links(page).into_iter();
    links
        .filter(|link| !link.starts_with('#') && !link.starts_with("README"))
        .collect()
}

/// A snippet of another framework compiles because it is what `compare` builds and runs.
#[test]
fn what_compare_shows_of_a_service_is_its_source() {
    let page = read("COMPARE.md");
    let mut shown = BTreeSet::new();
    for text in page.split("\n[`").skip(1) {
        let (name, rest) = text.split_once("`](").unwrap();
        let (path, rest) = rest.split_once("):\n\n```").unwrap();
        let (block, _) = rest.split_once("\n```").unwrap();
        let (_, block) = block.split_once('\n').unwrap();
        assert!(path.ends_with(name), "{name} and {path}");
        assert_eq!(block, read(path).trim_end(), "COMPARE.md shows another `{name}`");
        shown.insert(path.to_owned());
    }
    let folder = "examples/compare/peers/small";
    let peers = fs::read_dir(root().join(folder)).unwrap();
    let peers = peers.map(|peer| format!("{folder}/{}", peer.unwrap().file_name().display()));
    for peer in peers.filter(|peer| !peer.ends_with("/service")) {
        assert!(
            shown.iter().any(|path| path.starts_with(&peer)),
            "COMPARE.md does not show {peer}"
        );
    }
}

#[test]
fn the_rust_that_is_asked_for_is_the_one_that_all_is_tested_with() {
    let asked = read("Cargo.toml");
    let (_, asked) = asked.split_once("rust-version = \"").unwrap();
    let (asked, _) = asked.split_once('"').unwrap();
    let tested = format!("channel = \"{asked}.");
    assert!(read("rust-toolchain.toml").contains(&tested), "{tested}");
    assert!(read("README.md").contains(&format!("Rust {asked} or later")));
}

#[test]
fn the_files_that_the_documents_name_exist() {
    for document in ["ARCHITECTURE.md", "DESIGN.md"] {
        let page = read(document);
        let named = page.split('`').skip(1).step_by(2);
        let files: Vec<_> = named
            .filter(|name| name.ends_with(".rs") && name.contains('/'))
            .collect();
        assert!(files.len() > 3, "{document}: {files:?}");
        for file in files {
            let is_there = [root().join(file), root().join("gopool/src").join(file)]
                .iter()
                .any(|path| path.exists());
            assert!(is_there, "{document} names `{file}`, which is not there");
        }
    }
}
