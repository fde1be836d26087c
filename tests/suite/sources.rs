//! The sources of a crate: its files, and which of them each one imports from.
//!
//! A path leads to the file that defines what it names, through all re-exports. So a file that only declares modules and
//! re-exports from them is imported by nobody and imports nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, UseTree, Visibility};

/// How many re-exports a path may lead through.
const MOST_STEPS: usize = 16;

/// A path such as `crate::a::b`, in its parts.
type Names = Vec<String>;

/// All files of a crate that are compiled without its tests.
pub(crate) struct Sources {
    root: PathBuf,
    /// By the path of the module, which is empty for the crate itself.
    modules: BTreeMap<Names, Module>,
    /// Where each macro by example is defined: an exported one stands at the root, whichever module it is written in.
    macros: BTreeMap<String, PathBuf>,
}

/// A module, as far as imports go.
#[derive(Default)]
struct Module {
    file: PathBuf,
    bindings: BTreeMap<String, Binding>,
    /// `use a::b::*`.
    globs: Vec<Binding>,
    /// What its items are called.
    items: BTreeSet<String>,
    /// Every path in its bodies and signatures.
    paths: BTreeSet<Names>,
}

/// A name that a `use` brings in.
struct Binding {
    path: Names,
    is_public: bool,
}

impl Sources {
    /// Reads the crate whose `lib.rs` stands in this folder.
    pub(crate) fn read(root: &Path) -> Self {
        let mut sources = Self {
            root: root.to_owned(),
            modules: BTreeMap::new(),
            macros: BTreeMap::new(),
        };
        sources.add_file(Vec::new(), &root.join("lib.rs"), root);
        sources
    }

    /// The files below the folder, from `a/b.rs` to those that it imports from.
    pub(crate) fn imports(&self) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let mut imports = BTreeMap::<PathBuf, BTreeSet<PathBuf>>::new();
        for (at, module) in &self.modules {
            let named = imports.entry(self.short(&module.file)).or_default();
            named.extend(self.named_by(at, module).map(|file| self.short(file)));
        }
        for (file, named) in &mut imports {
            named.remove(file);
        }
        imports
    }

    /// The files below the folder, with the first part of each path that leads out of the crate.
    pub(crate) fn foreign_names(&self) -> BTreeMap<PathBuf, BTreeSet<String>> {
        let mut names = BTreeMap::<PathBuf, BTreeSet<String>>::new();
        for (at, module) in &self.modules {
            let bound = module
                .bindings
                .values()
                .chain(&module.globs)
                .map(|binding| &binding.path);
            let foreign = bound
                .chain(&module.paths)
                .filter(|path| self.file_of(at, path, MOST_STEPS).is_none());
            names
                .entry(self.short(&module.file))
                .or_default()
                .extend(foreign.map(|path| path[0].clone()));
        }
        names
    }

    fn short(&self, file: &Path) -> PathBuf {
        file.strip_prefix(&self.root).unwrap().to_owned()
    }

    fn named_by<'a>(&'a self, at: &'a Names, module: &'a Module) -> impl Iterator<Item = &'a Path> {
        // What is handed on and not used here is no import of this file.
        let is_used = |name: &String, binding: &Binding| {
            !binding.is_public || module.paths.iter().any(|path| path[0] == *name)
        };
        let bound = module
            .bindings
            .iter()
            .filter(move |(name, binding)| is_used(name, binding));
        let bound = bound.map(|(_, binding)| &binding.path);
        let inside = module.paths.iter().filter(|path| path.len() > 1);
        let globs = module
            .globs
            .iter()
            .filter(|glob| !glob.is_public)
            .map(|glob| &glob.path);
        let all = bound.chain(globs).chain(inside);
        all.filter_map(|path| self.file_of(at, path, MOST_STEPS))
    }

    /// The file that defines what `path` names in the module `at`; `None` for what comes from elsewhere.
    fn file_of(&self, at: &Names, path: &[String], steps: usize) -> Option<&Path> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.below(&Vec::new(), rest, steps),
            "self" => self.below(at, rest, steps),
            "super" => self.below(&parent(at), rest, steps),
            name if self.modules.contains_key(&child(at, name)) => self.below(at, path, steps),
            name => {
                let binding = self.modules[at].bindings.get(name)?;
                self.file_of(at, &joined(&binding.path, rest), steps)
            }
        }
    }

    fn below(&self, at: &Names, rest: &[String], steps: usize) -> Option<&Path> {
        let module = &self.modules[at];
        let Some((name, deeper)) = rest.split_first() else {
            return Some(&module.file);
        };
        if name == "super" {
            return self.below(&parent(at), deeper, steps);
        }
        let inner = child(at, name);
        if self.modules.contains_key(&inner) {
            return self.below(&inner, deeper, steps);
        }
        if let Some(binding) = module.bindings.get(name) {
            return self.file_of(at, &joined(&binding.path, deeper), steps);
        }
        let has_it = |glob: &&Binding| self.offers(at, &glob.path, name, steps);
        match module.globs.iter().find(has_it) {
            Some(glob) if !module.items.contains(name) => self.file_of(at, &joined(&glob.path, rest), steps),
            _ => Some(self.macros.get(name).unwrap_or(&module.file)),
        }
    }

    /// Whether `use glob::*` in the module `at` brings in this name.
    fn offers(&self, at: &Names, glob: &Names, name: &str, steps: usize) -> bool {
        let file = self.file_of(at, glob, steps);
        if file.is_none() {
            return false;
        }
        let mut modules = self.modules.values().filter(|module| Some(&*module.file) == file);
        modules.any(|module| module.items.contains(name) || module.bindings.contains_key(name))
    }

    fn add_file(&mut self, at: Names, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add_module(at, file, folder, &parsed.items);
    }

    /// `folder` is where the files of its own modules stand.
    fn add_module(&mut self, at: Names, file: &Path, folder: &Path, items: &[Item]) {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            module.items.extend(name(item));
            match item {
                Item::Mod(inner) => {
                    let inner_at = child(&at, &inner.ident.to_string());
                    let inner_folder = folder.join(inner.ident.to_string());
                    match &inner.content {
                        Some((_, items)) => self.add_module(inner_at, file, &inner_folder, items),
                        None => {
                            let inner_file = file_of_module(folder, &inner.ident.to_string(), &inner.attrs);
                            self.add_file(inner_at, &inner_file, &inner_folder);
                        }
                    }
                }
                Item::Use(import) => {
                    let is_public = !matches!(import.vis, Visibility::Inherited);
                    module.bind(&import.tree, Vec::new(), is_public);
                }
                other => {
                    if let Item::Macro(defined) = other {
                        let name = defined.ident.as_ref().map(ToString::to_string);
                        self.macros.extend(name.map(|name| (name, file.to_owned())));
                    }
                    collect_paths(other.to_token_stream(), &mut module.paths);
                }
            }
        }
        self.modules.insert(at, module);
    }
}

