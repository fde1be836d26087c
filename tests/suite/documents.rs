//! What is written, held against what is.

use std::{fs, path::Path};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_options_in_the_readme_are_the_options() {
    let readme = read("README.md");
    let (_, rest) = readme
        .split_once("<!-- options -->")
        .expect("the README marks its table of options");
    let (written, _) = rest
        .split_once("<!-- /options -->")
        .expect("the README marks the end of its table");
    let table = gopool::option_table_markdown();
    assert_eq!(
        written.trim(),
        table.trim(),
        "copy this into the README:\n\n{table}"
    );
}

#[test]
fn the_files_that_the_documents_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in ["ARCHITECTURE.md", "DESIGN.md"] {
        let page = read(document);
        let named = page.split('`').skip(1).step_by(2);
        let files: Vec<_> = named
            .filter(|name| name.ends_with(".rs") && name.contains('/'))
            .collect();
        assert!(files.len() > 3, "{document}: {files:?}");
        for file in files {
            let is_there = [root.join(file), root.join("gopool/src").join(file)]
                .iter()
                .any(|path| path.exists());
            assert!(is_there, "{document} names `{file}`, which is not there");
        }
    }
}
