//! Clippy's advice that cannot be taken by what a router calls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta, ReturnType};

use crate::{parse::Function, words::is_named_in};

/// Switches it off for the function. Only what could speak of it is named, since the compiler reads this for each route.
/// `warns` says whether a warning stands beside the function, which whoever expects it expects of the function.
pub(crate) fn allow(function: &Function, warns: bool) -> TokenStream {
    let signature = &function.signature;
    let mut lints = Vec::new();
    // A handler owns its arguments,
    if !signature.inputs.is_empty() {
        lints.push(quote!(clippy::needless_pass_by_value));
    }
    // its `async` says where it runs,
    if signature.asyncness.is_some() {
        lints.push(quote!(clippy::unused_async));
    }
    // and nobody ignores what it returns.
    if function.is_public && !matches!(signature.output, ReturnType::Default) {
        lints.push(quote!(clippy::must_use_candidate));
    }
    if warns && function.attributes.iter().any(expects_deprecated) {
        lints.push(quote!(unfulfilled_lint_expectations));
    }
    if lints.is_empty() {
        TokenStream::new()
    } else {
        quote!(#[allow(#(#lints),*)])
    }
}

fn expects_deprecated(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) => list.path.is_ident("expect") && is_named_in("deprecated", list.tokens.clone()),
        _ => false,
    }
}