impl Module {
    fn bind(&mut self, tree: &UseTree, mut path: Names, is_public: bool) {
        let mut bind = |name: String, path| drop(self.bindings.insert(name, Binding { path, is_public }));
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.bind(&inner.tree, path, is_public);
            }
            // `a::{self}` is `a`.
            UseTree::Name(last) if last.ident == "self" => {
                bind(path.last().cloned().unwrap_or_default(), path);
            }
            UseTree::Name(last) => {
                path.push(last.ident.to_string());
                bind(last.ident.to_string(), path);
            }
            UseTree::Rename(last) => {
                if last.ident != "self" {
                    path.push(last.ident.to_string());
                }
                // Several `as _` are several names.
                let name = if last.rename == "_" {
                    path.join("::")
                } else {
                    last.rename.to_string()
                };
                bind(name, path);
            }
            UseTree::Glob(_) => self.globs.push(Binding { path, is_public }),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.bind(tree, path.clone(), is_public);
                }
            }
        }
    }
}

fn parent(at: &Names) -> Names {
    at[..at.len().saturating_sub(1)].to_vec()
}

fn child(at: &Names, name: &str) -> Names {
    joined(at, &[name.to_owned()])
}

fn joined(path: &[String], rest: &[String]) -> Names {
    [path, rest].concat()
}

fn file_of_module(folder: &Path, name: &str, attributes: &[Attribute]) -> PathBuf {
    let path = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("path"));
    if let Some(path) = path {
        let text = path.to_token_stream().to_string();
        return folder.join(text.split('"').nth(1).unwrap());
    }
    let beside = folder.join(name).with_extension("rs");
    if beside.exists() {
        beside
    } else {
        folder.join(name).join("mod.rs")
    }
}

/// Adds each path that stands in `tokens`, those of local `use`s one by one, without what only tests compile.
fn collect_paths(tokens: TokenStream, paths: &mut BTreeSet<Names>) {
    let trees: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        if is_test_attribute(&trees[at..]) {
            let length = trees[at..].iter().position(ends_item).unwrap_or(trees.len() - at);
            at += length + 1;
            continue;
        }
        match &trees[at] {
            TokenTree::Ident(_) if !is_of_macro(&trees, at) => {
                at = collect_path(&trees, at, Vec::new(), paths)
            }
            TokenTree::Group(group) => {
                collect_paths(group.stream(), paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Adds the path, or the paths `a::{b, c}`, that begin at `at` and says where they end.
fn collect_path(trees: &[TokenTree], mut at: usize, mut path: Names, paths: &mut BTreeSet<Names>) -> usize {
    let mut goes_on = true;
    while goes_on && let Some(TokenTree::Ident(name)) = trees.get(at) {
        path.push(name.to_string());
        goes_on = is_colons(&trees[at + 1..]);
        at += if goes_on { 3 } else { 1 };
    }
    match trees.get(at) {
        Some(TokenTree::Group(group)) if goes_on => {
            let inside: Vec<_> = group.stream().into_iter().collect();
            let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == ',');
            for part in inside.split(is_comma).filter(|part| !part.is_empty()) {
                collect_path(part, 0, path.clone(), paths);
            }
            at + 1
        }
        _ => {
            // `a::{self}` is `a`.
            if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
                path.pop();
            }
            paths.extend((!path.is_empty()).then_some(path));
            at
        }
    }
}

fn is_colons(trees: &[TokenTree]) -> bool {
    matches!(trees, [TokenTree::Punct(one), TokenTree::Punct(two), ..]
        if one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':')
}

/// `$crate`, in a macro for others, is no path of this crate; nor is a variable of the macro.
fn is_of_macro(trees: &[TokenTree], at: usize) -> bool {
    at > 0 && matches!(&trees[at - 1], TokenTree::Punct(mark) if mark.as_char() == '$')
}

fn ends_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(mark) => mark.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == proc_macro2::Delimiter::Brace,
        _ => false,
    }
}

fn is_test_attribute(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = trees else {
        return false;
    };
    hash.as_char() == '#' && is_cfg_test(&attribute.to_string())
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        is_cfg_test(text.trim_start_matches(['#', ' ']))
    })
}

/// `[cfg(test)]`, `[cfg(doctest)]` and `[cfg(all(test, ...))]`.
fn is_cfg_test(attribute: &str) -> bool {
    let text = attribute.replace(' ', "");
    ["[cfg(test", "[cfg(doctest", "[cfg(all(test"]
        .iter()
        .any(|start| text.starts_with(start))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
