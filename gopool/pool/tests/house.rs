//! The wings of the pool, held against every `crate::` path in its sources: downward only, and no two files know each other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// From the bottom. What stands in no folder of this list is the ground.
const WINGS: [&str; 3] = ["rules", "threads", "face"];

/// For each file, by its module path, the modules that it names.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn each_wing_knows_only_what_is_below_it() {
    let floor = |module: &str| {
        WINGS
            .iter()
            .position(|wing| module.split("::").next() == Some(wing))
    };
    for (module, named) in imports() {
        for other in named {
            assert!(
                floor(&other) <= floor(&module),
                "`{module}` names `{other}`, which stands above it"
            );
        }
    }
}

#[test]
fn no_files_know_each_other() {
    let mut left = imports();
    // What names nothing that is left cannot be part of a circle.
    loop {
        let known: BTreeSet<_> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, named| named.iter().any(|other| known.contains(other)));
        if left.len() == before {
            break;
        }
    }
    assert!(left.is_empty(), "circles among {left:?}");
}

#[test]
fn files_name_each_other_from_the_root() {
    for (module, trees) in files() {
        let mut has_super = false;
        visit(&trees, &mut |rest| {
            has_super |= matches!(rest, [TokenTree::Ident(name), TokenTree::Punct(_), ..] if name == "super");
        });
        assert!(
            !has_super,
            "`{module}` names its neighbours by `super`, which this test does not follow"
        );
    }
}

fn imports() -> Imports {
    let files = files();
    let modules: BTreeSet<_> = files.keys().cloned().collect();
    let mut imports = Imports::new();
    for (module, trees) in &files {
        let named = imports.entry(module.clone()).or_default();
        visit(trees, &mut |rest| {
            if let [TokenTree::Ident(name), ..] = rest
                && name == "crate"
            {
                paths(&rest[1..], "", named);
            }
        });
        *named = named.iter().filter_map(|path| home(path, &modules)).collect();
        named.remove(module);
    }
    imports
}

/// The file that a path leads into: that of its longest beginning which is one.
fn home(path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut path = path;
    while !modules.contains(path) {
        path = path.rsplit_once("::")?.0;
    }
    Some(path.to_owned())
}

/// Collects what the path `before` names that goes on with `rest`, with all branches of its groups.
fn paths(rest: &[TokenTree], before: &str, named: &mut BTreeSet<String>) {
    let join = |name: &str| match (before, name) {
        (before, "self") => before.to_owned(),
        ("", name) => name.to_owned(),
        (before, name) => format!("{before}::{name}"),
    };
    match rest {
        [
            TokenTree::Punct(a),
            TokenTree::Punct(b),
            TokenTree::Ident(name),
            after @ ..,
        ] if (a.as_char(), b.as_char()) == (':', ':') => {
            paths(after, &join(&name.to_string()), named);
        }
        [
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Group(group),
            ..,
        ] => {
            let inside: Vec<_> = group.stream().into_iter().collect();
            let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == ',');
            for branch in inside.split(is_comma) {
                if let [TokenTree::Ident(name), after @ ..] = branch {
                    paths(after, &join(&name.to_string()), named);
                }
            }
        }
        _ => _ = named.insert(before.to_owned()),
    }
}

/// The source files but `lib.rs`, which re-exports from everywhere, and what is for tests only.
fn files() -> BTreeMap<String, Vec<TokenTree>> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    collect(&sources, "", &mut files);
    assert!(files.len() > 30, "{:?}", files.keys());
    files
}

fn collect(folder: &Path, module: &str, files: &mut BTreeMap<String, Vec<TokenTree>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let own = match (module, name.as_str()) {
            ("", "lib" | "loom" | "tests") => continue,
            ("", name) => name.to_owned(),
            (module, "mod") => module.to_owned(),
            (module, name) => format!("{module}::{name}"),
        };
        match path.is_dir() {
            true => collect(&path, &own, files),
            false => _ = files.insert(own, tokens(&path)),
        }
    }
}

/// The file without its module of tests.
fn tokens(path: &Path) -> Vec<TokenTree> {
    let text = fs::read_to_string(path).unwrap();
    let all: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut trees: Vec<_> = all.into_iter().collect();
    while let Some(start) = (0..trees.len()).find(|at| is_test_attribute(&trees[*at..])) {
        let is_body = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        let length = trees[start..].iter().position(is_body);
        let end = length.map_or(trees.len(), |length| start + length + 1);
        trees.drain(start..end);
    }
    trees
}

/// `#[cfg(test)]` and `#[cfg(all(test, ..))]`.
fn is_test_attribute(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = trees else {
        return false;
    };
    let text = attribute.to_string().replace(' ', "");
    hash.as_char() == '#' && (text.starts_with("[cfg(test") || text.starts_with("[cfg(all(test"))
}

/// Calls `look` with what follows from each token on, those inside of groups included.
fn visit(trees: &[TokenTree], look: &mut impl FnMut(&[TokenTree])) {
    for (at, tree) in trees.iter().enumerate() {
        look(&trees[at..]);
        if let TokenTree::Group(group) = tree {
            visit(&group.stream().into_iter().collect::<Vec<_>>(), look);
        }
    }
}
