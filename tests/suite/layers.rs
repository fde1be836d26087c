//! The layers of ARCHITECTURE.md, held against every path in the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// For each top-level module those that it names.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn imports_go_downward_only() {
    let (layers, imports, macros) = (layers(), imports(), macros());
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
            if macros.contains(other) {
                continue;
            }
            assert!(
                rank(other).is_some(),
                "`{module}` names `crate::{other}`, which is no module"
            );
            assert!(
                rank(other) <= rank(module),
                "`{module}` imports `{other}`, which stands above it"
            );
        }
    }
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut left = imports();
    // What imports nothing that is left cannot be part of a circle.
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
fn actix_is_named_in_the_server_and_the_master_only() {
    for (module, path) in files() {
        let tokens = tokens(&path);
        let mut names = BTreeSet::new();
        collect(&tokens, &mut |trees, at| {
            if let TokenTree::Ident(name) = &trees[at] {
                names.insert(name.to_string());
            }
        });
        let named = names.iter().any(|name| name.starts_with("actix"));
        assert!(
            !named || ["server", "master"].contains(&module.as_str()),
            "{} names actix",
            path.display()
        );
    }
}

#[test]
fn unsafe_code_is_forbidden_for_every_package_but_those_that_play_a_stranger() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut manifests = Vec::new();
    find(&root, &mut |path| {
        if path.ends_with("Cargo.toml") && !path.components().any(|part| part.as_os_str() == "fixtures") {
            manifests.push(path.to_owned());
        }
    });
    for path in &manifests {
        let text = fs::read_to_string(path).unwrap();
        // A workspace says it for its members, which inherit it.
        let forbids = match text.contains("[workspace]\n") {
            true => text.contains("[workspace.lints.rust]") && text.contains("unsafe_code = \"forbid\""),
            false => text.contains("[lints]\nworkspace = true"),
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

fn imports() -> Imports {
    let mut imports = Imports::new();
    for (module, path) in files() {
        let named = imports.entry(module.clone()).or_default();
        collect(&tokens(&path), &mut |trees, at| {
            named.extend(crate_path(trees, at))
        });
        named.remove(&module);
    }
    imports
}

/// The macros that the sources define: an exported one stands at the root, whichever module it is written in.
fn macros() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, path) in files() {
        collect(&tokens(&path), &mut |trees, at| {
            if let [
                TokenTree::Ident(word),
                TokenTree::Punct(_),
                TokenTree::Ident(name),
                ..,
            ] = &trees[at..]
                && word == "macro_rules"
            {
                names.insert(name.to_string());
            }
        });
    }
    names
}

/// Each source file but `lib.rs`, with the top-level module that it belongs to. Files of tests only are left out.
fn files() -> Vec<(String, PathBuf)> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gopool/src");
    let mut files = Vec::new();
    find(&sources, &mut |path| {
        let inside: Vec<_> = path
            .strip_prefix(&sources)
            .unwrap()
            .iter()
            .map(|part| part.to_string_lossy())
            .collect();
        let module = inside[0].trim_end_matches(".rs").to_owned();
        let is_test = inside
            .iter()
            .any(|part| ["tests", "tests.rs"].contains(&part.as_ref()));
        if path.extension().is_some_and(|extension| extension == "rs") && module != "lib" && !is_test {
            files.push((module, path.to_owned()));
        }
    });
    assert!(files.len() > 30, "{files:?}");
    files
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

/// The file without its modules of tests.
fn tokens(path: &Path) -> Vec<TokenTree> {
    let text = fs::read_to_string(path).unwrap();
    let all: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut trees: Vec<_> = all.into_iter().collect();
    while let Some(start) = (0..trees.len()).find(|at| is_test_attribute(&trees[*at..])) {
        let is_end = |tree: &TokenTree| match tree {
            TokenTree::Punct(mark) => mark.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        let end = trees[start..]
            .iter()
            .position(is_end)
            .map_or(trees.len(), |length| start + length + 1);
        trees.drain(start..end);
    }
    trees
}

/// `#[cfg(test)]` and `#[cfg(all(test, ...))]`.
fn is_test_attribute(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = trees else {
        return false;
    };
    let text = attribute.to_string().replace(' ', "");
    hash.as_char() == '#' && (text.starts_with("[cfg(test") || text.starts_with("[cfg(all(test"))
}

/// Calls `visit` at each token, those inside of groups included.
fn collect(trees: &[TokenTree], visit: &mut impl FnMut(&[TokenTree], usize)) {
    for (at, tree) in trees.iter().enumerate() {
        visit(trees, at);
        if let TokenTree::Group(group) = tree {
            collect(&group.stream().into_iter().collect::<Vec<_>>(), visit);
        }
    }
}

/// The modules in `crate::a::..` or `crate::{a::.., b}` when that begins at `at`. `$crate`, in a macro for others, is none.
fn crate_path(trees: &[TokenTree], at: usize) -> Vec<String> {
    let is_macros = at > 0 && matches!(&trees[at - 1], TokenTree::Punct(mark) if mark.as_char() == '$');
    match &trees[at] {
        TokenTree::Ident(name) if name == "crate" && !is_macros => {}
        _ => return Vec::new(),
    }
    match trees.get(at + 3) {
        Some(TokenTree::Ident(module)) => vec![module.to_string()],
        Some(TokenTree::Group(group)) => {
            let inside: Vec<_> = group.stream().into_iter().collect();
            let parts = inside.split(|tree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == ','));
            parts
                .filter_map(|part| part.first())
                .map(ToString::to_string)
                .collect()
        }
        _ => Vec::new(),
    }
}
