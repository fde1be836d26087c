//! Compares what each `golden/<name>.in` becomes with `golden/<name>.rs`, which is there to be read.
//!
//! `GOLDEN=overwrite cargo test -p gopool-macros golden` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap or a panic fails the test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, Meta, parse::Parser};

use crate::{docs::WANTED, verb::Verb};

/// Expands the first attribute of the only item in `source`.
fn expand(source: &str) -> TokenStream {
    if let Some(group) = source
        .trim()
        .strip_prefix("group! {")
        .and_then(|group| group.strip_suffix('}'))
    {
        return crate::group::group(group.parse().unwrap())
            .unwrap_or_else(|errors| errors.to_compile_errors());
    }
    let attribute_and_rest = |input: syn::parse::ParseStream| {
        // Documentation may stand above ours, as it would in a user's file.
        let mut attributes = input.call(Attribute::parse_outer)?;
        let ours = attributes
            .iter()
            .position(|attribute| !attribute.path().is_ident("doc"));
        let ours = attributes.remove(ours.unwrap());
        let rest: TokenStream = input.parse()?;
        Ok((ours, quote::quote!(#(#attributes)* #rest)))
    };
    let (attribute, item) = attribute_and_rest.parse_str(source).unwrap();
    let name = attribute.path().get_ident().unwrap().to_string();
    let arguments = match attribute.meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    let route = |verb| crate::register(verb, arguments.clone(), item.clone());
    match name.as_str() {
        "get" => route(Verb::Only("GET")),
        "post" => route(Verb::Only("POST")),
        "delete" => route(Verb::Only("DELETE")),
        "all" => route(Verb::Any),
        "on_master" => crate::expanded(&item, crate::hooks::on_master(arguments, item.clone())),
        "on_shutdown" => crate::expanded(&item, crate::hooks::on_shutdown(arguments, item.clone())),
        "on_failure" => crate::expanded(&item, crate::hooks::on_failure(arguments, item.clone())),
        "before" => crate::expanded(&item, crate::around::before(arguments, item.clone())),
        "after" => crate::expanded(&item, crate::around::after(arguments, item.clone())),
        "header_getter" => crate::expanded(&item, crate::hooks::header_getter(arguments, item.clone())),
        "derive" if arguments.to_string() == "Problem" => {
            crate::problem::derive(item).unwrap_or_else(|errors| errors.to_compile_errors())
        }
        "derive" if arguments.to_string() == "Multipart" => {
            crate::multipart::derive(item).unwrap_or_else(|errors| errors.to_compile_errors())
        }
        "derive" if arguments.to_string() == "Param" => {
            crate::param::derive(item).unwrap_or_else(|errors| errors.to_compile_errors())
        }
        "derive" => crate::header::derive(item).unwrap_or_else(|errors| errors.to_compile_errors()),
        other => panic!("no golden file may begin with `{other}`"),
    }
}

/// What is in `submit! { .. }` is shown as the value of a constant: the printer leaves a macro's tokens as they come.
fn pretty(tokens: TokenStream) -> String {
    let mut file: syn::File = syn::parse2(tokens).unwrap();
    for item in &mut file.items {
        let Item::Const(beside) = item else { continue };
        let syn::Expr::Block(block) = &mut *beside.expr else {
            continue;
        };
        for statement in &mut block.block.stmts {
            let syn::Stmt::Macro(submit) = statement else {
                continue;
            };
            let value = &submit.mac.tokens;
            *statement = syn::parse_quote!(const SUBMIT: _ = #value;);
        }
    }
    prettyplease::unparse(&file)
}

/// Every input in `golden`, and in `golden/openapi` those that are expanded with what a document says.
fn inputs() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let folders = [golden.clone(), golden.join("openapi")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut inputs: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|extension| extension == "in"));
    assert!(inputs.len() >= 16, "only {} golden files", inputs.len());
    inputs
}

/// What an input becomes.
fn expanded(input: &Path) -> TokenStream {
    WANTED.set(input.parent().is_some_and(|folder| folder.ends_with("openapi")));
    let expansion = expand(&fs::read_to_string(input).unwrap());
    WANTED.set(false);
    expansion
}

#[test]
fn golden_files_show_what_each_attribute_becomes() {
    let is_refresh = std::env::var_os("GOLDEN").is_some();
    for input in inputs() {
        let output = input.with_extension("rs");
        let expansion = pretty(expanded(&input));
        if is_refresh {
            fs::write(&output, &expansion).unwrap();
        }
        let golden = fs::read_to_string(&output).unwrap();
        assert_eq!(golden, expansion, "{}", output.display());
    }
}

/// A trait of the user's could have a method of that name; what is written with a path cannot be mistaken.
#[test]
fn no_expansion_calls_a_method() {
    for input in inputs() {
        let file: syn::File = syn::parse2(expanded(&input)).unwrap();
        // The function itself is the user's.
        let ours = file.items.iter().filter(|item| !matches!(item, Item::Fn(_)));
        let calls: Vec<String> = ours
            .flat_map(|item| calls_of_methods(item.to_token_stream()))
            .collect();
        assert!(calls.is_empty(), "{}: {calls:?}", input.display());
    }
}

/// What stands behind a dot, but for fields by their number and `await`.
fn calls_of_methods(tokens: TokenStream) -> Vec<String> {
    let mut calls = Vec::new();
    let mut is_behind_a_dot = false;
    for token in tokens {
        let was_behind_a_dot = std::mem::replace(&mut is_behind_a_dot, false);
        match token {
            // Two of them stand before the rest of a struct.
            TokenTree::Punct(punct) => is_behind_a_dot = punct.as_char() == '.' && !was_behind_a_dot,
            TokenTree::Group(group) => calls.extend(calls_of_methods(group.stream())),
            TokenTree::Ident(name) if was_behind_a_dot && name != "await" => calls.push(name.to_string()),
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }
    calls
}

#[test]
fn the_expansion_of_one_route_stays_small() {
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/plain.in")).unwrap();
    let expansion = pretty(expand(&source));
    let lines = expansion.lines().count() - source.lines().count();
    assert!(lines <= 36, "{lines} lines beside the function");
}

/// Whatever is typed in place of a function or of arguments is answered with errors, never with a panic.
#[test]
fn nothing_that_is_typed_makes_an_attribute_panic() {
    let pieces = [
        "",
        "=",
        "\"/a\"",
        ",",
        "timeout",
        "run = 1",
        "..",
        "{}",
        "crate",
        "fn f() {}",
        "struct S;",
        "self",
        "-1",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                let Ok(tokens) = format!("{a} {b} {c}").parse::<TokenStream>() else {
                    continue;
                };
                let good: TokenStream = "fn f() {}".parse().unwrap();
                let _ = crate::register(Verb::Only("GET"), tokens.clone(), good.clone());
                let _ = crate::register(Verb::Only("GET"), "\"/\"".parse().unwrap(), tokens.clone());
                let path: TokenStream = "fn f(path: Path<Key>) {}".parse().unwrap();
                let _ = crate::register(Verb::Only("GET"), tokens.clone(), path);
                let _ = crate::hooks::on_master(tokens.clone(), good.clone());
                let _ = crate::hooks::on_shutdown(TokenStream::new(), tokens.clone());
                let _ = crate::hooks::header_getter(TokenStream::new(), tokens.clone());
                let _ = crate::hooks::on_failure(TokenStream::new(), tokens.clone());
                let _ = crate::around::before(tokens.clone(), good.clone());
                let _ = crate::around::after(tokens.clone(), good.clone());
                let _ = crate::around::after(TokenStream::new(), tokens.clone());
                let _ = crate::group::group(tokens.clone());
                let _ = crate::header::derive(tokens.clone());
                let _ = crate::multipart::derive(tokens.clone());
                let _ = crate::problem::derive(tokens.clone());
                let _ = crate::param::derive(tokens);
            }
        }
    }
}

/// After a mistake the function is still there, so that calls of it resolve and editors go on completing inside.
#[test]
fn a_function_with_a_mistake_comes_back_unchanged() {
    let item: TokenStream = "#[doc = \"d\"] pub(crate) fn f<T>(self, x: &T) -> impl Copy { let y = x; y }"
        .parse()
        .unwrap();
    let expansion: syn::File = syn::parse2(crate::register(
        Verb::Only("GET"),
        TokenStream::new(),
        item.clone(),
    ))
    .unwrap();
    let Item::Fn(mut function) = expansion.items.into_iter().next().unwrap() else {
        panic!("the function is gone");
    };
    function
        .attrs
        .retain(|attribute| !attribute.path().is_ident("allow"));
    assert_eq!(function.to_token_stream().to_string(), item.to_string());
}
