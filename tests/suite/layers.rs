//! The layers of ARCHITECTURE.md, held against every path in the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::sources::Sources;

/// For each file or module those that it imports from.
type Imports<T> = BTreeMap<T, BTreeSet<T>>;

#[test]
fn imports_go_downward_only() {
    let (layers, imports) = (layers(), imports_of_modules());
    let rank = |module: &str| {
        layers
            .iter()
            .position(|layer| layer.iter().any(|known| known == module))
    };
    for module in imports.keys() {
        assert!(
            rank(module).is_some(),
            "`{module}` stands in no layer of ARCHITECTURE.md"
        );
    }
    for module in layers.iter().flatten() {
        assert!(
            imports.contains_key(module),
            "`{module}` stands in ARCHITECTURE.md and not in the sources"
        );
    }
    for (module, named) in &imports {
        for other in named {
            assert!(
                rank(other) <= rank(module),
                "`{module}` imports `{other}`, which stands above it"
            );
        }
    }
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let circles = circles(&imports_of_modules());
    assert!(circles.is_empty(), "circles among {circles:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut all = Imports::new();
    for of in [
        "gopool",
        "gopool/pool",
        "gopool/daemon",
        "gopool/isolated",
        "gopool-macros",
    ] {
        let imports = sources(of).imports();
        assert!(imports.len() > 10, "{of}: {imports:?}");
        let name = |file: &PathBuf| Path::new(of).join(file);
        all.extend(
            circles(&imports)
                .iter()
                .map(|(file, others)| (name(file), others.iter().map(name).collect::<BTreeSet<_>>())),
        );
    }
    assert!(all.is_empty(), "circles among files: {all:#?}");
}

#[test]
fn actix_is_named_in_the_server_and_the_master_only() {
    for (file, names) in sources("gopool").foreign_names() {
        let is_allowed = ["server", "master"].contains(&module(&file).as_str());
        let actix = names.iter().find(|name| name.starts_with("actix"));
        assert!(
            is_allowed || actix.is_none(),
            "{} names {actix:?}",
            file.display()
        );
    }
}

#[test]
fn unsafe_code_is_forbidden_for_every_package_but_those_that_play_a_stranger() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut manifests = Vec::new();
    find(&root, &mut |path| {
        let is_stranger = path
            .components()
            .any(|part| part.as_os_str() == "fixtures" || part.as_os_str() == "native");
        if path.ends_with("Cargo.toml") && !is_stranger {
            manifests.push(path.to_owned());
        }
    });
    for path in &manifests {
        let text = fs::read_to_string(path).unwrap();
        // A workspace says it for its members, which inherit it; what is there to be copied says it itself.
        let forbids = match text.contains("[workspace]\n") {
            true => text.contains("[workspace.lints.rust]") && text.contains("unsafe_code = \"forbid\""),
            false => [
                "[lints]\nworkspace = true",
                "[lints.rust]\nunsafe_code = \"forbid\"",
            ]
            .iter()
            .any(|lints| text.contains(lints)),
        };
        assert!(forbids, "{} does not forbid unsafe code", path.display());
    }
}

/// The modules of each row of the table, from the bottom to the top.
fn layers() -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = fs::read_to_string(page).unwrap();
    let table = page
        .lines()
        .skip_while(|line| !line.starts_with("| layer |"))
        .skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let modules = |row: &str| {
        let cell = row.split('|').nth(2).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    rows.map(modules).collect()
}

fn sources(of: &str) -> Sources {
    Sources::read(&root().join(of).join("src"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The top-level module that a file belongs to.
fn module(file: &Path) -> String {
    let first = file.iter().next().unwrap_or_default().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of gopool without the crate's own file, which declares them.
fn imports_of_modules() -> Imports<String> {
    let mut modules = Imports::<String>::new();
    for (file, named) in sources("gopool").imports() {
        modules
            .entry(module(&file))
            .or_default()
            .extend(named.iter().map(|file| module(file)));
    }
    modules.remove("lib");
    for (name, named) in &mut modules {
        named.remove(name);
    }
    modules
}

/// The imports that lead back to where they come from.
fn circles<T: Ord + Clone>(imports: &Imports<T>) -> Imports<T> {
    let mut circles = Imports::new();
    for (from, named) in imports {
        let back = named.iter().filter(|to| reached(imports, to).contains(from));
        let back: BTreeSet<T> = back.cloned().collect();
        if !back.is_empty() {
            circles.insert(from.clone(), back);
        }
    }
    circles
}

/// All that `start` imports, and what that imports, and so on.
fn reached<T: Ord + Clone>(imports: &Imports<T>, start: &T) -> BTreeSet<T> {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![start.clone()]);
    while let Some(file) = ahead.pop() {
        if seen.insert(file.clone()) {
            ahead.extend(imports.get(&file).into_iter().flatten().cloned());
        }
    }
    seen
}

fn find(folder: &Path, found: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match path.is_dir() {
            true if !hidden && !path.ends_with("target") => find(&path, found),
            true => {}
            false => found(&path),
        }
    }
}
