//! Clippy's advice that cannot be taken by what a router calls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ReturnType;

use crate::parse::Function;

/// Switches it off for the function. Only what could speak of it is named, since the compiler reads this for each route.
pub(crate) fn allow(function: &Function) -> TokenStream {
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
    if lints.is_empty() {
        TokenStream::new()
    } else {
        quote!(#[allow(#(#lints),*)])
    }
}
